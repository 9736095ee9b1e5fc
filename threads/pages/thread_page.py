"""Queries of a thread page: the article, one page of its comments with quotes and replies, and neighbouring threads.

Each query is bounded by the size of a page, not of the thread. The queries of the default view are prepared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Substr

from threads.database import versions
from threads.database.prepared import Prepared
from threads.models import Article, ArticleTag, Author, Comment, Quote, Visibility, address
from threads.pages.lists import TagLink
from threads.pages.provenance import BackupFile, first_backup, read_backups
from threads.pages.snippets import SOURCE_LENGTH, make_snippet
from threads.pages.thread_order import FLAT, OLDEST, THREADED, VOTES, order_oldest_first
from threads.querysets import VISIBLE, person, written_name
from threads.quotes_and_links import IS_MASKED, mentioning_articles
from threads.rendering import convert_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from django.db.models import QuerySet
    from django.utils.safestring import SafeString

REPLIES_SHOWN: Final = 4
"""Authors named in the list of replies below a comment; the others are a number."""
REPLIES_READ: Final = 2_000
"""Rows of replies and quotes read for one page."""
PARENTS_SHOWN: Final = 5
"""Parent comments shown above a page that starts inside a branch."""
MENTIONS_SHOWN: Final = 20
"""Threads that link to this one; older threads are left out."""

LEFT_OUT: Final = {"body", "front_matter", "reason", "moderated_at"}
ARTICLE_FIELDS: Final = tuple(
    field.attname
    for field in Article._meta.concrete_fields  # noqa: SLF001
    if field.name not in LEFT_OUT
)
"""In the order of the model, as `from_db` requires."""
DATE_FIELDS: Final = ("published_at", "modified_at", "withdrawn_at")
AUTHOR_FIELDS: Final = ("id", "name", "slug", "merged_into_id")
MAIN_AUTHOR_SLUG: Final = "author__merged_into__slug"
BACKUP_COLUMNS: Final = 1 + len(BackupFile._fields) + 1
"""Columns after those of the author: the last place, the first file, and the number of files."""
OTHER_THREAD_FIELDS: Final = ("key", "title", "script", "published_at")


class OtherThread(NamedTuple):
    """The next older or newer thread, or one that links to this thread."""

    url: str
    title: str | SafeString
    lang: str
    day: str


class PageRow(NamedTuple):
    """A comment on a page, with the comment that it replies to. Same order of fields as `COMMENT_FIELDS`."""

    pk: int
    key: str
    position: int
    posted_on: date | None
    posted_at: datetime | None
    edited_at: datetime | None
    floor: int | None
    votes: int | None
    account_deleted: bool | None
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
    author: str | None
    """The name as written in the file."""
    person_id: int | None
    """The author that a merged name belongs to, or the author itself."""
    person: str | None
    person_slug: str | None
    answers_key: str | None
    answers_order: int | None
    answers_visibility: str | None
    answers_author: str | None
    addressee_opted_out: bool


COMMENT_FIELDS: Final[tuple[Any, ...]] = (
    *PageRow._fields[:21], written_name(), *person("author"), "answers__key", "answers__order", "answers__visibility",
    written_name("answers__"), Author.objects.opted_out().matches_addressee(),
)  # fmt: skip


class LeadingQuote(NamedTuple):
    """A leading quote of a comment on the page, with its target."""

    comment_id: int
    excerpt: str
    key: str | None
    order: int | None
    script: str | None
    author: str | None
    withdrawn_at: object
    is_masked: bool


class Reply(NamedTuple):
    """One of the first replies to a comment on the page, or a reply to another comment that quotes it too."""

    comment_id: int
    key: str
    order: int
    author: str | None
    nth: int
    """Number among the replies from 0; REPLIES_SHOWN if the comment is only quoted."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent comment above the page."""

    key: str
    author: str | None
    snippet: str
    script: str


