"""The thread: its article, then one page of its comments."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from threads import preferences
from threads.models import Article, Comment, FormerKey, Visibility
from threads.rendering import trusted
from threads.views import errors, markup, minimap, paging
from threads.views.article_list import day_of, tags_of
from threads.views.comment import place_of
from threads.views.drawing import Pen, in_script
from threads.views.excerpts import line
from threads.views.window import FLAT, NEWEST, OLDEST, THREADED, window

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from threads.views.paging import Pages


def thread(request: HttpRequest, key: str) -> HttpResponse:
    """Show one page of a thread. Seven queries; one more inside a branch, two in order of time."""
    article = find(key)
    if article is None:
        return follow_former_key(key)
    if article.visibility != Visibility.VISIBLE or article.withdrawn_at:
        return errors.gone(request)
    if "n" in request.GET:
        return jump(article, request.GET["n"])
    last: int | None = article.last_order  # type: ignore[attr-defined]  # annotated by `find`
    pages = paging.read(request.GET, 0 if last is None else last + 1)
    script = preferences.read(request).script
    context = opening(article, script) | discussion(article, pages, script, moderator=request.user.is_staff)
    address = article.get_absolute_url() + paging.address(THREADED, pages.number)
    context |= {"canonical": request.build_absolute_uri(address), "section": "threads"}
    return render(request, "threads/thread.html", context)


def find(key: str) -> Article | None:
    """Return the article of a key, hidden ones too, with its author, tags and last comment's place. Two queries."""
    last = Comment.objects.current().filter(article=OuterRef("pk")).order_by("-order")
    articles = Article.objects.select_related("author").prefetch_related("article_tags__tag")
    return articles.annotate(last_order=Subquery(last.values("order")[:1])).filter(key=key).first()


def opening(article: Article, script: str) -> dict[str, object]:
    """Return what the template says of the article. Two queries, for its neighbours."""
    count = ngettext("%(count)s comment", "%(count)s comments", article.comment_count)
    return {
        "article": article,
        "title": in_script(article.title, script),
        "body": in_script(trusted(article.body_html), script),
        "lang": script or article.script,
        "description": line(article.body_html[:2000], 160),
        "source_host": host_of(article.source_url),
        "tags": tags_of(article, most=None),
        "day": day_of(article),
        "counted": count % {"count": intcomma(article.comment_count)},
        "older": neighbour(article, script, older=True),
        "newer": neighbour(article, script, older=False),
    }


def discussion(article: Article, pages: Pages, script: str, *, moderator: bool) -> dict[str, object]:
    """Return what the template says of the comments. Three queries; one more inside a branch or in order of time."""
    rows = window(article, pages.mode, pages.number)
    drawn = Pen(rows, pages.mode, article.author_id, script).draw()
    return {
        "comments": markup.comments(drawn, moderator=moderator),
        "parents": rows.parents,
        "parents_above": rows.parents_above,
        "pages": pages,
        "views": [(mode, name, paging.address(mode, 1) or ".") for mode, name in modes()],
        "map": minimap.drawn(drawn),
        "moderator": moderator,
    }


def modes() -> list[tuple[str, str]]:
    """Return the views of a thread, with their names."""
    return [
        (THREADED, gettext("Threaded")),
        (FLAT, gettext("Flat")),
        (OLDEST, gettext("Oldest")),
        (NEWEST, gettext("Newest")),
    ]


def host_of(address: str) -> str:
    """Return the host of a web address; empty where it is not one that may be linked to."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.hostname or "" if parts.scheme in {"http", "https"} else ""


def jump(article: Article, number: str) -> HttpResponse:
    """Lead to the comment with a number (its place in the file, from 1); Http404 where there is none. One query."""
    position = paging.number_in(number)
    comment = article.comments.current().filter(position=position - 1).first() if position else None
    if comment is None:
        raise Http404("no such comment")
    return redirect(place_of(comment, article))


def follow_former_key(key: str) -> HttpResponse:
    """Lead from a key that an article once had to where it is now; Http404 where it never was. One query."""
    former = FormerKey.objects.select_related("article").filter(key=key, article__isnull=False).first()
    if former is None or former.article is None:
        raise Http404("no such thread")
    return redirect(former.article, permanent=True)


def neighbour(article: Article, script: str, *, older: bool) -> tuple[str, str | SafeString, str] | None:
    """Return address, title and script of the thread published next before or after this one. One query."""
    moment = article.published_at
    if moment is None:
        return None
    rows = Article.objects.visible().only("key", "title", "script")
    if older:
        rows = rows.filter(published_at__lte=moment).exclude(published_at=moment, pk__gte=article.pk)
        found = rows.order_by("-published_at", "-pk").first()
    else:
        rows = rows.filter(published_at__gte=moment).exclude(published_at=moment, pk__lte=article.pk)
        found = rows.order_by("published_at", "pk").first()
    return (found.get_absolute_url(), in_script(found.title, script), script or found.script) if found else None
