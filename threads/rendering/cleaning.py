"""The last word on what HTML leaves this room. Called by `rendering`.

Nothing touches the HTML after `clean` but `convert`, and that changes only its text.
"""

from __future__ import annotations

import re
from typing import Final

import nh3

TAGS: Final = frozenset(
    "a blockquote br cite code em h3 h4 h5 h6 hr li ol p pre q span strong ul".split()  # noqa: SIM905 — reads better
)
ATTRIBUTES: Final = {"a": {"href", "title", "rel", "data-picture"}, "ol": {"start"}}
CLASSES: Final = {
    "a": {"picture"},
    "blockquote": {"quote", "missing", "withheld"},
    "span": {"host", "alt"},
}
SCHEMES: Final = frozenset({"http", "https", "mailto"})
OUTSIDE_REL: Final = "nofollow noopener noreferrer"
ALLOWED: Final = {
    "href": re.compile(r"https?://[^/?#]|mailto:|/[tc]/[^/]"),
    "data-picture": re.compile(r"https?://[^/?#]"),
    "rel": re.compile(rf"{OUTSIDE_REL}\Z"),
    "start": re.compile(r"[0-9]{1,9}\Z"),
}
"""How a value must begin. The sanitiser checks schemes in `href`, but lets `//host` and other attributes pass."""


def clean(html: str) -> str:
    """Return `html` with nothing in it but the tags, attributes, classes and schemes above."""
    return _cleaner.clean(html)


def escape(text: str) -> str:
    """Return `text` as HTML, for use between tags and in quoted attributes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _attribute(_tag: str, name: str, value: str) -> str | None:
    rule = ALLOWED.get(name)
    return value if rule is None or rule.match(value) else None


_cleaner = nh3.Cleaner(
    tags=set(TAGS),
    attributes=ATTRIBUTES,
    allowed_classes=CLASSES,
    url_schemes=set(SCHEMES),
    attribute_filter=_attribute,
    link_rel=None,
)
