"""The search page, the suggestions of the search field, and the feed of a search. No query is stored or logged."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from threads.models import address
from threads.pages.search_results import present_facets, present_results
from threads.search.operators import NAME_OPERATORS
from threads.search.query import FORM_FIELDS, compose_query, describe_query
from threads.search.results import SORT_BY_DATE, SORT_BY_RELEVANCE, SORTS, run_search
from threads.search.suggestions import find_suggestions
from threads.text import isolate
from threads.views.feeds import FEED_LENGTH, FeedEntry, render_feed, start_of_day
from threads.web.preferences import read_preferences

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SUGGESTION_MAX_AGE: Final = 60
"""Seconds that a browser may cache suggestions."""


def search(request: HttpRequest) -> HttpResponse:
    """Show the results of `q`, or the form without one. About ten queries, independent of the number of matches."""
    list_parameters = {name: request.GET[name] for name in ("sort", "by") if request.GET.get(name)}
    if any(request.GET.get(name) for name in FORM_FIELDS):
        return redirect(f"{request.path}?{urlencode({'q': compose_query(request.GET.dict()), **list_parameters})}")
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else SORT_BY_RELEVANCE
    grouped = request.GET.get("by") == "thread"
    results = run_search(request.GET.get("q", ""), sort, grouped=grouped, after=request.GET.get("after", ""))
    context = {
        "query": results.query.text,
        "description": describe_query(results.query),
        "results": results,
        "items": present_results(results, read_preferences(request).script, grouped=grouped),
        "facets": present_facets(results, list_parameters),
        "sort": sort,
        "grouped": grouped,
        "feed": urlencode({"q": results.query.text}),
        "name_operators": NAME_OPERATORS.values(),
        "section": "search",
    }
    return render(request, "threads/search.html", context)


def suggest(request: HttpRequest) -> JsonResponse:
    """Return suggested tags, authors and threads for `q`, as JSON. Four queries."""
    suggestions = [suggestion._asdict() for suggestion in find_suggestions(request.GET.get("q", ""))]
    headers = {"Cache-Control": f"private, max-age={SUGGESTION_MAX_AGE}"}
    return JsonResponse({"suggestions": suggestions}, headers=headers)


def search_feed(request: HttpRequest) -> HttpResponse:
    """Return the newest results of `q` as an Atom feed. About five queries."""
    page = run_search(request.GET.get("q", ""), SORT_BY_DATE, size=FEED_LENGTH)
    text = page.query.text
    entries = []
    for result in chain.from_iterable(group.results for group in page.groups):
        row, day = result.row, start_of_day(result.row.day)
        entries.append(
            FeedEntry(
                row.title if row.number is None else f"{isolate(row.title)} #{row.number}",
                result.plain_url,
                # Feed readers parse this as HTML, and the snippet is text.
                escape("".join(piece.text for piece in result.snippet)),
                row.author,
                day,
                day,
                address("comment", row.comment_key) if row.comment_key else address("thread", row.thread_key),
            )
        )
    title = f"{isolate(text) or _('Search')} – {settings.SITE_NAME}"
    link = reverse("threads:search", query={"q": text, "sort": SORT_BY_DATE})
    return render_feed(request, title, describe_query(page.query), link, request.get_full_path(), entries)
