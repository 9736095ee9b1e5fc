"""Tags: the list of all, and one page for each with its threads and the tags it goes with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from threads.models import Article, Tag
from threads.pages import charts, keyset
from threads.pages.thread_list import with_lines

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

TAGS_A_PAGE = 120
RELATED_SHOWN = 16


def tags(request: HttpRequest) -> HttpResponse:
    """List the tags, those of most threads first. One query."""
    found = keyset.page(
        Tag.objects.visible(), "article_count", request.GET.get("after", ""), newest_id=False, size=TAGS_A_PAGE
    )
    return render(request, "threads/tags.html", {"tags": found, "section": "tags"})


def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one tag's threads, newest first. Nine queries; a merged tag leads on.

    A tag that is ignored, or on no thread that may be seen, is not there.
    """
    found = Tag.objects.select_related("merged_into").filter(slug=slug, ignored=False).first()
    if found and found.merged_into:
        return redirect(found.merged_into)
    if found is None or not found.article_count:
        raise Http404("no such tag")
    names = found.name_ids()
    articles = Article.objects.visible().filter(pk__in=Article.objects.filter(article_tags__tag__in=names).values("pk"))
    moments = articles.order_by().values_list("published_at", "comment_count")
    threads = keyset.page(articles.listed(), "published_at", request.GET.get("after", ""))
    related = (
        Tag.objects.visible()
        .exclude(pk=found.pk)
        .annotate(shared=Count("article_tags", filter=Q(article_tags__content_object__in=articles.order_by())))
        .filter(shared__gt=0)
        .order_by("-shared", "-article_count", "pk")[:RELATED_SHOWN]
    )
    return render(
        request,
        "threads/tag.html",
        {
            "tag": found,
            "canonical": request.build_absolute_uri(found.get_absolute_url()),
            "counted": ngettext("%(count)s thread has this tag", "%(count)s threads have this tag", found.article_count)
            % {"count": intcomma(found.article_count)},
            "section": "tags",
            "threads": with_lines(request, threads),
            "chart": charts.chart((moment and moment.date(), 1 + count) for moment, count in moments),
            "related": related,
        },
    )
