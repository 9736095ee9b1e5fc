"""Python-Markdown as this archive uses it: its blocks, our inline rules, no raw HTML. Called by `rendering` only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markdown import Markdown
from markdown.util import AtomicString, Registry

from threads.rendering import blocks
from threads.rendering.inline import Paragraph
from threads.rendering.plain import has_inline, paragraphs, runs, with_line_ends

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from threads.rendering.links import Links

DEEPEST: Final = 64
"""Elements within each other; a page holds the whole within 256."""
HEADINGS: Final = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
"""The page has a heading of its own above each body."""
APART: Final = frozenset({"div", "blockquote", "ul", "ol"})
"""Elements whose children stand on lines of their own."""


class TooDeepError(Exception):
    """Lists or quotes within each other beyond what anybody reads."""


class Dialect:
    """One Markdown instance, used for many pieces and reset for each: no definition of one reaches another."""

    def __init__(self) -> None:
        self.markdown = Markdown()
        self.markdown.stripTopLevelTags = False
        self.markdown.preprocessors.deregister("html_block")
        self.markdown.treeprocessors = Registry()
        self.markdown.postprocessors = Registry()
        blocks.register(self.markdown)

    def html(self, text: str, links: Links) -> str:
        """Return the HTML of `text`, not yet sanitised. May take very long and raise anything."""
        write = Serializer(links, {}).text
        parts = [paragraphs(part, write) if flat else self.read_blocks(part, links) for flat, part in runs(text)]
        return "\n".join(filter(None, parts))

    def read_blocks(self, text: str, links: Links) -> str:
        """Return what `html` does, without its short cut."""
        self.markdown.reset()
        self.markdown.parser.state.clear()
        self.markdown.serializer = Serializer(links, self.markdown.references)
        return self.markdown.convert(text)


class Serializer:
    """Writes the tree of blocks as HTML; their text goes through the inline rules on the way."""

    def __init__(self, links: Links, references: Mapping[str, tuple[str, str | None]]) -> None:
        self.links = links
        self.references = references

    def __call__(self, root: Element) -> str:
        """Return the HTML of all that is in `root`."""
        return "\n".join(filter(None, (self.element(child, 1) for child in root)))

    def element(self, element: Element, depth: int) -> str:
        """Return the HTML of `element` and all in it; nothing for code without words."""
        if depth > DEEPEST:
            raise TooDeepError
        if element.tag == "pre" and not "".join(element.itertext()).strip():
            return ""
        if element.tag == "hr":
            return "<hr>"
        parts = [self.text(element.text)]
        for child in element:
            parts += [self.element(child, depth + 1), self.text(child.tail)]
        inside = ("\n" if element.tag in APART else "").join(part for part in parts if part)
        tag = HEADINGS.get(element.tag, element.tag)
        attributes = "".join(f' {name}="{value}"' for name, value in element.items())
        return f"<{tag}{attributes}>{inside}</{tag}>"

    def text(self, text: str | None) -> str:
        """Return the HTML of a block's own text. Code is HTML already, with more line ends than were written."""
        if not text:
            return ""
        if isinstance(text, AtomicString):
            return text.rstrip("\n") + "\n"
        text = text.strip(" \n")
        return Paragraph(text, self.links, self.references).html() if has_inline(text) else with_line_ends(text)
