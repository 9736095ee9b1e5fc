"""Entry numbers: the day in the high bits, so that newest first is descending order, and days are spans of numbers.

Pure. Called by `entries`, `index`, `results`.
"""

from __future__ import annotations

from datetime import date
from typing import Final

SHIFT: Final = 16
"""Room for 65,536 texts a day. More bits would make the gaps between days, and so FTS5's lists, longer."""
UNDATED: Final = 0
FIRST_DAY: Final = date(1000, 1, 1).toordinal()
"""Numbers below this day's belong to entries without a date, of which there may be more than one day has room for."""


def day_number(day: date | None) -> int:
    """Return the high part of an entry's number: the proleptic ordinal, 0 where there is no (believable) date."""
    if day is None or day.toordinal() < FIRST_DAY:
        return UNDATED
    return day.toordinal()


def day_of(number: int) -> date | None:
    """Return the day in an entry's number, None for one without."""
    ordinal = number >> SHIFT
    return date.fromordinal(ordinal) if ordinal >= FIRST_DAY else None


def first_of(day: int) -> int:
    """Return the lowest number of a day number."""
    return day << SHIFT


def is_full(number: int) -> bool:
    """Say whether no number of the same day follows; what still comes for that day is filed with the undated."""
    return number >> SHIFT >= FIRST_DAY and (number + 1) >> SHIFT != number >> SHIFT


def stands_for(number: int, day: date | None) -> bool:
    """Say whether a text of a day may have a number: that day's, or one without a day, for want of room."""
    return day_of(number) is None or number >> SHIFT == day_number(day)
