"""The requested view and page of a thread, and the URLs of the pages around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.http import Http404

from threads.replies import reading_order

if TYPE_CHECKING:
    from django.http import QueryDict

THREADED, FLAT, OLDEST, NEWEST = "threaded", "flat", "oldest", "newest"
PARAMETERS: Final = {THREADED: "", FLAT: "view=flat", OLDEST: "order=oldest", NEWEST: "order=newest"}
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
    return reading_order.page_of(place, settings.THREAD_PAGE_SIZE)


def read_paging(query: QueryDict, place_count: int) -> ThreadPaging:
    """Read view and page number from a query. Raises Http404 if a thread of `place_count` has no such page."""
    order = query.get("order", "")
    mode = order if order in {OLDEST, NEWEST} else FLAT if query.get("view") == FLAT else THREADED
    count = page_of_place(max(place_count, 1) - 1)
    number = parse_number(query.get("page", "1"))
    if number is None or not 1 <= number <= count:
        raise Http404("no such page")
    return ThreadPaging(mode, number, count)


def parse_number(text: str) -> int | None:
    """Return a number of up to nine ASCII digits; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
