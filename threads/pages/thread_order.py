"""Comments of one thread in the order in which they were written. Pure. Called by `window`.

A comment's number at the source grows with time, but only quoted comments have one that we know. Dates are days, and
many replies are dated before what they answer, so dates decide nothing here.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def oldest_first(comments: Sequence[tuple[int, int | None, int | None]]) -> list[int]:
    """Order comments, given in file order as (id, number at the source, id of the comment it answers); return ids.

    Where the known numbers grow through the file, the file is in the order of time. Else (a file sorted by votes) a
    comment without a number stands after the comment that it answers, or else after the one before it in the file.
    """
    known = [number for _, number, _ in comments if number is not None]
    if all(former < latter for former, latter in pairwise(known)):
        return [pk for pk, _, _ in comments]
    numbers = {pk: (number, 0) for pk, number, _ in comments if number is not None}
    parents = {pk: parent for pk, _, parent in comments}
    latest = min(known), 0
    for pk, _, _ in comments:
        latest = numbers.get(pk) or number_above(pk, parents, numbers) or latest
        numbers.setdefault(pk, latest)
    return sorted(parents, key=numbers.__getitem__)


def number_above(
    pk: int | None, parents: dict[int, int | None], numbers: dict[int, tuple[int, int]]
) -> tuple[int, int] | None:
    """Return the number of the nearest comment up the branch that has one, and how far below it `pk` stands.

    Remembers what it finds in `numbers`, so that a long branch is climbed once.
    """
    passed: list[int] = []
    while pk is not None and pk in parents and pk not in numbers:
        passed.append(pk)
        pk = parents[pk]
    if pk not in numbers or pk is None:
        return None
    number, below = numbers[pk]
    for distance, child in enumerate(reversed(passed), below + 1):
        numbers[child] = number, distance
    return numbers[passed[0]]
