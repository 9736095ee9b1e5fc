"""Threads as stored, with moderators' decisions and redactions. Reads only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from threads.database.bulk_writes import in_parts
from threads.database.versions import digest_key
from threads.models import (
    Article,
    ArticleTag,
    Author,
    Comment,
    FormerKey,
    LinkCorrection,
    Quote,
    Reason,
    Redaction,
    SourceFile,
    ThreadLink,
    Visibility,
)
from threads.parsing.document import ArticleDetails
from threads.querysets import written_name
from threads.quotes_and_links import IS_MASKED
from threads.redaction import CommentDigests, ThreadDigests, is_digest
from threads.replies.answers import ARTICLE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date, datetime

    from django.db.models import QuerySet


def redaction_digests(article_ids: Collection[int]) -> dict[int, ThreadDigests]:
    """Return what was redacted in each of these articles, by id; articles without redactions are left out. Two queries.

    Redactions that a thread inherited with a file are not in its originals.
    """
    rows = Redaction.objects.filter(article__in=article_ids, elsewhere="").order_by("pk")
    redacted: dict[int, ThreadDigests] = {}
    secret = digest_key()
    for pk, key, comment, memory in rows.values_list("article_id", "article__key", "comment_id", "memory"):
        digests = redacted.get(pk) or ThreadDigests(key, secret, current_key=key)
        if comment:
            redacted[pk] = replace(digests, comments=(*digests.comments, CommentDigests.from_json(memory)))
        else:
            redacted[pk] = replace(digests, opening=True)
    return redacted


def hidden_digests(article_ids: Collection[int]) -> dict[int, ThreadDigests]:
    """Return what a public copy of these articles leaves out: redacted, hidden and opted-out text. Twelve queries."""
    hidden = Comment.objects.filter(article__in=article_ids, moderated_at__isnull=False, visibility=Visibility.HIDDEN)
    digests = redaction_digests(article_ids)
    kept_back: dict[int, list[CommentDigests]] = defaultdict(list)
    for comment, removed in digest_comments(hidden):
        kept_back[comment.article_id].append(removed)
    names, excerpts = _opted_out_names(article_ids), _masked_excerpts(article_ids)
    keys = dict(Article.objects.filter(pk__in={*kept_back, *names, *excerpts}).values_list("pk", "key"))
    secret = digest_key() if keys else b""
    for pk, key in keys.items():
        redacted = digests.get(pk, ThreadDigests(key, secret))
        quoted = redacted.digest_comment((), None, "", excerpts[pk])
        comments = (*redacted.comments, *kept_back[pk], quoted)
        digests[pk] = replace(redacted, comments=comments, names=frozenset(names[pk]))
    return digests


def _opted_out_names(article_ids: Collection[int]) -> dict[int, set[str]]:
    """Return the opted-out names in each of these articles."""
    names = defaultdict(set)
    gone = list(Author.objects.opted_out().values_list("name", flat=True))
    addressed = Comment.objects.filter(article__in=article_ids, addressee__in=gone)
    written = Comment.objects.filter(article__in=article_ids, author__opted_out=True)
    for pk, name in chain(
        addressed.values_list("article_id", "addressee"), written.values_list("article_id", "author__name")
    ):
        names[pk].add(name)
    return names


def _masked_excerpts(article_ids: Collection[int]) -> dict[int, set[str]]:
    """Return the excerpts in each of these articles that pages do not show, also those of other threads' comments."""
    excerpts = defaultdict(set)
    quotes = Quote.objects.alias(is_masked=IS_MASKED).filter(is_masked=True, comment__article__in=article_ids)
    for pk, excerpt in quotes.exclude(excerpt="").values_list("comment__article_id", "excerpt"):
        excerpts[pk].add(excerpt)
    return excerpts


