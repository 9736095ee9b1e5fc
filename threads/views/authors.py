"""Authors: the list of all authors, and a page for each author with comments, threads and reply partners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext

from threads.keyset import fetch_page
from threads.models import Article, Author, Comment, Visibility
from threads.pages.charts import build_chart
from threads.pages.comment_view import choose_color, make_monogram
from threads.pages.lists import fetch_comment_list, fetch_thread_list
from threads.querysets import person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from threads.querysets import CommentQuerySet

AUTHORS_PER_PAGE = 60
PARTNERS_SHOWN = 10


def author_list(request: HttpRequest) -> HttpResponse:
    """List the authors, most comments first. One query."""
    after = request.GET.get("after", "")
    page = fetch_page(Author.objects.visible(), "comment_count", after, newest_id=False, size=AUTHORS_PER_PAGE)
    rows = [{"author": author, **describe_monogram(author)} for author in page.rows]
    context = {"rows": rows, "after": page.after, "is_first": page.is_first, "section": "authors"}
    return render(request, "threads/authors.html", context)


def author_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an author's comments, or threads with `?show=threads`. Seven queries. A merged author redirects."""
    author = find_author(slug)
    if author.slug != slug:
        return redirect(author)
    names = author.name_ids()
    comments = Comment.objects.visible().filter(author__in=names)
    context = describe_author(author, names, comments)
    if request.GET.get("show") == "threads" or not author.comment_count:
        articles = Article.objects.visible().filter(author__in=names)
        context |= {"show": "threads", "threads": fetch_thread_list(request, articles)}
    else:
        context |= {"show": "comments", "comments": fetch_comment_list(request, comments)}
    return render(request, "threads/author.html", context)


def find_author(slug: str) -> Author:
    """Return the author of a slug, or the author it was merged into. One query, or three for a merged name.

    Raises Http404 for a name without visible comments or threads, as for a name that the archive does not have.
    """
    author = get_object_or_404(Author.objects.select_related("merged_into"), slug=slug)
    if not author.is_public():
        raise Http404("no such author")
    return author.merged_into or author


def describe_monogram(author: Author) -> dict[str, object]:
    """Return letter and color of an author's monogram."""
    return {"monogram": make_monogram(author.name), "color": choose_color(author.name)}


def describe_author(author: Author, names: Sequence[int], comments: CommentQuerySet) -> dict[str, object]:
    """Return the context of an author's page without the list. Three queries."""
    replies = Comment.objects.visible().filter(answers__author__in=names, answers__visibility=Visibility.VISIBLE)
    comment_count = ngettext("%(count)s comment", "%(count)s comments", author.comment_count)
    thread_count = ngettext("%(count)s thread", "%(count)s threads", author.article_count)
    return {
        "author": author,
        "section": "authors",
        **describe_monogram(author),
        "comment_count": comment_count % {"count": intcomma(author.comment_count)},
        "thread_count": thread_count % {"count": intcomma(author.article_count)},
        "chart": build_chart(comments.count_by_day()),
        "replies_to": count_partners(comments.filter(answers__visibility=Visibility.VISIBLE), "answers__author", names),
        "replies_from": count_partners(replies, "author", names),
    }


def count_partners(comments: CommentQuerySet, field: str, names: Sequence[int]) -> QuerySet[Comment, Any]:
    """Return name, slug and number of `replies` of the authors in `field`, most first, without the author's own names.

    Merged authors are counted as one. One query.
    """
    return (
        comments.filter(**{f"{field}__isnull": False})
        .exclude(**{f"{field}__in": names})
        .order_by()
        .annotate(name=person(field).name, slug=person(field).slug)
        .values("name", "slug")
        .annotate(replies=Count("pk"))
        .order_by("-replies", "name")[:PARTNERS_SHOWN]
    )