@dataclass(frozen=True, slots=True)
class CommentPage:
    """The comments of one page, in the order of the view."""

    rows: Sequence[PageRow]
    quotes: dict[int, list[LeadingQuote]]
    replies: dict[int, list[Reply]]
    parents: Sequence[Parent]
    parents_above: int
    """Number of parents beyond those shown."""

    def visible_bodies(self) -> dict[int, str]:
        """Return the stored HTML of visible comments by id."""
        return {row.pk: row.body_html for row in self.rows if row.visibility == Visibility.VISIBLE}


def article_rows(key: str) -> QuerySet[Article, Any]:
    """Return the article of a key as a tuple: its fields, its author's fields, the last comment's place, its file."""
    last = Comment.objects.current().filter(article=OuterRef("pk")).order_by("-order").values("order")[:1]
    names = (*ARTICLE_FIELDS, *(f"author__{name}" for name in AUTHOR_FIELDS), MAIN_AUTHOR_SLUG)
    return Article.objects.filter(key=key).values_list(*names, Subquery(last), *first_backup())


def tag_rows(article: int) -> QuerySet[ArticleTag, Any]:
    """Return slug and spelling of an article's tags in its order, without ignored tags."""
    rows = ArticleTag.objects.filter(content_object=article, tag__ignored=False)
    return rows.order_by("position").values_list("tag__slug", "spelling")


def older_rows(moment: datetime, before: int) -> QuerySet[Article, Any]:
    """Return the visible thread published next before a moment, or at it with a smaller id."""
    rows = Article.objects.visible().filter(published_at__lte=moment).exclude(published_at=moment, pk__gte=before)
    return rows.order_by("-published_at", "-pk").values_list(*OTHER_THREAD_FIELDS)[:1]


def newer_rows(moment: datetime, after: int) -> QuerySet[Article, Any]:
    """Return the visible thread published next after a moment, or at it with a greater id."""
    rows = Article.objects.visible().filter(published_at__gte=moment).exclude(published_at=moment, pk__lte=after)
    return rows.order_by("published_at", "pk").values_list(*OTHER_THREAD_FIELDS)[:1]


def mention_rows(key: str) -> QuerySet[Article, Any]:
    """Return the newest visible threads that link to a thread from a visible text, without the thread itself."""
    return mentioning_articles(key).newest().values_list(*OTHER_THREAD_FIELDS)[:MENTIONS_SHOWN]


def comment_rows(article: int, start: int, end: int) -> QuerySet[Comment, Any]:
    """Return a range of the reading order, with hidden comments, which leave a placeholder."""
    rows = Comment.objects.current().filter(article=article, order__gte=start, order__lt=end)
    return rows.in_reading_order().values_list(*COMMENT_FIELDS)


def quote_rows(**condition: object) -> QuerySet[Quote, Any]:
    """Return the leading quotes of comments in their order, with the fields of `LeadingQuote`."""
    rows = Quote.objects.filter(leading=True, **condition).order_by("comment", "ordinal")
    return rows.values_list(
        "comment_id", "excerpt", "target__key", "target__order", "target__script", written_name("target__"),
        "target__withdrawn_at", IS_MASKED,
    )  # fmt: skip


def reply_rows(**condition: object) -> QuerySet[Comment, Any]:
    """Return the first visible replies to comments and their other quotes, with the fields of `Reply`.

    `condition` selects the comments by the names of `Comment.answers`.
    """
    replies = Comment.objects.visible().filter(nth__lt=REPLIES_SHOWN, **condition)
    target = {name.replace("answers", "target", 1): value for name, value in condition.items()}
    quotes = Quote.objects.filter(comment__visibility=VISIBLE, comment__withdrawn_at=None, **target)
    quotes = quotes.exclude(comment__answers=F("target")).exclude(comment=F("target"))
    rows = replies.values_list("answers_id", "key", "order", written_name(), "nth").union(
        quotes.values_list(
            "target_id", "comment__key", "comment__order", written_name("comment__"), Value(REPLIES_SHOWN)
        )
    )
    return rows.order_by("answers_id", "nth", "order")[:REPLIES_READ]


