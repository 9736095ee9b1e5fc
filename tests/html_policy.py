"""What stored HTML may hold, said a second time and independently of the room that makes it."""

from __future__ import annotations

import re

from lxml import html as lxml_html

PLAIN_TAGS = frozenset(
    {"blockquote", "br", "cite", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "q", "span"}
    | {"strong", "table", "tbody", "td", "thead", "tr", "ul"}
)
CLASSES = {"a": {"picture"}, "blockquote": {"quote", "missing", "withheld"}, "span": {"host", "alt"}, "div": {"table"}}
TABLE = {"role": "region", "tabindex": "0", "aria-label": "Table"}
INSIDE = re.compile(r"/[tc]/[^/].*/\Z")
THREAD = re.compile(r"[^/\s]+/[a-z]+/[0-9]+")
RELATIVE_THREAD = re.compile(r"/[a-z]+/[0-9]+")
OUTSIDE = re.compile(r"https?://[^/?#\\@\s]|mailto:[^\s]*@")


def parsed(html: str) -> lxml_html.HtmlElement:
    """Return the HTML as a browser would read it, in a `div`."""
    return lxml_html.fragment_fromstring(f"<div>{html}</div>")


def text_of(html: str) -> str:
    """Return the words that a reader sees."""
    return str(parsed(html).text_content())


def breaches(html: str) -> list[str]:
    """Return what in `html` is against policy."""
    root = parsed(html)
    found = [] if lxml_html.tostring(root, encoding="unicode").endswith("</div>") else ["left its container"]
    for element in root.iterdescendants():
        if isinstance(element.tag, str):
            found += _element_breaches(element.tag, {str(name): str(value) for name, value in element.attrib.items()})
        else:
            found.append("a comment or instruction")
    return found


def _element_breaches(tag: str, attributes: dict[str, str]) -> list[str]:
    found = []
    if "class" in attributes and not set(attributes.pop("class").split()) <= CLASSES.get(tag, set()):
        found.append(f"class of {tag}")
    if tag == "a":
        return found + _link_breaches(attributes)
    if tag == "blockquote" and attributes.get("data-quote", "").isdigit():
        del attributes["data-quote"]
    if tag == "ol" and attributes.get("start", "").isdigit():
        del attributes["start"]
    if tag == "div" and TABLE.items() >= attributes.items():
        return found
    if tag == "th" and attributes == {"scope": "col"}:
        return found
    if tag not in PLAIN_TAGS:
        found.append(f"tag {tag}")
    return found + [f"attribute {name} of {tag}" for name in attributes]


def _link_breaches(attributes: dict[str, str]) -> list[str]:
    if RELATIVE_THREAD.fullmatch(attributes.get("data-thread", "")):
        # Stored HTML does not know the host of its thread.
        return [f"attribute {name} of a link without a host" for name in attributes if name != "data-thread"]
    href = attributes.pop("href", "")
    attributes.pop("title", None)
    if INSIDE.match(href):
        return [f"attribute {name} of an inner link" for name in attributes]
    found = [] if OUTSIDE.match(href) else [f"address {href!r}"]
    if attributes.pop("rel", "") != "nofollow noopener noreferrer":
        found.append("no rel")
    if not THREAD.fullmatch(attributes.pop("data-thread", "a.example/article/1")):
        found.append("key of a thread")
    if attributes.pop("data-picture", href) != href:
        found.append("picture elsewhere")
    return found + [f"attribute {name} of a" for name in attributes]
