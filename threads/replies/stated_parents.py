"""Parents that the source states: by the place of a comment, or by a name and a floor.

A floor is the number of a post on the pages of its thread. Where files state floors, floors may have been renumbered
after a reply was written: the name outweighs the number. Where they do not, floors count deleted comments too, which
are not in the file: the floor of a comment is its place plus a shift, which only grows along the thread.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.parsing.quotes import find_floor_addresses
from threads.replies.answers import ARTICLE, NOBODY, Answer
from threads.text import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from threads.parsing.quotes import FloorAddress
    from threads.replies.parsed_comments import ParsedComment

MOST_PLACES: Final = 32
"""Places of one name that are compared with a floor."""
MOST_ROUNDS: Final = 8
"""Rounds in which proven floors prove others."""
THREAD: Final = "thread"
"""The container of a comment that the source shows directly below the article."""


class Containers:
    """The comments of a thread by the place that the source shows them at."""

    def __init__(self, comments: Sequence[ParsedComment]) -> None:
        self._comments = comments
        self._by_identity = {comment.facts.identity: index for index, comment in enumerate(comments)}
        self._by_author: dict[tuple[str, str, str | None], list[int]] = defaultdict(list)
        for index, comment in enumerate(comments):
            self._by_author[comment.facts.container, comment.facts.source_kind, comment.author].append(index)

    def find_parent(self, index: int) -> Answer | None:
        """Return the parent of a comment with a container; None if that is not in the thread.

        A nested reply that names a person answers the only earlier post of that person beside it.
        """
        comment = self._comments[index]
        container = comment.facts.container
        parent = ARTICLE if container == THREAD else self._by_identity.get(container)
        if parent is None or parent == index:
            return None
        if comment.addressee and not is_placeholder(comment.addressee):
            beside = self._by_author.get((container, comment.facts.source_kind, comment.addressee), ())
            earlier = beside[: bisect_left(beside, index)]
            if len(earlier) == 1:
                return Answer(earlier[0], "sole")
        return Answer(parent, "source")


class _Mark(NamedTuple):
    """An address with a floor, and the earlier comments by its name."""

    comment: int
    """Index of the comment that it opens."""
    name: str
    floor: int
    earlier: int
    """Number of earlier comments by its name."""
    places: tuple[int, ...]
    """Places, from 1, of the last of them; where no floors are stated, of those up to its floor."""


class Floors:
    """The addresses with floors of a thread, with the comments that they answer."""

    def __init__(
        self, comments: Sequence[ParsedComment], article_author: str | None, names: Mapping[str, str] | None = None
    ) -> None:
        """Take comments in the order of writing. `names` are the present names of renamed authors."""
        self._names = names or {}
        self._article_author = article_author
        self._comments = comments
        self._by_author: dict[str | None, list[int]] = defaultdict(list)
        for index, comment in enumerate(comments):
            self._by_author[comment.author].append(index)
        self._by_floor = {
            comment.facts.floor: index for index, comment in enumerate(comments) if comment.facts.floor is not None
        }
        self._first: dict[int, _Mark] = {}
        marks: list[_Mark] = []
        for index, comment in enumerate(comments):
            for address in find_floor_addresses(comment.body) if " #" in comment.body else ():
                marks.append(self._read(index, address))
                self._first.setdefault(index, marks[-1])
        self._shifts = None if self._by_floor else _Shifts(marks)

    def is_addressed(self, index: int) -> bool:
        """Return whether a comment opens with a floor."""
        return index in self._first

    def find_parent(self, index: int) -> Answer | None:
        """Return the comment that the first address of a comment names; None if that is not certain enough."""
        mark = self._first[index]
        return self._shifts.find_parent(mark) if self._shifts else self._by_stated_floor(mark)

    def _read(self, index: int, address: FloorAddress) -> _Mark:
        name = self._names.get(address.name, address.name)
        own = () if is_placeholder(name) else self._by_author.get(name, ())
        count = bisect_left(own, index)
        end = count if self._by_floor else bisect_left(own, min(index, address.floor))
        places = tuple(place + 1 for place in own[max(0, end - MOST_PLACES) : end])
        return _Mark(index, name, address.floor, count, places)

    def _by_stated_floor(self, mark: _Mark) -> Answer | None:
        """Return the comment of the floor if the name agrees, else the only earlier one by that name."""
        target = self._by_floor.get(mark.floor, ARTICLE if mark.floor == 1 else NOBODY)
        is_opening = mark.name == self._article_author and not is_placeholder(mark.name)
        if target == ARTICLE and is_opening:
            return Answer(ARTICLE, "floor")
        if 0 <= target < mark.comment and mark.earlier and self._comments[target].author == mark.name:
            return Answer(target, "floor")
        if mark.earlier + is_opening == 1:
            return Answer(mark.places[0] - 1 if mark.earlier else ARTICLE, "floor")
        return Answer(mark.places[-1] - 1, "nearest") if mark.earlier else None


class _Shifts:
    """The growing difference between floors and places, both counted from 1.

    A floor whose name stands once before is proven if it has no shift, or one that another floor shows too; then each
    floor that leaves one place between two proven ones.
    """

    def __init__(self, marks: Sequence[_Mark]) -> None:
        shown: dict[int, set[int]] = defaultdict(set)
        for mark in marks:
            for place in mark.places:
                shown[mark.floor - place].add(mark.floor)
        single = {(mark.places[0], mark.floor) for mark in marks if len(mark.places) == 1}
        growing = _longest_growing(sorted(single))
        proven = {(place, floor) for place, floor in growing if floor == place or len(shown[floor - place]) > 1}
        self._proven = sorted(proven)
        for _ in range(MOST_ROUNDS):
            fits = ((mark.floor, self._fitting(mark)) for mark in marks if self._is_between(mark.floor))
            found = {(places[0], floor) for floor, places in fits if len(places) == 1}
            if found <= proven:
                break
            proven |= found
            self._proven = _longest_growing(sorted(proven))

    def find_parent(self, mark: _Mark) -> Answer | None:
        """Return the comment that fits the proven floors around; a guess if several do, or if none proves the shift."""
        fitting = self._fitting(mark)
        if not fitting:
            return None
        is_proven = len(fitting) == 1 and (self._is_between(mark.floor) or (fitting[0], mark.floor) in self._proven)
        return Answer(fitting[-1] - 1, "floor" if is_proven else "nearest")

    def _neighbours(self, floor: int) -> tuple[tuple[int, int], tuple[int, int] | None]:
        """Return the last proven place and floor up to a floor, and the first from it on."""
        after = bisect_left(self._proven, floor, key=lambda anchor: anchor[1])
        end = bisect_right(self._proven, floor, key=lambda anchor: anchor[1])
        return self._proven[end - 1] if end else (0, 0), self._proven[after] if after < len(self._proven) else None

    def _is_between(self, floor: int) -> bool:
        return self._neighbours(floor)[1] is not None

    def _fitting(self, mark: _Mark) -> list[int]:
        """Return the places that leave the shift growing between the proven floors around."""
        before, after = self._neighbours(mark.floor)
        return [
            place
            for place in mark.places
            if before[0] <= place
            and mark.floor - place >= before[1] - before[0]
            and (after is None or (place <= after[0] and mark.floor - place <= after[1] - after[0]))
        ]


def _longest_growing(anchors: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the most anchors (place, floor; sorted) of which floors and shifts never fall."""
    tails: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for number, (place, floor) in enumerate(anchors):
        shift = floor - place
        length = bisect_right(tails, shift)
        before.append(last[length - 1] if length else None)
        if length == len(tails):
            tails.append(shift)
            last.append(number)
        else:
            tails[length] = shift
            last[length] = number
    result: list[tuple[int, int]] = []
    number_of: int | None = last[-1] if last else None
    while number_of is not None:
        result.append(anchors[number_of])
        number_of = before[number_of]
    return result[::-1]
