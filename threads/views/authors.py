"""People: the list of all, and one page for each with what they wrote and whom they talked with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from threads.models import Article, Author, Comment, Visibility
from threads.pages import charts, keyset
from threads.pages.comment_list import comment_lines, described
from threads.pages.comments import colour, monogram
from threads.pages.thread_list import with_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from threads.querysets import CommentQuerySet

AUTHORS_A_PAGE = 60
PARTNERS_SHOWN = 10


def authors(request: HttpRequest) -> HttpResponse:
    """List everyone who wrote something, those who wrote most first. One query."""
    found = keyset.page(
        Author.objects.visible(),
        "comment_count",
        request.GET.get("after", ""),
        newest_id=False,
        size=AUTHORS_A_PAGE,
    )
    people = [(author, monogram(author.name), colour(author.name)) for author in found.rows]
    return render(request, "threads/authors.html", {"authors": found, "people": people, "section": "authors"})


def author(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one person: comments (or, with `?show=threads`, threads) by key. Seven queries; a merged name leads on.

    Whoever has nothing that may be seen has no page: their name may not be seen either.
    """
    person = Author.objects.select_related("merged_into").filter(slug=slug).first()
    if person and person.merged_into:
        return redirect(person.merged_into)
    if person is None or not (person.article_count or person.comment_count):
        raise Http404("no such author")
    names = person.name_ids()
    comments = Comment.objects.visible().filter(author__in=names)
    after = request.GET.get("after", "")
    context = about(person, names, comments)
    if request.GET.get("show") == "threads" or not person.comment_count:
        articles = Article.objects.visible().filter(author__in=names).listed()
        context |= {"show": "threads", "threads": with_lines(request, keyset.page(articles, "published_at", after))}
    else:
        found = keyset.page(described(comments), "posted_on", after)
        context |= {"show": "comments", "comments": comment_lines(request, found), "page": found}
    canonical = request.build_absolute_uri(person.get_absolute_url())
    return render(request, "threads/author.html", context | {"canonical": canonical, "first": not after})


def about(person: Author, names: Sequence[int], comments: CommentQuerySet) -> dict[str, object]:
    """Return what the page says of a person beside their words. Three queries."""
    answers = Comment.objects.visible().filter(answers__author__in=names, answers__visibility=Visibility.VISIBLE)
    comment_count = ngettext("%(count)s comment", "%(count)s comments", person.comment_count)
    thread_count = ngettext("%(count)s thread", "%(count)s threads", person.article_count)
    return {
        "author": person,
        "section": "authors",
        "monogram": monogram(person.name),
        "colour": colour(person.name),
        "tabs": tabs(person),
        "comments_counted": comment_count % {"count": intcomma(person.comment_count)},
        "threads_counted": thread_count % {"count": intcomma(person.article_count)},
        "chart": charts.chart(comments.by_day()),
        "answered": partners(comments.filter(answers__visibility=Visibility.VISIBLE), "answers__author", names),
        "answered_by": partners(answers, "author", names),
    }


def tabs(person: Author) -> list[tuple[str, str, str]]:
    """Return name, address and label of what there is to see of a person."""
    both = [("comments", ".", gettext("Comments")), ("threads", "?show=threads", gettext("Threads"))]
    return [tab for tab, count in zip(both, (person.comment_count, person.article_count), strict=True) if count]


def partners(comments: CommentQuerySet, field: str, names: Sequence[int]) -> list[tuple[str, str, int]]:
    """Return name, slug and number of replies of the people most often on the other side of one. One query.

    A person is one, under whatever names they wrote.
    """
    rows = (
        comments.filter(**{f"{field}__isnull": False})
        .exclude(**{f"{field}__in": names})
        .order_by()
        .annotate(
            name=Coalesce(f"{field}__merged_into__name", f"{field}__name"),
            slug=Coalesce(f"{field}__merged_into__slug", f"{field}__slug"),
        )
        .values_list("name", "slug")
        .annotate(n=Count("pk"))
        .order_by("-n", "name")[:PARTNERS_SHOWN]
    )
    return list(rows)
