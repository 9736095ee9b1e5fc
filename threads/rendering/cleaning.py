"""The last word on what HTML leaves this room. Nothing touches the HTML after `clean`. Called by `rendering` only."""

from __future__ import annotations

from typing import Final

import nh3

TAGS: Final = frozenset(
    {"a", "blockquote", "br", "cite", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "q", "span"}
    | {"strong", "ul"}
)
ATTRIBUTES: Final = {"a": {"href", "title", "rel", "data-picture"}, "ol": {"start"}}
CLASSES: Final = {"a": {"picture"}, "blockquote": {"quote", "missing", "withheld"}, "span": {"alt"}}
SCHEMES: Final = frozenset({"http", "https", "mailto"})
OUTSIDE_REL: Final = "nofollow noopener noreferrer"


def _attribute(_tag: str, name: str, value: str) -> str | None:
    """Refuse what the scheme check of the sanitiser does not see: addresses without a scheme and data attributes."""
    if name == "href" and value.startswith("/"):
        return value if value.startswith(("/t/", "/c/")) else None
    if name == "data-picture":
        return value if value.startswith(("https://", "http://")) else None
    if name == "rel":
        return OUTSIDE_REL
    return value


_cleaner = nh3.Cleaner(
    tags=set(TAGS),
    attributes=ATTRIBUTES,
    allowed_classes=CLASSES,
    url_schemes=set(SCHEMES),
    attribute_filter=_attribute,
    link_rel=None,
    strip_comments=True,
)


def clean(html: str) -> str:
    """Return `html` with nothing in it but the tags, attributes, classes and schemes above."""
    return _cleaner.clean(html)
