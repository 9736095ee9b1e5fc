"""The page cache: whole responses, compressed, with a strong ETag, one copy for each combination of preferences.

A copy belongs to one archive version. Each request asks the database for the version, so that a changed or hidden page
is never served from the cache. Logged-in users, addresses that no link has, and private responses bypass the cache.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.http.request import split_domain_port
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language_from_request

from threads.database import replicas
from threads.web import metrics
from threads.web.canonical_urls import has_cached_query
from threads.web.preferences import read_preferences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

GZIP_REFUSED: Final = re.compile(r"q\s*=\s*0(\.0*)?")
COMPRESSION_LEVEL: Final = 4
"""Level 4 takes two thirds of the time of level 6, for 3 % more bytes. Level 6 is a fifth of the cost of a page."""
CACHE_CONTROL: Final = "public, max-age=0, must-revalidate"
CONTENT_TYPES: Final = ("text/html", "application/atom+xml", "application/xml")
VARY: Final = "Accept-Encoding, Accept-Language, Cookie"
NO_PAGES: Final = frozenset({settings.ADMIN_PATH, "healthz", "readyz", "metrics"})
"""First parts of paths that are no pages of the archive."""
VERSION: Final = "threads.archive_version"
"""Key in the META of a request: the version of the archive that its page must have."""
REPLACED_HEADERS: Final = frozenset({"content-length", "vary", "content-encoding", "cache-control", "etag"})


@dataclass(frozen=True, slots=True)
class CachedPage:
    """A response in the cache."""

    body: bytes
    """Compressed with gzip."""
    etag: str
    headers: Mapping[str, str]


class PageCache:
    """Middleware that responds from the cache and fills it. One query for each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Respond with the cached page, or render the page and cache it. Responses to logged-in users are private."""
        key = build_cache_key(request)
        if key is None:
            metrics.CACHED_PAGES.labels("bypass").inc()
            response = self.get_response(request)
            if settings.SESSION_COOKIE_NAME in request.COOKIES:
                response.headers.setdefault("Cache-Control", "private, no-cache")
            return response
        page: CachedPage | None = cache.get(key)
        metrics.CACHED_PAGES.labels("miss" if page is None else "hit").inc()
        if page is None:
            response = self.get_response(request)
            page = make_cached_page(response)
            if page is None:
                return response
            cache.set(key, page, settings.PAGE_CACHE_SECONDS)
        return respond(request, page)


def build_cache_key(request: HttpRequest) -> str | None:
    """Return the key of a page for this reader; None if the request bypasses the cache. One query."""
    if (
        not settings.PAGE_CACHE
        or request.method not in {"GET", "HEAD"}
        or settings.SESSION_COOKIE_NAME in request.COOKIES
        or not has_canonical_host(request)
        or not has_cached_query(request)
        or request.path.split("/", 2)[1] in NO_PAGES
    ):
        return None
    version = request.META[VERSION] = replicas.current_version()
    parts = (
        request.scheme, request.get_host(), request.get_full_path(), get_language_from_request(request),
        *read_preferences(request), version, settings.RELEASE,
    )  # fmt: skip
    return "page:" + blake2b("\0".join(map(str, parts)).encode(errors="replace"), digest_size=20).hexdigest()


def has_canonical_host(request: HttpRequest) -> bool:
    """Return whether the client spells the host as the settings do, without a port or with that of the server.

    Pages contain the host as the client spelled it. Other spellings and ports are endless and would fill the cache.
    """
    host = request.get_host()
    name, port = split_domain_port(host)
    is_plain = host == name or (host == f"{name}:{port}" and port == request.META.get("SERVER_PORT"))
    return is_plain and name in {allowed.lower().removeprefix(".") for allowed in settings.ALLOWED_HOSTS}


def make_cached_page(response: HttpResponseBase) -> CachedPage | None:
    """Return the response in the form of the cache; None if it is personal or not a page."""
    if not isinstance(response, HttpResponse) or response.status_code != 200 or response.cookies:
        return None
    control = response.get("Cache-Control", "")
    if "private" in control or "no-store" in control or not response["Content-Type"].startswith(CONTENT_TYPES):
        return None
    etag = blake2b(response.content, digest_size=12).hexdigest()
    headers = {name: value for name, value in response.items() if name.lower() not in REPLACED_HEADERS}
    headers["Vary"] = VARY
    return CachedPage(gzip.compress(response.content, compresslevel=COMPRESSION_LEVEL, mtime=0), etag, headers)


def respond(request: HttpRequest, page: CachedPage) -> HttpResponse:
    """Respond with a cached page: 304 if the client has it, compressed if the client accepts gzip."""
    is_compressed = accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    etag = f'"{page.etag}-gzip"' if is_compressed else f'"{page.etag}"'
    body = page.body if is_compressed else gzip.decompress(page.body)
    headers = {**page.headers, "Cache-Control": cache_control(), "ETag": etag, "Content-Length": str(len(body))}
    if is_compressed:
        headers["Content-Encoding"] = "gzip"
    response = HttpResponse(body, headers=headers)
    return get_conditional_response(request, etag, response=response) or response


def cache_control() -> str:
    """Return the header that makes browsers ask again, and lets a proxy keep pages for PROXY_CACHE_SECONDS.

    For as long again, a proxy may send its copy while it asks for a newer one, or while the site fails.
    """
    seconds = settings.PROXY_CACHE_SECONDS
    if not seconds:
        return CACHE_CONTROL
    return f"{CACHE_CONTROL}, s-maxage={seconds}, stale-while-revalidate={seconds}, stale-if-error={seconds}"


@lru_cache(maxsize=64)
def accepts_gzip(header: str) -> bool:
    """Return whether an `Accept-Encoding` header allows gzip, by name or by `*`."""
    codings = (coding.partition(";") for coding in header.split(","))
    qualities = {name.strip(): quality.strip() for name, _, quality in codings}
    quality = qualities.get("gzip", qualities.get("*"))
    return quality is not None and not GZIP_REFUSED.fullmatch(quality)
