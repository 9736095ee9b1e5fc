"""The rows that go into and come out of the full-text table. Pure. Called by `index`, `results` and the backends."""

from __future__ import annotations

from typing import NamedTuple


class TextRow(NamedTuple):
    """What the full-text table holds under one number: spaced tokens."""

    number: int
    title: str
    words: str
    quoted: str
    meta: str


class Hit(NamedTuple):
    """One entry that was found."""

    number: int
    article_id: int
    comment_id: int | None
    author_id: int | None
