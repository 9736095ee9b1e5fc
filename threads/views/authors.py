"""People: the list of all, and one page for each with what they wrote and whom they talked with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count
from django.db.models.functions import Substr
from django.http import Http404
from django.shortcuts import redirect, render

from threads import preferences
from threads.models import Article, Author, Comment
from threads.views import activity, listing
from threads.views.article_list import with_lines
from threads.views.drawing import colour, in_script, monogram
from threads.views.excerpts import PREFIX, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    from threads.querysets import CommentQuerySet
    from threads.views.listing import Listing

AUTHORS_A_PAGE = 60
PARTNERS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class CommentLine:
    """A comment in a list, with the thread it stands in."""

    comment: Comment
    title: str | SafeString
    line: str | SafeString
    lang: str


def authors(request: HttpRequest) -> HttpResponse:
    """List everyone who wrote something, those who wrote most first. One query."""
    found = listing.page(
        Author.objects.visible(),
        "comment_count",
        request.GET.get("after", ""),
        newest_id=False,
        size=AUTHORS_A_PAGE,
    )
    people = [(author, monogram(author.name), colour(author.name)) for author in found.rows]
    return render(request, "threads/authors.html", {"authors": found, "people": people, "section": "authors"})


def author(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one person: comments (or, with `?show=threads`, threads) by key. Eight queries; a merged name leads on."""
    person = Author.objects.select_related("merged_into").filter(slug=slug).first()
    if person is None:
        raise Http404("no such author")
    if person.merged_into:
        return redirect(person.merged_into)
    names = [person.pk, *person.merged_names.values_list("pk", flat=True)]
    comments = Comment.objects.visible().filter(author__in=names)
    articles = Article.objects.visible().filter(author__in=names)
    show = "threads" if request.GET.get("show") == "threads" or not person.comment_count else "comments"
    after = request.GET.get("after", "")
    days = comments.order_by().values_list("posted_on").annotate(n=Count("pk"))
    context: dict[str, object] = {
        "author": person,
        "section": "authors",
        "monogram": monogram(person.name),
        "colour": colour(person.name),
        "show": show,
        "chart": activity.chart(days),
        "answered": partners(comments, "answers__author", names),
        "answered_by": partners(
            Comment.objects.visible().filter(answers__author__in=names, answers__visibility="visible"), "author", names
        ),
    }
    if show == "threads":
        context["threads"] = with_lines(request, listing.page(articles.listed(), "published_at", after))
    else:
        found = listing.page(described(comments), "posted_on", after)
        context |= {"comments": comment_lines(request, found), "page": found}
    return render(request, "threads/author.html", context)


def described(comments: CommentQuerySet) -> CommentQuerySet:
    """Comments with what a row of a list shows, and no more of their text than that."""
    return (
        comments.select_related("article", "author", "answers__author")
        .only(
            "key", "posted_on", "script", "position", "author__name", "author__slug", "answers__author__name",
            "article__key", "article__title", "article__script",
        )
        .annotate(first_words=Substr("body_html", 1, PREFIX))
    )  # fmt: skip


def comment_lines(request: HttpRequest, found: Listing[Comment]) -> list[CommentLine]:
    """Return rows of a list of comments. No queries."""
    script = preferences.read(request).script
    return [
        CommentLine(
            comment,
            in_script(comment.article.title, script),
            in_script(line(comment.first_words, 160), script),
            script or comment.script,
        )
        for comment in found.rows
    ]


def partners(comments: CommentQuerySet, field: str, names: Sequence[int]) -> list[tuple[str, str, int]]:
    """Return name, slug and number of replies of the people most often on the other side of one. One query."""
    rows = (
        comments.filter(**{f"{field}__isnull": False})
        .exclude(**{f"{field}__in": names})
        .order_by()
        .values_list(f"{field}__name", f"{field}__slug")
        .annotate(n=Count("pk"))
        .order_by("-n", f"{field}__name")[:PARTNERS_SHOWN]
    )
    return list(rows)
