"""Block Markdown to HTML: Python-Markdown with CommonMark's block rules, our inline rules and no raw HTML.

The processors replace those rules of the library that differ from CommonMark in a way that readers notice.
`docs/rendering.md` lists the remaining differences.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockprocessors import (
    BlockProcessor,
    BlockQuoteProcessor,
    HashHeaderProcessor,
    OListProcessor,
    ParagraphProcessor,
    UListProcessor,
    build_block_parser,
)
from markdown.util import AtomicString

from threads.rendering.block_boundaries import EMPTY_CODE_LINE, separate_blocks
from threads.rendering.inline import render_inline
from threads.rendering.sanitizer import escape
from threads.rendering.tables import PipeTable

if TYPE_CHECKING:
    from markdown.blockparser import BlockParser

FENCE: Final = re.compile(r"^( {0,3})(?P<marker>`{3,}(?=[^`\n]*$)|~{3,}) *(?P<info>[^\n]*)$", re.MULTILINE)
LANGUAGE: Final = re.compile(r"[A-Za-z0-9_+#.-]*\Z")
MAX_DEPTH: Final = 64
"""Nested elements of a body. The whole page stays within 256."""
HEADINGS: Final = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
"""The page has its own headings above each body."""
CONTAINERS: Final = frozenset({"div", "blockquote", "ul", "ol"})
"""Elements whose children are written on separate lines."""


class TooDeepError(Exception):
    """Elements are nested deeper than MAX_DEPTH."""


def render_blocks(text: str) -> str:
    """Return unsanitized HTML of normalized `text`. May take minutes and raise any exception."""
    # An interrupted text may have left its state.
    _local.parser.state.clear()
    root = Element("div")
    _local.parser.parseChunk(root, "\n".join(separate_blocks(text.split("\n"))))
    return "\n".join(filter(None, (_render_element(child, 1) for child in root)))


def _new_parser() -> BlockParser:
    """Return the library's parser with our rules in place of those that differ from CommonMark."""
    parser = build_block_parser(Markdown())
    rules = parser.blockprocessors
    rules.deregister("reference")
    rules.deregister("code")
    rules.register(FencedCode(parser), "fenced", 110)
    rules.register(PipeTable(parser), "table", 75)
    rules.register(HashHeading(parser), "hashheader", 70)
    rules.register(OrderedList(parser), "olist", 40)
    rules.register(BulletList(parser), "ulist", 30)
    rules.register(BlockQuote(parser), "quote", 20)
    rules.register(UnstrippedParagraph(parser), "paragraph", 10)
    return parser


def _render_element(element: Element, depth: int) -> str:
    """Return the HTML of `element`; empty for code, paragraphs and quotes without content."""
    if depth > MAX_DEPTH:
        raise TooDeepError
    if element.tag == "pre" and not "".join(element.itertext()).strip():
        return ""
    if element.tag == "hr":
        return "<hr>"
    parts = [_render_text(element.text)]
    for child in element:
        parts += [_render_element(child, depth + 1), _render_text(child.tail)]
    inside = ("\n" if element.tag in CONTAINERS else "").join(part for part in parts if part)
    if element.tag in {"p", "blockquote"} and not inside:
        return ""
    tag = HEADINGS.get(element.tag, element.tag)
    attributes = "".join(f' {name}="{value}"' for name, value in element.items())
    return f"<{tag}{attributes}>{inside}</{tag}>"


def _render_text(text: str | None) -> str:
    """Return the HTML of a block's own text. An AtomicString is code, already escaped."""
    if not text:
        return ""
    return text.rstrip("\n") + "\n" if isinstance(text, AtomicString) else render_inline(text.strip(" \n"))


class FencedCode(BlockProcessor):
    """Fenced code, also in quotes and list items. Python-Markdown supports it at the left margin only."""

    def test(self, _parent: Element, block: str) -> bool:
        """Return whether `block` contains an opening fence."""
        return FENCE.search(block) is not None

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Read code up to the closing fence or the end. Text after the opening fence that is no language is code."""
        opening = next(FENCE.finditer(blocks[0]))
        before = blocks[0][: opening.start()].rstrip("\n")
        if before:
            self.parser.parseBlocks(parent, [before])
        text = "\n\n".join(blocks)[opening.end() + 1 :]
        marker = opening["marker"]
        closing = re.compile(rf"^ *{marker}{marker[0]}* *$", re.MULTILINE).search(text)
        code, rest = (text[: closing.start()], text[closing.end() :]) if closing else (text, "")
        code = re.sub(rf"^ {{0,{len(opening[1])}}}{EMPTY_CODE_LINE}?", "", code, flags=re.MULTILINE).strip("\n")
        if not LANGUAGE.match(info := opening["info"].rstrip(" ")):
            code = f"{info}\n{code}"
        SubElement(SubElement(parent, "pre"), "code").text = AtomicString(escape(code) + "\n")
        blocks[:] = rest.lstrip("\n").split("\n\n") if rest.strip("\n") else []


class HashHeading(HashHeaderProcessor):
    """A heading needs white space after its `#` and then text: `#tag#` and a single `#` stay text."""

    RE = re.compile(r"(?:^|\n) {0,3}(?P<level>#{1,6}) +(?P<header>[^ \n](?:[^\n]*?[^ \n])??)(?: +#+)? *(?:\n|$)")


class BlockQuote(BlockQuoteProcessor):
    """An empty line between quotes separates them."""

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Read the text before the quote, then the quote."""
        block = blocks.pop(0)
        start = next(self.RE.finditer(block)).start()
        if start:
            self.parser.parseBlocks(parent, [block[:start]])
        lines = [self.clean(line) for line in block[start:].strip("\n").split("\n")]
        self.parser.state.set("blockquote")
        self.parser.parseChunk(SubElement(parent, "blockquote"), "\n".join(lines))
        self.parser.state.reset()


class OrderedList(OListProcessor):
    """`1)` and `1.` are markers, and the first number counts. A bullet list next to it is a separate list."""

    LAZY_OL = False
    SIBLING_TAGS = ["ol"]
    MARKER = r"\d{1,9}[.)]"

    def __init__(self, parser: BlockParser) -> None:
        super().__init__(parser)
        self.RE = re.compile(rf"^ {{0,3}}{self.MARKER} +(.*)")
        self.CHILD_RE = re.compile(rf"^ {{0,3}}(({self.MARKER})) +(.*)")
        self.INDENT_RE = re.compile(r"^ {4,7}(\d{1,9}[.)]|[*+-]) +.*")


class BulletList(UListProcessor):
    """An ordered list next to it is a separate list."""

    SIBLING_TAGS = ["ul"]

    def __init__(self, parser: BlockParser) -> None:
        super().__init__(parser)
        self.CHILD_RE = re.compile(r"^ {0,3}(([*+-])) +(.*)")


class UnstrippedParagraph(ParagraphProcessor):
    """A paragraph keeps Unicode white space at its edges: U+3000 indents Chinese paragraphs."""

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Read the paragraph."""
        if self.parser.state.isstate("list"):
            super().run(parent, blocks)
        else:
            block = blocks.pop(0)
            if block.strip():
                SubElement(parent, "p").text = block


class _Local(threading.local):
    """The parser of each thread: it has state while it parses."""

    def __init__(self) -> None:
        self.parser = _new_parser()


_local = _Local()
