"""Protection from crawlers: refused agents, requests a minute from one network, and searches that are refused.

Cached pages, 304 and static files are not counted, because other middleware responds before.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from threads.search.limits import SearchRefusedError, SearchTooSlowError
from threads.web.request_limits import count_attempt, find_network

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

PERIOD: Final = 60
"""Seconds for the limits of requests."""
SLOW_RETRY_AFTER: Final = 30
BUSY_RETRY_AFTER: Final = 5
UNLIMITED: Final = frozenset({settings.ADMIN_PATH, "healthz", "readyz", "metrics", "robots.txt"})
"""First parts of paths that are not counted: staff, monitoring, and the rules for crawlers."""
EXPECTED: Final = "threads.expected_refusal"
"""Key in the META of a request whose refusal is not logged: a crawler could fill the log."""


class RequestLimit(NamedTuple):
    """A limit of requests a minute; 0 is no limit. Each action has its own count."""

    action: str
    requests: int


class BlockedAgents:
    """Middleware that refuses agents with a word of BLOCKED_AGENTS. They may read robots.txt."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse, or respond. No queries."""
        agent = request.META.get("HTTP_USER_AGENT", "").lower()
        if request.path_info != "/robots.txt" and any(word in agent for word in settings.BLOCKED_AGENTS):
            request.META[EXPECTED] = True
            text = "This site does not serve your program (User-Agent). See /robots.txt and /about/.\n"
            return HttpResponse(text, status=403, content_type="text/plain; charset=utf-8")
        return self.get_response(request)


class RequestLimits:
    """Middleware that limits searches and pages that are not cached, and explains refused searches.

    It is inside the page cache, and inside the middleware that activates the reader's language.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Respond, or 429 beyond the limit. No queries."""
        limit = find_limit(request)
        if limit.requests and not count_attempt(
            limit.action, find_network(request), limit=limit.requests, seconds=PERIOD, cache_name="requests"
        ):
            request.META[EXPECTED] = True
            headers = {"Retry-After": str(PERIOD), "Cache-Control": "no-store"}
            return HttpResponse(render_too_many(get_language()), status=429, headers=headers)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Respond 503 if a search was refused."""
        if not isinstance(exception, SearchRefusedError):
            return None
        if isinstance(exception, SearchTooSlowError):
            message = _(
                "The search reached its time limit of %(seconds)s s and was stopped. Add a word, or limit the search "
                "to an author, a tag or a year, then try again."
            )
            values = {"seconds": f"{settings.SEARCH_SECONDS:g}"}
            return refuse(request, 503, _("Search stopped"), message % values, SLOW_RETRY_AFTER)
        message = _("Too many searches are running. Wait a few seconds, then reload the page.")
        return refuse(request, 503, _("Search is busy"), message, BUSY_RETRY_AFTER)


def find_limit(request: HttpRequest) -> RequestLimit:
    """Return the limit for a request that the page cache did not answer."""
    path = request.path_info
    if request.method not in {"GET", "HEAD"} or path.split("/", 2)[1] in UNLIMITED:
        return RequestLimit("", 0)
    if path == "/search/suggest":
        return RequestLimit("suggestions", settings.UNCACHED_PER_MINUTE)
    # A thread page with `r` searches for the neighbours of a result.
    if path in {"/search/", "/feeds/search/"} or "r" in request.GET:
        return RequestLimit("searches", settings.SEARCHES_PER_MINUTE)
    return RequestLimit("pages", settings.UNCACHED_PER_MINUTE)


@lru_cache(maxsize=len(settings.LANGUAGES))
def render_too_many(language: str) -> str:
    """Return the page for 429 in the active language. It is cached: a crawler that ignores 429 gets it very often."""
    message = _(
        "Your network sent too many requests within a minute. Wait a minute, then reload the page. Readers "
        "who share an internet connection or use the onion service share this limit."
    )
    context = {"language": language, "heading": _("Too many requests"), "message": message}
    return render_to_string("429.html", context)


def refuse(request: HttpRequest, status: int, heading: str, message: str, seconds: int) -> HttpResponse:
    """Render the error page, with the number of seconds after which the client may retry."""
    context = {"status": status, "heading": heading, "message": message, "query": request.GET.get("q", "")}
    response = render(request, "threads/error.html", context, status=status)
    response["Retry-After"], response["Cache-Control"] = str(seconds), "no-store"
    return response