def parent_rows(pk: int) -> QuerySet[Comment, Any]:
    """Return the nearest parents of a comment side by side in one row, with the start of each body."""
    columns: list[Any] = []
    for length in range(1, PARENTS_SHOWN + 1):
        parent = "answers__" * length
        columns += [f"{parent}key", written_name(parent), f"{parent}script", f"{parent}visibility"]
        columns.append(Substr(f"{parent}body_html", 1, SOURCE_LENGTH))
    return Comment.objects.filter(pk=pk).values_list(*columns)


ANY_ID: Final = 7_000_001
ANY_RANGE: Final = (7_000_001, 7_000_002, 7_000_003)
ANY_MOMENT: Final = datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)
ARTICLE: Final = Prepared(article_rows, "any key")
TAGS: Final = Prepared(tag_rows, ANY_ID)
OLDER: Final = Prepared(older_rows, ANY_MOMENT, ANY_ID)
NEWER: Final = Prepared(newer_rows, ANY_MOMENT, ANY_ID)
MENTIONS: Final = Prepared(mention_rows, "any key")
COMMENTS: Final = Prepared(comment_rows, *ANY_RANGE)
QUOTES: Final = Prepared(
    lambda article, start, end: quote_rows(comment__article=article, comment__order__gte=start, comment__order__lt=end),
    *ANY_RANGE,
)
REPLIES: Final = Prepared(
    lambda article, start, end: reply_rows(answers__article=article, answers__order__gte=start, answers__order__lt=end),
    *ANY_RANGE,
)
PARENTS: Final = Prepared(parent_rows, ANY_ID)


class FoundArticle(NamedTuple):
    """The article of a thread page."""

    article: Article
    """With its author; whatever its visibility."""
    places: int
    """Number of places for comments."""
    backups: list[BackupFile]


def find_article(key: str) -> FoundArticle | None:
    """Return the article of a key. One query; two if it was read from several files."""
    rows = ARTICLE.rows(key)
    if not rows:
        return None
    values, last_place, backup = rows[0][:-BACKUP_COLUMNS], rows[0][-BACKUP_COLUMNS], rows[0][1 - BACKUP_COLUMNS :]
    fields = dict(zip(ARTICLE_FIELDS, values, strict=False))
    for name in DATE_FIELDS:
        moment: datetime | None = fields[name]
        # SQLite stores no time zone.
        fields[name] = moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
    article = Article.from_db(DEFAULT_DB_ALIAS, ARTICLE_FIELDS, list(fields.values()))
    *author, main_slug = values[len(ARTICLE_FIELDS) :]
    article.author = Author.from_db(DEFAULT_DB_ALIAS, AUTHOR_FIELDS, author) if author[0] else None
    if article.author and article.author.merged_into_id:
        article.author.merged_into = Author(pk=article.author.merged_into_id, slug=main_slug)
    return FoundArticle(article, 0 if last_place is None else last_place + 1, read_backups(article, backup))


def fetch_tags(article: Article) -> list[TagLink]:
    """Return the tags of an article. One query."""
    return [TagLink(address("tag", slug), spelling) for slug, spelling in TAGS.rows(article.pk)]


def find_neighbour(article: Article, script: str, *, older: bool) -> OtherThread | None:
    """Return the thread published next before or after this one. One query."""
    if article.published_at is None:
        return None
    rows = (OLDER if older else NEWER).rows(article.published_at, article.pk)
    return build_other_thread(rows[0], script) if rows else None


def fetch_mentions(article: Article, script: str) -> list[OtherThread]:
    """Return the threads that link to a thread, newest first. One query."""
    return [build_other_thread(row, script) for row in MENTIONS.rows(article.key)]


def build_other_thread(row: Sequence[Any], script: str) -> OtherThread:
    """Return a thread from its OTHER_THREAD_FIELDS, in the script that the reader chose, if any."""
    key, title, own_script, moment = row
    day = f"{moment:%Y-%m-%d}" if moment else ""
    return OtherThread(address("thread", key), convert_text(title, script), script or own_script, day)


