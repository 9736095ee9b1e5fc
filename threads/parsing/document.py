"""The content of one thread in one file, in the same shape for every format."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from threads.parsing.problem_severities import Problem

Kind = Literal["article", "question", "answers"]


class SourceFacts(NamedTuple):
    """What a source says of a comment beside author, day and text. Fields as in `DocumentComment`."""

    posted_at: datetime | None = None
    edited_at: datetime | None = None
    source_kind: str = ""
    source_id: int | None = None
    container: str = ""
    floor: int | None = None
    votes: int | None = None
    account_deleted: bool = False

    @property
    def identity(self) -> str:
        """`<source_kind>/<source_id>`, which no other comment of the thread has; empty if the source has no kinds.

        A source id without a kind is learned from quotes.
        """
        return f"{self.source_kind}/{self.source_id}" if self.source_kind and self.source_id is not None else ""


_FACTS: Final = attrgetter(*SourceFacts._fields)
NO_FACTS: Final = SourceFacts()


def read_facts(comment: object) -> SourceFacts:
    """Return the facts of a comment in any of its shapes, or of its row."""
    return SourceFacts(*_FACTS(comment))


class DocumentComment(NamedTuple):
    """One comment as the file has it."""

    author: str | None
    addressee: str | None
    posted_on: date | None
    body: str
    """Without blank lines around it, control characters and damaged bytes; lines end in a line feed."""
    line: int
    """Line of the file, from 1, on which the comment begins."""
    removed_at_source: bool = False
    other_authors: tuple[str, ...] = ()
    """Other names that its heading can be read as: two people on one line, or one name with a space."""
    posted_at: datetime | None = None
    """Aware; only if the source has the minute. `posted_on` is its day in the source's time zone."""
    edited_at: datetime | None = None
    """Aware; if the source says that the text was edited."""
    source_kind: str = ""
    """Kind of the post in its source, as "answer"; with `source_id` its identity in the thread."""
    source_id: int | None = None
    container: str = ""
    """`<source_kind>/<source_id>` of the post that the source nests it under; "thread" if that is the opening."""
    floor: int | None = None
    votes: int | None = None
    account_deleted: bool = False
    """True if the source says that the author's account is deleted. Without a name, the author is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDetails:
    """Fields that pass unchanged from a file to the article's row and the jsonl export, and back. Times are aware.

    A field has the type `datetime | None`, `int | None` or `str`, and a column of the same name.
    """

    published_at: datetime | None
    modified_at: datetime | None
    votes: int | None = None
    missing_comments: int | None = None
    """How many comments the source counts that are not in the backup."""

    def details(self) -> dict[str, Any]:
        """Return these fields by name, to pass them on."""
        return {name: getattr(self, name) for name in DETAILS}


DETAILS: Final = tuple(field.name for field in fields(ArticleDetails))


@dataclass(frozen=True, slots=True)
class Document(ArticleDetails):
    """Everything that is read from one file."""

    key: str
    kind: Kind
    title: str
    """Never empty."""
    author: str | None
    source_url: str
    """An http or https address, or empty."""
    tags: tuple[str, ...]
    front_matter: Mapping[str, object]
    """The article's fields as the file has them, known or not; JSON-ready."""
    body: str
    comments: tuple[DocumentComment, ...]
    problems: tuple[Problem, ...] = field(default=())
