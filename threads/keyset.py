"""Keyset pagination: a page starts after the last row of the previous page, so every page costs the same.

The parameter `after` holds the position of that row: `value,id` in lists of rows, `-,id` for rows without a value.
Positions stay correct when rows are added or removed.
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

Item = TypeVar("Item")
Row = TypeVar("Row", bound=Model)
NO_VALUE = "-"


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Item]):
    """One page of a list."""

    rows: Sequence[Item]
    after: str
    """Position at which the next page starts; empty on the last page."""
    is_first: bool


def make_page(
    items: Sequence[Item], size: int, position_of: Callable[[Item], str], *, is_first: bool
) -> ListPage[Item]:
    """Return the first `size` items as a page. An extra item means that there is a next page."""
    after = position_of(items[size - 1]) if len(items) > size else ""
    return ListPage(items[:size], after, is_first)


def fetch_page(rows: QuerySet[Row], column: str, after: str, *, newest_id: bool = True, size: int = 0) -> ListPage[Row]:
    """Return the page after a position, ordered by descending `column` (rows without a value last), then by id.

    Rows of equal value have descending ids, or ascending ids if `newest_id` is False. One query; two on the page where
    the rows without a value start. Raises Http404 if the position is invalid.
    """
    size = size or settings.LIST_PAGE_SIZE
    last_value, last_pk = parse_position(column, after)
    order = "-pk" if newest_id else "pk"
    items: list[Row] = []
    if last_value != NO_VALUE:
        valued = rows.filter(**{f"{column}__isnull": False}).order_by(f"-{column}", order)
        if last_value is not None:
            seen = Q(**{column: last_value, "pk__gte" if newest_id else "pk__lte": last_pk})
            valued = valued.filter(**{f"{column}__lte": last_value}).exclude(seen)
        items = list(valued[: size + 1])
    if len(items) <= size and rows.model._meta.get_field(column).null:  # noqa: SLF001 — Django's documented name
        unvalued = rows.filter(**{f"{column}__isnull": True}).order_by(order)
        if last_value == NO_VALUE:
            unvalued = unvalued.filter(**{"pk__lt" if newest_id else "pk__gt": last_pk})
        items += list(unvalued[: size + 1 - len(items)])
    return make_page(items, size, lambda row: format_position(row, column), is_first=not after)


def parse_position(column: str, after: str) -> tuple[Any, int]:
    """Return value and id of a row from `after`. Raises Http404 if it is invalid.

    The value is None at the start of the list, and NO_VALUE for a row without a value.
    """
    if not after:
        return None, 0
    value, _, pk = after[:100].rpartition(",")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
        raise Http404("invalid position in the list")
    try:
        return NO_VALUE if value == NO_VALUE else PARSERS[column](value), int(pk)
    except (ValueError, OverflowError) as error:
        raise Http404("invalid position in the list") from error


def format_position(row: Model, column: str) -> str:
    """Return a row's position as `parse_position` reads it."""
    value = getattr(row, column)
    if value is None:
        return f"{NO_VALUE},{row.pk}"
    return f"{value.isoformat() if isinstance(value, date) else value},{row.pk}"


def parse_datetime(text: str) -> datetime:
    """Parse a moment with its time zone and return it in UTC. Raises ValueError or OverflowError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)


PARSERS: dict[str, Callable[[str], Any]] = {
    "published_at": parse_datetime,
    "posted_on": date.fromisoformat,
    "comment_count": int,
    "article_count": int,
}
