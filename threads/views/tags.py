"""Tags: the list of all tags, and a page for each tag with its threads and related tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext

from threads.keyset import fetch_page
from threads.models import Article, ArticleTag, Tag
from threads.pages.charts import build_chart
from threads.pages.lists import fetch_thread_list

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from threads.querysets import ArticleQuerySet

TAGS_PER_PAGE = 120
RELATED_SHOWN = 16


def tag_list(request: HttpRequest) -> HttpResponse:
    """List the tags, most threads first. One query."""
    after = request.GET.get("after", "")
    tags = fetch_page(Tag.objects.visible(), "article_count", after, newest_id=False, size=TAGS_PER_PAGE)
    return render(request, "threads/tags.html", {"tags": tags, "section": "tags"})


def tag_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a tag with its threads, newest first. Nine queries. A merged tag redirects; a tag not visible is 404."""
    tag = find_tag(slug)
    if tag.slug != slug:
        return redirect(tag)
    articles = tagged_articles(tag)
    activity = articles.order_by().values_list("published_at", "comment_count")
    thread_count = ngettext("%(count)s thread has this tag", "%(count)s threads have this tag", tag.article_count)
    context = {
        "tag": tag,
        "thread_count": thread_count % {"count": intcomma(tag.article_count)},
        "section": "tags",
        "threads": fetch_thread_list(request, articles),
        "chart": build_chart((published and published.date(), 1 + count) for published, count in activity),
        "related": find_related_tags(tag, articles),
    }
    return render(request, "threads/tag.html", context)


def find_tag(slug: str) -> Tag:
    """Return the tag of a slug, or the tag it was merged into. One query. Raises Http404 if it has no page."""
    tag = get_object_or_404(Tag.objects.select_related("merged_into"), slug=slug, ignored=False)
    tag = tag.merged_into or tag
    if tag.ignored or not tag.article_count:
        raise Http404("no such tag")
    return tag


def tagged_articles(tag: Tag) -> ArticleQuerySet:
    """Return the visible threads of a tag, each once, even if it has two of the merged names. One query for names."""
    tagged = ArticleTag.objects.filter(tag__in=tag.name_ids())
    return Article.objects.visible().filter(pk__in=tagged.values("content_object"))


def find_related_tags(tag: Tag, articles: ArticleQuerySet) -> QuerySet[Tag]:
    """Return the other tags of these articles, most shared articles first. One query."""
    shared = Count("article_tags", filter=Q(article_tags__content_object__in=articles.order_by()))
    tags = Tag.objects.visible().exclude(pk=tag.pk).annotate(shared=shared).filter(shared__gt=0)
    return tags.order_by("-shared", "-article_count", "pk")[:RELATED_SHOWN]
