"""Addresses in bodies: what may be linked to, and where it leads. Pure; called by `links` only."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

SCHEMES: Final = frozenset({"http", "https", "mailto"})
PROXY: Final = "images.weserv.nl"
REDIRECT: Final = re.compile(r"/url/(link|img)/([A-Za-z0-9+/_=-]+)/?\Z")
THREAD: Final = re.compile(r"/(article|question)/(?:id-)?([0-9]{1,20})(?:__[^/]*)?/?\Z")
HOST: Final = re.compile(r"(?:[^\W_](?:[\w.-]*[^\W_])?|[0-9a-f.:]+)\Z")
UNSAFE: Final = re.compile(
    '[\x00-\x20"<>\\\\^`{|}\x7f-\xa0\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]'
)
"""What no address holds bare, and what browsers or readers may take for something else: percent-encoded."""


@dataclass(frozen=True, slots=True)
class Address:
    """An absolute address of an allowed scheme."""

    href: str
    host: str
    """Lower case, without port; empty for mailto."""
    thread: str | None = None
    """`<host>/<kind>/<number>` where the address is that of a thread, whether or not the archive has it."""
    picture: bool = False
    """True where the site's own redirect said that this is a picture."""


def read(raw: str) -> Address | None:
    """Return the address that `raw` leads to, the site's redirects unwrapped; None where it may not be a link."""
    address = _absolute(raw)
    redirect = REDIRECT.search(unquote(urlsplit(address.href).path)) if address else None
    if address is None or redirect is None:
        return address
    inner = _absolute(_decode(redirect[2]))
    return Address(inner.href, inner.host, inner.thread, redirect[1] == "img") if inner else address


def read_picture(raw: str) -> Address | None:
    """Return the address of a picture: its original, where `raw` is that of the image proxy (`?url=`)."""
    address = read(raw)
    if address is None or address.host != PROXY:
        return address
    original = parse_qs(urlsplit(address.href).query).get("url", [""])[0].removeprefix("ssl:")
    return _absolute(original if "://" in original else f"https://{original.lstrip('/')}") or address


def _absolute(raw: str) -> Address | None:
    text = UNSAFE.sub(lambda m: quote(m[0]), raw.strip())
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        parts.port  # noqa: B018 — raises where it is no number
    except ValueError:
        return None
    if parts.scheme not in SCHEMES or not _leads_somewhere(parts, host):
        return None
    thread = THREAD.match(parts.path) if host else None
    return Address(parts.geturl(), host, f"{host}/{thread[1]}/{thread[2]}" if thread else None)


def _leads_somewhere(parts: SplitResult, host: str) -> bool:
    return "@" in parts.path if parts.scheme == "mailto" else HOST.match(host) is not None


def _decode(encoded: str) -> str:
    """Return what a redirect's base64 holds, urlsafe or not, padded or not; the empty string where that is no text."""
    letters = encoded.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
