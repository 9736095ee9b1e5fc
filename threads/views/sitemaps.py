"""For crawlers: robots.txt, and a sitemap index with pages of threads, authors and tags.

A page holds a fixed range of ids, so a thread stays on its page and all pages cost the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F, OuterRef, Q, Subquery
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse

from threads.models import Article, Author, Comment, Tag
from threads.replies import reading_order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

IDS_PER_PAGE = 1000
"""The protocol allows 50,000 addresses a page. A thread has an address for each 50 of its comments."""

SECTIONS: dict[str, type[Article] | type[Author] | type[Tag]] = {"threads": Article, "authors": Author, "tags": Tag}


def robots_txt(request: HttpRequest) -> HttpResponse:
    """Ask crawlers to read threads in one view only, and name the sitemap. No queries."""
    sitemap = request.build_absolute_uri(reverse("threads:sitemap"))
    return render(request, "robots.txt", {"sitemap": sitemap}, content_type="text/plain; charset=utf-8")


def sitemap_index(request: HttpRequest) -> HttpResponse:
    """List the pages of the sitemap that have entries. One query for each section."""
    numbers: list[tuple[str, int]] = []
    for section, model in SECTIONS.items():
        rows = model.objects.visible().order_by().annotate(number=F("id") / IDS_PER_PAGE)
        numbers += [(section, number) for number in sorted(rows.values_list("number", flat=True).distinct())]
    pages = [request.build_absolute_uri(reverse("threads:sitemap_page", args=place)) for place in numbers]
    return render(request, "threads/sitemap_index.xml", {"pages": pages}, content_type="application/xml")


def sitemap_page(request: HttpRequest, section: str, number: int) -> HttpResponse:
    """List the addresses of one range of ids. One query. Raises Http404 for an unknown section or an empty range."""
    if section not in SECTIONS:
        raise Http404(section)
    ids = Q(id__gte=number * IDS_PER_PAGE, id__lt=(number + 1) * IDS_PER_PAGE)
    if section == "threads":
        entries = list_thread_entries(Article.objects.visible().filter(ids))
    else:
        model = Author if section == "authors" else Tag
        entries = ((row.get_absolute_url(), "") for row in model.objects.visible().filter(ids).order_by("id"))
    absolute = [(request.build_absolute_uri(url), changed_on) for url, changed_on in entries]
    if not absolute:
        raise Http404("no entries")
    return render(request, "threads/sitemap.xml", {"entries": absolute}, content_type="application/xml")


def list_thread_entries(articles: QuerySet[Article]) -> Iterator[tuple[str, str]]:
    """Yield the address of each page of threads, with the ISO date in UTC of the last change; empty if unknown."""
    # Hidden comments keep their place in the reading order, so the count of comments does not give the last page.
    last = Comment.objects.current().filter(article=OuterRef("pk")).order_by("-order").values("order")[:1]
    rows = articles.order_by("id").values_list("key", "modified_at", "published_at", Subquery(last))
    for key, modified_at, published_at, last_order in rows.iterator():
        url = reverse("threads:thread", args=[key])
        changed_at: datetime | None = modified_at or published_at
        # Not formatted by the template, which would use the time zone of the site.
        changed_on = f"{changed_at:%Y-%m-%d}" if changed_at else ""
        yield url, changed_on
        for number in range(2, reading_order.page_number(last_order or 0, settings.THREAD_PAGE_SIZE) + 1):
            yield f"{url}?page={number}", changed_on
