"""Text that does not need the whole pipeline: short cuts, and the fallback for text that cannot be rendered.

Six of seven real comments contain no Markdown; most others contain paragraphs only. The short cuts return exactly what
the whole pipeline returns, including the sanitizer. The checks may reject text that qualifies, but never accept other
text.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BLOCK_MARKUP: Final = re.compile(
    r"""\n[ ]*+(?:
            [>=]                # quotes, underlines of headings
            |\#+[ ]             # headings
            |~~~|```            # fences
            |[*+-](?:[ \n]|\Z)  # bullets
            |[*_-][*_\- ]*(?:\n|\Z)     # rules
            |[0-9]{1,9}[.)][ ]  # numbered items
            |(?=[^\n]*\|)[|:-][-:|\ ]*(?:\n|\Z)    # dashes of tables
        )""",
    re.VERBOSE,
)
"""The start of a line that may begin a block other than a paragraph."""
INLINE_MARKUP: Final = re.compile(r"[\\`*_\[<]|~~")
ENTITY_OR_ADDRESS: Final = re.compile(r"&[#A-Za-z]|[Hh][Tt][Tt][Pp][Ss]?://")
BLOCK: Final = re.compile(r"(?:[^\n]++|\n(?! *\n))++(?:\n(?: *\n)++|\Z)")
"""A block and the empty lines after it."""
EMPTY_LINES: Final = re.compile(r"\n(?: *\n)+")
LEADING_EMPTY_LINES: Final = re.compile(r"(?: *\n)*")
LINE_END: Final = re.compile(r"( *)\n *")
CARD: Final = re.compile(r"\[ *\n(?P<lines>(?:(?! *\]).*\n){1,24}+) *(?=\]\(\s*[<\"]?\s*https?://)", re.IGNORECASE)
"""A link whose label has several paragraphs: the source's card with a picture, a title and a description."""
CONTROLS_AND_SURROGATES: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def normalize(text: str) -> str:
    """Return `text` without control characters, lone surrogates, tabs, and empty lines at its edges."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = CONTROLS_AND_SURROGATES.sub(lambda match: "" if match[0] < "\ud800" else "\ufffd", text).expandtabs(4)
    text = LEADING_EMPTY_LINES.sub("", text, count=1).rstrip(" \n")
    return CARD.sub(_join_lines, text) if "](" in text and not has_fence(text) else text


def has_fence(text: str) -> bool:
    """Return whether `text` may have fenced code."""
    return "```" in text or "~~~" in text


def _join_lines(card: re.Match[str]) -> str:
    return "[" + "\n".join(filter(None, (line.strip() for line in card["lines"].split("\n"))))


def is_flat(text: str) -> bool:
    """Return whether normalized `text` has no blocks other than paragraphs. May be False for some such texts."""
    return BLOCK_MARKUP.search("\n" + text) is None


def is_plain(text: str) -> bool:
    """Return whether normalized `text` has no Markdown. May be False for some such texts."""
    return not has_inline(text) and is_flat(text)


def has_inline(text: str) -> bool:
    """Return whether inline rules may apply to `text`, other than those for line ends."""
    if INLINE_MARKUP.search(text):
        return True
    return ("&" in text or "://" in text) and ENTITY_OR_ADDRESS.search(text) is not None


def split_sections(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the parts of normalized `text` that can be rendered separately, and whether each has only paragraphs.

    A paragraph at the left margin ends every list and quote before it; only fenced code may reach further.
    """
    if has_fence(text):
        yield False, text
    else:
        for has_only_paragraphs, blocks in groupby(BLOCK.findall(text), key=_is_paragraph):
            yield has_only_paragraphs, "".join(blocks)


def _is_paragraph(block: str) -> bool:
    return block[0] != " " and is_flat(block.rstrip("\n"))


def render_paragraphs(text: str, render: Callable[[str], str]) -> str:
    """Return flat normalized `text` as paragraphs. `render` returns the HTML of the text of one."""
    blocks = (block.strip(" \n") for block in EMPTY_LINES.split(text) if block.strip())
    return "\n".join(f"<p>{html}</p>" for html in map(render, blocks) if html)


def render_line_ends(block: str) -> str:
    """Return the HTML of a plain paragraph: two spaces before a line end make a `br`; other white space is removed."""
    html = _escape(block)
    return LINE_END.sub(lambda end: "<br>\n" if len(end[1]) > 1 else "\n", html) if "\n" in html else html


def render_unparsed(text: str) -> str:
    """Return any normalized text with its Markdown unread. Empty lines separate paragraphs; lines stay lines."""
    blocks = (_escape(block) for block in EMPTY_LINES.split(text) if block.strip())
    return "\n".join("<p>" + block.replace("\n", "<br>\n") + "</p>" for block in blocks)


def _escape(text: str) -> str:
    """Escape `text` as the sanitizer does between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")
