"""Bar charts of activity: a bar for each day, month or year, depending on the time span. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_DAYS = 62
MAX_MONTHS = 15 * 12
MAX_YEARS = 180
HEIGHT = 64
WIDTH = 100
TICKS = 9
MIN_BARS = 3
"""A chart of fewer bars says no more than two dates."""


class Bar(NamedTuple):
    """The bar of a period, as the path of an SVG of WIDTH by HEIGHT units, with its tooltip."""

    path: str
    title: str


class Tick(NamedTuple):
    """A label below the chart; x in percent."""

    label: str
    x: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart, with one sentence about it for screen readers."""

    caption: str
    text_alternative: str
    bars: Sequence[Bar]
    ticks: Sequence[Tick]


def build_chart(daily_counts: Iterable[tuple[date | None, int]]) -> Chart | None:
    """Return a chart of counts by day, in any order. Undated counts are left out. None if there are too few bars."""
    counts: Counter[date] = Counter()
    for day, count in daily_counts:
        if day:
            counts[day] += count
    if not counts:
        return None
    first, last = min(counts), max(counts)
    caption, ticks = find_periods(first, last)
    length = len(next(iter(ticks)))
    totals: Counter[str] = Counter()
    for day, count in counts.items():
        totals[day.isoformat()[:length]] += count
    return place_bars(caption, ticks, totals)


def find_periods(first: date, last: date) -> tuple[str, dict[str, str]]:
    """Return the caption of a chart and the tick of each period by its label: a tick a week, or a year.

    A label is the start of the ISO date of each day in the period. There are at most MAX_YEARS years, the last ones.
    """
    years = range(max(first.year, last.year - MAX_YEARS + 1), last.year + 1)
    if (last - first).days < MAX_DAYS:
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        ticks = {f"{day}": f"{day:%m-%d}" if not index % 7 else "" for index, day in enumerate(days)}
        return gettext("Comments by day"), ticks
    if (last.year - first.year + 1) * 12 <= MAX_MONTHS:
        months = [(year, month) for year in years for month in range(1, 13)]
        return gettext("Comments by month"), {
            f"{year:04}-{month:02}": str(year) if month == 1 else "" for year, month in months
        }
    return gettext("Comments by year"), {f"{year:04}": str(year) for year in years}


def place_bars(caption: str, ticks: Mapping[str, str], counts: Counter[str]) -> Chart | None:
    """Return the chart of counts by period. `ticks` are the labels below it, by period; most are empty.

    A bar has a minimum height, so that a single comment is visible.
    """
    step = WIDTH / len(ticks)
    width = round(step - min(step * 0.2, 0.3), 3)
    active = [period for period in ticks if counts[period]]
    if len(active) < MIN_BARS:
        return None
    peak = max(active, key=counts.__getitem__)
    bars = []
    for index, period in enumerate(ticks):
        if counts[period]:
            height = max(1.5, round(HEIGHT * counts[period] / counts[peak], 1))
            path = f"M{round(index * step, 3)} {HEIGHT}h{width}v-{height}h-{width}z"
            bars.append(Bar(path, f"{period}: {counts[period]}"))
    placed = [Tick(tick, f"{round(index * step, 3)}%") for index, tick in enumerate(ticks.values()) if tick]
    summary = gettext("From %(first)s to %(last)s; maximum in %(peak)s: %(count)s") % {
        "first": active[0],
        "last": active[-1],
        "peak": peak,
        "count": counts[peak],
    }
    return Chart(caption, summary, bars, placed[:: 1 + len(placed) // TICKS])
