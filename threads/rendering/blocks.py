"""The block rules in which Python-Markdown differs from CommonMark so that readers would notice. Called by `dialect`.

Each class replaces or joins the library's rule of the same kind; `docs/rendering.md` lists what still differs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement

from markdown.blockprocessors import (
    BlockProcessor,
    BlockQuoteProcessor,
    HashHeaderProcessor,
    OListProcessor,
    ParagraphProcessor,
    ReferenceProcessor,
    UListProcessor,
)
from markdown.preprocessors import Preprocessor
from markdown.util import AtomicString

from threads.rendering.cleaning import escape
from threads.rendering.outline import EMPTY_CODE, outlined

if TYPE_CHECKING:
    from markdown import Markdown
    from markdown.blockparser import BlockParser

FENCE: Final = re.compile(r"^( {0,3})(?P<marks>`{3,}(?=[^`\n]*$)|~{3,}) *(?P<info>[^\n]*)$", re.MULTILINE)
LANGUAGE: Final = re.compile(r"[A-Za-z0-9_+#.-]*\Z")


class Outline(Preprocessor):
    """Lists and quotes end where CommonMark ends them."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines of a text, outlined."""
        return outlined(lines)


class FencedCode(BlockProcessor):
    """Code between fences, also in quotes and list items. Python-Markdown knows it at the left margin only."""

    def test(self, _parent: Element, block: str) -> bool:
        """Say whether a fence opens in `block`."""
        return FENCE.search(block) is not None

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Take the code up to the closing fence or the end, and words after the opening one that name no language."""
        opening = next(FENCE.finditer(blocks[0]))
        before = blocks[0][: opening.start()].rstrip("\n")
        if before:
            self.parser.parseBlocks(parent, [before])
        text = "\n\n".join(blocks)[opening.end() + 1 :]
        mark = opening["marks"]
        closing = re.compile(rf"^ *{mark}{mark[0]}* *$", re.MULTILINE).search(text)
        code, rest = (text[: closing.start()], text[closing.end() :]) if closing else (text, "")
        code = re.sub(rf"^ {{0,{len(opening[1])}}}{EMPTY_CODE}?", "", code, flags=re.MULTILINE).strip("\n")
        if not LANGUAGE.match(info := opening["info"].rstrip(" ")):
            code = f"{info}\n{code}"
        SubElement(SubElement(parent, "pre"), "code").text = AtomicString(escape(code) + "\n")
        blocks[:] = rest.lstrip("\n").split("\n\n") if rest.strip("\n") else []


class Heading(HashHeaderProcessor):
    """A heading has white space between its marks and its words, so that `#tag#` and a lone `#` stay text."""

    RE = re.compile(r"(?:^|\n) {0,3}(?P<level>#{1,6}) +(?P<header>[^ \n](?:[^\n]*?[^ \n])??)(?: +#+)? *(?:\n|$)")


class Quote(BlockQuoteProcessor):
    """Quotes with an empty line between them are two."""

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Read what stands before the quote, then the quote."""
        block = blocks.pop(0)
        found = next(self.RE.finditer(block))
        if found.start():
            self.parser.parseBlocks(parent, [block[: found.start()]])
        lines = [self.clean(line) for line in block[found.start() :].strip("\n").split("\n")]
        self.parser.state.set("blockquote")
        self.parser.parseChunk(SubElement(parent, "blockquote"), "\n".join(lines))
        self.parser.state.reset()


class OrderedList(OListProcessor):
    """`1)` is a mark as `1.` is; the first number counts; a list of another kind is another list."""

    LAZY_OL = False
    SIBLING_TAGS = ["ol"]
    MARK = r"\d{1,9}[.)]"

    def __init__(self, parser: BlockParser) -> None:
        super().__init__(parser)
        self.RE = re.compile(rf"^ {{0,3}}{self.MARK} +(.*)")
        self.CHILD_RE = re.compile(rf"^ {{0,3}}(({self.MARK})) +(.*)")
        self.INDENT_RE = re.compile(r"^ {4,7}(\d{1,9}[.)]|[*+-]) +.*")


class BulletList(UListProcessor):
    """A list of another kind is another list."""

    SIBLING_TAGS = ["ul"]

    def __init__(self, parser: BlockParser) -> None:
        super().__init__(parser)
        self.CHILD_RE = re.compile(r"^ {0,3}(([*+-])) +(.*)")


class Definition(ReferenceProcessor):
    """A definition stands at the start of a block and names an absolute address; all else that looks alike is text."""

    START: Final = re.compile(r" {0,3}\[[^\[\]]+\]: *\n? *<?(?:https?://|mailto:)")

    def test(self, _parent: Element, block: str) -> bool:
        """Say whether `block` starts with a definition."""
        return self.START.match(block) is not None


class Text(ParagraphProcessor):
    """A paragraph keeps white space that CommonMark does not count as such: U+3000 indents Chinese paragraphs."""

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Read the paragraph, where the library would strip all that Unicode calls white space."""
        if self.parser.state.isstate("list"):
            super().run(parent, blocks)
        else:
            block = blocks.pop(0)
            if block.strip():
                SubElement(parent, "p").text = block


def register(markdown: Markdown) -> None:
    """Put these rules into `markdown`."""
    markdown.preprocessors.register(Outline(markdown), "outline", 10)
    rules = markdown.parser.blockprocessors
    parser = markdown.parser
    rules.register(FencedCode(parser), "fenced", 110)
    rules.register(Heading(parser), "hashheader", 70)
    rules.register(OrderedList(parser), "olist", 40)
    rules.register(BulletList(parser), "ulist", 30)
    rules.register(Quote(parser), "quote", 20)
    rules.register(Definition(parser), "reference", 15)
    rules.register(Text(parser), "paragraph", 10)
