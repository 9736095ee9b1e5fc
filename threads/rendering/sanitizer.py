"""The last step of rendering: an allow-list of tags, attributes, classes and schemes.

After it, only `stored_html` changes HTML, and only its text.
"""

from __future__ import annotations

import re
from typing import Final

import nh3
from django.utils.safestring import SafeString, mark_safe

TAGS: Final = {
    "a", "blockquote", "br", "cite", "code", "del", "div", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "q", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES: Final = {
    "a": {"href", "title", "rel", "data-picture", "data-thread"},
    "blockquote": {"data-quote"},
    "ol": {"start"},
    "th": {"scope"},
}
CLASSES: Final = {
    "a": {"picture"},
    "blockquote": {"quote"},
    "div": {"table"},
    "span": {"host", "alt"},
}
SCHEMES: Final = {"http", "https", "mailto"}
EXTERNAL_REL: Final = "nofollow noopener noreferrer"
VALUES: Final = {
    "href": re.compile(r"https?://[^/?#]|mailto:"),
    "data-picture": re.compile(r"https?://[^/?#]"),
    "rel": re.compile(rf"{EXTERNAL_REL}\Z"),
    "data-thread": re.compile(r"[^/\s]*/(?:article|question|video|t|p)/[0-9]{1,20}\Z"),
    "data-quote": re.compile(r"[0-9]{1,9}\Z"),
    "scope": re.compile(r"col\Z"),
    "start": re.compile(r"[0-9]{1,9}\Z"),
}
"""How values must begin. nh3 checks the scheme of `href` only, and accepts `//host`."""


def sanitize(html: str) -> str:
    """Return `html` without anything that is not allowed above."""
    return _cleaner.clean(html)


def trusted(html: str) -> SafeString:
    """Mark HTML that this package rendered as safe. It does not sanitize."""
    return mark_safe(html)  # noqa: S308 — the only use


def escape(text: str) -> str:
    """Escape `text` for use between tags and in quoted attributes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _filter_attribute(_tag: str, name: str, value: str) -> str | None:
    pattern = VALUES.get(name)
    return value if pattern is None or pattern.match(value) else None


_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    allowed_classes=CLASSES,
    url_schemes=SCHEMES,
    attribute_filter=_filter_attribute,
    link_rel=None,
)
