"""The archive by date: its years, a year's months, a month's days and threads, a day."""

from __future__ import annotations

from calendar import Calendar
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from threads.models import Article, Comment
from threads.pages import archive_totals, charts, keyset
from threads.pages.comment_list import comment_lines, described
from threads.pages.thread_list import with_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from threads.pages.thread_list import ThreadList

LEVELS = (1, 4, 16, 64)
"""Comments a day from which the calendar's shade grows by one."""


def first_day(year: int, month: int = 1) -> date:
    """Return the first day of a month; Http404 where the calendar has none."""
    try:
        return date(year, month, 1)
    except (ValueError, OverflowError) as error:
        raise Http404("no such date") from error


def begun(request: HttpRequest, first: date, end: date) -> ThreadList:
    """Return the threads begun from `first` until before `end`, by key. Four queries."""
    from_moment, to_moment = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, end))
    articles = Article.objects.visible().filter(published_at__gte=from_moment, published_at__lt=to_moment)
    return with_lines(request, keyset.page(articles.listed(), "published_at", request.GET.get("after", "")))


def by_part(days: Mapping[date, int], part: str) -> Counter[int]:
    """Add up counts of days by their year, month or day."""
    counts: Counter[int] = Counter()
    for day, count in days.items():
        counts[getattr(day, part)] += count
    return counts


def between(days: Mapping[date, int], first: date, end: date) -> dict[date, int]:
    """Return the days from `first` until before `end`."""
    return {day: count for day, count in days.items() if first <= day < end}


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day in a month's calendar."""

    number: int
    url: str
    comments: int
    shade: int
    """How dark it is drawn, from 0."""
    busy: bool
    """True where there is anything to see."""

    @classmethod
    def of(cls, day: date, comments: int, threads: int) -> DayCell:
        """Return the cell of a day with so many comments, and threads begun."""
        url = reverse("threads:day", args=[day.year, day.month, day.day])
        return cls(day.day, url, comments, sum(comments >= level for level in LEVELS), bool(comments or threads))


def dates(request: HttpRequest) -> HttpResponse:
    """List the years with what was said in each. One query."""
    known = archive_totals.read()
    threads, comments = by_part(known.threads_by_day, "year"), by_part(known.comments_by_day, "year")
    rows = [(year, threads[year], comments[year]) for year in sorted({*threads, *comments}, reverse=True)]
    chart = charts.chart(known.comments_by_day.items())
    return render(request, "threads/dates.html", {"rows": rows, "chart": chart, "section": "dates"})


def year(request: HttpRequest, year: int) -> HttpResponse:
    """Show a year: its months, and its threads by key. Five queries."""
    first, end = first_day(year), first_day(year + 1)
    known = archive_totals.read()
    threads = by_part(between(known.threads_by_day, first, end), "month")
    comments = by_part(between(known.comments_by_day, first, end), "month")
    months = [(first.replace(month=month), threads[month], comments[month]) for month in range(1, 13)]
    context = {"first": first, "months": months, "threads": begun(request, first, end)}
    return render(request, "threads/year.html", context | around(known, first, end))


def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Show a month: a calendar of its days, and its threads by key. Five queries."""
    first = first_day(year, month)
    end = first_day(year + month // 12, month % 12 + 1)
    known = archive_totals.read()
    counts = between(known.comments_by_day, first, end)
    begun_on = between(known.threads_by_day, first, end)
    days = Calendar().monthdatescalendar(year, month)
    weeks = [
        [DayCell.of(day, counts.get(day, 0), begun_on.get(day, 0)) if day.month == month else None for day in week]
        for week in days
    ]
    context = {
        "first": first,
        "weekdays": list(zip(days[0], weekday_names(), strict=True)),
        "weeks": weeks,
        "threads": begun(request, first, end),
    }
    return render(request, "threads/month.html", context | around(known, first, end))


def weekday_names() -> list[str]:
    """Return the days of the week as a calendar's columns are headed: as short as can be, Monday first."""
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]


def day(request: HttpRequest, year: int, month: int, day: int) -> HttpResponse:
    """Show a day: the threads that began on it, and its comments, each list by key. Seven queries.

    A place among threads is a moment and one among comments a day: that tells which of the two lists goes on.
    """
    try:
        this = date(year, month, day)
        end = this + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise Http404("no such date") from error
    after = request.GET.get("after", "")
    context: dict[str, object] = {"first": this}
    if not after or "T" in after:
        context["threads"] = begun(request, this, end)
    if "T" not in after:
        found = keyset.page(described(Comment.objects.visible().filter(posted_on=this)), "posted_on", after)
        context |= {"comments": comment_lines(request, found), "page": found}
    return render(request, "threads/day.html", context | around(archive_totals.read(), this, end))


def around(known: archive_totals.Summary, first: date, end: date) -> dict[str, object]:
    """Return the nearest days with anything to see before and after a stretch of time."""
    days = {*known.comments_by_day, *known.threads_by_day}
    return {
        "section": "dates",
        "before": max((day for day in days if day < first), default=None),
        "later": min((day for day in days if day >= end), default=None),
    }
