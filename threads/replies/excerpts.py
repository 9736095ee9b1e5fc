"""The comparison of excerpts with comments: the sorted beginnings of a thread's comments, searched by bisection.

White space is left out: the source removes line breaks from excerpts without a space in their place.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from threads.parsing.quotes import find_quotes, own_text
from threads.text import fold_spellings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COMPARED_LENGTH: Final = 64
"""Characters of a comment that are compared; the source cuts excerpts at 50 or fewer."""
FEW: Final = 16
"""At most so many comments of equal text, or of one author, are compared one by one."""
SHORTEST_BEGINNING: Final = 5.0
"""Least weight (see `weight`) of a common beginning that identifies an edited comment."""
SHORTEST_ALONE: Final = 8.0
"""Least weight of an excerpt that identifies a comment without a name, or by pieces."""
SHORTEST_WHOLE: Final = 2.0
"""Least weight of an excerpt that identifies an edited comment if all of its pieces are still in it."""
SHORTEST_EQUAL: Final = 3.0
"""Least weight of an excerpt without a name that identifies a comment by being all of its text."""
LEAST_SIMILARITY: Final = 0.6
"""Share of an excerpt's pieces that are still in an edited comment. Of 11,165 pairs of an excerpt and another
comment of the same author, 20 have so much in common: posts of one pattern."""
LEAST_LEAD: Final = 0.2
"""Least difference between the most similar comment and the next."""

ARTICLE_LENGTH: Final = 20_000
"""Characters of an article in which an excerpt is searched."""
WIDE: Final = "\u2e80"
"""From this character on, one character has about the information of a short word."""

_LAST: Final = "\U0010ffff"
_ADDRESS: Final = re.compile(r"https?://[!-~]*", re.IGNORECASE)
_OPEN_ADDRESS: Final = re.compile(r"https?://[!-~]*\Z", re.IGNORECASE)
"""An address at the end of a text, which may be cut. Two addresses of one site have most of their letters in common."""


@dataclass(frozen=True, slots=True)
class ExcerptMatch:
    """The possible targets of an excerpt, by rising index; never empty."""

    method: str
    """`excerpt`, `folded`, `prefix`, `text` or `sole`."""
    indexes: Sequence[int]

    def without(self, quoting: int) -> ExcerptMatch | None:
        """Leave out the quoting comment: it cannot be its own target."""
        if len(self.indexes) > FEW or quoting not in self.indexes:
            return self
        others = [index for index in self.indexes if index != quoting]
        return ExcerptMatch(self.method, others) if others else None


def squeeze(text: str, length: int = COMPARED_LENGTH) -> str:
    """Return the beginning of a text for comparison: in NFC, no white space, at most `length` characters."""
    return "".join(normalize("NFC", text[: 4 * length]).split())[:length]


def fold_beginning(text: str) -> str:
    """Return the beginning of a text for comparison, folded."""
    return fold_spellings(squeeze(text))


def pieces_of(text: str) -> frozenset[str]:
    """Return the folded pieces of a text for comparison: pairs of Chinese characters, fours of others.

    Any two English texts have most of their pairs of letters in common.
    """
    folded = fold_spellings(text)
    end = max(4, len(folded))
    lengths = [2 if max(folded[start : start + 2]) >= WIDE else 4 for start in range(len(folded))]
    pieces = (folded[start : start + length] for start, length in enumerate(lengths) if start + length <= end)
    return frozenset(piece for piece in pieces if len(piece) > 1)


def weight(text: str) -> float:
    """Return the information in a text: 1 for a Chinese, Japanese or Korean character, a quarter for any other."""
    return sum(1.0 if char >= WIDE else 0.25 for char in text)


def _common(left: str, right: str) -> str:
    """Return the longest common beginning."""
    shorter = min(len(left), len(right))
    end = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), shorter)
    return left[:end]


class _SortedBeginnings:
    """The folded beginnings of some comments, sorted."""

    def __init__(self, folded: Iterable[tuple[str, int]]) -> None:
        pairs = sorted(folded)
        self.beginnings = [beginning for beginning, _ in pairs]
        self.indexes = [index for _, index in pairs]
        self._ranges: dict[tuple[int, int], Sequence[int]] = {}

    def starting_with(self, folded: str) -> Sequence[int]:
        return self._range(
            bisect_left(self.beginnings, folded),
            bisect_right(self.beginnings, folded + _LAST * COMPARED_LENGTH),
        )

    def equal_to(self, folded: str) -> Sequence[int]:
        return self._range(bisect_left(self.beginnings, folded), bisect_right(self.beginnings, folded))

    def longest_common(self, folded: str) -> str:
        """Return the longest beginning of `folded` that a comment has; in sorted order it is that of a neighbour."""
        index = bisect_left(self.beginnings, folded)
        return max((_common(folded, near) for near in self.beginnings[max(0, index - 1) : index + 1]), key=len)

    def _range(self, start: int, end: int) -> Sequence[int]:
        """Return the indexes of a range, rising. Cached: many quotes have the same few ranges."""
        if (start, end) not in self._ranges:
            self._ranges[start, end] = sorted(set(self.indexes[start:end]))
        return self._ranges[start, end]


class ArticleText:
    """The author and the beginning of an article, of which a comment may quote a passage."""

    def __init__(self, author: str | None, body: str) -> None:
        self.author = author
        self._body = body

    def has(self, excerpt: str) -> bool:
        """Return whether an excerpt begins the article, or is a passage of it that is long enough."""
        folded = fold_beginning(excerpt)
        if not folded or not self._body:
            return False
        return self._text.startswith(folded) or (weight(folded) >= SHORTEST_ALONE and folded in self._text)

    @cached_property
    def _text(self) -> str:
        body = self._body[: 2 * ARTICLE_LENGTH]
        return fold_spellings(squeeze(own_text(body, find_quotes(body)), ARTICLE_LENGTH))


class ExcerptIndex:
    """The comments of one thread, searched by excerpts.

    A search costs a bisection; one for an edited comment, the comparison with at most 16 comments.
    """

    def __init__(self, authors: Sequence[str | None], readings: Sequence[Sequence[str]]) -> None:
        """`readings` are the texts of each comment (`quotes.readings`), its own text first."""
        self.by_author: dict[str, list[int]] = defaultdict(list)
        for index, author in enumerate(authors):
            if author is not None:
                self.by_author[author].append(index)
        self._readings = readings
        self._beginnings: dict[int, str] = {}
        self._passages: dict[int, str] = {}
        self._sorted_by_author: dict[tuple[str | None, bool], _SortedBeginnings] = {}

    def beginning(self, index: int) -> str:
        """Return the squeezed beginning of a comment."""
        if index not in self._beginnings:
            self._beginnings[index] = squeeze(self._readings[index][0])
        return self._beginnings[index]

    def similarity(self, pieces: frozenset[str], index: int) -> float:
        """Return the share (0 to 1) of an excerpt's `pieces_of` in a comment."""
        if index not in self._passages:
            self._passages[index] = fold_spellings(squeeze(self._readings[index][0], 2 * COMPARED_LENGTH))
        passage = self._passages[index]
        return sum([piece in passage for piece in pieces]) / len(pieces) if pieces else 0.0

    def match_author(self, author: str, excerpt: str, *, cut: bool) -> ExcerptMatch | None:
        """Return the comments of `author` that start with the squeezed `excerpt`, exactly or folded."""
        if author not in self.by_author:
            return None
        indexes = self._starting_with(author, fold_spellings(excerpt), cut=cut)
        if not indexes and excerpt.endswith(("..", "…")) and weight(excerpt) >= SHORTEST_BEGINNING:
            # Dots after a short text are rarely a cut (an image was left out of the excerpt); the text decides.
            excerpt = excerpt.rstrip(".…")
            indexes = self._starting_with(author, fold_spellings(excerpt), cut=True)
        if len(indexes) > FEW:
            return ExcerptMatch("excerpt" if self._begins_with(indexes[0], excerpt) else "folded", indexes)
        exact = [index for index in indexes if self._begins_with(index, excerpt)]
        if exact:
            return ExcerptMatch("excerpt", exact)
        return ExcerptMatch("folded", indexes) if indexes else None

    def match_edited(self, author: str, excerpt: str, quoting: int) -> ExcerptMatch | None:
        """Return the comments of `author` (not `quoting`) that may have been edited since the squeezed `excerpt`.

        They have a common beginning, or most of its pieces. A whole excerpt counts as a cut one here.
        """
        if author not in self.by_author:
            return None
        sorted_texts, folded = self._sorted(author), fold_spellings(excerpt)
        similar = self._match_similar(author, excerpt, quoting)
        if similar is not None:
            return ExcerptMatch("prefix", [similar])
        common = sorted_texts.longest_common(folded)
        shared_text = common if common == folded else _OPEN_ADDRESS.sub("", common)
        if weight(shared_text) < SHORTEST_BEGINNING:
            return None
        return ExcerptMatch("prefix", sorted_texts.starting_with(common))

    def match_anyone(self, excerpt: str, *, cut: bool, is_named: bool = True) -> ExcerptMatch | None:
        """Return the comments of any author that start with the squeezed `excerpt`, unless that is too short.

        `is_named` is False if the quote names nobody: a whole text may then be shorter.
        """
        if weight(excerpt) < (SHORTEST_ALONE if cut or is_named else SHORTEST_EQUAL):
            return None
        indexes = self._starting_with(None, fold_spellings(excerpt), cut=cut)
        return ExcerptMatch("text", indexes) if indexes else None

    def _match_similar(self, author: str, excerpt: str, quoting: int) -> int | None:
        """Return the comment with most of an excerpt's pieces, or all of a short one's, if it clearly leads."""
        indexes = self.by_author[author]
        if len(indexes) > FEW or weight(excerpt) < SHORTEST_WHOLE:
            return None
        shared_text = _ADDRESS.sub("", excerpt)
        enough = weight(shared_text) >= SHORTEST_ALONE
        pieces, least = (pieces_of(shared_text), LEAST_SIMILARITY) if enough else (pieces_of(excerpt), 1.0)
        ranked = sorted((self.similarity(pieces, index), index) for index in indexes if index != quoting)
        if not ranked or ranked[-1][0] < least:
            return None
        return ranked[-1][1] if len(ranked) == 1 or ranked[-1][0] - ranked[-2][0] >= LEAST_LEAD else None

    def _starting_with(self, author: str | None, folded: str, *, cut: bool) -> Sequence[int]:
        """Return the comments of one author (None: of all) that start with an excerpt, or if not `cut` are equal to it.

        Other readings than the own text count only if no own text fits.
        """
        for others in (False, True):
            texts = self._sorted(author, others=others)
            if indexes := texts.starting_with(folded) if cut else texts.equal_to(folded):
                return indexes
        return ()

    def _begins_with(self, index: int, excerpt: str) -> bool:
        return any(squeeze(text).startswith(excerpt) for text in self._readings[index])

    def _sorted(self, author: str | None, *, others: bool = False) -> _SortedBeginnings:
        """Return the beginnings of one author, or (None) of all: of own texts, or of the other readings."""
        if (author, others) not in self._sorted_by_author:
            indexes = range(len(self._readings)) if author is None else self.by_author[author]
            self._sorted_by_author[author, others] = _SortedBeginnings(
                [(fold_spellings(squeeze(text)), index) for index in indexes for text in self._readings[index][1:]]
                if others
                else [(fold_spellings(self.beginning(index)), index) for index in indexes]
            )
        return self._sorted_by_author[author, others]
