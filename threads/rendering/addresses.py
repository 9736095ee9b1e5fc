"""Addresses in bodies: what may be linked to, and where it leads. Pure; called by `rendering` only."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

SCHEMES = frozenset({"http", "https", "mailto"})
REDIRECT = re.compile(r"/url/link/([A-Za-z0-9+/_=%-]+)/?\Z")
THREAD = re.compile(r"/(article|question)/(?:id-)?(\d{1,20})(?:__[^/]*)?/?\Z")
REFUSED = re.compile('[\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\\\\<>"`{}|^]')
"""Characters that no address needs bare and that browsers read in ways of their own."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address that passed: `href` to print, and the key of the thread it names, if it names one."""

    href: str
    host: str
    thread: str | None = None


def read(raw: str) -> Address | None:
    """Return the address `raw` leads to, redirects unwrapped; None where it may not be a link."""
    parts = _split(raw)
    if parts is None:
        return None
    redirected = REDIRECT.search(parts.path)
    if redirected:
        return _split_to_address(_decode(redirected[1])) or _address(parts)
    return _address(parts)


def picture(raw: str) -> Address | None:
    """Return the original of a picture that is shown through an image proxy (`?url=`), else its own address."""
    address = read(raw)
    if address and address.host == "images.weserv.nl":
        original = parse_qs(urlsplit(address.href).query).get("url", [""])[0]
        if "://" not in original:
            original = "https://" + original.removeprefix("ssl:").lstrip("/")
        return _split_to_address(original) or address
    return address


def _split_to_address(raw: str) -> Address | None:
    parts = _split(raw)
    return _address(parts) if parts else None


def _split(raw: str) -> SplitResult | None:
    """Return the parts of an absolute address of an allowed scheme; None for any other."""
    text = REFUSED.sub(lambda m: "%20" if m[0] == " " else "", raw.strip())
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in SCHEMES:
        return None
    if parts.scheme == "mailto":
        return parts if "@" in parts.path else None
    return parts if host else None


def _address(parts: SplitResult) -> Address:
    host = parts.hostname or ""
    named = THREAD.match(parts.path) if host else None
    return Address(parts.geturl(), host, f"{host}/{named[1]}/{named[2]}" if named else None)


def _decode(encoded: str) -> str:
    """Return what a redirect's base64 holds, urlsafe or not, padded or not; the empty string where it holds no text."""
    letters = encoded.replace("%3D", "").replace("%3d", "").rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
