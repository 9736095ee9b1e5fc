"""Lists in pages by key: a page begins after the last row of the one before, so deep pages cost what the first costs.

A place in a list is written `value,id` in the address (`?after=2020-09-30T12:00:00+00:00,123`; `-,123` among rows
without a value) and stays right when rows come or go. Called by every page that is a list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.http import Http404

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = TypeVar("Row", bound=Model)
NO_VALUE = "-"


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """One page of a list."""

    rows: Sequence[Row]
    after: str
    """Where the next page begins; empty on the last one."""
    first: bool
    """True on the page that shows the list's beginning."""


def a_datetime(text: str) -> datetime:
    """Read a moment with its zone and return it in UTC; ValueError or OverflowError where there is no such moment."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)


READERS: dict[str, Callable[[str], Any]] = {
    "published_at": a_datetime,
    "posted_on": date.fromisoformat,
    "comment_count": int,
    "article_count": int,
}


def page(rows: QuerySet[Row], column: str, after: str, *, newest_id: bool = True, size: int = 0) -> Listing[Row]:
    """Return the page after a place, ordered by `column` downwards (rows without one last), then by id.

    Ids of equal rows run downwards, or upwards where `newest_id` is False. One query; two where rows with a value end
    and those without begin. Raises Http404 where the place cannot be read.
    """
    size = size or settings.LIST_PAGE_SIZE
    value, number = read_place(column, after)
    order = "-pk" if newest_id else "pk"
    found: list[Row] = []
    if value != NO_VALUE:
        dated = rows.filter(**{f"{column}__isnull": False}).order_by(f"-{column}", order)
        if value is not None:
            beyond = {"pk__gte" if newest_id else "pk__lte": number}
            dated = dated.filter(**{f"{column}__lte": value}).exclude(Q(**{column: value}) & Q(**beyond))
        found = list(dated[: size + 1])
    if len(found) <= size and rows.model._meta.get_field(column).null:  # noqa: SLF001 — Django's documented name
        undated = rows.filter(**{f"{column}__isnull": True}).order_by(order)
        if value == NO_VALUE:
            undated = undated.filter(**{"pk__lt" if newest_id else "pk__gt": number})
        found += list(undated[: size + 1 - len(found)])
    rest = len(found) > size
    return Listing(found[:size], write_place(found[size - 1], column) if rest else "", not after)


def read_place(column: str, after: str) -> tuple[Any, int]:
    """Return value and id of a place; (None, 0) for the list's beginning. Raises Http404."""
    if not after:
        return None, 0
    value, _, number = after[:100].rpartition(",")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise Http404("no such place in the list")
    try:
        return (NO_VALUE if value == NO_VALUE else READERS[column](value)), int(number)
    except (ValueError, OverflowError) as error:
        raise Http404("no such place in the list") from error


def write_place(row: Model, column: str) -> str:
    """Return a row's place as `read_place` reads it."""
    value = getattr(row, column)
    if value is None:
        return f"{NO_VALUE},{row.pk}"
    return f"{value.isoformat() if isinstance(value, date) else value},{row.pk}"
