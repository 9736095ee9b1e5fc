"""Comments to reading order, depth and pages of a thread. Pure. Called by `assembling`, `placement` and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Place(NamedTuple):
    """Where one comment stands in its thread; all counts are from 0."""

    order: int
    """Its place in the reading order: each comment is followed by all that descends from it."""
    depth: int
    nth: int
    """Its place among the comments that answer the same one."""
    answer_count: int
    descendant_count: int


def place(parents: Sequence[int | None]) -> list[Place]:
    """Place comments given in file order by the index of what each answers (no cycles); linear, without recursion.

    None stands for the top level. Siblings keep the file's order, which is the site's. Raises ValueError where the
    answers run in a circle.
    """
    answers: list[list[int]] = [[] for _ in parents]
    tops: list[int] = []
    for index, parent in enumerate(parents):
        (tops if parent is None else answers[parent]).append(index)

    reading = _read(tops, answers)
    if len(reading) < len(parents):
        raise ValueError("the answers run in a circle")

    depth, nth, descendants = [0] * len(parents), [0] * len(parents), [0] * len(parents)
    for index in reading:
        for count, answer in enumerate(answers[index]):
            depth[answer], nth[answer] = depth[index] + 1, count
    for count, index in enumerate(tops):
        nth[index] = count
    for index in reversed(reading):
        parent = parents[index]
        if parent is not None:
            descendants[parent] += 1 + descendants[index]

    order = [0] * len(parents)
    for count, index in enumerate(reading):
        order[index] = count
    return [
        Place(order[index], depth[index], nth[index], len(answers[index]), descendants[index])
        for index in range(len(parents))
    ]


def _read(tops: Sequence[int], answers: Sequence[Sequence[int]]) -> list[int]:
    """Return the indexes of all comments reached from `tops`, in reading order."""
    reading: list[int] = []
    waiting = list(reversed(tops))
    while waiting:
        index = waiting.pop()
        reading.append(index)
        waiting.extend(reversed(answers[index]))
    return reading


def page_of(order: int, size: int) -> int:
    """Return the number of the page, from 1, that holds the comment at `order` when `size` stand on a page."""
    return order // size + 1
