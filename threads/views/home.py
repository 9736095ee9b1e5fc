"""The home page with totals, a chart and the newest threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from threads.models import Article, Tag
from threads.pages.archive_totals import read_totals
from threads.pages.charts import build_chart
from threads.pages.lists import fetch_thread_list

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

TAGS_SHOWN = 24
MOST_DISCUSSED_SHOWN = 8


def home_page(request: HttpRequest) -> HttpResponse:
    """Show the archive's totals and its threads, newest first. Eight queries with cached totals."""
    totals = read_totals()
    visible = Article.objects.visible()
    most_discussed = visible.only("key", "title", "script", "comment_count").order_by("-comment_count", "-pk")
    return render(
        request,
        "threads/home.html",
        {
            "totals": totals,
            "section": "threads",
            "chart": build_chart(totals.comments_by_day.items()),
            "threads": fetch_thread_list(request, visible),
            "tags": Tag.objects.visible().order_by("-article_count", "pk")[:TAGS_SHOWN],
            "most_discussed": most_discussed[:MOST_DISCUSSED_SHOWN],
        },
    )
