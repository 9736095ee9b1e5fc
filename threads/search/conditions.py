"""What is searched for, as a boolean tree over tokens that every backend can read. Pure.

Made by `results` from a parsed query once its names are known; compiled by `sqlite` and `postgres`; `matches` says
the same in plain Python, slowly, which is what the tests hold both backends against.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threads.search.rows import TextRow


class Part(StrEnum):
    """The part of an entry in which a phrase must stand."""

    TITLE = "title"
    TEXT = "text"
    """The title or the words of an article, the own words of a comment."""
    QUOTED = "quoted"
    META = "meta"
    """The tokens by which entries are filtered."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens that follow one another in one part; with `prefix`, the last need only begin a word."""

    part: Part
    tokens: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All of these; of none, everything."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of these; of none, nothing."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    of: Condition


Condition = Phrase | And | Or | Not


@dataclass(frozen=True, slots=True)
class Window:
    """Numbers from `low` up to but without `high`; None where there is no bound."""

    low: int | None = None
    high: int | None = None

    def within(self, other: Window) -> Window:
        """Return what both windows hold."""
        lows = [bound for bound in (self.low, other.low) if bound is not None]
        highs = [bound for bound in (self.high, other.high) if bound is not None]
        return Window(max(lows, default=None), min(highs, default=None))

    def holds(self, number: int) -> bool:
        """Say whether a number is in the window."""
        return (self.low is None or number >= self.low) and (self.high is None or number < self.high)


def matches(condition: Condition, row: TextRow) -> bool:
    """Say whether an entry meets a condition: the meaning of the tree, which the backends must share."""
    match condition:
        case And(of):
            return all(matches(part, row) for part in of)
        case Or(of):
            return any(matches(part, row) for part in of)
        case Not(of):
            return not matches(of, row)
    texts = {
        Part.TITLE: (row.title,),
        Part.TEXT: (row.title, row.words),
        Part.QUOTED: (row.quoted,),
        Part.META: (row.meta,),
    }[condition.part]
    sought = f" {' '.join(condition.tokens)}" + ("" if condition.prefix else " ")
    return any(sought in f" {text} " for text in texts)
