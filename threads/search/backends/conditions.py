"""The condition of a search: a boolean tree over tokens, which each backend compiles to its own query language. Pure.

`tests/search/test_backends.py` defines the meaning of a condition in Python, and compares both backends with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Hit(NamedTuple):
    """An entry that meets a condition."""

    id: int
    article_id: int
    comment_id: int | None
    author_id: int | None


class TextRow(NamedTuple):
    """The texts of an entry: space-separated tokens."""

    title: str
    words: str
    quoted: str
    meta: str


class NewEntry(NamedTuple):
    """An entry to write."""

    hit: Hit
    digest: int
    text: TextRow


class TextPart(StrEnum):
    """The part of an entry that must contain a phrase."""

    TITLE = "title"
    TEXT = "text"
    """The title and body of an article, or the own text of a comment."""
    QUOTED = "quoted"
    META = "meta"
    """The filter tokens."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Consecutive tokens in one part. With `prefix`, the last token is the start of a word."""

    part: TextPart
    tokens: tuple[str, ...]
    prefix: bool = False

    @property
    def spaced(self) -> str:
        """The string that a text contains (with a space at both ends) if it contains the phrase."""
        return f" {' '.join(self.tokens)}" + ("" if self.prefix else " ")


@dataclass(frozen=True, slots=True)
class And:
    """All conditions. An empty list matches everything."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one condition. An empty list matches nothing."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    condition: Condition


Condition = Phrase | And | Or | Not


class IdRange(NamedTuple):
    """Entry ids from `low` up to but excluding `high`."""

    low: int = 0
    high: int = 1 << 62

    def intersect(self, other: IdRange) -> IdRange:
        """Return the ids in both ranges."""
        return IdRange(max(self.low, other.low), min(self.high, other.high))
