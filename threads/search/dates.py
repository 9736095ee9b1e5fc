"""Years, months and days as readers write them. Pure. Called by `query` and the search form."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, NamedTuple

_DAY: Final = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?")


class Span(NamedTuple):
    """A year, month or day; `end` is the first day after it."""

    first: date
    end: date


def read_span(text: str) -> Span | None:
    """Return the span of a year (2020), month (2020-09) or day (2020-09-30, 2020年9月30日); None for anything else."""
    found = _DAY.fullmatch(text.strip())
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
        if day:
            return Span(first, date.fromordinal(first.toordinal() + 1))
        if month:
            return Span(first, date(first.year + month // 12, month % 12 + 1, 1))
        return Span(first, date(first.year + 1, 1, 1))
    except ValueError:
        return None
