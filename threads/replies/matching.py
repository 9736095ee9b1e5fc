"""Which of two lists of comments are the same ones: exact, moved or edited. Pure and deterministic.

Called by `assembling` (two files of one thread) and by the loader (a thread and its rows). Imports nothing of ours.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from datetime import date

ALIKE: Final = 0.5
"""Share of character pairs two texts must have in common to be one text, edited."""
MOST_COMPARED: Final = 2_000
"""Pairs of comments compared in one group of equal author and day; beyond it, only those of equal rank."""
WORDS_COMPARED: Final = 4_000
"""Characters of each text that are compared."""


class Said(NamedTuple):
    """What tells a comment from others."""

    author: str | None
    posted_on: date | None
    words: str


def pair(old: Sequence[Said], new: Sequence[Said], *, by_place: bool = False) -> dict[int, int]:
    """Return, for each index in `new` that is known in `old`, its index there.

    Equal author, day and words first (the k-th with the k-th); then, within one author and day, the most alike of
    what is left. With `by_place`, a comment whose words were all replaced is known by its place: the same author and
    day between the same two neighbours. Linear but for the groups, whose comparisons are bounded by MOST_COMPARED.
    """
    pairs = _equal(old, new)
    if len(pairs) < len(new):
        pairs |= _edited(old, new, pairs)
    if by_place and len(pairs) < len(new):
        pairs |= _in_the_same_place(old, new, pairs)
    return pairs


def likeness(one: str, other: str) -> float:
    """Return the share (0..1) of neighbouring character pairs that two texts have in common (Dice's coefficient)."""
    pairs, others = _bigrams(one), _bigrams(other)
    if not pairs or not others:
        return float(one == other)
    return 2 * len(pairs & others) / (len(pairs) + len(others))


def _bigrams(text: str) -> set[str]:
    text = text[:WORDS_COMPARED]
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _equal(old: Sequence[Said], new: Sequence[Said]) -> dict[int, int]:
    places: dict[Said, list[int]] = defaultdict(list)
    for i in range(len(old) - 1, -1, -1):
        places[old[i]].append(i)
    return {j: places[said].pop() for j, said in enumerate(new) if places.get(said)}


def _edited(old: Sequence[Said], new: Sequence[Said], pairs: dict[int, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    old_left, new_left = _groups(old, set(pairs.values())), _groups(new, pairs)
    for group, ours in new_left.items():
        theirs = old_left.get(group, [])
        taken: set[int] = set()
        for share, j, i in sorted(_compare(old, new, theirs, ours), key=lambda c: (-c[0], c[1], c[2])):
            if share >= ALIKE and j not in found and i not in taken:
                found[j] = i
                taken.add(i)
    return found


def _groups(comments: Sequence[Said], known: Container[int]) -> dict[tuple[str | None, date | None], list[int]]:
    groups: dict[tuple[str | None, date | None], list[int]] = defaultdict(list)
    for i, said in enumerate(comments):
        if i not in known:
            groups[said.author, said.posted_on].append(i)
    return groups


def _compare(
    old: Sequence[Said], new: Sequence[Said], theirs: Sequence[int], ours: Sequence[int]
) -> Iterator[tuple[float, int, int]]:
    if len(theirs) * len(ours) > MOST_COMPARED:
        for i, j in zip(theirs, ours, strict=False):
            yield likeness(old[i].words, new[j].words), j, i
        return
    pairs_of = {i: _bigrams(old[i].words) for i in theirs}
    for j in ours:
        mine = _bigrams(new[j].words)
        for i in theirs:
            both = len(mine) + len(pairs_of[i])
            yield (2 * len(mine & pairs_of[i]) / both if both else 0.0), j, i


def _in_the_same_place(old: Sequence[Said], new: Sequence[Said], pairs: dict[int, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    taken = set(pairs.values())
    for j, said in enumerate(new):
        if j in pairs:
            continue
        # The comment before this one is known at i - 1 (or both stand first), so this one stood at i.
        before = pairs.get(j - 1, found.get(j - 1)) if j else -1
        if before is None:
            continue
        i = before + 1
        ends = i + 1 == len(old) and j + 1 == len(new)
        if i >= len(old) or i in taken or not (ends or pairs.get(j + 1) == i + 1):
            continue
        if (old[i].author, old[i].posted_on) == (said.author, said.posted_on):
            found[j] = i
    return found
