"""Numbers of votes as filter tokens, so that a range of numbers is a few tokens of the index.

A number from 0 to 999 has three tokens: its hundreds, its tens and itself. A range is covered by the largest blocks
that fit, at most 46. Greater numbers count as 999, and all negative ones have one token.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

MOST: Final = 999
"""The greatest number that is told apart."""
NEGATIVE: Final = 1
"""The id of all negative numbers."""
BLOCKS: Final = ((100, 20), (10, 200), (1, 1000))
"""Sizes of blocks, largest first, and the id of the first block of each size."""
_RANGE: Final = re.compile(r"(>=|<=|>|<|=|≥|≤)?\s*(-?[0-9]{1,9})")


def token_ids(votes: int | None) -> list[int]:
    """Return the ids of the tokens of a number; none if it is unknown."""
    if votes is None:
        return []
    if votes < 0:
        return [NEGATIVE]
    return [first + min(votes, MOST) // size for size, first in BLOCKS]


def find_range(text: str) -> list[int]:
    """Return the token ids that cover a number or a range, as `>10`, `>=10` or `<5`; none for any other text."""
    match = _RANGE.fullmatch(normalize("NFKC", text).strip())
    if match is None:
        return []
    sign, number = match[1] or "=", int(match[2])
    low = {">": number + 1, ">=": number, "≥": number, "=": number}.get(sign, -1)
    high = {"<": number - 1, "<=": number, "≤": number, "=": number}.get(sign, MOST)
    ids = [NEGATIVE] if low < 0 <= high + 1 or high < 0 else []
    start, end = max(low, 0), min(high, MOST) + 1
    if low > MOST:
        start = MOST
    while start < end:
        size, first = next(block for block in BLOCKS if start % block[0] == 0 and start + block[0] <= end)
        ids.append(first + start // size)
        start += size
    return ids
