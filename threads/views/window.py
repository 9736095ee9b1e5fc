"""The rows behind one page of a thread: a window of its comments with what they quote and what answers them.

Owns the queries; each is bounded by the page's size, whatever the thread's. Called by `thread` and `drawing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.core.cache import cache

from threads import versions
from threads.models import Article, Comment, Quote
from threads.views import chronology
from threads.views.excerpts import PREFIX, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

NAMES_SHOWN = 4
"""Names in the line `answered by`; the rest is a number."""
PARENTS_SHOWN = 5
"""Parents in the path that leads into a page."""
THREADED, FLAT, OLDEST, NEWEST = "threaded", "flat", "oldest", "newest"


class Row(NamedTuple):
    """A comment as a page needs it, with what it answers. Order of fields: `FIELDS`."""

    pk: int
    key: str
    position: int
    posted_on: date | None
    body_html: str
    script: str
    visibility: str
    reason: str
    removed_at_source: bool
    addressee: str
    answers_article: bool
    link_method: str | None
    order: int
    depth: int
    answer_count: int
    descendant_count: int
    author_id: int | None
    author: str | None
    author_slug: str | None
    answers_key: str | None
    answers_order: int | None
    answers_visibility: str | None
    answers_author: str | None


FIELDS = (
    *Row._fields[:17],
    "author__name",
    "author__slug",
    "answers__key",
    "answers__order",
    "answers__visibility",
    "answers__author__name",
)


class QuoteRow(NamedTuple):
    """A leading quote of a comment on the page, with the comment it quotes."""

    comment_id: int
    excerpt: str
    key: str | None
    order: int | None
    visibility: str | None
    script: str | None
    author: str | None
    withdrawn: object


class AnswerRow(NamedTuple):
    """One of the first comments that answer a comment on the page."""

    comment_id: int
    key: str
    order: int
    author: str | None


@dataclass(frozen=True, slots=True)
class Parent:
    """A comment on the path that leads into the page."""

    key: str
    order: int
    number: int
    author: str | None
    line: str
    script: str


@dataclass(frozen=True, slots=True)
class Window:
    """One page's rows, in the order they are drawn."""

    rows: Sequence[Row]
    quotes: dict[int, list[QuoteRow]]
    answers: dict[int, list[AnswerRow]]
    parents: Sequence[Parent]
    parents_above: int
    """Parents beyond those shown."""


def window(article: Article, mode: str, number: int) -> Window:
    """Return page `number` (from 1) of a thread. Three queries; one more where the page begins inside a branch."""
    rows = window_rows(article, mode, (number - 1) * settings.THREAD_PAGE_SIZE)
    parents: Sequence[Parent] = path_to(rows[0]) if mode == THREADED and rows and rows[0].depth else ()
    return gather(rows, parents)


def window_of(comment: Comment) -> Window:
    """Return the window that holds one comment alone. Three queries."""
    rows = Comment.objects.filter(pk=comment.pk).values_list(*FIELDS)
    return gather([*map(Row._make, rows)], ())


def gather(rows: Sequence[Row], parents: Sequence[Parent]) -> Window:
    """Add what the rows quote and what answers them. Two queries."""
    ids = [row.pk for row in rows]
    quotes: dict[int, list[QuoteRow]] = {}
    for quote in map(QuoteRow._make, quote_rows(ids)):
        quotes.setdefault(quote.comment_id, []).append(quote)
    answers: dict[int, list[AnswerRow]] = {}
    for answer in map(AnswerRow._make, answer_rows(ids)):
        answers.setdefault(answer.comment_id, []).append(answer)
    above = rows[0].depth - len(parents) if parents else 0
    return Window(rows, quotes, answers, parents, above)


def window_rows(article: Article, mode: str, start: int) -> list[Row]:
    """Return the page's comments, hidden ones among them (their places are drawn, their words are not). One query."""
    end = start + settings.THREAD_PAGE_SIZE
    comments = Comment.objects.current().filter(article=article)
    if mode == THREADED:
        comments = comments.filter(order__gte=start, order__lt=end).order_by("order")
    elif mode == FLAT:
        comments = comments.order_by("position")[start:end]
    else:
        ids = in_time(article, mode)[start:end]
        found = {row.pk: row for row in map(Row._make, comments.filter(pk__in=ids).values_list(*FIELDS))}
        return [found[pk] for pk in ids if pk in found]
    return [*map(Row._make, comments.values_list(*FIELDS))]


def in_time(article: Article, mode: str) -> list[int]:
    """Return the ids of a thread's comments, oldest or newest first; kept until the archive changes. Two queries."""
    key = f"in-time:{article.pk}:{versions.current()}".replace(" ", "-")
    ids: list[int] | None = cache.get(key)
    if ids is None:
        rows = Comment.objects.current().filter(article=article).order_by("position")
        ids = chronology.oldest_first([*rows.values_list("pk", "source_id", "answers_id")])
        cache.set(key, ids, timeout=None)
    return ids if mode == OLDEST else ids[::-1]


def quote_rows(ids: Sequence[int]) -> Iterable[tuple[object, ...]]:
    """Return the leading quotes of comments, in their order. One query."""
    return (
        Quote.objects.filter(comment__in=ids, leading=True)
        .order_by("comment", "ordinal")
        .values_list(
            "comment_id",
            "excerpt",
            "target__key",
            "target__order",
            "target__visibility",
            "target__script",
            "target__author__name",
            "target__withdrawn_at",
        )
    )


def answer_rows(ids: Sequence[int]) -> Iterable[tuple[object, ...]]:
    """Return the first few visible answers to each of the comments. One query."""
    return (
        Comment.objects.visible()
        .filter(answers__in=ids, nth__lt=NAMES_SHOWN)
        .order_by("answers", "nth")
        .values_list("answers_id", "key", "order", "author__name")
    )


def path_to(row: Row) -> list[Parent]:
    """Return the nearest parents of a comment, outermost first; hidden ones left out. One query."""
    chain = ["__".join(["answers"] * length) for length in range(1, PARENTS_SHOWN)]
    comment = (
        Comment.objects.filter(answered_by=row.pk)
        .select_related("author", *chain, *(f"{name}__author" for name in chain))
        .first()
    )
    path: list[Parent] = []
    while comment and len(path) < PARENTS_SHOWN:
        if comment.visibility == "visible":
            author = comment.author.name if comment.author else None
            words = line(comment.body_html[:PREFIX], 60)
            path.insert(0, Parent(comment.key, comment.order, comment.position + 1, author, words, comment.script))
        if len(path) == PARENTS_SHOWN or "answers" not in comment._state.fields_cache:  # noqa: SLF001
            break
        comment = comment.answers
    return path
