"""`sitemap.xml`: an index of pages by key, so that the last of a million threads costs what the first costs.

Each page holds a fixed range of article ids: a thread stays on its page for good. Called by `urls` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Max, OuterRef, Subquery
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

RANGE = 1000
"""Ids on one page. The protocol allows 50,000 addresses, and a thread has one for each 50 of its comments."""

SECTIONS: dict[str, type[Article] | type[Author] | type[Tag]] = {"threads": Article, "authors": Author, "tags": Tag}


def index(request: HttpRequest) -> HttpResponse:
    """List the sitemap's pages. One query for each section."""
    pages = [
        request.build_absolute_uri(reverse("threads:sitemap_page", args=[section, number]))
        for section, model in SECTIONS.items()
        if (last := model.objects.aggregate(last=Max("id"))["last"])
        for number in range(last // RANGE + 1)
    ]
    return render(request, "threads/sitemap_index.xml", {"pages": pages}, content_type="application/xml")


def page(request: HttpRequest, section: str, number: int) -> HttpResponse:
    """List the addresses of one range of ids. One query. Raises Http404 for a section that does not exist."""
    if section not in SECTIONS:
        raise Http404(section)
    within = {"id__gte": number * RANGE, "id__lt": (number + 1) * RANGE}
    entries = (
        thread_entries(Article.objects.visible().filter(**within))
        if section == "threads"
        else ((reverse(f"threads:{section[:-1]}", args=[slug]), "") for slug in slugs(section, within))
    )
    rows = [(request.build_absolute_uri(path), day) for path, day in entries]
    return render(request, "threads/sitemap.xml", {"rows": rows}, content_type="application/xml")


def slugs(section: str, within: dict[str, int]) -> Iterator[str]:
    """Yield the names in addresses of the visible authors or tags of one range of ids."""
    rows: QuerySet[Author] | QuerySet[Tag] = Author.objects.visible() if section == "authors" else Tag.objects.visible()
    yield from rows.filter(**within).order_by("id").values_list("slug", flat=True)


def thread_entries(articles: QuerySet[Article]) -> Iterator[tuple[str, str]]:
    """Yield path and day of the last change of every page of the threads; no day where it is not known.

    A day is one of UTC, as everywhere in the archive: the template would take the site's zone.
    """
    # A hidden comment keeps its place: the last place tells how many pages there are, the number of comments does not.
    last = Comment.objects.current().filter(article=OuterRef("pk")).order_by("-order").values("order")[:1]
    rows = articles.order_by("id").values_list("key", "modified_at", "published_at", Subquery(last))
    for key, modified, published, place in rows.iterator():
        path = reverse("threads:thread", args=[key])
        changed: datetime | None = modified or published
        day = f"{changed:%Y-%m-%d}" if changed else ""
        yield path, day
        for number in range(2, reading_order.page_of(place or 0, settings.THREAD_PAGE_SIZE) + 1):
            yield f"{path}?page={number}", day
