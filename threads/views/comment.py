"""One comment: its permalink, which leads to its place, and the small card that a link to it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import redirect, render

from threads.models import Comment, FormerKey, Visibility
from threads.pages import thread_paging
from threads.pages.comments import Pen
from threads.pages.thread_window import FLAT, THREADED, window_of
from threads.rendering import trusted
from threads.views import errors
from threads.web.preferences import read_preferences

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from threads.models import Article


def comment(request: HttpRequest, key: str) -> HttpResponse:
    """Lead from a comment's permalink to its place. One query; one more for a key it once had."""
    found = Comment.objects.select_related("article").filter(key=key).first()
    if found is None:
        return follow_former_key(key)
    article = found.article
    if found.withdrawn_at or article.withdrawn_at or {found.visibility, article.visibility} != {Visibility.VISIBLE}:
        return errors.gone(request)
    return redirect(place_of(found, article))


def place_of(comment: Comment, article: Article) -> str:
    """Return the address of the page and anchor that hold a comment. No queries."""
    page = thread_paging.address(THREADED, thread_paging.page_of(comment.order))
    return f"{article.get_absolute_url()}{page}#c-{comment.key}"


def follow_former_key(key: str) -> HttpResponse:
    """Lead from a key that a comment once had to its permalink; Http404 where it never was. One query."""
    former = FormerKey.objects.select_related("comment").filter(key=key, comment__isnull=False).first()
    if former is None or former.comment is None:
        raise Http404("no such comment")
    return lead_on(former.comment)


def lead_on(now: Article | Comment, query: str = "") -> HttpResponse:
    """Lead from where something was to where it is, with the page and view asked for. No queries.

    Browsers are to ask each time: they keep such an answer for good, and would run in circles when it moves back.
    """
    response = redirect(now.get_absolute_url() + (f"?{query}" if query else ""), permanent=True)
    response["Cache-Control"] = "no-cache"
    return response


def card(request: HttpRequest, key: str) -> HttpResponse:
    """Show one comment alone, as the card that a link to it opens. Four queries."""
    found = Comment.objects.visible().select_related("article").filter(key=key).first()
    if found is None:
        raise Http404("no such comment")
    rows = window_of(found)
    pen = Pen(rows, FLAT, found.article.author_id, read_preferences(request).script)
    drawn = pen.comment(rows.rows[0])
    context = {"comment": drawn, "body": trusted(drawn.body), "url": place_of(found, found.article)}
    return render(request, "threads/card.html", context)
