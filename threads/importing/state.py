"""A thread as its rows have it, to compare with what is read from its files. Reads only.

Called by the loader, `placement` and the verification; a fixed number of queries for any number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

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
ARTICLE_FIELDS: Final = (
    "key",
    "kind",
    "title",
    "author_id",
    "published_at",
    "modified_at",
    "source_url",
    "front_matter",
    "body",
    "body_html",
    "script",
    "comment_count",
    "last_comment_on",
    "withdrawn_at",
)
COMMENT_FIELDS: Final = (
    "article_id",
    "key",
    "position",
    "author_id",
    "posted_on",
    "source_id",
    "body",
    "body_html",
    "script",
    "removed_at_source",
    "addressee",
    "answers_id",
    "answers_article",
    "link_method",
    "link_confidence",
    "order",
    "depth",
    "nth",
    "answer_count",
    "descendant_count",
    "withdrawn_at",
)
QUOTE_FIELDS: Final = ("source_id", "excerpt", "leading", "target_id")
TAG_FIELDS: Final = ("tag_id", "spelling")


@dataclass(slots=True)
class StoredComment:
    """One row: `values` are those of COMMENT_FIELDS, `quotes` those of QUOTE_FIELDS by ordinal."""

    id: int
    visibility: str
    values: tuple[Any, ...]
    author: str | None
    quotes: list[tuple[Any, ...]] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        """Return the value of a field by its name."""
        return self.values[COMMENT_FIELDS.index(name)]

    @property
    def key(self) -> str:
        """The comment's key."""
        return str(self.values[1])

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
    """An article's row and all that belongs to it; `values` are those of ARTICLE_FIELDS."""

    id: int
    visibility: str
    author: str | None
    values: tuple[Any, ...]
    comments: list[StoredComment] = field(default_factory=list)
    """In file order, withdrawn ones included."""
    tags: list[tuple[Any, ...]] = field(default_factory=list)
    thread_links: list[str] = field(default_factory=list)
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

    def __getitem__(self, name: str) -> Any:
        """Return the value of a field by its name."""
        return self.values[ARTICLE_FIELDS.index(name)]

    @property
    def key(self) -> str:
        """The article's key."""
        return str(self.values[0])

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
    """Return what was destroyed in those of these threads (by key) in which anything was. Six queries, or one."""
    redacted = Redaction.objects.filter(article__key__in=keys).values_list("article_id", flat=True).distinct()
    found = {pk: StoredThread(pk, "", None, (key,)) for pk, key in _keys(list(redacted))}
    if found:
        for article, key in _rows(FormerKey, "article_id", found, ("key",)):
            found[article].former_keys.append(key)
        _add_moderation(found, list(found))
    return {thread.key: thread.memories for thread in found.values()}


def _keys(ids: list[int]) -> list[tuple[int, str]]:
    return list(Article.objects.filter(pk__in=ids).values_list("pk", "key")) if ids else []


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
        row[0]: StoredThread(row[0], row[1], row[2], row[3:])
        for row in rows.values_list("id", "visibility", "author__name", *ARTICLE_FIELDS)
    }
    _add_comments(found, ids)
    for article, *tag in _rows(ArticleTag, "content_object_id", ids, TAG_FIELDS, order=("position", "id")):
        found[article].tags.append(tuple(tag))
    for article, target in _rows(ThreadLink, "article_id", ids, ("target_key",), order=("target_key",)):
        found[article].thread_links.append(target)
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
    for pk, visibility, author, *values in rows.values_list("id", "visibility", "author__name", *COMMENT_FIELDS):
        comments[pk] = StoredComment(pk, visibility, tuple(values), author)
        found[values[0]].comments.append(comments[pk])
    quotes = Quote.objects.filter(comment__article__in=ids).order_by("comment_id", "ordinal")
    for comment, *values in quotes.values_list("comment_id", *QUOTE_FIELDS):
        comments[comment].quotes.append(tuple(values))


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
