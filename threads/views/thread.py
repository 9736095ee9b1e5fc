"""The thread: its article, then one page of its comments."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from threads.display_html import DisplayHtml
from threads.models import FormerKey, Visibility
from threads.pages import comment_markup, minimap, opening, participants, thread_paging
from threads.pages.comments import Pen, in_script
from threads.pages.snippets import make_snippet
from threads.pages.thread_list import format_publication_day
from threads.pages.thread_paging import Pages
from threads.pages.thread_window import FLAT, NEWEST, OLDEST, THREADED, window
from threads.rendering import trusted
from threads.search.highlighting import Highlighter
from threads.views import errors
from threads.views.comment import lead_on, place_of
from threads.web.preferences import read_preferences

if TYPE_CHECKING:
    from django.http import HttpRequest

    from threads.models import Article

PEOPLE = "people"
WORTH_PEOPLE = 5
"""Comments from which on it may be asked who answered whom."""


def thread(request: HttpRequest, key: str) -> HttpResponse:
    """Show one page of a thread. Seven queries; one more inside a branch, two in order of time, six after a search."""
    found = opening.find(key)
    if found is None:
        return follow_former_key(key, request.META.get("QUERY_STRING", ""))
    article = found.article
    if article.visibility != Visibility.VISIBLE or article.withdrawn_at:
        return errors.gone(request)
    if "n" in request.GET:
        return jump(article, request.GET["n"])
    script = read_preferences(request).script
    if request.GET.get("view") == PEOPLE:
        return people_page(request, article, script)
    pages = thread_paging.read(request.GET, found.places)
    highlighter = Highlighter(request.GET.get("q", ""))
    context = introduction(article, script, highlighter)
    context |= discussion(article, pages, script, highlighter, moderator=request.user.is_staff)
    address = article.get_absolute_url() + thread_paging.address(THREADED, pages.number)
    context |= {"canonical": request.build_absolute_uri(address), "brief": pages.number > 1}
    return render(request, "threads/thread.html", context)


def people_page(request: HttpRequest, article: Article, script: str) -> HttpResponse:
    """Show who took part in a thread, when, and who answered whom. Seven queries."""
    context = introduction(article, script, Highlighter()) | {
        "people": participants.of(article),
        "pages": Pages(PEOPLE, 1, 1),
        "views": [*views(), (PEOPLE, gettext("Participants"), "?view=people")],
        "canonical": request.build_absolute_uri(article.get_absolute_url() + "?view=people"),
        "brief": True,
    }
    return render(request, "threads/people.html", context)


def introduction(article: Article, script: str, highlighter: Highlighter) -> dict[str, object]:
    """Return what the template says of the article, words sought marked. Three queries, for tags and neighbours."""
    count = ngettext("%(count)s comment", "%(count)s comments", article.comment_count)
    display = DisplayHtml.load([article.body_html], {})
    return {
        "article": article,
        "section": "threads",
        "people_worth": article.comment_count >= WORTH_PEOPLE,
        "title": in_script(article.title, script),
        "body": trusted(highlighter.highlight_article(in_script(display.opening(article.body_html), script))),
        "lang": script or article.script,
        "description": make_snippet(article.body_html[:2000], 160),
        "source_host": host_of(article.source_url),
        "tags": opening.tags(article),
        "day": format_publication_day(article),
        "counted": count % {"count": intcomma(article.comment_count)},
        "older": opening.neighbour(article, script, older=True),
        "newer": opening.neighbour(article, script, older=False),
    }


def discussion(
    article: Article, pages: Pages, script: str, highlighter: Highlighter, *, moderator: bool
) -> dict[str, object]:
    """Return what the template says of the comments. Three queries; one more inside a branch or in order of time."""
    rows = window(article, pages.mode, pages.number)
    drawn = Pen(rows, pages.mode, article.author_id, script, highlighter).draw()
    return {
        "comments": comment_markup.comments(drawn, moderator=moderator),
        "parents": rows.parents,
        "parents_above": rows.parents_above,
        "pages": pages,
        "views": views(),
        "map": minimap.drawn(drawn),
        "moderator": moderator,
    }


def views() -> list[tuple[str, str, str]]:
    """Return the views of a thread: name, label and address of each."""
    names = (gettext("Threaded"), gettext("Flat"), gettext("Oldest"), gettext("Newest"))
    modes = (THREADED, FLAT, OLDEST, NEWEST)
    return [(mode, name, thread_paging.address(mode, 1) or ".") for mode, name in zip(modes, names, strict=True)]


def host_of(address: str) -> str:
    """Return the host of a web address; empty where it is not one that may be linked to."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.hostname or "" if parts.scheme in {"http", "https"} else ""


def jump(article: Article, number: str) -> HttpResponse:
    """Lead to the comment with a number (its place in the file, from 1); Http404 where there is none. One query."""
    position = thread_paging.number_in(number)
    comment = article.comments.current().filter(position=position - 1).first() if position else None
    if comment is None:
        raise Http404("no such comment")
    return redirect(place_of(comment, article))


def follow_former_key(key: str, query: str) -> HttpResponse:
    """Lead from a key that an article once had to the same page of it now; Http404 where it never was. One query."""
    former = FormerKey.objects.select_related("article").filter(key=key, article__isnull=False).first()
    if former is None or former.article is None:
        raise Http404("no such thread")
    return lead_on(former.article, query)
