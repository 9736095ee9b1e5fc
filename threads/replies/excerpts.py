"""Whose words an excerpt is: the beginnings of a thread's comments, sorted, so that each look-up is a bisection.

Pure. Called by `linking` and `recalling`. White space never counts: line breaks vanish from excerpts with nothing in
their place.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from threads.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMPARED: Final = 64
"""How many characters of a comment are compared; the source cuts excerpts at 50 or fewer."""
FEW: Final = 16
"""Up to so many comments of the same words, or of one author, are looked at one by one."""
SHORTEST_BEGINNING: Final = 5.0
"""Weight (see `weight`) of the common beginning by which an edited comment is known."""
SHORTEST_ALONE: Final = 8.0
"""Weight of an excerpt that is believed without a name, or found again in pieces."""
SHORTEST_WHOLE: Final = 2.0
"""Weight of an excerpt that is found again where all of it still stands."""
ALIKE: Final = 0.6
"""Share of an excerpt's pieces that an edited comment still has. In 11,165 pairs of an excerpt and another
comment of the same author, 20 have so much in common: posts made after one pattern."""
CLEARLY: Final = 0.2
"""By how much the comment most alike must lead."""

WIDE: Final = "\u2e80"
"""From here on, a character says about as much as a short word."""

_LAST: Final = "\U0010ffff"
_ADDRESS: Final = re.compile(r"https?://[!-~]*", re.IGNORECASE)
_OPEN_ADDRESS: Final = re.compile(r"https?://[!-~]*\Z", re.IGNORECASE)
"""An address that may go on. Two addresses of one site have most of their letters in common, wherever they lead."""


@dataclass(frozen=True, slots=True)
class Found:
    """The comments an excerpt may be of, by rising index; never empty."""

    method: str
    """`excerpt`, `folded`, `prefix`, `text` or `sole`."""
    places: Sequence[int]

    def without(self, asker: int) -> Found | None:
        """Leave out the comment that asks: nobody quotes what they are just writing."""
        if len(self.places) > FEW or asker not in self.places:
            return self
        others = [place for place in self.places if place != asker]
        return Found(self.method, others) if others else None


def squeeze(words: str, length: int = COMPARED) -> str:
    """Return the beginning of `words` that is compared: no white space, at most `length` characters."""
    return "".join(words[: 4 * length].split())[:length]


def compared(words: str) -> str:
    """Return the beginning of `words` that is compared, folded: whatever its script, case and width."""
    return fold(squeeze(words))


def pieces_of(words: str) -> frozenset[str]:
    """Return the pieces of `words`, folded, by which texts are compared: pairs of Chinese characters, fours of others.

    Two English texts have most of their pairs of letters in common, whatever they say.
    """
    folded = fold(words)
    end = max(4, len(folded))
    lengths = [2 if max(folded[at : at + 2]) >= WIDE else 4 for at in range(len(folded))]
    pieces = (folded[at : at + length] for at, length in enumerate(lengths) if at + length <= end)
    return frozenset(piece for piece in pieces if len(piece) > 1)


def weight(words: str) -> float:
    """Return how much `words` say: 1 for a Chinese, Japanese or Korean character, a quarter for any other."""
    return sum(1.0 if char >= WIDE else 0.25 for char in words)


def _common(one: str, other: str) -> str:
    """Return the longest beginning of both."""
    end = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:end]


class _Shelf:
    """The folded beginnings of some comments, sorted."""

    def __init__(self, folded: Mapping[int, str]) -> None:
        shelved = sorted((beginning, place) for place, beginning in folded.items())
        self.beginnings = [beginning for beginning, _ in shelved]
        self.places = [place for _, place in shelved]
        self._stretches: dict[tuple[int, int], Sequence[int]] = {}

    def that_begin(self, folded: str) -> Sequence[int]:
        return self._stretch(
            bisect_left(self.beginnings, folded), bisect_right(self.beginnings, folded.ljust(COMPARED + 1, _LAST))
        )

    def that_are(self, folded: str) -> Sequence[int]:
        return self._stretch(bisect_left(self.beginnings, folded), bisect_right(self.beginnings, folded))

    def longest_common(self, folded: str) -> str:
        """Return the longest beginning of `folded` with which a comment begins; in sorted order it is a neighbour."""
        at = bisect_left(self.beginnings, folded)
        return max((_common(folded, near) for near in self.beginnings[max(0, at - 1) : at + 1]), key=len)

    def _stretch(self, start: int, end: int) -> Sequence[int]:
        """Return the places of a stretch by rising index; many quotes ask for the same few stretches."""
        if (start, end) not in self._stretches:
            self._stretches[start, end] = sorted(self.places[start:end])
        return self._stretches[start, end]


class Words:
    """The comments of one thread, to be asked whose words an excerpt is.

    A question costs a bisection; one about a comment edited later, the comparison with at most 16 others.
    """

    def __init__(self, authors: Sequence[str | None], own_words: Sequence[str]) -> None:
        self.by_author: dict[str, list[int]] = defaultdict(list)
        for place, author in enumerate(authors):
            if author is not None:
                self.by_author[author].append(place)
        self._own_words = own_words
        self._beginnings: dict[int, str] = {}
        self._passages: dict[int, str] = {}
        self._shelves: dict[str | None, _Shelf] = {}

    def beginning(self, place: int) -> str:
        """Return the squeezed beginning of the comment at `place`."""
        if place not in self._beginnings:
            self._beginnings[place] = squeeze(self._own_words[place])
        return self._beginnings[place]

    def likeness(self, pieces: frozenset[str], place: int) -> float:
        """Return what share (0 to 1) of an excerpt's `pieces_of` is found in the comment at `place`."""
        if place not in self._passages:
            self._passages[place] = fold(squeeze(self._own_words[place], 2 * COMPARED))
        passage = self._passages[place]
        return sum([piece in passage for piece in pieces]) / len(pieces) if pieces else 0.0

    def of(self, author: str, excerpt: str, *, cut: bool) -> Found | None:
        """Return which comments of `author` the squeezed `excerpt` may be of: exactly, or folded."""
        if author not in self.by_author:
            return None
        shelf, folded = self._shelf(author), fold(excerpt)
        places = shelf.that_begin(folded) if cut else shelf.that_are(folded)
        if not places and excerpt.endswith("..") and weight(excerpt) >= SHORTEST_BEGINNING:
            # Dots after few words are rarely a cut (a picture was left out of the excerpt); the words decide.
            excerpt = excerpt.rstrip(".")
            places = shelf.that_begin(fold(excerpt))
        if len(places) > FEW:
            return Found("excerpt" if self.beginning(places[0]).startswith(excerpt) else "folded", places)
        exact = [place for place in places if self.beginning(place).startswith(excerpt)]
        if exact:
            return Found("excerpt", exact)
        return Found("folded", places) if places else None

    def edited(self, author: str, excerpt: str, asker: int) -> Found | None:
        """Return which comments of `author` (not `asker`) the squeezed `excerpt` may be of that were edited later.

        They are known by a common beginning, or by most of its words; an excerpt that was not cut counts as one here.
        """
        if author not in self.by_author:
            return None
        shelf, folded = self._shelf(author), fold(excerpt)
        alike = self._alike(author, excerpt, asker)
        if alike is not None:
            return Found("prefix", [alike])
        common = shelf.longest_common(folded)
        told = common if common == folded else _OPEN_ADDRESS.sub("", common)
        return Found("prefix", shelf.that_begin(common)) if weight(told) >= SHORTEST_BEGINNING else None

    def anywhere(self, excerpt: str, *, cut: bool) -> Found | None:
        """Return which comments of the thread, by whomever, the squeezed `excerpt` may be of, where it says enough."""
        if weight(excerpt) < SHORTEST_ALONE:
            return None
        shelf, folded = self._shelf(None), fold(excerpt)
        places = shelf.that_begin(folded) if cut else shelf.that_are(folded)
        return Found("text", places) if places else None

    def _alike(self, author: str, excerpt: str, asker: int) -> int | None:
        """Return the comment that has most of an excerpt's words, or all of a short one, where one clearly leads."""
        places = self.by_author[author]
        if len(places) > FEW or weight(excerpt) < SHORTEST_WHOLE:
            return None
        told = _ADDRESS.sub("", excerpt)
        enough = weight(told) >= SHORTEST_ALONE
        pieces, least = (pieces_of(told), ALIKE) if enough else (pieces_of(excerpt), 1.0)
        ranked = sorted((self.likeness(pieces, place), place) for place in places if place != asker)
        if not ranked or ranked[-1][0] < least:
            return None
        return ranked[-1][1] if len(ranked) == 1 or ranked[-1][0] - ranked[-2][0] >= CLEARLY else None

    def _shelf(self, author: str | None) -> _Shelf:
        """Return the shelf of one author, or (None) that of all."""
        if author not in self._shelves:
            places = range(len(self._own_words)) if author is None else self.by_author[author]
            self._shelves[author] = _Shelf({place: fold(self.beginning(place)) for place in places})
        return self._shelves[author]
