"""Whole pages kept as they go out: compressed, with a strong ETag, one copy for each choice a reader can have made.

A copy belongs to one version of the archive, asked of the database at every request, so that a page that was changed or
hidden is never served again. Readers who are logged in, addresses that no link leads to and answers that set cookies or
say `private` pass by. The other middleware here names what a page may load. Installed by the settings.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.utils.translation import get_language_from_request

from threads.database import versions
from threads.web import preferences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    Handler = Callable[[HttpRequest], HttpResponseBase]

PARAMETERS: Final = {
    "t": ("view", "order", "page"),
    "authors": ("show", "after"),
    "": ("after",),
    "tags": ("after",),
    "dates": ("after",),
}
"""What pages read from their address, by how their path begins, in the order in which links to them are written."""
VALUES: Final = {"view": {"flat", "people"}, "order": {"oldest", "newest"}, "show": {"threads"}}
PAGE: Final = re.compile(r"[1-9][0-9]{0,8}")
REFUSED: Final = re.compile(r"q\s*=\s*0(\.0*)?")
LONGEST_ADDRESS: Final = 600
PACKED: Final = 4
"""Of gzip: two thirds of the time that 6 takes, for 3 % more bytes; at 6, it is a fifth of the cost of a page."""
REVALIDATE: Final = "public, max-age=0, must-revalidate"
KINDS: Final = ("text/html", "application/atom+xml", "application/xml")
VARY: Final = "Accept-Encoding, Accept-Language, Cookie"
HOP: Final = frozenset({"content-length", "vary", "content-encoding", "cache-control", "etag"})

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as it goes out."""

    body: bytes
    """Compressed with gzip."""
    etag: str
    headers: Mapping[str, str]


class PageCache:
    """Middleware that answers from kept pages, and keeps what it answers. One query for each request."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer from the kept page, or draw it and keep it."""
        key = key_of(request)
        if key is None:
            return self.draw(request)
        kept: Kept | None = cache.get(key)
        if kept is None:
            response = self.get_response(request)
            kept = keep(response)
            if kept is None:
                return response
            cache.set(key, kept, settings.PAGE_CACHE_SECONDS)
        return answer(request, kept)

    def draw(self, request: HttpRequest) -> HttpResponseBase:
        """Answer without the cache; what a reader who is logged in gets is for them alone."""
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def key_of(request: HttpRequest) -> str | None:
    """Return the key of a page for this reader, None for a request that must pass by. One query."""
    if (
        not settings.PAGE_CACHE
        or request.method not in {"GET", "HEAD"}
        or settings.SESSION_COOKIE_NAME in request.COOKIES
        or not written_as_we_write(request)
        or request.path.startswith("/admin/")
    ):
        return None
    version = versions.current()
    chosen = preferences.read(request)
    parts = (
        request.scheme, request.get_host(), request.get_full_path(), get_language_from_request(request),
        chosen.script, chosen.theme, version, settings.RELEASE,
    )  # fmt: skip
    return "page:" + blake2b("\0".join(map(str, parts)).encode(errors="replace"), digest_size=20).hexdigest()


def written_as_we_write(request: HttpRequest) -> bool:
    """Say whether an address is one of those that lead to a page, and no variant of it, of which there is no end."""
    query = request.META.get("QUERY_STRING", "")
    if not query:
        return True
    if len(query) > LONGEST_ADDRESS:
        return False
    names = PARAMETERS.get(request.path_info.split("/", 2)[1], ())
    given = [(name, request.GET[name]) for name in names if name in request.GET]
    return query == urlencode(given) and all(
        PAGE.fullmatch(value) if name == "page" else value in VALUES.get(name, (value,)) for name, value in given
    )


def keep(response: HttpResponseBase) -> Kept | None:
    """Return what to keep of an answer; None where it is not for everyone, or not a page."""
    if not isinstance(response, HttpResponse) or response.status_code != 200 or response.cookies:
        return None
    control = response.get("Cache-Control", "")
    if "private" in control or "no-store" in control or not response["Content-Type"].startswith(KINDS):
        return None
    etag = blake2b(response.content, digest_size=12).hexdigest()
    headers = {name: value for name, value in response.items() if name.lower() not in HOP}
    headers |= {"Cache-Control": REVALIDATE, "Vary": VARY}
    return Kept(gzip.compress(response.content, compresslevel=PACKED, mtime=0), etag, headers)


def answer(request: HttpRequest, kept: Kept) -> HttpResponse:
    """Answer with a kept page: 304 where the reader has it, compressed where the reader can unpack it."""
    packed = takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    etag = f'"{kept.etag}-gzip"' if packed else f'"{kept.etag}"'
    if matches(request.META.get("HTTP_IF_NONE_MATCH", ""), etag):
        response = HttpResponse(status=304, headers={"ETag": etag, "Cache-Control": REVALIDATE, "Vary": VARY})
        del response["Content-Type"]
        return response
    body = kept.body if packed else gzip.decompress(kept.body)
    headers = {**kept.headers, "ETag": etag, "Content-Length": str(len(body))}
    if packed:
        headers["Content-Encoding"] = "gzip"
    return HttpResponse(body, headers=headers)


@lru_cache(maxsize=64)
def takes_gzip(accepted: str) -> bool:
    """Return whether an `Accept-Encoding` allows gzip: by its name or, where that is not in it, by a star."""
    wishes = {name.strip(): quality.strip() for name, _, quality in (one.partition(";") for one in accepted.split(","))}
    quality = wishes.get("gzip", wishes.get("*"))
    return quality is not None and not REFUSED.fullmatch(quality)


def matches(condition: str, etag: str) -> bool:
    """Return whether an `If-None-Match` names this ETag."""
    return condition.strip() == "*" or etag in {name.strip().removeprefix("W/") for name in condition.split(",")}


class ContentSecurityPolicy:
    """Middleware that lets public pages load nothing but the site's own files. Admin has Django's own pages."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add the policy to an answer."""
        response = self.get_response(request)
        if not request.path.startswith("/admin/"):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
