"""Which of the newest matches answer a query best: the same order on every database, since it is reckoned from rows.

Pure. Called by `results`. The measure is BM25's, without the rarity of words (every match has them all): a word
counts less each time it comes again, and less in a long text; more in a title and in an opening text than in a
comment. What many answered, and what is newer, goes before its like.
"""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

SATURATION: Final = 1.2
BY_LENGTH: Final = 0.6
USUAL_LENGTH: Final = 300
"""Characters of a usual comment."""
LONGEST: Final = 1_000
"""Characters at the beginning of a text that are looked at."""
TITLE: Final = 3.0
OPENING: Final = 1.25
ANSWERED: Final = 0.12
NEWNESS: Final = 0.25


class Candidate(NamedTuple):
    """A match to weigh. `title` is empty for a comment, `body` the first `LONGEST` characters."""

    number: int
    title: str
    body: str
    answers: int
    is_article: bool


def score(candidate: Candidate, words: Sequence[re.Pattern[str]], newness: float) -> int:
    """Return a candidate's weight in thousandths; `newness` is 1 for the newest match, 0 for the oldest."""
    norm = SATURATION * (1 - BY_LENGTH + BY_LENGTH * len(candidate.body) / USUAL_LENGTH)
    total = 0.0
    for word in words:
        if times := len(word.findall(candidate.body)):
            total += (OPENING if candidate.is_article else 1.0) * times * (SATURATION + 1) / (times + norm)
        if candidate.title and word.search(candidate.title):
            total += TITLE
    return round(1000 * (total + ANSWERED * log1p(candidate.answers) + NEWNESS * newness))


def ranked(candidates: Sequence[Candidate], words: Sequence[re.Pattern[str]]) -> list[tuple[int, int]]:
    """Return (score, number) of the candidates, which come newest first, best first; of equals the newer first."""
    count = len(candidates)
    scored = (
        (score(candidate, words, 1 - place / count), candidate.number) for place, candidate in enumerate(candidates)
    )
    return sorted(scored, reverse=True)
