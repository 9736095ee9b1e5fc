"""The rows behind one page of a thread: a window of its comments with what they quote and what answers them.

Owns the queries; each is bounded by the page's size, whatever the thread's. Called by `thread` and `drawing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db.models.functions import Substr

from threads.database import versions
from threads.database.prepared import Prepared
from threads.models import Author, Comment, Quote, Visibility
from threads.pages import thread_order
from threads.pages.snippets import SOURCE_LENGTH, make_snippet
from threads.quote_masking import IS_MASKED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from django.db.models import QuerySet

    from threads.models import Article

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
    withheld: bool
    """True where who is addressed opted out: by a name alone, nothing of theirs is shown."""


FIELDS: tuple[Any, ...] = (
    *Row._fields[:17],
    "author__name",
    "author__slug",
    "answers__key",
    "answers__order",
    "answers__visibility",
    "answers__author__name",
    Author.objects.opted_out().matches_addressee(),
)


class QuoteRow(NamedTuple):
    """A leading quote of a comment on the page, with the comment it quotes."""

    comment_id: int
    excerpt: str
    key: str | None
    order: int | None
    script: str | None
    author: str | None
    withdrawn: object
    is_masked: bool


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
    start = (number - 1) * settings.THREAD_PAGE_SIZE
    end = start + settings.THREAD_PAGE_SIZE
    if mode != THREADED:
        rows = flat_rows(article, mode, start, end)
        ids = [row.pk for row in rows]
        return gather(rows, quotes_in(comment__in=ids), answers_to(answers__in=ids))
    place = article.pk, start, end
    rows = [*map(Row._make, PAGE.rows(*place))]
    parents = path_to(rows[0]) if rows and rows[0].depth else ()
    return gather(rows, QUOTES.rows(*place), ANSWERS.rows(*place), parents)


def window_of(comment: Comment) -> Window:
    """Return the window that holds one comment alone. Three queries."""
    rows = Comment.objects.filter(pk=comment.pk).values_list(*FIELDS)
    return gather([*map(Row._make, rows)], quotes_in(comment=comment), answers_to(answers=comment))


def gather(
    rows: Sequence[Row],
    quoted: Iterable[tuple[Any, ...]],
    answered: Iterable[tuple[Any, ...]],
    parents: Sequence[Parent] = (),
) -> Window:
    """Put together what belongs to each comment. Two queries, where those given were not asked yet."""
    quotes: dict[int, list[QuoteRow]] = {}
    for quote in map(QuoteRow._make, quoted):
        quotes.setdefault(quote.comment_id, []).append(quote)
    answers: dict[int, list[AnswerRow]] = {}
    for answer in map(AnswerRow._make, answered):
        answers.setdefault(answer.comment_id, []).append(answer)
    above = rows[0].depth - len(parents) if parents else 0
    return Window(rows, quotes, answers, parents, above)


def page_rows(article: int, start: int, end: int) -> QuerySet[Comment, Any]:
    """Return the comments of a stretch of the reading order: hidden ones too, whose places are drawn without words."""
    rows = Comment.objects.current().filter(article=article, order__gte=start, order__lt=end)
    return rows.in_reading_order().values_list(*FIELDS)


def quotes_in(**of: object) -> QuerySet[Quote, Any]:
    """Return the leading quotes of comments, in their order, as `QuoteRow` has them."""
    return (
        Quote.objects.filter(leading=True, **of)
        .order_by("comment", "ordinal")
        .values_list(
            "comment_id",
            "excerpt",
            "target__key",
            "target__order",
            "target__script",
            "target__author__name",
            "target__withdrawn_at",
            IS_MASKED,
        )
    )


def answers_to(**of: object) -> QuerySet[Comment, Any]:
    """Return the first few visible answers to each of some comments, as `AnswerRow` has them."""
    rows = Comment.objects.visible().filter(nth__lt=NAMES_SHOWN, **of)
    return rows.order_by("answers", "nth").values_list("answers_id", "key", "order", "author__name")


ANY_PLACE = (7_000_001, 7_000_002, 7_000_003)
PAGE = Prepared(page_rows, *ANY_PLACE)
QUOTES = Prepared(
    lambda article, start, end: quotes_in(comment__article=article, comment__order__gte=start, comment__order__lt=end),
    *ANY_PLACE,
)
ANSWERS = Prepared(
    lambda article, start, end: answers_to(answers__article=article, answers__order__gte=start, answers__order__lt=end),
    *ANY_PLACE,
)


def flat_rows(article: Article, mode: str, start: int, end: int) -> list[Row]:
    """Return the comments of a page in file order or in order of time. One query; two more for the order of time."""
    comments = Comment.objects.current().filter(article=article)
    if mode == FLAT:
        # The places are counted off on bare rows; only those of the page are joined with what belongs to them.
        page = comments.order_by("position").values("pk")[start:end]
        rows = Comment.objects.filter(pk__in=page).order_by("position").values_list(*FIELDS)
        return [*map(Row._make, rows)]
    ids = in_time(article, mode)[start:end]
    found = {row.pk: row for row in map(Row._make, comments.filter(pk__in=ids).values_list(*FIELDS))}
    return [found[pk] for pk in ids if pk in found]


def in_time(article: Article, mode: str) -> list[int]:
    """Return the ids of a thread's comments, oldest or newest first; kept until the archive changes. Two queries."""
    key = f"in-time:{article.pk}:{versions.current()}"
    ids: list[int] | None = cache.get(key)
    if ids is None:
        rows = Comment.objects.current().filter(article=article).order_by("position")
        ids = thread_order.oldest_first([*rows.values_list("pk", "source_id", "answers_id")])
        cache.set(key, ids, settings.PAGE_CACHE_SECONDS)
    return ids if mode == OLDEST else ids[::-1]


def parent_rows(pk: int) -> QuerySet[Comment, Any]:
    """Return what comment `pk` answers, what that answers and so on, PARENTS_SHOWN comments side by side in one row."""
    columns: list[Any] = []
    for length in range(1, PARENTS_SHOWN + 1):
        of = "answers__" * length
        columns += [f"{of}{name}" for name in ("key", "order", "position", "author__name", "script", "visibility")]
        columns.append(Substr(f"{of}body_html", 1, SOURCE_LENGTH))
    return Comment.objects.filter(pk=pk).values_list(*columns)


PARENTS = Prepared(parent_rows, 7_000_001)


def path_to(row: Row) -> list[Parent]:
    """Return the nearest parents of a comment, outermost first; hidden ones left out. One query."""
    columns = PARENTS.rows(row.pk)[0]
    width = len(columns) // PARENTS_SHOWN
    path: list[Parent] = []
    for start in range(0, len(columns), width):
        key, order, position, author, script, visibility, words = columns[start : start + width]
        if key is not None and visibility == Visibility.VISIBLE:
            path.append(Parent(key, order, position + 1, author, make_snippet(words, 60), script))
    return path[::-1]