def digest_comments(comments: QuerySet[Comment]) -> Iterable[tuple[Comment, CommentDigests]]:
    """Yield each comment with the digests of its text and of the quotes of it. Four queries."""
    secret = digest_key()
    pks = comments.values("pk")
    keys, excerpts = defaultdict(list), defaultdict(set)
    for pk, key in FormerKey.objects.filter(comment__in=pks).order_by("pk").values_list("comment_id", "key"):
        keys[pk].append(key)
    for pk, excerpt in Quote.objects.filter(target__in=pks).values_list("target_id", "excerpt"):
        excerpts[pk].add(excerpt)
    for comment in comments.select_related("article", "author").order_by("pk"):
        comment_keys = [comment.key, *keys[comment.pk]]
        thread = ThreadDigests(comment.article.key, secret)
        yield comment, thread.digest_comment(comment_keys, comment.written_name, comment.body, excerpts[comment.pk])


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow(ArticleDetails):
    """The imported fields of an article, in writing order."""

    key: str
    kind: str
    title: str
    author_id: int | None
    placeholder_name: str | None
    source_url: str
    front_matter: Any
    body: str
    body_html: str
    script: str
    comment_count: int
    last_comment_on: date | None
    withdrawn_at: datetime | None

    def as_tuple(self) -> tuple[Any, ...]:
        """Return the values of ARTICLE_COLUMNS."""
        return tuple(getattr(self, name) for name in ARTICLE_COLUMNS)


ARTICLE_COLUMNS: Final = tuple(field.name for field in fields(ArticleRow))


class CommentRow(NamedTuple):
    """The imported fields of a comment, in writing order."""

    article_id: int
    key: str
    position: int
    author_id: int | None
    placeholder_name: str | None
    posted_on: date | None
    posted_at: datetime | None
    edited_at: datetime | None
    source_kind: str
    source_id: int | None
    container: str
    floor: int | None
    votes: int | None
    account_deleted: bool
    body: str
    body_html: str
    script: str
    removed_at_source: bool
    addressee: str
    answers_id: int | None
    answers_article: bool
    link_method: str | None
    link_confidence: float | None
    order: int
    depth: int
    nth: int
    answer_count: int
    descendant_count: int
    withdrawn_at: datetime | None


class QuoteRow(NamedTuple):
    """A quote of a comment; its ordinal is its index in the list."""

    source_id: int | None
    excerpt: str
    leading: bool
    target_id: int | None


class TagRow(NamedTuple):
    """A tag of an article; its position is its index in the list."""

    tag_id: int
    spelling: str


class ThreadLinkRow(NamedTuple):
    """A link to another thread, in a comment or (`comment_id` None) in the opening text."""

    comment_id: int | None
    target_key: str


class Decision(NamedTuple):
    """The moderated fields of a row."""

    visibility: str = Visibility.VISIBLE.value
    reason: str = Reason.NONE.value
    moderated_at: datetime | None = None


@dataclass(slots=True)
class StoredComment:
    """A comment's row with its quotes in order."""

    id: int
    decision: Decision
    values: CommentRow
    author: str | None
    """The name as the file has it."""
    quotes: list[QuoteRow] = field(default_factory=list)

    @property
    def visibility(self) -> str:
        """Visible, hidden or redacted."""
        return self.decision.visibility

    @property
    def key(self) -> str:
        """The comment's key."""
        return self.values.key

    @property
    def is_visible(self) -> bool:
        """True unless a moderator hid or redacted it."""
        return self.visibility == Visibility.VISIBLE


class StoredSource(NamedTuple):
    """A stored file, without its content."""

    id: int
    path: str
    sha256: str
    article_id: int
    withdrawn_at: datetime | None


@dataclass(slots=True)
class StoredThread:
    """An article's row with all rows that belong to it."""

    id: int
    visibility: str
    author: str | None
    values: ArticleRow
    comments: list[StoredComment] = field(default_factory=list)
    """In file order, withdrawn ones included."""
    tags: list[TagRow] = field(default_factory=list)
    thread_links: set[ThreadLinkRow] = field(default_factory=set)
    sources: list[StoredSource] = field(default_factory=list)
    corrections: dict[int, int | None] = field(default_factory=dict)
    """Corrected parent by comment id: a comment id, `ARTICLE`, or None."""
    redactions: list[CommentDigests] = field(default_factory=list)
    has_redacted_opening: bool = False
    inherited_digests: list[ThreadDigests] = field(default_factory=list)
    """Redactions of threads that it took files from."""
    former_keys: list[str] = field(default_factory=list)
    secret: bytes = b""
    """The archive's key of digests, if anything is redacted in it."""

    @property
    def key(self) -> str:
        """The article's key."""
        return self.values.key

    @property
    def is_visible(self) -> bool:
        """True unless a moderator hid or redacted it."""
        return self.visibility == Visibility.VISIBLE

    @property
    def has_redactions(self) -> bool:
        """True if a moderator redacted text in it."""
        return bool(self.redactions) or self.has_redacted_opening

    @property
    def memories(self) -> list[ThreadDigests]:
        """What was redacted in the thread, under each key it had, and in the threads it took files from."""
        former = (key for key in self.former_keys if not is_digest(key))
        keys = (self.key, *former) if self.has_redactions else ()
        rest = (self.secret, tuple(self.redactions), self.has_redacted_opening, frozenset[str](), self.key)
        own = [ThreadDigests(key, *rest) for key in keys]
        return [*own, *self.inherited_digests]


