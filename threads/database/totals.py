"""Counts of visible rows: replies of comments, comments of threads, totals of authors and tags. Sole writer of these.

A name that is merged into another is counted with it and has no totals of its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import connection
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from threads.database import bulk
from threads.database.versions import bump_versions
from threads.models import Article, ArticleTag, Author, Comment, Tag, Visibility
from threads.querysets import ARTICLE_SHOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from django.db.models import QuerySet

TOTALS = ("article_count", "comment_count", "first_seen", "last_seen")


@dataclass(slots=True)
class Total:
    """The counts of one author."""

    articles: int = 0
    comments: int = 0
    first: date | None = None
    last: date | None = None

    def add(self, *, articles: int = 0, comments: int = 0, days: Iterable[date | datetime | None] = ()) -> None:
        """Add articles and comments of these days."""
        self.articles += articles
        self.comments += comments
        for moment in days:
            day = moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment
            if day is not None:
                self.first = day if self.first is None else min(self.first, day)
                self.last = day if self.last is None else max(self.last, day)


ADD: Final = """
UPDATE threads_author SET article_count = article_count + %s, comment_count = comment_count + %s,
    first_seen = CASE WHEN first_seen <= %s THEN first_seen ELSE COALESCE(%s, first_seen) END,
    last_seen = CASE WHEN last_seen >= %s THEN last_seen ELSE COALESCE(%s, last_seen) END
