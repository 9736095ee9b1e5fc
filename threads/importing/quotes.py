"""The quote marks in one comment's body, and the comment's own words. Pure. Called by `assembling`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuoteMark:
    """One quote mark; `body[start:end]` is all of it."""

    source_id: int | None
    excerpt: str
    """What is quoted, without the mark of the cut (`...`, `..`) at its end."""
    cut: bool
    """True where the excerpt says that it was cut."""
    start: int
    end: int
    leading: bool
    """True where nothing but other quote marks and white space stands before it."""


def find(body: str) -> tuple[QuoteMark, ...]:
    """Return the quote marks in `body`, in order. Linear in its length."""
    raise NotImplementedError


def own_words(body: str, marks: tuple[QuoteMark, ...]) -> str:
    """Return what the site takes excerpts from: the body's own words, line breaks gone, marks, images, labels left out."""
    raise NotImplementedError


def addressed(body: str) -> str | None:
    """Return the name in an opening `@name:` (form e of the file format), None where there is none."""
    raise NotImplementedError
