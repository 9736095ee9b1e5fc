"""One URL for each page: the parameters that links of the site have, in their order and spelling.

Other spellings are endless. They redirect, so that they are neither rendered nor cached. Search engines index a page by
its path and `page` alone; other views, orders and positions in lists are not indexed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.http import HttpResponsePermanentRedirect
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "t": ("view", "order", "page", "n", "q", "sort", "by", "r"),
    "authors": ("show", "after"),
    "tags": ("after",),
    "dates": ("after",),
    "": ("after",),
    "c": (),
    "about": (),
    "feeds": ("q",),
    "sitemap.xml": (),
    "sitemaps": (),
}
"""Query parameters of pages by the first part of the path, in the order in which links write them."""
VALUES: Final = {
    "view": {"flat", "people"},
    "order": {"oldest", "newest", "votes"},
    "show": {"threads"},
    "sort": {"date", "relevance"},
    "by": {"thread"},
}
UNCACHED: Final = frozenset({"n", "q", "sort", "by", "r"})
"""Parameters with values that readers choose. Pages with them are not cached."""
INDEXED: Final = frozenset({"page"})
PAGE_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
MAX_QUERY_LENGTH: Final = 600
"""Bytes of the longest query of a cached page."""


class CanonicalUrls:
    """Middleware that redirects other spellings of a page's parameters. No queries."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Redirect, or respond. Browsers must revalidate, because a later release may have more parameters."""
        query = request.META.get("QUERY_STRING", "")
        if query and request.method in {"GET", "HEAD"}:
            canonical = canonical_query(request)
            if canonical != query:
                path = escape_leading_slashes(escape_uri_path(request.path))
                url = f"{path}?{canonical}" if canonical else path
                return HttpResponsePermanentRedirect(url, headers={"Cache-Control": "no-cache"})
        return self.get_response(request)


def canonical_query(request: HttpRequest) -> str:
    """Return the query as links of the site write it, without parameters that the page does not have."""
    names = PARAMETERS.get(request.path_info.split("/", 2)[1])
    if names is None:
        return str(request.META.get("QUERY_STRING", ""))
    values = {name: request.GET[name] for name in names if request.GET.get(name)}
    values = {name: value for name, value in values.items() if value in VALUES.get(name, (value,))}
    if values.get("page", "").isascii() and values.get("page", "").isdecimal():
        values["page"] = values["page"].lstrip("0") or "0"
    if values.get("page") == "1":
        del values["page"]
    if values.get("view") == "people":
        values = {"view": "people"}
    elif "order" in values:
        values.pop("view", None)
    return urlencode(values)


def has_cached_query(request: HttpRequest) -> bool:
    """Return whether the query is one that links have, and its page may be cached."""
    query = request.META.get("QUERY_STRING", "")
    if not query:
        return True
    if len(query) > MAX_QUERY_LENGTH or request.path_info.split("/", 2)[1] not in PARAMETERS:
        return False
    page = request.GET.get("page")
    is_plain = UNCACHED.isdisjoint(request.GET) and (page is None or PAGE_NUMBER.fullmatch(page) is not None)
    return is_plain and query == canonical_query(request)


def is_indexed(request: HttpRequest) -> bool:
    """Return whether search engines may index the URL."""
    return INDEXED.issuperset(request.GET)


def canonical_url(request: HttpRequest) -> str:
    """Return the absolute URL of an indexed page; empty for others."""
    if not is_indexed(request):
        return ""
    page = request.GET.get("page")
    return request.build_absolute_uri(escape_uri_path(request.path) + (f"?page={page}" if page else ""))
