"""Untrusted text on admin's pages: always escaped, never longer than a page can bear, linked only where it is safe."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.utils.html import format_html, format_html_join

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise
    from django.utils.safestring import SafeString

SHOWN = 5000
"""Characters of a text, or of a report, that a page shows."""


def text_box(text: str) -> SafeString:
    """Return the beginning of a text with its lines as they are."""
    return _box("text", text)


def json_box(value: object) -> SafeString:
    """Return a JSON value in lines."""
    return _box("text code", json.dumps(value, ensure_ascii=False, indent=2))


def _box(kind: str, text: str) -> SafeString:
    return format_html('<pre class="{}">{}{}</pre>', kind, text[:SHOWN], "…" if len(text) > SHOWN else "")


def link(address: str) -> str | SafeString:
    """Return a link to an address of the web; anything else as plain text."""
    if not address.startswith(("https://", "http://")):
        return address or "-"
    return format_html('<a href="{}" rel="noopener noreferrer nofollow">{}</a>', address, address)


def link_list(links: Mapping[str | _StrPromise, str]) -> SafeString:
    """Return links with a dot between them."""
    return format_html_join(" · ", '<a href="{1}">{0}</a>', links.items())
