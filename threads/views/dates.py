"""The archive by date: the list of years, and a page for each year, month and day."""

from __future__ import annotations

from calendar import Calendar
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _

from threads.models import Article, Comment
from threads.pages.archive_totals import ArchiveTotals, read_totals
from threads.pages.charts import build_chart
from threads.pages.lists import ListedThread, fetch_comment_list, fetch_thread_list

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from threads.keyset import ListPage

SHADE_THRESHOLDS = (1, 4, 16, 64)
"""Comments of a day from which its calendar cell has the next darker shade."""


class PeriodRow(NamedTuple):
    """A year or month with its counts."""

    first: date
    threads: int
    comments: int


def year_list(request: HttpRequest) -> HttpResponse:
    """List the years with their counts. One query with cached totals."""
    totals = read_totals()
    threads, comments = count_periods(totals, "year")
    numbers = sorted({*threads, *comments}, reverse=True)
    years = [PeriodRow(date(year, 1, 1), threads[year], comments[year]) for year in numbers]
    chart = build_chart(totals.comments_by_day.items())
    return render(request, "threads/dates.html", {"years": years, "chart": chart, "section": "dates"})


def year_page(request: HttpRequest, year: int) -> HttpResponse:
    """Show a year: its months and new threads. Five queries."""
    first, end = find_first_day(year), find_first_day(year + 1)
    totals = read_totals()
    threads, comments = count_periods(totals, "month", year)
    months = [PeriodRow(first.replace(month=month), threads[month], comments[month]) for month in range(1, 13)]
    context = {"first": first, "months": months, "threads": fetch_new_threads(request, first, end)}
    return render(request, "threads/year.html", context | find_neighbours(totals, first, end))


def month_page(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Show a month: a calendar and its new threads. Five queries."""
    first = find_first_day(year, month)
    end = find_first_day(year + month // 12, month % 12 + 1)
    totals = read_totals()
    weeks = Calendar().monthdatescalendar(year, month)
    context = {
        "first": first,
        "weekdays": list(zip(weeks[0], list_weekday_names(), strict=True)),
        "weeks": [[build_day_cell(totals, day) if day.month == month else None for day in week] for week in weeks],
        "threads": fetch_new_threads(request, first, end),
    }
    return render(request, "threads/month.html", context | find_neighbours(totals, first, end))


def day_page(request: HttpRequest, year: int, month: int, day: int) -> HttpResponse:
    """Show a day: its new threads and its comments. Seven queries.

    Both lists have pages. The position in `after` has a time in the list of threads, none in the list of comments.
    """
    try:
        first = date(year, month, day)
        end = first + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise Http404("no such date") from error
    after = request.GET.get("after", "")
    context: dict[str, object] = {"first": first}
    if not after or "T" in after:
        context["threads"] = fetch_new_threads(request, first, end)
    if "T" not in after:
        context["comments"] = fetch_comment_list(request, Comment.objects.visible().filter(posted_on=first))
    return render(request, "threads/day.html", context | find_neighbours(read_totals(), first, end))


def find_first_day(year: int, month: int = 1) -> date:
    """Return the first day of a month. Raises Http404 if the calendar has no such month."""
    try:
        return date(year, month, 1)
    except (ValueError, OverflowError) as error:
        raise Http404("no such date") from error


def fetch_new_threads(request: HttpRequest, first: date, end: date) -> ListPage[ListedThread]:
    """Return a page of the threads published from `first` until before `end`. Four queries."""
    start_moment, end_moment = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, end))
    articles = Article.objects.visible().filter(published_at__gte=start_moment, published_at__lt=end_moment)
    return fetch_thread_list(request, articles)


def count_periods(totals: ArchiveTotals, part: str, year: int | None = None) -> list[Counter[int]]:
    """Return the threads and the comments by `year` or `month`, of all years or of one."""
    counters: list[Counter[int]] = [Counter(), Counter()]
    for counter, days in zip(counters, (totals.threads_by_day, totals.comments_by_day), strict=True):
        for day, count in days.items():
            if year in {None, day.year}:
                counter[getattr(day, part)] += count
    return counters


def build_day_cell(totals: ArchiveTotals, day: date) -> dict[str, object]:
    """Return the calendar cell of a day. Its shade is 0 (no comments) to 4."""
    comments = totals.comments_by_day.get(day, 0)
    return {
        "day": day,
        "comments": comments,
        "shade": sum(comments >= threshold for threshold in SHADE_THRESHOLDS),
        "has_entries": bool(comments or totals.threads_by_day.get(day)),
    }


def list_weekday_names() -> list[str]:
    """Return abbreviated names of weekdays, Monday first."""
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]


def find_neighbours(totals: ArchiveTotals, first: date, end: date) -> dict[str, object]:
    """Return the nearest days with threads or comments before and after a period. An empty period is not indexed."""
    days = {*totals.comments_by_day, *totals.threads_by_day}
    is_empty = not any(first <= day < end for day in days)
    # The calendar has millions of empty days, months and years.
    indexing = {"is_indexed": False, "canonical": ""} if is_empty else {}
    return indexing | {
        "section": "dates",
        "earlier": max((day for day in days if day < first), default=None),
        "later": min((day for day in days if day >= end), default=None),
    }
