"""Activity over time as bars of a chart: a bar for each day, month or year, whichever are not too many. Pure.

Called by the pages of the archive, an author, a tag, a thread; drawn by `_activity.html`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from threads.rendering import trusted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.utils.safestring import SafeString

MOST_DAYS = 62
MOST_MONTHS = 15 * 12
MOST_YEARS = 180
HEIGHT = 64
WIDTH = 100
TICKS = 9
WORTH_A_CHART = 3
"""Bars; fewer say no more than two dates do."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A day, month or year; x and width in percent of the chart, y and height in pixels."""

    label: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Tick:
    """What stands below the chart where a year, or a month of days, begins."""

    label: str
    x: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, ready to draw; `peak` is its highest bar."""

    caption: str
    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    peak: Bar

    @property
    def drawing(self) -> SafeString:
        """What is inside the SVG: hundreds of values, which a template would take ten times as long to look up."""
        drawn = [
            f'<rect x="{bar.x}%" y="{bar.y}" width="{bar.width}%" height="{bar.height}">'
            f"<title>{escape(bar.label)}: {bar.count}</title></rect>\n"
            for bar in self.bars
        ]
        drawn += [f'<text x="{tick.x}%" y="82">{escape(tick.label)}</text>' for tick in self.ticks]
        return trusted("".join(drawn))

    @property
    def label(self) -> str:
        """The chart in words, for those who cannot see it."""
        return gettext("From %(first)s to %(last)s; the most in %(peak)s: %(count)s") % {
            "first": self.bars[0].label,
            "last": self.bars[-1].label,
            "peak": self.peak.label,
            "count": self.peak.count,
        }


def chart(days: Iterable[tuple[date | None, int]]) -> Chart | None:
    """Draw counts of days (in any order; undated ones are left out). None where there is too little to see."""
    counts: Counter[date] = Counter()
    for day, count in days:
        if day:
            counts[day] += count
    if not counts:
        return None
    first, last = min(counts), max(counts)
    if (last - first).days < MOST_DAYS:
        return drawn(gettext("Comments by day"), by_day(counts, first, last))
    if (last.year - first.year + 1) * 12 <= MOST_MONTHS:
        return drawn(gettext("Comments by month"), by_month(counts, first.year, last.year))
    return drawn(gettext("Comments by year"), by_year(counts, first.year, last.year))


def by_day(counts: Counter[date], first: date, last: date) -> list[tuple[str, str, int]]:
    """Return label, tick and count of each day; a tick for each week."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [(f"{day}", f"{day:%m-%d}" if number % 7 == 0 else "", counts[day]) for number, day in enumerate(days)]


def by_month(counts: Counter[date], first: int, last: int) -> list[tuple[str, str, int]]:
    """Return label, tick and count of each month of some years; a tick for each year."""
    months: Counter[tuple[int, int]] = Counter()
    for day, count in counts.items():
        months[day.year, day.month] += count
    return [
        (f"{year}-{month:02}", str(year) if month == 1 else "", months[year, month])
        for year in range(first, last + 1)
        for month in range(1, 13)
    ]


def by_year(counts: Counter[date], first: int, last: int) -> list[tuple[str, str, int]]:
    """Return label, tick and count of each year; of the latest MOST_YEARS where there are more."""
    years: Counter[int] = Counter()
    for day, count in counts.items():
        years[day.year] += count
    return [(str(year), str(year), years[year]) for year in range(max(first, last - MOST_YEARS + 1), last + 1)]


def drawn(caption: str, counts: Sequence[tuple[str, str, int]]) -> Chart | None:
    """Give each count its bar; a bar of anything at all is high enough to be seen. None for too few bars."""
    step = WIDTH / len(counts)
    gap = min(step * 0.2, 0.3)
    most = max(count for _, _, count in counts)
    bars = []
    for index, (label, _, count) in enumerate(counts):
        height = max(1.5, round(HEIGHT * count / most, 1))
        if count:
            x, y = round(index * step, 3), round(HEIGHT - height, 1)
            bars.append(Bar(label, count, x, y, round(step - gap, 3), height))
    if len(bars) < WORTH_A_CHART:
        return None
    ticks = [Tick(tick, round(index * step, 3)) for index, (_, tick, _) in enumerate(counts) if tick]
    return Chart(caption, bars, ticks[:: 1 + len(ticks) // TICKS], max(bars, key=lambda bar: bar.count))
