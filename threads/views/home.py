"""The first page: what this archive is, how big, when it was alive; the newest threads; and what the site is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse

from threads.models import Article, Tag
from threads.pages import archive_totals, charts, keyset
from threads.pages.thread_list import with_lines

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

TAGS_SHOWN = 24
BUSIEST_SHOWN = 8


def home(request: HttpRequest) -> HttpResponse:
    """Show the archive at a glance, then its threads, newest first. Eight queries; counting is once a version."""
    known = archive_totals.read()
    threads = keyset.page(Article.objects.visible().listed(), "published_at", request.GET.get("after", ""))
    return render(
        request,
        "threads/home.html",
        {
            "summary": known,
            "canonical": request.build_absolute_uri(reverse("threads:home")),
            "section": "threads",
            "chart": charts.chart(known.comments_by_day.items()),
            "threads": with_lines(request, threads),
            "tags": Tag.objects.visible().order_by("-article_count", "pk")[:TAGS_SHOWN],
            "busiest": Article.objects.visible()
            .only("key", "title", "script", "comment_count")
            .order_by("-comment_count", "-pk")[:BUSIEST_SHOWN],
        },
    )


def about(request: HttpRequest) -> HttpResponse:
    """Say what this site is, how it was made and whom to ask. No queries."""
    return render(request, "threads/about.html")
