"""The reading order of a thread, with the depth of each comment, and page numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class ReadingPlace(NamedTuple):
    """The position of one comment in its thread; all numbers are from 0."""

    order: int
    """In the reading order, in which each comment is followed by its descendants."""
    depth: int
    nth: int
    """Its number among the comments with the same parent."""
    answer_count: int
    descendant_count: int


def order_comments(parents: Sequence[int | None], hidden: Collection[int] = ()) -> list[ReadingPlace]:
    """Order comments, given in file order by the indexes of their parents. Linear, without recursion.

    None is the top level. Siblings stay in file order, which is the source's. `hidden` comments have a place
    and are not counted as replies. Raises ValueError for a cycle.
    """
    answers: list[list[int]] = [[] for _ in parents]
    tops: list[int] = []
    for index, parent in enumerate(parents):
        (tops if parent is None else answers[parent]).append(index)

    depth, nth, order, descendants = ([0] * len(parents) for _ in range(4))
    for siblings in (tops, *answers):
        for count, index in enumerate(siblings):
            nth[index] = count
    reading: list[int] = []
    stack = tops[::-1]
    while stack:
        index = stack.pop()
        order[index] = len(reading)
        reading.append(index)
        for answer in answers[index]:
            depth[answer] = depth[index] + 1
        stack += reversed(answers[index])
    if len(reading) < len(parents):
        raise ValueError("the parents have a cycle")
    for index in reversed(reading):
        parent = parents[index]
        if parent is not None:
            descendants[parent] += (index not in hidden) + descendants[index]
    counts = [sum(answer not in hidden for answer in its_answers) for its_answers in answers]
    return [ReadingPlace(*place) for place in zip(order, depth, nth, counts, descendants, strict=True)]


def page_number(order: int, size: int) -> int:
    """Return the page, from 1, of the comment at `order` if a page has `size` comments."""
    return order // size + 1
