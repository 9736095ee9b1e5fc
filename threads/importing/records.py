"""What the reading of a thread hands to the loader: everything its rows will hold. Data only.

Made by `assembling` in workers, written by the loader. Comments, quotes and tags are named tuples, for they cross from
one process to another by the hundred thousand, and frozen dataclasses with slots are slow to pickle.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import date, datetime

    from threads.parsing.problems import Problem


class QuoteRecord(NamedTuple):
    """One quote mark; `target` is the index of the comment quoted, None where it is not in the thread."""

    source_id: int | None
    excerpt: str
    leading: bool
    target: int | None
    gone: int | None = None
    """The row of the comment quoted, where that is in no file any more (`recalling`)."""


class CommentRecord(NamedTuple):
    """One comment in its place; its position is its index in `ThreadRecord.comments`."""

    key: str
    author: str | None
    posted_on: date | None
    source_id: int | None
    body: str
    body_html: str
    script: str
    removed_at_source: bool
    addressee: str
    answers: int | None
    answers_article: bool
    link_method: str | None
    link_confidence: float | None
    order: int
    depth: int
    nth: int
    answer_count: int
    descendant_count: int
    quotes: tuple[QuoteRecord, ...]
    former_keys: tuple[str, ...]
    """Keys of older wordings of the same comment, met in other files of the thread."""
    thread_links: tuple[str, ...] = ()
    """Keys of other threads that it links to, sorted."""


class TagRecord(NamedTuple):
    """One tag as the article spells it."""

    spelling: str
    folded: str
    slug: str


class SearchText(NamedTuple):
    """What `tokens.prepare` makes of one text; made in workers, for folding takes time."""

    title: str
    words: str
    quoted: str


class SourceRecord(NamedTuple):
    """One file of the thread as it came; `content` is compressed with zlib, None where the archive holds it already."""

    path: str
    sha256: str
    size: int
    content: bytes | None
    redacted: bool
    """True where words were destroyed in `content`."""
    modified_at: datetime | None


class FileProblem(NamedTuple):
    """A problem and the file it was met in."""

    path: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class ThreadRecord:
    """One thread, ready to be stored."""

    key: str
    kind: str
    title: str
    author: str | None
    published_at: datetime | None
    modified_at: datetime | None
    source_url: str
    front_matter: str
    """JSON."""
    body: str
    body_html: str
    script: str
    tags: tuple[TagRecord, ...]
    thread_links: tuple[str, ...]
    """Keys of other threads that the opening text links to, sorted."""
    comments: tuple[CommentRecord, ...]
    sources: tuple[SourceRecord, ...]
    """Its files, the one that is shown first."""
    problems: tuple[FileProblem, ...]
    search: tuple[SearchText, ...] = ()
    """Of the article, then of each comment; empty where the thread was not read from files."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross between processes as plain tuples: a named one costs twice the time to pickle."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["comments"] = tuple(map(tuple, self.comments))
        values["search"] = tuple(map(tuple, self.search))
        return _unpacked, (values,)

    @property
    def last_comment_on(self) -> date | None:
        """The day of the newest dated comment."""
        return max((c.posted_on for c in self.comments if c.posted_on), default=None)


def _unpacked(values: dict[str, Any]) -> ThreadRecord:
    values["comments"] = tuple(map(CommentRecord._make, values["comments"]))
    values["search"] = tuple(map(SearchText._make, values["search"]))
    return ThreadRecord(**values)
