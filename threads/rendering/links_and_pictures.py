"""Links and pictures: which addresses are allowed, what they point to, and their HTML."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

from threads.parsing.hosts import canonical_host
from threads.rendering.forum_tags import SWALLOWED
from threads.rendering.sanitizer import EXTERNAL_REL, SCHEMES, escape

PICTURE_PROXY: Final = "images.weserv.nl"
SITE_REDIRECT: Final = re.compile(r"/url/(link|img)/([A-Za-z0-9+/._=-]+)\Z")
BASE64_ALPHABETS: Final = str.maketrans("-_.", "+/+")
"""The sites write 62 and 63 as `+/`, `-_` or `._`."""
REDIRECT_PARAMETERS: Final = {
    "link.zhihu.com": "target",
    "link.juejin.cn": "target",
    "link.csdn.net": "target",
    "link.jianshu.com": "t",
    "douban.com/link2": "url",
    "google.com/url": "q",
    "youtube.com/redirect": "q",
    "l.facebook.com/l.php": "u",
    "weibo.cn/sinaurl": "u",
    "steamcommunity.com/linkfilter": "url",
}
"""Host and path of pages that only redirect, with the parameter that contains the destination."""
MAX_REDIRECTS: Final = 5
THREAD: Final = r"(article|question|video|t|p)/(?:id-)?([0-9]{1,20})(?:__[^/?#]*)?/?"
THREAD_PATH: Final = re.compile(rf"/{THREAD}\Z")
OWN_THREAD: Final = re.compile(rf"(?:\.{{0,2}}/)?{THREAD}(?:[?#].*)?\Z", re.DOTALL)
"""The address of a thread without a host: it is one of the site of the text."""
HOST: Final = re.compile(r"(?:[^\W_](?:[\w.-]*[^\W_])?\.?|[0-9a-f.:]+)\Z")
UNSAFE_CHARACTERS: Final = re.compile(
    '[\x00-\x20"<>\\\\^`{|}\x7f-\xa0\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]'
)
"""Characters that are invalid in addresses, or that browsers or readers may mistake for others. Percent-encoded."""
BLANK_IN_HOST: Final = re.compile(r"(https?:/)/[^/?#]*", re.IGNORECASE)
AUTOMATIC_SEARCH: Final = re.compile(
    r"https?://(?:zhida\.zhihu\.com/search\?|(?:www\.)?zhihu\.com/search\?\S*search_source=Entity)", re.IGNORECASE
)
"""Links that the source site put on ordinary words."""
SHOWN_ADDRESS: Final = re.compile(
    r"(?!(?:javascript|livescript|vbscript|data|blob|about|file|view-source|feed):|https?://[^/])[a-z][a-z0-9+.-]{1,31}:/*+\S|//[\w\[]",
    re.IGNORECASE,
)
"""Addresses that are no links but name something outside this site: `magnet:…`, `ftp://…`, `//host`. A complete
`https://…` that is no link redirects to an address that must not be one."""
NAMED_SCHEME: Final = re.compile(r"(?!data:|https?://images\.weserv\.nl/)[a-z][a-z0-9+.-]{1,31}:", re.IGNORECASE)
"""Addresses of pictures that are shown as text if they may not be links."""
MAX_LABEL: Final = 80
"""Characters of the text of a link that has none of its own."""
ADDRESS_AS_ALT: Final = re.compile(r"\S*://\S*\Z")


@dataclass(frozen=True, slots=True)
class Address:
    """An absolute address with an allowed scheme."""

    href: str
    host: str
    """Lower case, without port; empty for mailto."""
    thread_key: str | None = None
    """`<canonical host>/<kind>/<number>` if it is the address of a thread, archived or not."""
    is_picture: bool = False
    """Whether the site's redirect is one for pictures."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where an address that only redirects leads to."""

    destination: str
    is_picture: bool


def read_address(source: str) -> Address | None:
    """Return the address in `source`, with redirects followed; None if it may not be a link.

    A redirect whose destination is readable must lead to an http or https address. `//host` is a link only if it is
    the address of a thread.
    """
    if source.startswith("//"):
        address = _read_absolute(f"https:{source}")
        return address if address and address.thread_key else None
    address = _read_absolute(source)
    is_picture = False
    for _ in range(MAX_REDIRECTS):
        redirect = _read_redirect(address) if address else None
        if redirect is None:
            break
        address = _read_absolute(redirect.destination)
        is_picture = is_picture or redirect.is_picture
        if address is None or not address.host:
            return None
    return replace(address, is_picture=True) if address and is_picture else address


