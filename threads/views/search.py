"""The search page, the suggestions of the search field, and the feed of a search. No query is stored or logged."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from threads.pages.search_results import present_facets, present_results
from threads.search.query import FORM_FIELDS, compose_query, describe_query
from threads.search.results import SORT_BY_DATE, SORT_BY_RELEVANCE, SORTS, run_search
from threads.search.suggestions import find_suggestions
from threads.views.feeds import ArchiveAtom
from threads.web.preferences import read_preferences

if TYPE_CHECKING:
    from django.http import HttpRequest

    from threads.search.results import SearchResult

SUGGESTION_MAX_AGE: Final = 60
"""Seconds that a browser may cache suggestions."""
FEED_LENGTH: Final = 30


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show the results of `q`, or the form without one. About ten queries, independent of the number of matches."""
    if any(request.GET.get(name) for name in FORM_FIELDS):
        parameters = {"q": compose_query(request.GET.dict())}
        parameters |= {name: request.GET[name] for name in ("sort", "by") if request.GET.get(name)}
        return redirect(f"{request.path}?{urlencode(parameters)}")
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else SORT_BY_RELEVANCE
    grouped = request.GET.get("by") == "thread"
    results = run_search(request.GET.get("q", ""), sort, grouped=grouped, after=request.GET.get("after", ""))
    list_parameters = {name: request.GET[name] for name in ("sort", "by") if name in request.GET}
    context = {
        "query": results.query.text,
        "description": describe_query(results.query),
        "results": results,
        "items": present_results(results, read_preferences(request).script, grouped=grouped),
        "facets": present_facets(results, list_parameters),
        "sort": sort,
        "grouped": grouped,
        "feed": urlencode({"q": results.query.text}),
        "section": "search",
    }
    return render(request, "threads/search.html", context)


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """Return suggested tags, authors and threads for `q`, as JSON. Four queries."""
    suggestions = [
        {"kind": suggestion.kind, "label": suggestion.label, "url": suggestion.url, "note": suggestion.note}
        for suggestion in find_suggestions(request.GET.get("q", ""))
    ]
    response = JsonResponse({"suggestions": suggestions})
    response["Cache-Control"] = f"private, max-age={SUGGESTION_MAX_AGE}"
    return response


@require_safe
def search_feed(request: HttpRequest) -> HttpResponse:
    """Return the newest results of `q` as an Atom feed. About five queries."""
    page = run_search(request.GET.get("q", ""), SORT_BY_DATE, size=FEED_LENGTH)
    page_url = f"{reverse('threads:search')}?{urlencode({'q': page.query.text, 'sort': SORT_BY_DATE})}"
    feed = ArchiveAtom(
        title=f"{page.query.text or _('Search')} – {settings.SITE_NAME}",
        link=request.build_absolute_uri(page_url),
        description=describe_query(page.query),
        feed_url=request.build_absolute_uri(),
    )
    for result in [result for group in page.groups for result in group.results]:
        day = datetime.combine(result.row.day, time(), UTC) if result.row.day else None
        feed.add_item(
            title=result.row.title if result.row.number is None else f"{result.row.title} #{result.row.number}",
            link=request.build_absolute_uri(result.plain_url),
            # Feed readers parse this as HTML, and the snippet is text.
            description=escape("".join(piece.text for piece in result.snippet)),
            author_name=result.row.author,
            pubdate=day,
            updateddate=day,
            unique_id=request.build_absolute_uri(permalink(result)),
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def permalink(result: SearchResult) -> str:
    """Return the permanent URL of a result, which other feeds use too."""
    thread_url, _mark, key = result.plain_url.partition("#c-")
    return reverse("threads:comment", args=[key]) if key else thread_url
