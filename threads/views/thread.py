"""The thread page: the article and one page of comments; and the participants of a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from threads.models import Article, Visibility
from threads.pages.comment_view import (
    CommentPresenter,
    describe_votes,
    format_votes,
    render_comments,
    render_minimap,
)
from threads.pages.lists import format_publication_day
from threads.pages.participants import fetch_participants
from threads.pages.snippets import make_snippet
from threads.pages.thread_order import (
    FLAT,
    NEWEST,
    OLDEST,
    THREADED,
    VOTES,
    ThreadPaging,
    format_page_query,
    parse_number,
    read_paging,
)
from threads.pages.thread_page import fetch_mentions, fetch_page_of_comments, fetch_tags, find_article, find_neighbour
from threads.quotes_and_links import DisplayHtml
from threads.rendering import convert_text
from threads.search.highlighting import FIRST_MATCH_ID, Highlighter
from threads.views import errors
from threads.views.comment import former_keys, redirect_permanently, url_in_thread
from threads.web.preferences import read_preferences

if TYPE_CHECKING:
    from django.http import HttpRequest

PARTICIPANTS: Final = "people"
MIN_COMMENTS_FOR_PARTICIPANTS: Final = 5


class ViewTab(NamedTuple):
    """A tab of the bar above the comments."""

    mode: str
    label: str
    url: str


def thread_page(request: HttpRequest, key: str) -> HttpResponse:
    """Show one page of a thread.

    Eight queries; one more inside a branch and for a thread of several files, two in order of time, six after a search,
    one each for links to archived threads and for inline quotes.
    """
    found = find_article(key)
    if found is None:
        current = Article.objects.known_as(*former_keys(key)).first()
        if current is None:
            raise Http404("no such thread")
        return redirect_permanently(current, request.META.get("QUERY_STRING", ""))
    article, place_count, backups = found
    if article.visibility != Visibility.VISIBLE or article.withdrawn_at:
        return errors.render_error(request, 410)
    if "n" in request.GET:
        return redirect_to_number(article, request.GET["n"])
    script = read_preferences(request).script
    if request.GET.get("view") == PARTICIPANTS:
        return participants_page(request, article, script)
    paging = read_paging(request.GET, place_count)
    url = article.get_absolute_url() + format_page_query(THREADED, paging.number)
    context = {
        **describe_article(article, script),
        "backups": backups,
        "mentions": fetch_mentions(article, script),
        **present_page(article, paging, script, Highlighter(request.GET.get("q", ""))),
        "canonical": request.build_absolute_uri(url),
        "moderator": request.user.is_staff,
    }
    context["comments_html"] = render_comments(context["comments"], is_moderator=request.user.is_staff)
    return render(request, "threads/thread.html", context)


def participants_page(request: HttpRequest, article: Article, script: str) -> HttpResponse:
    """Show the participants of a thread. Seven queries."""
    context = {
        **describe_article(article, script),
        "participants": fetch_participants(article),
        "pages": ThreadPaging(PARTICIPANTS, 1, 1),
        "tabs": [*list_view_tabs(), ViewTab(PARTICIPANTS, gettext("Participants"), "?view=people")],
        "canonical": request.build_absolute_uri(article.get_absolute_url() + "?view=people"),
        "brief": True,
    }
    return render(request, "threads/people.html", context)


def describe_article(article: Article, script: str) -> dict[str, object]:
    """Return the context of an article without its text. Three queries, for tags and neighbours."""
    count = ngettext("%(count)s comment", "%(count)s comments", article.comment_count)
    missing = max(0, article.missing_comments or 0)
    lost = ngettext(
        "%(count)s comment is missing from the backup.", "%(count)s comments are missing from the backup.", missing
    )
    return {
        "votes": format_votes(article.votes),
        "votes_label": describe_votes(article.votes),
        "missing_comments": lost % {"count": intcomma(missing)} if missing else "",
        "article": article,
        "section": "threads",
        "has_participants_page": article.comment_count >= MIN_COMMENTS_FOR_PARTICIPANTS,
        "title": convert_text(article.title, script),
        "lang": script or article.script,
        "description": make_snippet(article.body_html[:2000], 160),
        "source_host": find_host(article.source_url),
        "tags": fetch_tags(article),
        "day": format_publication_day(article),
        "comment_count": count % {"count": intcomma(article.comment_count)},
        "older": find_neighbour(article, script, older=True),
        "newer": find_neighbour(article, script, older=False),
    }


def present_page(article: Article, paging: ThreadPaging, script: str, highlighter: Highlighter) -> dict[str, Any]:
    """Return the context of a page's texts: the article's on the first page, and the comments'. Queries: see above."""
    page = fetch_page_of_comments(article, paging.mode, paging.number)
    opening = article.body_html if paging.number == 1 else ""
    display = DisplayHtml.load({article.key: opening}, page.visible_bodies())
    body = highlighter.highlight_html(convert_text(display.opening(article.key, opening), script), FIRST_MATCH_ID)
    author = (article.author.merged_into_id or article.author.pk) if article.author else None
    comments = CommentPresenter(page, display, paging.mode, author, script, highlighter).present()
    return {
        "brief": paging.number > 1,
        "body": body,
        "comments": comments,
        "parents": page.parents,
        "parents_above": page.parents_above,
        "pages": paging,
        "tabs": list_view_tabs(has_votes=paging.mode == VOTES or any(row.votes is not None for row in page.rows)),
        "map": render_minimap(comments),
    }


def list_view_tabs(*, has_votes: bool = False) -> list[ViewTab]:
    """Return the views of a thread; the order by votes only if its comments have some."""
    names = {THREADED: gettext("Threaded"), FLAT: gettext("Flat"), OLDEST: gettext("Oldest"), NEWEST: gettext("Newest")}
    names |= {VOTES: gettext("Most votes")} if has_votes else {}
    return [ViewTab(mode, name, format_page_query(mode, 1) or ".") for mode, name in names.items()]


def find_host(url: str) -> str:
    """Return the host of a web URL; empty for anything else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.hostname or "" if parts.scheme in {"http", "https"} else ""


def redirect_to_number(article: Article, text: str) -> HttpResponse:
    """Redirect to the comment with a number (file position from 1). One query. Raises Http404."""
    number = parse_number(text)
    comment = article.comments.current().filter(position=number - 1).first() if number else None
    if comment is None:
        raise Http404("no such comment")
    return redirect(url_in_thread(comment, article))