def stored_digests(keys: Collection[str]) -> dict[str, list[ThreadDigests]]:
    """Return what was redacted in those of these threads (by key) with a redaction. One query, or a fixed number."""
    redacted = Redaction.objects.filter(article__key__in=keys).values_list("article_id", flat=True).distinct()
    return {thread.key: thread.memories for thread in stored_threads(list(redacted)).values()}


def opted_out_names() -> frozenset[str]:
    """Return the names of all opted-out authors. One query."""
    return frozenset(Author.objects.opted_out().values_list("name", flat=True))


def stored_threads(article_ids: Collection[int]) -> dict[int, StoredThread]:
    """Return the threads of these articles by id, sorted by id. Nine or ten queries for each 900 articles."""
    threads: dict[int, StoredThread] = {}
    for part in in_parts(sorted(article_ids)):
        threads |= _read_threads(part)
    return threads


def _read_threads(ids: list[int]) -> dict[int, StoredThread]:
    rows = Article.objects.filter(id__in=ids).order_by("id")
    threads = {
        pk: StoredThread(pk, visibility, author, ArticleRow(**dict(zip(ARTICLE_COLUMNS, values, strict=True))))
        for pk, visibility, author, *values in rows.values_list("id", "visibility", written_name(), *ARTICLE_COLUMNS)
    }
    _add_comments(threads, ids)
    tags = ArticleTag.objects.filter(content_object__in=ids).order_by("position", "id")
    for article, *tag in tags.values_list("content_object_id", *TagRow._fields):
        threads[article].tags.append(TagRow(*tag))
    links = ThreadLink.objects.filter(article__in=ids)
    for article, *link in links.values_list("article_id", *ThreadLinkRow._fields):
        threads[article].thread_links.add(ThreadLinkRow(*link))
    sources = SourceFile.objects.filter(article__in=ids).order_by("path")
    for source in map(StoredSource._make, sources.values_list(*StoredSource._fields)):
        threads[source.article_id].sources.append(source)
    former = FormerKey.objects.filter(article__in=ids).order_by("id")
    for article, key in former.values_list("article_id", "key"):
        threads[article].former_keys.append(key)
    _add_moderation(threads, ids)
    return threads


def _add_comments(threads: dict[int, StoredThread], ids: list[int]) -> None:
    comments: dict[int, StoredComment] = {}
    rows = Comment.objects.filter(article__in=ids).order_by("article_id", "position", "id")
    names = ("id", *Decision._fields, written_name(), *CommentRow._fields)
    for pk, visibility, reason, moderated_at, author, *values in rows.values_list(*names):
        row = CommentRow(*values)
        comments[pk] = StoredComment(pk, Decision(visibility, reason, moderated_at), row, author)
        threads[row.article_id].comments.append(comments[pk])
    quotes = Quote.objects.filter(comment__article__in=ids).order_by("comment_id", "ordinal")
    for comment, *values in quotes.values_list("comment_id", *QuoteRow._fields):
        comments[comment].quotes.append(QuoteRow(*values))


def _add_moderation(threads: dict[int, StoredThread], ids: list[int]) -> None:
    corrections = LinkCorrection.objects.filter(comment__article__in=ids).order_by("id")
    for article, comment, target, to_article in corrections.values_list(
        "comment__article_id", "comment_id", "target_id", "answers_article"
    ):
        threads[article].corrections[comment] = ARTICLE if to_article else target
    fields = ("article_id", "comment_id", "elsewhere", "memory")
    redactions = Redaction.objects.filter(article__in=ids).order_by("id").values_list(*fields)
    secret = digest_key() if redactions else b""
    for article, comment, key, memory in redactions:
        threads[article].secret = secret
        if key:
            threads[article].inherited_digests.append(ThreadDigests.from_json(key, secret, memory))
        elif comment:
            threads[article].redactions.append(CommentDigests.from_json(memory))
        else:
            threads[article].has_redacted_opening = True
