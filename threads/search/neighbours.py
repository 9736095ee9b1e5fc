"""The matches before and after the one a reader has gone to. Called by the thread page, through `result_bar`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from threads.search.backends import backend
from threads.search.conditions import Window
from threads.search.drawing import draw
from threads.search.places import NEWEST
from threads.search.query import parse
from threads.search.resolution import resolve
from threads.search.results import Ordered

if TYPE_CHECKING:
    from threads.search.drawing import Found
    from threads.search.resolution import Resolved
    from threads.search.rows import Hit


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The matches around one; None at the ends."""

    previous: Found | None
    next: Found | None


def neighbours(text: str, sort: str, number: int, *, grouped: bool = False) -> Neighbours:
    """Return the matches before and after an entry in the order of a search. Two queries of the index, two of rows."""
    query = parse(text)
    if query.is_empty:
        return Neighbours(None, None)
    resolved = resolve(query)
    if grouped or (sort != NEWEST and query.words):
        around = in_list(Ordered(query, resolved, sort), number, grouped=grouped)
    else:
        around = by_date(resolved, number)
    found = draw([hit for hit in around if hit], query, sort, grouped=grouped)
    previous, following = (found.get(hit.number) if hit else None for hit in around)
    return Neighbours(previous, following)


def by_date(resolved: Resolved, number: int) -> tuple[Hit | None, Hit | None]:
    """Return the next newer and the next older match."""
    newer = backend().find(resolved.condition, resolved.window.within(Window(low=number + 1)), 1, oldest=True)
    older = backend().find(resolved.condition, resolved.window.within(Window(high=number)), 1)
    return (newer[0] if newer else None), (older[0] if older else None)


def in_list(order: Ordered, number: int, *, grouped: bool) -> tuple[Hit | None, Hit | None]:
    """Return the matches before and after an entry in the list of results, where it is among those at hand.

    Grouped, all of a thread's matches come before those of the next thread.
    """
    if grouped:
        hits = [hit for group in order.threads(None, len(order.hits))[0] for hit in group]
    else:
        hits = [hit for _, hit in order.places()]
    at = next((place for place, hit in enumerate(hits) if hit.number == number), None)
    if at is None:
        return None, None
    return (hits[at - 1] if at else None), (hits[at + 1] if at + 1 < len(hits) else None)