def fetch_page_of_comments(article: Article, mode: str, number: int) -> CommentPage:
    """Return page `number` (from 1) of a thread. Three queries; one more if the page starts inside a branch."""
    start = (number - 1) * settings.THREAD_PAGE_SIZE
    end = start + settings.THREAD_PAGE_SIZE
    if mode != THREADED:
        rows = fetch_flat_rows(article, mode, start, end)
        ids = [row.pk for row in rows]
        return group_rows(rows, quote_rows(comment__in=ids), reply_rows(answers__in=ids))
    place = article.pk, start, end
    rows = [*map(PageRow._make, COMMENTS.rows(*place))]
    parents = fetch_parents(rows[0]) if rows and rows[0].depth else ()
    return group_rows(rows, QUOTES.rows(*place), REPLIES.rows(*place), parents)


def fetch_single_comment(comment: Comment) -> CommentPage:
    """Return a page that holds one comment. Three queries."""
    rows = Comment.objects.filter(pk=comment.pk).values_list(*COMMENT_FIELDS)
    return group_rows([*map(PageRow._make, rows)], quote_rows(comment=comment), reply_rows(answers=comment))


def group_rows(
    rows: Sequence[PageRow],
    quote_tuples: Iterable[tuple[Any, ...]],
    reply_tuples: Iterable[tuple[Any, ...]],
    parents: Sequence[Parent] = (),
) -> CommentPage:
    """Group quotes and replies by comment. Evaluates the querysets."""
    quotes: dict[int, list[LeadingQuote]] = {}
    for quote in map(LeadingQuote._make, quote_tuples):
        quotes.setdefault(quote.comment_id, []).append(quote)
    replies: dict[int, list[Reply]] = {}
    for reply in map(Reply._make, reply_tuples):
        replies.setdefault(reply.comment_id, []).append(reply)
    parents_above = rows[0].depth - len(parents) if parents else 0
    return CommentPage(rows, quotes, replies, parents, parents_above)


def fetch_flat_rows(article: Article, mode: str, start: int, end: int) -> list[PageRow]:
    """Return a page in file order, by votes, or in order of time. One query; two more for the order of time."""
    comments = Comment.objects.current().filter(article=article)
    if mode in {FLAT, VOTES}:
        votes = [F("votes").desc(nulls_last=True)] if mode == VOTES else []
        # The offset is counted on bare rows. Only those of the page are joined.
        page = comments.order_by(*votes, "position").values("pk")[start:end]
        rows = Comment.objects.filter(pk__in=page).order_by(*votes, "position").values_list(*COMMENT_FIELDS)
        return [*map(PageRow._make, rows)]
    ids = fetch_ids_by_time(article, mode)[start:end]
    rows_by_id = {row.pk: row for row in map(PageRow._make, comments.filter(pk__in=ids).values_list(*COMMENT_FIELDS))}
    return [rows_by_id[pk] for pk in ids if pk in rows_by_id]


def fetch_ids_by_time(article: Article, mode: str) -> list[int]:
    """Return the ids of a thread's comments, oldest or newest first. Two queries; cached for the archive version."""
    key = f"in-time:{article.pk}:{versions.archive_version()}"
    ids: list[int] | None = cache.get(key)
    if ids is None:
        rows = Comment.objects.current().filter(article=article).order_by("position")
        ids = order_oldest_first([*rows.values_list("pk", "source_id", "answers_id")])
        cache.set(key, ids, settings.PAGE_CACHE_SECONDS)
    return ids if mode == OLDEST else ids[::-1]


def fetch_parents(row: PageRow) -> list[Parent]:
    """Return the nearest visible parents of a comment, outermost first. One query."""
    columns = PARENTS.rows(row.pk)[0]
    width = len(columns) // PARENTS_SHOWN
    parents: list[Parent] = []
    for start in range(0, len(columns), width):
        key, author, script, visibility, body_start = columns[start : start + width]
        if key is not None and visibility == Visibility.VISIBLE:
            parents.append(Parent(key, author, make_snippet(body_start, 60), script))
    return parents[::-1]
