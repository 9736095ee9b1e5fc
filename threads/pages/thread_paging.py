"""Which page of a thread is wanted, in which view, and the addresses of the pages around it. Called by `thread`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404

from threads.pages.thread_window import FLAT, NEWEST, OLDEST, THREADED
from threads.replies import reading_order

if TYPE_CHECKING:
    from django.http import QueryDict

PARAMETERS: dict[str, str] = {THREADED: "", FLAT: "view=flat", OLDEST: "order=oldest", NEWEST: "order=newest"}
"""What the address of each view says."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a page stands among a thread's pages."""

    mode: str
    number: int
    count: int

    def address(self, number: int = 1) -> str:
        """Return the query string of another page in the same view; `.` where none is needed."""
        return address(self.mode, number) or "."

    @property
    def previous(self) -> str:
        """Address of the page before, empty on the first."""
        return self.address(self.number - 1) if self.number > 1 else ""

    @property
    def next(self) -> str:
        """Address of the page after, empty on the last."""
        return self.address(self.number + 1) if self.number < self.count else ""


def address(mode: str, number: int) -> str:
    """Return the query string of a page, with its question mark; empty for the first page of the threaded view."""
    parts = [part for part in (PARAMETERS[mode], f"page={number}" if number > 1 else "") if part]
    return f"?{'&'.join(parts)}" if parts else ""


def page_of(place: int) -> int:
    """Return the page, from 1, that holds a place, from 0."""
    return reading_order.page_of(place, settings.THREAD_PAGE_SIZE)


def read(query: QueryDict, places: int) -> Pages:
    """Read view and page number from an address; Http404 where a thread of so many places has no such page."""
    order = query.get("order", "")
    mode = order if order in {OLDEST, NEWEST} else FLAT if query.get("view") == FLAT else THREADED
    count = page_of(max(places, 1) - 1)
    number = number_in(query.get("page", "1"))
    if number is None or not 1 <= number <= count:
        raise Http404("no such page")
    return Pages(mode, number, count)


def number_in(text: str) -> int | None:
    """Read a number of up to nine plain digits; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
