"""Repeats: comments that stand several times in one file, because the backup holds a page of a thread several times.

The copies often have no name, and other spacing. Two things tell them from a second comment of the same words: copies
follow each other in the order of the page, and their headings lack the name or the day.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.replies.excerpts import weight
from threads.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

LEAST_WEIGHT: Final = 12.0
"""Least weight (see `weight`) of the words of a copy, or of the different words of a run of copies. In 21,663 real
comments, two pairs by different people have so many words in common."""
MOST_COMPARED: Final = 4
"""Earlier comments of equal words with which one comment is compared."""
SHORTEST_PAGE: Final = 5
"""Different comments of a run of copies with all names and days. Fewer may be written twice."""
LONGEST_LOOK: Final = 12
"""Comments of a run that are weighed."""
ENDING: Final = 8
"""Letters by which most comments differ from all others. Replies often begin alike: with an address and a name."""

_NO_LETTERS: Final = re.compile(r"[\W_]+")


class Answer(NamedTuple):
    """One comment as it is compared."""

    author: str | None
    posted_on: date | None
    words: str
    """See `words_of`."""
    identity: str | None = None
    """See `SourceFacts.identity`."""

    @property
    def completeness(self) -> int:
        """How much its heading says, of name and day: 0 to 2."""
        return (self.author is not None) + (self.posted_on is not None)


def words_of(bodies: Sequence[str]) -> list[str]:
    """Return letters and digits of each text, with script, case and width folded; of a text without any, all its signs.

    Of a text whose ending no other has, only that.
    """
    endings = {body: _ending(body) for body in bodies}
    shared = Counter(endings[body] for body in bodies)
    words = {body: _words(body) if shared[ending] > 1 else ending for body, ending in endings.items()}
    return [words[body] for body in bodies]


def _ending(body: str) -> str:
    ending = _letters(body[-4 * ENDING :])[-ENDING:]
    return ending if len(ending) == ENDING else _words(body)[-ENDING:]


def _words(body: str) -> str:
    return _letters(body) or "".join(body.split())


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", fold(text))


def find_repeats(answers: Sequence[Answer]) -> list[int]:
    """Return, for each comment, the index of the one that stands for it and its repeats; its own if it has none.

    The one that stands for them is the first of those with most of name and day. Names of a repeated page may differ:
    its first comments often have names of others. Days may be missing, but not differ. Linear. What is left has no
    repeats.
    """
    result = kept = list(range(len(answers)))
    while True:
        search = _Search([answers[result[index]] for index in kept])
        search.find_groups()
        standing = {result[index]: result[kept[place]] for index, place in zip(kept, search.standing, strict=True)}
        result = [standing[index] for index in result]
        left = [index for place, index in enumerate(kept) if search.firsts[place] == place]
        if len(left) == len(kept):
            return result
        kept = left


class _Pair(NamedTuple):
    """A comment and its copy."""

    words: str
    is_incomplete: bool
    """True if one of them has no name or no day."""


class _Search:
    """One pass over the comments of a thread."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.firsts = list(range(len(answers)))
        """The first comment of each comment's group."""
        self._answers = answers
        self._best = list(self.firsts)
        """The comment that stands for a group, by its first comment."""
        self._places: dict[str, list[int]] = defaultdict(list)
        """The first comments of groups, by their words."""

    @property
    def standing(self) -> list[int]:
        """The comment that stands for each comment's group."""
        return [self._best[first] for first in self.firsts]

    def find_groups(self) -> None:
        """Find the group of each comment."""
        shift, last = 0, 0
        for index, answer in enumerate(self._answers):
            # One comment of a page may have been edited between its copies: the run goes on after it.
            if shift and index - last <= 2 and self._are_equal(index - shift, index):
                start: int | None = index - shift
            else:
                start = self._find_run(index)
            if start is None:
                self._places[answer.words].append(index)
                continue
            shift, last = index - start, index
            first = self.firsts[index] = self.firsts[start]
            if answer.completeness > self._answers[self._best[first]].completeness:
                self._best[first] = index

    def _find_run(self, index: int) -> int | None:
        """Return the earlier comment at which a run starts that is repeated from `index` on."""
        starts = self._places.get(self._answers[index].words, ())
        return next((start for start in starts[:MOST_COMPARED] if self._is_repeated(start, index)), None)

    def _is_repeated(self, start: int, index: int) -> bool:
        run = list(self._same_people(start, index))
        different = {pair.words for pair in run}
        is_page = len(different) >= SHORTEST_PAGE or any(pair.is_incomplete for pair in run)
        return is_page and weight("".join(different)) >= LEAST_WEIGHT

    def _same_people(self, start: int, index: int) -> Iterator[_Pair]:
        """Yield the comments from `start` on that are repeated from `index` on, without those under other names."""
        for place in range(min(LONGEST_LOOK, len(self._answers) - index)):
            if not self._are_equal(start + place, index + place):
                return
            before, answer = self._stands_for(start + place), self._answers[index + place]
            if _agree(before.author, answer.author):
                yield _Pair(answer.words, min(before.completeness, answer.completeness) < 2)

    def _are_equal(self, earlier: int, index: int) -> bool:
        before, answer = self._stands_for(earlier), self._answers[index]
        same = _agree(before.posted_on, answer.posted_on) and _agree(before.identity, answer.identity)
        return same and answer.words == before.words

    def _stands_for(self, index: int) -> Answer:
        return self._answers[self._best[self.firsts[index]]]


def _agree(left: object, right: object) -> bool:
    """Return whether two names, days or identities are equal, or one is unknown."""
    return left is None or right is None or left == right
