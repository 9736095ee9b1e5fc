"""Links and pictures: which addresses are allowed, what they point to, and their HTML."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

from threads.rendering.sanitizer import EXTERNAL_REL, SCHEMES, escape

PICTURE_PROXY: Final = "images.weserv.nl"
SITE_REDIRECT: Final = re.compile(r"/url/(link|img)/([A-Za-z0-9+/_=-]+)/?\Z")
THREAD_PATH: Final = re.compile(r"/(article|question)/(?:id-)?([0-9]{1,20})(?:__[^/]*)?/?\Z")
HOST: Final = re.compile(r"(?:[^\W_](?:[\w.-]*[^\W_])?|[0-9a-f.:]+)\Z")
UNSAFE_CHARACTERS: Final = re.compile(
    '[\x00-\x20"<>\\\\^`{|}\x7f-\xa0\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]'
)
"""Characters that are invalid in addresses, or that browsers or readers may mistake for others. Percent-encoded."""
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
    """`<host>/<kind>/<number>` if it is the address of a thread, archived or not."""
    is_picture: bool = False
    """Whether the site's redirect is one for pictures."""


def read_address(source: str) -> Address | None:
    """Return the address in `source`, with redirects of the site decoded; None if it may not be a link."""
    address = _read_absolute(source)
    if address is None or not ("/url/" in address.href or "%" in address.href):
        return address
    redirect = SITE_REDIRECT.search(unquote(urlsplit(address.href).path))
    if redirect is None:
        return address
    destination = _read_absolute(_decode_base64(redirect[2]))
    return replace(destination, is_picture=redirect[1] == "img") if destination else address


def read_picture_address(source: str) -> Address | None:
    """Return the address of a picture. For the picture proxy, the original in its `url` parameter."""
    address = read_address(source)
    if address is None or address.host != PICTURE_PROXY:
        return address
    original = parse_qs(urlsplit(address.href).query).get("url", [""])[0].removeprefix("ssl:")
    return _read_absolute(original if "://" in original else f"https://{original.lstrip('/')}") or address


def _read_absolute(source: str) -> Address | None:
    text = UNSAFE_CHARACTERS.sub(lambda match: quote(match[0]), source.strip())
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        parts.port  # noqa: B018 — ValueError if it is not a number
    except ValueError:
        return None
    if parts.scheme not in SCHEMES or not _has_destination(parts, host):
        return None
    thread = THREAD_PATH.match(parts.path) if host else None
    return Address(parts.geturl(), host, f"{host}/{thread[1]}/{thread[2]}" if thread else None)


def _has_destination(parts: SplitResult, host: str) -> bool:
    return "@" in parts.path if parts.scheme == "mailto" else HOST.match(host) is not None


def _decode_base64(encoded: str) -> str:
    """Decode base64, urlsafe or not, padded or not. Returns the empty string if the result is not text."""
    standard = encoded.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def link_html(source: str, title: str, inside: str) -> str:
    """Return the HTML `inside` as a link, or unchanged if `source` may not be a link.

    A link without text shows its address, or a picture if the site's redirect is one for pictures.
    """
    address = read_address(source)
    if address is None:
        return inside
    if address.is_picture and not inside.strip():
        return _picture_html(address, "")
    text = inside if inside.strip() else escape(_label(address))
    thread = f' data-thread="{escape(address.thread_key)}"' if address.thread_key else ""
    tooltip = f' title="{escape(title)}"' if title and "://" not in title else ""
    return f'<a href="{escape(address.href)}" rel="{EXTERNAL_REL}"{thread}{tooltip}>{text}</a>'


def picture_html(source: str, alt: str) -> str:
    """Return a link to a picture with its host and `alt`. The browser does not load the picture."""
    address = read_picture_address(source)
    if address is None or not address.host:
        return escape(alt or source[:MAX_LABEL])
    return _picture_html(address, alt)


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
