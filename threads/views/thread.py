"""The thread: its article, then one page of its comments. And the permalink of each comment, which leads there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from threads import preferences
from threads.models import Article, Comment, FormerKey, Visibility
from threads.rendering import trusted
from threads.views import errors, markup, minimap
from threads.views.drawing import Pen
from threads.views.excerpts import line
from threads.views.window import FLAT, NEWEST, OLDEST, THREADED, page_of, window, window_of

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict

HTTP = re.compile(r"https?://", re.IGNORECASE)
MODES: dict[str, dict[str, str]] = {
    THREADED: {},
    FLAT: {"view": FLAT},
    OLDEST: {"order": OLDEST},
    NEWEST: {"order": NEWEST},
}


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a page stands among a thread's pages, and the addresses around it."""

    mode: str
    number: int
    count: int

    def address(self, number: int) -> str:
        """Return the query string of another page in the same view; the first needs none."""
        parts = [f"{name}={value}" for name, value in MODES[self.mode].items()]
        parts += [f"page={number}"] if number > 1 else []
        return "?" + "&".join(parts) if parts else "."

    @property
    def previous(self) -> str:
        """Address of the page before, empty on the first."""
        return self.address(self.number - 1) if self.number > 1 else ""

    @property
    def next(self) -> str:
        """Address of the page after, empty on the last."""
        return self.address(self.number + 1) if self.number < self.count else ""


def find(key: str) -> Article | None:
    """Return the article of a key, hidden ones too, with its author and its last comment's place. One query."""
    last = Comment.objects.current().filter(article=OuterRef("pk")).order_by("-order")
    return (
        Article.objects.select_related("author")
        .annotate(last_order=Subquery(last.values("order")[:1]))
        .filter(key=key)
        .first()
    )


def thread(request: HttpRequest, key: str) -> HttpResponse:
    """Show one page of a thread. Eight queries, whatever its size."""
    article = find(key)
    if article is None:
        return follow_former_key(key)
    if article.visibility != Visibility.VISIBLE or article.withdrawn_at:
        return errors.gone(request)
    if "n" in request.GET:
        return jump(article, request.GET)
    pages = read_pages(request.GET, 0 if article.last_order is None else article.last_order + 1)
    rows = window(article, pages.mode, pages.number)
    script = preferences.read(request).script
    pen = Pen(rows, pages.mode, article.author_id, script)
    drawn = pen.draw()
    moderator = request.user.is_staff
    return render(
        request,
        "threads/thread.html",
        {
            "article": article,
            "title": pen.in_script(article.title),
            "body": pen.in_script(trusted(article.body_html)),
            "lang": script or article.script,
            "description": line(article.body_html[:2000], 160),
            "source_host": urlsplit(article.source_url).hostname if HTTP.match(article.source_url) else "",
            "tags": article.article_tags.filter(tag__ignored=False)
            .select_related("tag__merged_into")
            .order_by("position"),
            "comments": markup.comments(drawn, moderator=moderator),
            "parents": rows.parents,
            "parents_above": rows.parents_above,
            "pages": pages,
            "views": [(mode, mode_name(mode), Pages(mode, 1, 1).address(1)) for mode in MODES],
            "map": minimap.drawn(drawn),
            "moderator": moderator,
            "section": "threads",
            "older": neighbour(article, older=True),
            "newer": neighbour(article, older=False),
        },
    )


def mode_name(mode: str) -> str:
    """Return what a view is called."""
    return {THREADED: _("Threaded"), FLAT: _("Flat"), OLDEST: _("Oldest"), NEWEST: _("Newest")}[mode]


def read_pages(query: QueryDict, places: int) -> Pages:
    """Read view and page from the address; Http404 for a page that is not there."""
    order = query.get("order", "")
    mode = order if order in {OLDEST, NEWEST} else FLAT if query.get("view") == FLAT else THREADED
    count = max(1, page_of(places - 1))
    try:
        number = int(query.get("page", "1")[:9])
    except ValueError:
        number = 0
    if not 1 <= number <= count:
        raise Http404("no such page")
    return Pages(mode, number, count)


def jump(article: Article, query: QueryDict) -> HttpResponse:
    """Lead to the comment with a number (its place in the file, from 1); Http404 where there is none. One query."""
    try:
        position = int(query["n"][:9]) - 1
    except ValueError:
        position = -1
    comment = article.comments.current().filter(position=position).first()
    if comment is None:
        raise Http404("no such comment")
    return redirect(place_of(comment, article.key))


def place_of(comment: Comment, article_key: str) -> str:
    """Return the address of the page and anchor that hold a comment."""
    number = page_of(comment.order)
    page = f"?page={number}" if number > 1 else ""
    return f"{reverse('threads:thread', args=[article_key])}{page}#c-{comment.key}"


def comment(request: HttpRequest, key: str) -> HttpResponse:
    """Lead from a comment's permalink to its place. One query; one more for a key it once had."""
    found = Comment.objects.select_related("article").filter(key=key).first()
    if found is None:
        former = FormerKey.objects.select_related("comment").filter(key=key, comment__isnull=False).first()
        if former is None or former.comment is None:
            raise Http404("no such comment")
        return redirect("threads:comment", former.comment.key, permanent=True)
    article = found.article
    if found.withdrawn_at or article.withdrawn_at or {found.visibility, article.visibility} != {Visibility.VISIBLE}:
        return errors.gone(request)
    return redirect(place_of(found, article.key))


def follow_former_key(key: str) -> HttpResponse:
    """Lead from a key that an article once had to where it is now; Http404 where it never was. One query."""
    former = FormerKey.objects.select_related("article").filter(key=key, article__isnull=False).first()
    if former is None or former.article is None:
        raise Http404("no such thread")
    return redirect(former.article, permanent=True)


def neighbour(article: Article, *, older: bool) -> Article | None:
    """Return the visible thread published next before or after this one; None at the ends. One query."""
    moment = article.published_at
    if moment is None:
        return None
    rows = Article.objects.visible().only("key", "title", "script")
    if older:
        found = rows.filter(published_at__lte=moment).exclude(published_at=moment, pk__gte=article.pk)
        return found.order_by("-published_at", "-pk").first()
    found = rows.filter(published_at__gte=moment).exclude(published_at=moment, pk__lte=article.pk)
    return found.order_by("published_at", "pk").first()


def card(request: HttpRequest, key: str) -> HttpResponse:
    """Show one comment alone, as the small card that a link to it opens. Three queries."""
    found = Comment.objects.visible().select_related("article").filter(key=key).first()
    if found is None:
        raise Http404("no such comment")
    rows = window_of(found)
    pen = Pen(rows, FLAT, found.article.author_id, preferences.read(request).script)
    return render(
        request, "threads/card.html", {"comment": pen.comment(rows.rows[0]), "url": place_of(found, found.article.key)}
    )
