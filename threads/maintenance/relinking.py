"""Stored threads brought up to date: replies linked again, comments placed and counted again, from their rows.

Called by `moderation`, inside its transaction, and by the commands. The loader does the same to what it reads.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import connection

from threads.database import bulk, totals
from threads.importing import row_writing, state
from threads.maintenance import replan
from threads.models import Article, ArticleTag, Comment, Visibility

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

PEOPLE: Final = 0x7_0065_6F70_6C65
"""The number of PostgreSQL's advisory lock on who is opted out and merged."""


def relink(article_ids: Iterable[int]) -> None:
    """Find links again from kept quotes and corrections, place, count; index what changed. A fixed number of queries.

    Quotes inside texts are drawn again, and those of comments that a moderator removed without their words. Withdrawn
    threads are left as they are: what is written is shown, and they are linked when their files come back.
    """
    for part in bulk.in_parts(sorted(set(article_ids)), 100):
        lock(part)
        threads = state.threads(Article.objects.current().filter(pk__in=part).values_list("pk", flat=True))
        row_writing.write([replan.again(thread) for thread in threads.values()], {})


def recount(article_ids: Iterable[int], authors: Collection[int] | None = None) -> None:
    """Count again what is visible: answers, comments, the authors' and tags' totals; bump versions.

    `authors` are those of whom more or less is visible than before; None: all who wrote there, and the tags as well.
    About twenty queries for each 900 articles; writes only what differs, but the versions.
    """
    for part in bulk.in_parts(sorted(set(article_ids))):
        lock(part)
        comments = _comments(part)
        bulk.update(Comment, ("answer_count", "descendant_count"), _answer_counts(comments))
        _count_comments(part, comments)
        if authors is None:
            articles = Article.objects.filter(pk__in=part)
            totals.count_authors(
                {one.author_id for one in comments if one.author_id}
                | set(articles.exclude(author=None).values_list("author_id", flat=True))
            )
            tags = ArticleTag.objects.filter(content_object__in=part)
            totals.count_tags(set(tags.values_list("tag_id", flat=True)))
        row_writing.bump(part)
    totals.count_authors(authors or ())


class _Placed(NamedTuple):
    """What counting needs to know of a comment."""

    id: int
    article_id: int
    author_id: int | None
    posted_on: date | None
    answers_id: int | None
    order: int
    visibility: str
    answer_count: int
    descendant_count: int

    @property
    def shown(self) -> bool:
        return self.visibility == Visibility.VISIBLE


def lock(article_ids: Iterable[int]) -> None:
    """Keep an import and a moderator from changing one thread at once. One query."""
    list(Article.objects.filter(pk__in=list(article_ids)).select_for_update().order_by("pk").values_list("pk"))


def lock_people() -> None:
    """Keep who is opted out, and which names are one, as it is until the transaction ends. One query, before any other.

    A person opts out of threads that an import has not committed yet, and of which no lock is known: only a lock on all
    keeps one from overtaking the other. SQLite lets one at a time write as it is.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PEOPLE])


def _comments(article_ids: Collection[int]) -> list[_Placed]:
    found = Comment.objects.current().filter(article__in=article_ids).order_by("article_id", "order")
    return [_Placed(*values) for values in found.values_list(*_Placed._fields)]


def _answer_counts(comments: Sequence[_Placed]) -> list[tuple[int, int, int]]:
    """Return (answers, all in the branch, id) where what is stored differs: only what is shown counts."""
    answers: dict[int, int] = defaultdict(int)
    branch: dict[int, int] = defaultdict(int)
    # Last in reading order first: whatever answers a comment stands behind it.
    for one in reversed(comments):
        if one.answers_id:
            answers[one.answers_id] += one.shown
            branch[one.answers_id] += branch[one.id] + one.shown
    return [
        (answers[one.id], branch[one.id], one.id)
        for one in comments
        if (answers[one.id], branch[one.id]) != (one.answer_count, one.descendant_count)
    ]


def _count_comments(article_ids: Sequence[int], comments: Sequence[_Placed]) -> None:
    counts: dict[int, int] = defaultdict(int)
    days: dict[int, date] = {}
    for one in comments:
        if one.shown:
            counts[one.article_id] += 1
            if one.posted_on:
                days[one.article_id] = max(one.posted_on, days.get(one.article_id, one.posted_on))
    bulk.update(Article, ("comment_count", "last_comment_on"), [(counts[pk], days.get(pk), pk) for pk in article_ids])