def _read_redirect(address: Address) -> Redirect | None:
    """Return the destination of an address that only redirects; None if it is another, or cannot be read."""
    if "/url/" not in address.href and "?" not in address.href and "%" not in address.href:
        return None
    parts = urlsplit(address.href)
    path = unquote(parts.path).rstrip("/")
    if match := SITE_REDIRECT.search(path):
        destination = _decode_base64(match[2])
        return Redirect(destination, match[1] == "img") if destination else None
    parameter = REDIRECT_PARAMETERS.get(canonical_host(address.host) + path)
    if parameter is None:
        return None
    destination = parse_qs(parts.query).get(parameter, [""])[0]
    # Some pages encode the destination twice.
    destination = destination if "://" in destination else unquote(destination)
    return Redirect(destination, is_picture=False) if destination else None


def read_picture_address(source: str) -> Address | None:
    """Return the address of a picture. For the picture proxy, the original in its `url` parameter."""
    address = read_address(source)
    if address is None or canonical_host(address.host) != PICTURE_PROXY:
        return address
    original = parse_qs(urlsplit(address.href).query).get("url", [""])[0].removeprefix("ssl:")
    if "://" in original or not original:
        return read_address(original) or address
    host = original.removeprefix("//").split("/", 1)[0]
    return read_address(f"https://{original.removeprefix('//')}") if "." in host else None


def _read_absolute(source: str) -> Address | None:
    text = source.strip()
    if swallowed := SWALLOWED.search(text):
        text = text[: swallowed.start()]
    if start := BLANK_IN_HOST.match(text):
        text = "".join(start[0].split()) + text[start.end() :]
    text = UNSAFE_CHARACTERS.sub(lambda match: quote(match[0]), text)
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        port = parts.port  # ValueError if it is not a number
    except ValueError:
        return None
    if parts.scheme not in SCHEMES or not _has_destination(parts, host):
        return None
    thread = THREAD_PATH.match(parts.path) if host else None
    site = f"{host}:{port}" if port else host
    return Address(parts.geturl(), host, f"{canonical_host(site)}/{thread[1]}/{thread[2]}" if thread else None)


def _has_destination(parts: SplitResult, host: str) -> bool:
    return "@" in parts.path if parts.scheme == "mailto" else HOST.match(host) is not None


def _decode_base64(encoded: str) -> str:
    """Decode base64 of any alphabet, padded or not. Returns the empty string if the result is not text."""
    standard = encoded.rstrip("=").translate(BASE64_ALPHABETS)
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def link_html(source: str, title: str, inside: str) -> str:
    """Return the HTML `inside` as a link. If `source` may not be a link, its address follows as text.

    A link without text shows its address, or a picture if the site's redirect is one for pictures. A link to a thread
    without a host has no address yet: `placeholders.complete` adds the host of the thread that it stands in.
    """
    if own := OWN_THREAD.match(source):
        path = f"/{own[1]}/{own[2]}"
        return f'<a data-thread="{path}">{inside if inside.strip() else path}</a>'
    address = read_address(source)
    if address is None:
        shown = escape(source.strip()) if SHOWN_ADDRESS.match(source.strip()) else ""
        return f"{inside} ({shown})" if shown and inside.strip() not in {"", shown} else inside or shown
    if address.is_picture and not inside.strip():
        return _picture_html(address, "")
    text = inside if inside.strip() else escape(_label(address))
    thread = f' data-thread="{escape(address.thread_key)}"' if address.thread_key else ""
    tooltip = f' title="{escape(title)}"' if title and "://" not in title else ""
    return f'<a href="{escape(address.href)}" rel="{EXTERNAL_REL}"{thread}{tooltip}>{text}</a>'


def picture_html(source: str, alt: str) -> str:
    """Return a link to a picture with its host and `alt`. The browser does not load the picture.

    `data:` stands where the source loads a picture later, and an address without host leads nowhere: only `alt` stays.
    """
    address = read_picture_address(source)
    if address is None or not address.host:
        return escape(alt or (source[:MAX_LABEL] if NAMED_SCHEME.match(source.strip()) else ""))
    return _picture_html(address, alt)


def is_automatic_search(source: str) -> bool:
    """Return whether a link is one that the source site put on an ordinary word."""
    return "zhihu.com/search" in source and AUTOMATIC_SEARCH.match(source.strip()) is not None


def is_link_to_picture(link_source: str, picture_source: str) -> bool:
    """Return whether a link and a picture have the same address."""
    link, picture = read_address(link_source), read_picture_address(picture_source)
    return link is not None and picture is not None and link.href == picture.href


def _picture_html(address: Address, alt: str) -> str:
    href = escape(address.href)
    alt_html = f' <span class="alt">{escape(alt)}</span>' if alt and not ADDRESS_AS_ALT.match(alt) else ""
    return (
        f'<a class="picture" href="{href}" rel="{EXTERNAL_REL}" data-picture="{href}">'
        f'<span class="host">{escape(address.host)}</span>{alt_html}</a>'
    )


def _label(address: Address) -> str:
    """Return an address without its scheme, cut to MAX_LABEL."""
    text = address.href.split(":", 1)[1].lstrip("/").rstrip("/")
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1] + "…"
