"""Activity over time as bars of a chart: one for each month, or each year where months would be too many. Pure.

Called by the pages of the archive, an author, a tag, a thread; drawn by `_activity.html`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

MOST_MONTHS = 15 * 12
HEIGHT = 64
TICKS = 9
WORTH_A_CHART = 3
"""Bars; fewer say no more than two dates do."""
WIDTH = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """One month (or year); x and width in percent of the chart, y and height in pixels."""

    label: str
    year: int
    month: int
    """0 where the bar stands for a year."""
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A year's name below the chart."""

    year: int
    x: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, ready to draw; `peak` is its highest bar."""

    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    peak: Bar
    total: int

    @property
    def label(self) -> str:
        """The chart in words, for those who cannot see it."""
        return gettext("From %(first)s to %(last)s; the most in %(peak)s: %(count)s") % {
            "first": self.bars[0].label,
            "last": self.bars[-1].label,
            "peak": self.peak.label,
            "count": self.peak.count,
        }

    @property
    def by_month(self) -> bool:
        """True where bars stand for months."""
        return self.peak.month > 0


def chart(days: Iterable[tuple[date | None, int]]) -> Chart | None:
    """Draw counts of days (in any order; undated ones are left out). None where there is too little to see."""
    months: Counter[tuple[int, int]] = Counter()
    for day, count in days:
        if day:
            months[day.year, day.month] += count
    if not months:
        return None
    (first, _), (last, _) = min(months), max(months)
    by_month = (last - first + 1) * 12 <= MOST_MONTHS
    counts = counts_of_months(months, first, last) if by_month else counts_of_years(months, first, last)
    bars = place(counts)
    shown = [bar for bar in bars if bar.count]
    if len(shown) < WORTH_A_CHART:
        return None
    years = [bar for bar in bars if bar.month <= 1]
    ticks = [Tick(bar.year, bar.x) for bar in years[:: 1 + len(years) // TICKS]]
    return Chart(shown, ticks, max(shown, key=lambda bar: bar.count), sum(months.values()))


def counts_of_months(months: Counter[tuple[int, int]], first: int, last: int) -> list[tuple[int, int, int]]:
    """Return (year, month, count) for each month of the years from `first` to `last`."""
    return [(year, month, months[year, month]) for year in range(first, last + 1) for month in range(1, 13)]


def counts_of_years(months: Counter[tuple[int, int]], first: int, last: int) -> list[tuple[int, int, int]]:
    """Return (year, 0, count) for each year; at most the latest MOST_MONTHS of them."""
    years: Counter[int] = Counter()
    for (year, _), count in months.items():
        years[year] += count
    return [(year, 0, years[year]) for year in range(max(first, last - MOST_MONTHS + 1), last + 1)]


def place(counts: Sequence[tuple[int, int, int]]) -> list[Bar]:
    """Give each count its bar. A bar of anything at all is high enough to be seen."""
    step = WIDTH / len(counts)
    gap = min(step * 0.2, 0.3)
    most = max(count for _, _, count in counts)
    bars = []
    for index, (year, month, count) in enumerate(counts):
        height = max(1.5, round(HEIGHT * count / most, 1)) if count else 0
        label = f"{year}-{month:02}" if month else str(year)
        bars.append(
            Bar(
                label,
                year,
                month,
                count,
                round(index * step, 3),
                round(HEIGHT - height, 1),
                round(step - gap, 3),
                height,
            )
        )
    return bars