WHERE id = %s
"""


def add_to_authors(totals: Mapping[int, Total]) -> None:
    """Add to the totals of authors, by id. One statement, run for each author without reading."""
    day = connection.ops.adapt_datefield_value
    added = [
        (more.articles, more.comments, day(more.first), day(more.first), day(more.last), day(more.last), pk)
        for pk, more in sorted(totals.items())
    ]
    if added:
        with connection.cursor() as cursor:
            cursor.executemany(ADD, added)


def add_to_tags(articles: Mapping[int, int]) -> None:
    """Add to the article counts of tags, by id. Two statements for each 900 tags."""
    for part in bulk.in_parts(sorted(articles)):
        counted_as = dict(Tag.objects.filter(pk__in=part).values_list("id", "merged_into_id"))
        again = {tag for tag in counted_as.values() if tag}
        bulk.update_rows(
            Tag,
            ("article_count",),
            [
                (count + articles[pk], pk)
                for pk, count in Tag.objects.filter(pk__in=part).values_list("id", "article_count")
                if not counted_as[pk] and pk not in again
            ],
        )
        count_tags(again)


def count_authors(ids: Collection[int]) -> None:
    """Recount the visible rows of these authors and their merged names. Six queries for each 900."""
    for part in bulk.in_parts(sorted(set(ids))):
        totals = _author_totals(_counted_as(Author, part))
        bulk.update_rows(
            Author,
            TOTALS,
            [(total.articles, total.comments, total.first, total.last, pk) for pk, total in totals.items()],
        )


def _author_totals(counted_as: Mapping[int, int]) -> dict[int, Total]:
    """Return the totals of authors; `counted_as` maps each name to its author."""
    totals = {pk: Total() for pk in counted_as}
    for names in bulk.in_parts(sorted(counted_as)):
        comments = Comment.objects.visible().filter(author__in=names).order_by().values_list("author_id")
        for author, count, first, last in comments.annotate(Count("id"), Min("posted_on"), Max("posted_on")):
            totals[counted_as[author]].add(comments=count, days=(first, last))
        articles = Article.objects.visible().filter(author__in=names).order_by().values_list("author_id")
        for author, count, first, last in articles.annotate(Count("id"), Min("published_at"), Max("published_at")):
            totals[counted_as[author]].add(articles=count, days=(first, last))
    return totals


def count_tags(ids: Collection[int]) -> None:
    """Recount the visible articles of these tags and their merged tags. Four queries for each 900."""
    for part in bulk.in_parts(sorted(set(ids))):
        bulk.update_rows(
            Tag, ("article_count",), [(number, pk) for pk, number in _tag_totals(_counted_as(Tag, part)).items()]
        )


def _tag_totals(counted_as: Mapping[int, int]) -> dict[int, int]:
    articles: dict[int, set[int]] = {pk: set() for pk in counted_as}
    for names in bulk.in_parts(sorted(counted_as)):
        shown = ArticleTag.objects.filter(_through("content_object", ARTICLE_SHOWN), tag__in=names)
        for tag, article in shown.values_list("tag_id", "content_object_id"):
            articles[counted_as[tag]].add(article)
    return {pk: len(found) for pk, found in articles.items()}


def _counted_as(model: type[Author | Tag], ids: Collection[int]) -> dict[int, int]:
    """Return, for these rows and all merged with them, the row each is counted as."""
    rows: QuerySet[Any] = model.objects.all()
    tops = rows.filter(pk__in=ids).order_by().values(top=Coalesce("merged_into_id", "id"))
    together = rows.filter(Q(pk__in=tops) | Q(merged_into__in=tops)).values_list("id", "merged_into_id")
    return {pk: merged or pk for pk, merged in together}


def _through(relation: str, condition: Q) -> Q:
    """Return a condition on articles as a condition on rows that point at them."""
    return Q(**{f"{relation}__{name}": value for name, value in condition.children})  # type: ignore[misc]


class _CountedComment(NamedTuple):
    """The fields of a comment that counting reads."""

    id: int
    article_id: int
    author_id: int | None
    posted_on: date | None
    answers_id: int | None
    visibility: str
    answer_count: int
    descendant_count: int

    @property
    def is_visible(self) -> bool:
        return self.visibility == Visibility.VISIBLE


def recount_threads(article_ids: Iterable[int], authors: Collection[int] | None = None) -> None:
    """Count visible replies and comments of these threads, then the authors' and tags' totals; bump versions.

    `authors` limits the totals to these authors; None counts every author and tag of the threads. Writes only what
    differs. The caller holds the threads' locks. About fifteen queries for each 900 articles.
    """
    for part in bulk.in_parts(sorted(set(article_ids))):
        rows = Comment.objects.current().filter(article__in=part).order_by("article_id", "order")
        comments = [_CountedComment(*values) for values in rows.values_list(*_CountedComment._fields)]
        bulk.update_rows(Comment, ("answer_count", "descendant_count"), _changed_reply_counts(comments))
        _write_comment_counts(part, comments)
        if authors is None:
            articles = Article.objects.filter(pk__in=part)
            count_authors(
                {comment.author_id for comment in comments if comment.author_id}
                | set(articles.exclude(author=None).values_list("author_id", flat=True))
            )
            tags = ArticleTag.objects.filter(content_object__in=part)
            count_tags(set(tags.values_list("tag_id", flat=True)))
        bump_versions(part)
    count_authors(authors or ())


def _changed_reply_counts(comments: Sequence[_CountedComment]) -> list[tuple[int, int, int]]:
    """Return (answer_count, descendant_count, id) of the comments whose stored counts differ."""
    answers: dict[int, int] = defaultdict(int)
    branch: dict[int, int] = defaultdict(int)
    # In reverse reading order every reply comes before its parent.
    for comment in reversed(comments):
        if comment.answers_id:
            answers[comment.answers_id] += comment.is_visible
            branch[comment.answers_id] += branch[comment.id] + comment.is_visible
    return [
        (answers[comment.id], branch[comment.id], comment.id)
        for comment in comments
        if (answers[comment.id], branch[comment.id]) != (comment.answer_count, comment.descendant_count)
    ]


def _write_comment_counts(article_ids: Sequence[int], comments: Sequence[_CountedComment]) -> None:
    counts: dict[int, int] = defaultdict(int)
    days: dict[int, date] = {}
    for comment in comments:
        if comment.is_visible:
            counts[comment.article_id] += 1
            if comment.posted_on:
                days[comment.article_id] = max(comment.posted_on, days.get(comment.article_id, comment.posted_on))
    bulk.update_rows(
        Article, ("comment_count", "last_comment_on"), [(counts[pk], days.get(pk), pk) for pk in article_ids]
    )


def wrong_totals() -> Iterator[str]:
    """Yield the authors and tags whose totals are wrong. A fixed number of queries for each 900."""
    for ids in bulk.in_parts(Author.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True)):
        totals = _author_totals(_counted_as(Author, ids))
        for pk, name, *stored in Author.objects.filter(pk__in=ids).values_list("id", "name", *TOTALS):
            total = totals[pk]
            if stored != [total.articles, total.comments, total.first, total.last]:
                yield _("the totals of the author %s are wrong") % name
    for ids in bulk.in_parts(Tag.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True)):
        articles = _tag_totals(_counted_as(Tag, ids))
        for pk, name, number in Tag.objects.filter(pk__in=ids).values_list("id", "name", "article_count"):
            if number != articles[pk]:
                yield _("the number of articles of the tag %s is wrong") % name
