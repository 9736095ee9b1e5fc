"""The content of one thread in one file, in the same shape for every format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from threads.parsing.problems import Problem

Kind = Literal["article", "question", "answers"]


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


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that is read from one file."""

    key: str
    kind: Kind
    title: str
    """Never empty."""
    author: str | None
    published_at: datetime | None
    modified_at: datetime | None
    source_url: str
    """An http or https address, or empty."""
    tags: tuple[str, ...]
    front_matter: Mapping[str, object]
    """The article's fields as the file has them, known or not; JSON-ready."""
    body: str
    comments: tuple[DocumentComment, ...]
    problems: tuple[Problem, ...] = field(default=())
