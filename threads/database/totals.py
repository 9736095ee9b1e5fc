"""Counts of visible rows: replies of comments, comments of threads, totals of authors and tags. Sole writer of these.

A name that is merged into another is counted with it and has no totals of its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext as _

from threads.database import bulk_writes
from threads.database.versions import bump_versions
from threads.models import Article, ArticleTag, Author, Comment, Tag, Visibility

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

PUBLISHED_ON: Final = TruncDate("published_at", tzinfo=UTC)
TOTALS = ("article_count", "comment_count", "first_seen", "last_seen")


@dataclass(slots=True)
class Total:
    """The totals of one author, in order of `TOTALS`."""

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


ADD_TO_AUTHOR: Final = """
UPDATE threads_author SET article_count = article_count + %s, comment_count = comment_count + %s,
    first_seen = CASE WHEN first_seen <= %s THEN first_seen ELSE COALESCE(%s, first_seen) END,
    last_seen = CASE WHEN last_seen >= %s THEN last_seen ELSE COALESCE(%s, last_seen) END
WHERE id = %s
"""
ADD_TO_TAG: Final = "UPDATE threads_tag SET article_count = article_count + %s WHERE id = %s AND merged_into_id IS NULL"


def add_to_authors(totals: Mapping[int, Total]) -> None:
    """Add to the totals of authors, by id. One statement, run for each author without reading."""
    day = connection.ops.adapt_datefield_value
    added = [
        (more.articles, more.comments, day(more.first), day(more.first), day(more.last), day(more.last), pk)
        for pk, more in sorted(totals.items())
    ]
    if added:
        with connection.cursor() as cursor:
            cursor.executemany(ADD_TO_AUTHOR, added)


def add_to_tags(articles: Mapping[int, int]) -> None:
    """Add to the article counts of tags, by id. One statement for each tag, and one query for each 900."""
    with connection.cursor() as cursor:
        cursor.executemany(ADD_TO_TAG, [(number, pk) for pk, number in sorted(articles.items())])
    for part in bulk_writes.in_parts(sorted(articles)):
        # An article with several of the merged tags counts once.
        merged = Tag.objects.filter(pk__in=part).exclude(merged_into=None)
        count_tags(set(merged.values_list("merged_into_id", flat=True)))


def count_authors(ids: Collection[int]) -> None:
    """Recount the visible rows of these authors and their merged names. Three queries for each 900."""
    for part in bulk_writes.in_parts(sorted(set(ids))):
        totals = _author_totals(_counted_as(Author, part))
        bulk_writes.update_rows(Author, TOTALS, [(*astuple(total), pk) for pk, total in totals.items()])


def _count_by_author(rows: QuerySet[Any], kind: str, day: str | TruncDate) -> QuerySet[Any, Any]:
    counts = (
        rows.order_by().values("author_id").annotate(n=Count("id"), kind=Value(kind), first=Min(day), last=Max(day))
    )
    result: QuerySet[Any, Any] = counts.values_list("author_id", "n", "kind", "first", "last")
    return result


def _author_totals(counted_as: Mapping[int, int]) -> dict[int, Total]:
    """Return the totals of authors; `counted_as` maps each name to its author."""
    totals = {pk: Total() for pk in counted_as}
    for names in bulk_writes.in_parts(sorted(counted_as), bulk_writes.MOST_PARAMETERS // 2):
        comments = Comment.objects.visible().filter(author__in=names)
        articles = Article.objects.visible().filter(author__in=names)
        counts = _count_by_author(comments, "comments", "posted_on")
        rows = counts.union(_count_by_author(articles, "articles", PUBLISHED_ON))
        for author, count, kind, *days in rows:
            totals[counted_as[author]].add(**{kind: count}, days=days)
    return totals


def count_tags(ids: Collection[int]) -> None:
    """Recount the visible articles of these tags and their merged tags. Four queries for each 900."""
    for part in bulk_writes.in_parts(sorted(set(ids))):
        totals = _tag_totals(_counted_as(Tag, part))
        bulk_writes.update_rows(Tag, ("article_count",), [(number, pk) for pk, number in totals.items()])


def _tag_totals(counted_as: Mapping[int, int]) -> dict[int, int]:
    articles: dict[int, set[int]] = {pk: set() for pk in counted_as}
    for names in bulk_writes.in_parts(sorted(counted_as)):
        rows = Article.objects.visible().filter(article_tags__tag__in=names).values_list("article_tags__tag_id", "pk")
        for tag, article in rows:
            articles[counted_as[tag]].add(article)
    return {pk: len(tagged) for pk, tagged in articles.items()}


def _counted_as(model: type[Author | Tag], ids: Collection[int]) -> dict[int, int]:
    """Return, for these rows and all merged with them, the row each is counted as."""
    rows: QuerySet[Any] = model.objects.all()
    tops = rows.filter(pk__in=ids).order_by().values(top=Coalesce("merged_into_id", "id"))
    together = rows.filter(Q(pk__in=tops) | Q(merged_into__in=tops)).values_list("id", "merged_into_id")
    return {pk: merged or pk for pk, merged in together}


def recount_threads(article_ids: Iterable[int], authors: Collection[int] | None = None) -> None:
    """Count visible replies and comments of these threads, then the authors' and tags' totals; bump versions.

    `authors` limits the totals to these authors; None counts every author and tag of the threads. The caller holds the
    threads' locks. About twelve queries for each 900 articles.
    """
    ids = sorted(set(article_ids))
    for part in bulk_writes.in_parts(ids):
        rows = Comment.objects.current().filter(article__in=part).order_by("article_id", "order")
        comments = list(rows.only("article", "author", "answers", "visibility", "answer_count", "descendant_count"))
        bulk_writes.update_rows(Comment, ("answer_count", "descendant_count"), _changed_reply_counts(comments))
        shown = Comment.objects.current().filter(article=OuterRef("pk"), visibility=Visibility.VISIBLE)
        visible = shown.order_by().values("article")
        Article.objects.filter(pk__in=part).update(
            comment_count=Coalesce(visible.values(number=Count("pk")), 0),
            last_comment_on=visible.values(day=Max("posted_on")),
            version=F("version") + 1,
        )
        if authors is None:
            articles = Article.objects.filter(pk__in=part)
            count_authors(
                {comment.author_id for comment in comments if comment.author_id}
                | set(articles.exclude(author=None).values_list("author_id", flat=True))
            )
            tags = ArticleTag.objects.filter(content_object__in=part)
            count_tags(set(tags.values_list("tag_id", flat=True)))
    if ids:
        bump_versions(())
    count_authors(authors or ())


def _changed_reply_counts(comments: Sequence[Comment]) -> list[tuple[int, int, int]]:
    """Return (answer_count, descendant_count, id) of the comments whose stored counts differ."""
    answers: dict[int, int] = defaultdict(int)
    branch: dict[int, int] = defaultdict(int)
    # In reverse reading order every reply comes before its parent.
    for comment in reversed(comments):
        if comment.answers_id:
            is_visible = comment.visibility == Visibility.VISIBLE
            answers[comment.answers_id] += is_visible
            branch[comment.answers_id] += branch[comment.id] + is_visible
    return [
        (answers[comment.id], branch[comment.id], comment.id)
        for comment in comments
        if (answers[comment.id], branch[comment.id]) != (comment.answer_count, comment.descendant_count)
    ]


def wrong_totals() -> Iterator[str]:
    """Yield the authors and tags whose totals are wrong. A fixed number of queries for each 900."""
    for ids in bulk_writes.in_parts(
        Author.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True)
    ):
        totals = _author_totals(_counted_as(Author, ids))
        for pk, name, *stored in Author.objects.filter(pk__in=ids).values_list("id", "name", *TOTALS):
            if tuple(stored) != astuple(totals[pk]):
                yield _("the totals of the author %s are wrong") % name
    for ids in bulk_writes.in_parts(Tag.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True)):
        articles = _tag_totals(_counted_as(Tag, ids))
        for pk, name, number in Tag.objects.filter(pk__in=ids).values_list("id", "name", "article_count"):
            if number != articles[pk]:
                yield _("the number of articles of the tag %s is wrong") % name
