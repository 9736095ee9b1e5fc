"""Which comment answers which, and how surely. Pure and deterministic. Called by `assembling` and `placement`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

ARTICLE: Final = -1
"""In corrections and results: the article itself is what is answered."""


@dataclass(frozen=True, slots=True)
class QuoteClue:
    """What a quote mark says of its target."""

    source_id: int | None
    excerpt: str
    cut: bool = True


@dataclass(frozen=True, slots=True)
class Utterance:
    """What linking needs to know of one comment."""

    author: str | None
    addressee: str | None
    own_words: str
    quotes: tuple[QuoteClue, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """What was found for one comment."""

    answers: int | None
    """Index of the comment answered, ARTICLE, or None."""
    method: str | None
    confidence: float | None
    targets: tuple[int | None, ...]
    """For each quote: index of the comment quoted, or None."""
    source_id: int | None
    """The comment's own number at the source, where a quote taught it."""


def resolve(
    comments: Sequence[Utterance], article_author: str | None, corrections: Mapping[int, int | None] | None = None
) -> list[Link]:
    """Link every comment. `corrections` (index to index, ARTICLE or None) outrank all that is found."""
    raise NotImplementedError
