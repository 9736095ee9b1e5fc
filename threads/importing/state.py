"""A thread as its rows have it, to compare with what is read from its files. Reads only.

Called by the loader, `placement` and the verification; a fixed number of queries for any number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models

from threads.database.bulk import in_parts
from threads.importing.memories import known_keys
from threads.importing.redaction import Memory, Removed
from threads.models import (
    Article,
    ArticleTag,
    Author,
    Comment,
    FormerKey,
    LinkCorrection,
    Quote,
    Redaction,
    SourceFile,
    ThreadLink,
    Visibility,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date, datetime


class ArticleRow(NamedTuple):
    """The imported fields of an article, in the order in which they are written."""

    key: str
    kind: str
    title: str
    author_id: int | None
    published_at: datetime | None
    modified_at: datetime | None
    source_url: str
    front_matter: Any
    body: str
    body_html: str
    script: str
    comment_count: int
    last_comment_on: date | None
    withdrawn_at: datetime | None


class CommentRow(NamedTuple):
    """The imported fields of a comment, in the order in which they are written."""

    article_id: int
    key: str
    position: int
    author_id: int | None
    posted_on: date | None
    source_id: int | None
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


@dataclass(slots=True)
class StoredComment:
    """A comment as its row has it, with its quotes by ordinal."""

    id: int
    visibility: str
    values: CommentRow
    author: str | None
    quotes: list[QuoteRow] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The comment's key."""
        return self.values.key

    @property
    def shown(self) -> bool:
        """True where no moderator hid or redacted it."""
        return self.visibility == Visibility.VISIBLE


@dataclass(slots=True)
class StoredSource:
    """A kept file, without its content."""

    id: int
    path: str
    sha256: str
    withdrawn: bool


@dataclass(slots=True)
class StoredThread:
    """An article as its row has it, with all rows that belong to it."""

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
    """Comment id to the id of what it answers: the article's own, negative, for the article; None for nothing."""
    removed: list[Removed] = field(default_factory=list)
    opening_removed: bool = False
    removed_elsewhere: list[Memory] = field(default_factory=list)
    """What was destroyed in threads from which it took a file over."""
    former_keys: list[str] = field(default_factory=list)
    known_keys: frozenset[str] = frozenset()
    """Keys that its comments have or had, where anything was destroyed."""
    opted_out: frozenset[str] = frozenset()
    """The names of all in the archive who opted out."""

    @property
    def key(self) -> str:
        """The article's key."""
        return self.values.key

    @property
    def shown(self) -> bool:
        """True where no moderator hid or redacted it."""
        return self.visibility == Visibility.VISIBLE

    @property
    def cut(self) -> bool:
        """True where a moderator destroyed words in it."""
        return bool(self.removed) or self.opening_removed

    @property
    def memories(self) -> list[Memory]:
        """What was destroyed in the thread, under each key that it had, and in those from which it has files."""
        keys = (self.key, *self.former_keys) if self.cut else ()
        own = [Memory(key, tuple(self.removed), self.opening_removed) for key in keys]
        return [replace(memory, known=self.known_keys) for memory in (*own, *self.removed_elsewhere)]


def memories(keys: Collection[str]) -> dict[str, list[Memory]]:
    """Return what was redacted in those of these threads (by key) with a redaction. One query, or a fixed number."""
    redacted = Redaction.objects.filter(article__key__in=keys).values_list("article_id", flat=True).distinct()
    return {thread.key: thread.memories for thread in threads(list(redacted)).values()}


def opted_out() -> frozenset[str]:
    """Return the names of all who opted out. One query."""
    return frozenset(Author.objects.opted_out().values_list("name", flat=True))


def threads(article_ids: Collection[int]) -> dict[int, StoredThread]:
    """Return the threads of these articles by id, in the order of ids. Twelve queries for each 900 articles."""
    found: dict[int, StoredThread] = {}
    for part in in_parts(sorted(article_ids)):
        found |= _threads(part)
    names = opted_out() if found else frozenset()
    for thread in found.values():
        thread.opted_out = names
    return found


def _threads(ids: list[int]) -> dict[int, StoredThread]:
    rows = Article.objects.filter(id__in=ids).order_by("id")
    found = {
        pk: StoredThread(pk, visibility, author, ArticleRow(*values))
        for pk, visibility, author, *values in rows.values_list("id", "visibility", "author__name", *ArticleRow._fields)
    }
    _add_comments(found, ids)
    for article, *tag in _rows(ArticleTag, "content_object_id", ids, TagRow._fields, order=("position", "id")):
        found[article].tags.append(TagRow(*tag))
    for article, *link in _rows(ThreadLink, "article_id", ids, ThreadLinkRow._fields):
        found[article].thread_links.add(ThreadLinkRow(*link))
    sources = SourceFile.objects.filter(article__in=ids).order_by("path")
    for article, pk, path, sha256, withdrawn in sources.values_list(
        "article_id", "id", "path", "sha256", "withdrawn_at"
    ):
        found[article].sources.append(StoredSource(pk, path, sha256, withdrawn is not None))
    for article, key in _rows(FormerKey, "article_id", ids, ("key",)):
        found[article].former_keys.append(key)
    _add_moderation(found, ids)
    return found


def _add_comments(found: dict[int, StoredThread], ids: list[int]) -> None:
    comments: dict[int, StoredComment] = {}
    rows = Comment.objects.filter(article__in=ids).order_by("article_id", "position", "id")
    for pk, visibility, author, *values in rows.values_list("id", "visibility", "author__name", *CommentRow._fields):
        row = CommentRow(*values)
        comments[pk] = StoredComment(pk, visibility, row, author)
        found[row.article_id].comments.append(comments[pk])
    quotes = Quote.objects.filter(comment__article__in=ids).order_by("comment_id", "ordinal")
    for comment, *values in quotes.values_list("comment_id", *QuoteRow._fields):
        comments[comment].quotes.append(QuoteRow(*values))


def _add_moderation(found: dict[int, StoredThread], ids: list[int]) -> None:
    corrections = LinkCorrection.objects.filter(comment__article__in=ids).order_by("id")
    for article, comment, target, to_article in corrections.values_list(
        "comment__article_id", "comment_id", "target_id", "answers_article"
    ):
        found[article].corrections[comment] = -article if to_article else target
    redactions = Redaction.objects.filter(article__in=ids).order_by("id")
    for article, comment, gone, key, memory in redactions.values_list(
        "article_id", "comment_id", "comment__withdrawn_at", "elsewhere", "memory"
    ):
        if key:
            found[article].removed_elsewhere.append(Memory.load(key, memory))
        elif comment:
            found[article].removed.append(Removed.load(memory, in_its_file=gone is None))
        else:
            found[article].opening_removed = True
    cut = [thread for thread in found.values() if thread.cut or thread.removed_elsewhere]
    known = known_keys([thread.id for thread in cut])
    for thread in cut:
        thread.known_keys = known[thread.id]


def _rows(
    model: type[models.Model], owner: str, ids: Iterable[int], fields: tuple[str, ...], order: tuple[str, ...] = ("id",)
) -> Iterator[tuple[Any, ...]]:
    rows: models.QuerySet[models.Model] = models.QuerySet(model).filter(**{f"{owner}__in": ids}).order_by(owner, *order)
    return rows.values_list(owner, *fields).iterator()
