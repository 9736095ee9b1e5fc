"""The reading order of a thread, with the depth of each comment, and page numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class ReadingPlace(NamedTuple):
    """The position of one comment in its thread; all numbers are from 0."""

    order: int
    """In the reading order, in which each comment is followed by its descendants."""
    depth: int
    nth: int
    """Its number among the comments with the same parent."""
    answer_count: int
    descendant_count: int


def order_comments(parents: Sequence[int | None]) -> list[ReadingPlace]:
    """Order comments, given in file order by the indexes of their parents. Linear, without recursion.

    None is the top level. Siblings stay in file order, which is the source's. Raises ValueError for a cycle.
    """
    answers: list[list[int]] = [[] for _ in parents]
    tops: list[int] = []
    for index, parent in enumerate(parents):
        (tops if parent is None else answers[parent]).append(index)

    reading = _traverse(tops, answers)
    if len(reading) < len(parents):
        raise ValueError("the parents have a cycle")

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
        ReadingPlace(order[index], depth[index], nth[index], len(answers[index]), descendants[index])
        for index in range(len(parents))
    ]


def _traverse(tops: Sequence[int], answers: Sequence[Sequence[int]]) -> list[int]:
    """Return the indexes of all comments reached from `tops`, in reading order."""
    reading: list[int] = []
    stack = list(reversed(tops))
    while stack:
        index = stack.pop()
        reading.append(index)
        stack.extend(reversed(answers[index]))
    return reading


def page_number(order: int, size: int) -> int:
    """Return the page, from 1, of the comment at `order` if a page has `size` comments."""
    return order // size + 1
