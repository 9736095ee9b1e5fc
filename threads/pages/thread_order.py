"""The views of a thread: their pages with URLs, and the order in which comments were written.

The id of a comment at the source grows with time, but is known only for quoted comments. Dates are not used: they are
days, and many replies are dated before their parents.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.http import Http404

from threads.replies import reading_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import QueryDict

THREADED, FLAT, OLDEST, NEWEST, VOTES = "threaded", "flat", "oldest", "newest", "votes"
PARAMETERS: Final = {
    THREADED: "",
    FLAT: "view=flat",
    OLDEST: "order=oldest",
    NEWEST: "order=newest",
    VOTES: "order=votes",
}
"""Query parameter of each view."""


@dataclass(frozen=True, slots=True)
class ThreadPaging:
    """A page among the pages of a thread."""

    mode: str
    number: int
    count: int

    def url(self, number: int = 1) -> str:
        """Return the relative URL of another page in the same view."""
        return format_page_query(self.mode, number) or "."

    @property
    def previous(self) -> str:
        """URL of the previous page; empty on the first."""
        return self.url(self.number - 1) if self.number > 1 else ""

    @property
    def next(self) -> str:
        """URL of the next page; empty on the last."""
        return self.url(self.number + 1) if self.number < self.count else ""


def format_page_query(mode: str, number: int) -> str:
    """Return the query string of a page, with `?`; empty for the first page of the threaded view."""
    parts = [part for part in (PARAMETERS[mode], f"page={number}" if number > 1 else "") if part]
    return f"?{'&'.join(parts)}" if parts else ""


def page_of_place(place: int) -> int:
    """Return the page (from 1) that holds a place in the reading order (from 0)."""
    return reading_order.page_number(place, settings.THREAD_PAGE_SIZE)


def read_paging(query: QueryDict, place_count: int) -> ThreadPaging:
    """Read view and page number from a query. Raises Http404 if a thread of `place_count` has no such page."""
    order = query.get("order", "")
    mode = order if order in {OLDEST, NEWEST, VOTES} else FLAT if query.get("view") == FLAT else THREADED
    count = page_of_place(max(place_count, 1) - 1)
    number = parse_number(query.get("page", "1"))
    if number is None or not 1 <= number <= count:
        raise Http404("no such page")
    return ThreadPaging(mode, number, count)


def parse_number(text: str) -> int | None:
    """Return a number of up to nine ASCII digits; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def order_oldest_first(rows: Sequence[tuple[int, int | None, int | None]]) -> list[int]:
    """Return the ids of comments, oldest first. `rows` have id, source id and id of the parent, in file order.

    If the known source ids grow through the file, the file is in order of time. Otherwise (a file sorted by votes) a
    comment without a source id follows its parent, or else the comment before it in the file.
    """
    parents = {pk: parent for pk, _source_id, parent in rows}
    known_ids = [source_id for _pk, source_id, _parent in rows if source_id is not None]
    if all(earlier < later for earlier, later in pairwise(known_ids)):
        return list(parents)
    keys = {pk: (source_id, 0) for pk, source_id, _parent in rows if source_id is not None}
    latest = min(known_ids), 0
    for pk in parents:
        latest = keys.get(pk) or inherit_time_key(pk, parents, keys) or latest
        keys.setdefault(pk, latest)
    return sorted(parents, key=keys.__getitem__)


def inherit_time_key(
    pk: int | None, parents: dict[int, int | None], keys: dict[int, tuple[int, int]]
) -> tuple[int, int] | None:
    """Return the key that a comment without a key gets: that of its nearest ancestor with one; None if there is none.

    The second number of a key is the distance from the comment that has the source id. Stores the keys of the comments
    between in `keys`, so that a long branch is walked once.
    """
    path: list[int] = []
    while pk is not None and pk in parents and pk not in keys:
        path.append(pk)
        pk = parents[pk]
    if pk not in keys or pk is None:
        return None
    source_id, first = keys[pk]
    for distance, child in enumerate(reversed(path), first + 1):
        keys[child] = source_id, distance
    return keys[path[0]]
