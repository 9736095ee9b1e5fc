"""The search page, its suggestions as one types, and the feed of any search.

Nothing of a search is written down. Each address answers in words whatever stands in it.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlencode

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from threads.pages.search_hits import draw_choices, draw_groups
from threads.search import form, results
from threads.search.facets import operator
from threads.search.places import BEST, NEWEST, SORTS
from threads.search.query import LONGEST, MOST_WORDS
from threads.search.suggestions import suggest as suggestions_for
from threads.views.feeds import ArchiveAtom
from threads.web.preferences import read_preferences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from threads.search.drawing import Found
    from threads.search.facets import Facet
    from threads.search.query import Query

SUGGESTIONS_KEPT = 60
"""Seconds for which a reader's own browser may keep suggestions."""
FEED_LENGTH = 30


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show the answer to `q`; without one, the form. About ten queries, however many matches."""
    if any(request.GET.get(name) for name in form.FIELDS):
        kept = {"q": form.compose(request.GET.dict())}
        kept |= {name: request.GET[name] for name in ("sort", "by") if request.GET.get(name)}
        return redirect(f"{request.path}?{urlencode(kept)}")
    text = request.GET.get("q", "")
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else BEST
    grouped = request.GET.get("by") == "thread"
    found = results.run(text, sort, grouped=grouped, after=request.GET.get("after", ""))
    return render(
        request,
        "threads/search.html",
        {
            "query": found.query.text,
            "results": found,
            "hits": draw_groups(
                found.groups, read_preferences(request).script, partial(within, found.query, sort) if grouped else None
            ),
            "sort": sort,
            "grouped": grouped,
            "facets": [
                (_("Years"), draw_choices(narrower(request, found.query, found.facets.years))),
                (_("Tags"), draw_choices(narrower(request, found.query, found.facets.tags, words=1))),
                (_("Authors"), draw_choices(narrower(request, found.query, found.facets.authors, words=1))),
            ],
            "feed": urlencode({"q": found.query.text}),
            "section": "search",
        },
    )


def narrower(request: HttpRequest, query: Query, facets: Sequence[Facet], words: int = 0) -> list[tuple[str, str, int]]:
    """Return label, address and count of each choice: the same search, with its operator added, of so many words.

    None where the longer query would not be read to its end.
    """
    if query.taken + words > MOST_WORDS:
        return []
    begun = urlencode({"q": f"{query.whole} "})
    kept = "".join(f"&{urlencode({name: request.GET[name]})}" for name in ("sort", "by") if name in request.GET)
    room = LONGEST - len(query.whole) - 1
    return [
        (facet.label, f"?{begun}{quote_plus(facet.operator)}{kept}", facet.count)
        for facet in facets
        if len(facet.operator) <= room
    ]


def within(query: Query, sort: str, key: str) -> str:
    """Return the address of the same search in one thread, each text by itself; empty where there is no room for it."""
    text = f"{query.whole} {operator('thread', key)}"
    if query.taken >= MOST_WORDS or len(text) > LONGEST:
        return ""
    return f"?{urlencode({'q': text, 'sort': sort})}"


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """Suggest tags, authors and threads for `q`, as JSON. Four queries."""
    made = [
        {"kind": one.kind, "label": one.label, "url": one.url, "note": one.note}
        for one in suggestions_for(request.GET.get("q", ""))
    ]
    response = JsonResponse({"suggestions": made})
    response["Cache-Control"] = f"private, max-age={SUGGESTIONS_KEPT}"
    return response


@require_safe
def search_feed(request: HttpRequest) -> HttpResponse:
    """Give the newest matches of `q` as an Atom feed. About five queries."""
    found = results.run(request.GET.get("q", ""), NEWEST, size=FEED_LENGTH)
    address = f"{reverse('threads:search')}?{urlencode({'q': found.query.text, 'sort': NEWEST})}"
    feed = ArchiveAtom(
        title=f"{found.query.text or _('Search')} – {settings.SITE_NAME}",
        link=request.build_absolute_uri(address),
        description=found.sentence,
        feed_url=request.build_absolute_uri(),
    )
    for group in found.groups:
        for match in group.found:
            day = datetime.combine(match.day, time(), UTC) if match.day else None
            feed.add_item(
                title=entry_title(match),
                link=request.build_absolute_uri(match.plain_url),
                # Programs that read feeds take this for HTML; the snippet is text.
                description=escape("".join(piece.text for piece in match.snippet)),
                author_name=match.author or None,
                pubdate=day,
                updateddate=day,
                unique_id=request.build_absolute_uri(permalink(match)),
            )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def permalink(match: Found) -> str:
    """Return the address that a match keeps when others join its thread, as other feeds have it."""
    thread, _mark, key = match.plain_url.partition("#c-")
    return reverse("threads:comment", args=[key]) if key else thread


def entry_title(match: Found) -> str:
    """Return the thread's title, and the comment's number in it."""
    return match.title if match.place is None else f"{match.title} #{match.place}"
