"""Read pages of readers from a replica that has the version of the primary.

Everything else is read from the primary: requests with a session, requests that change something, and admin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed

from threads.database.reading import ERRORS, PRIMARY, current_alias, read_from
from threads.database.replicas import get_replicas
from threads.web import metrics
from threads.web.page_cache import NO_PAGES, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

TRIES: Final = "threads.database_tries"
"""Key in the META of a request: how often its page failed."""
MOST_TRIES: Final = 3


class DatabaseChoice:
    """Middleware that chooses the database of each page that is not cached. Unused without replicas."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.REPLICAS:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Respond from a replica or the primary. One query, and another if the page cache did not read the version."""
        alias = PRIMARY
        if may_use_replica(request):
            replicas = get_replicas()
            alias = replicas.choose(request.META.get(VERSION) or replicas.current_version())
        metrics.PAGES_READ.labels("primary" if alias == PRIMARY else alias).inc()
        with read_from(alias):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Respond from another database if one failed in the middle of a page, at most three times."""
        tries = request.META[TRIES] = request.META.get(TRIES, 0) + 1
        if tries > MOST_TRIES or not isinstance(exception, ERRORS) or not may_use_replica(request):
            return None
        alias = get_replicas().choose_after_failure(current_alias(), exception)
        if not alias:
            return None
        with read_from(alias):
            return self.get_response(request)


def may_use_replica(request: HttpRequest) -> bool:
    """Return whether a request reads public pages without a session."""
    return (
        request.method in {"GET", "HEAD"}
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and request.path_info.split("/", 2)[1] not in NO_PAGES
    )
