"""One file's bytes to segments and fields. Pure and lossless: the segments' concatenation is the file.

Called by `assembling` and the pipeline (in workers); imports `text` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

SegmentKind = Literal["front_matter", "body", "heading", "comment", "closing"]
Severity = Literal["warning", "error"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something met in a file; `line` counts from 1, None where no line is to blame."""

    line: int | None
    severity: Severity
    code: str
    message: str


class UnreadableError(Exception):
    """The file cannot be a thread at all; `problem` says why and where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the file's text (damaged bytes as surrogate escapes, so that encoding gives the bytes back)."""

    kind: SegmentKind
    text: str


@dataclass(frozen=True, slots=True)
class DocumentComment:
    """One comment as the file has it."""

    author: str | None
    addressee: str | None
    posted_on: date | None
    body: str
    line: int
    segment: int
    """Index in `Document.segments` of the comment's own segment (its heading is the one before)."""
    removed_at_source: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """Everything read from one file."""

    key: str
    kind: Literal["article", "question", "answers"]
    title: str
    author: str | None
    published_at: datetime | None
    modified_at: datetime | None
    source_url: str
    tags: tuple[str, ...]
    front_matter: Mapping[str, object]
    """JSON-ready: every key of the block, known or not, scalars as strings."""
    body: str
    comments: tuple[DocumentComment, ...]
    segments: tuple[Segment, ...]
    problems: tuple[Problem, ...] = field(default=())


def parse(content: bytes, name: str) -> Document:
    """Read one file. `name` is its path below the folder imported. Raises UnreadableError."""
    raise NotImplementedError


def identify(content: bytes, name: str) -> str:
    """Return the thread's key only, cheaply (no front matter, no comments). Never raises."""
    raise NotImplementedError
