"""Text that does not need the whole pipeline: short cuts, and the fallback for text that cannot be rendered.

Six of seven real comments contain no Markdown; most others contain paragraphs only. The short cuts return exactly what
the whole pipeline returns, including the sanitizer. The checks may reject text that qualifies, but never accept other
text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK_MARKUP: Final = re.compile(
    r"""\n(?:[ ]{4}             # code
        |[ ]{0,3}(?:
            [>=]                # quotes, underlines of headings
            |\#+[ ]             # headings
            |~~~|```            # fences
            |[*+-](?:[ \n]|\Z)  # bullets
            |[*_-][*_\- ]*(?:\n|\Z)     # rules
            |[0-9]{1,9}[.)][ ]  # numbered items
            |\[[^\[\]]*\]:      # definitions
        ))""",
    re.VERBOSE,
)
"""The start of a line that may begin a block other than a paragraph."""
INLINE_MARKUP: Final = re.compile(r"[\\`*_\[<]")
ENTITY_OR_ADDRESS: Final = re.compile(r"&[#A-Za-z]|[Hh][Tt][Tt][Pp][Ss]?://")
EMPTY_LINES: Final = re.compile(r"\n(?: *\n)+")
LEADING_EMPTY_LINES: Final = re.compile(r"\A(?: *\n)+")
LINE_END: Final = re.compile(r"( *)\n *")
CONTROL_CHARACTERS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SURROGATES: Final = re.compile("[\ud800-\udfff]")


class Section(NamedTuple):
    """Neighbouring blocks of a text."""

    is_flat: bool
    """Whether they are all paragraphs."""
    text: str


def normalize(text: str) -> str:
    """Return `text` without control characters, lone surrogates, tabs, and empty lines at its edges."""
    text = CONTROL_CHARACTERS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).expandtabs(4)
    return LEADING_EMPTY_LINES.sub("", SURROGATES.sub("\ufffd", text)).rstrip(" \n")


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


def split_sections(text: str) -> list[Section]:
    """Return the sections of normalized `text`, which can be rendered separately.

    A paragraph at the left margin ends every list and quote before it. Only fenced code and definitions reach further;
    a text that may contain them is one section.
    """
    if "```" in text or "~~~" in text or "]:" in text:
        return [Section(is_flat=False, text=text)]
    if is_flat(text) and not text.startswith(" ") and "\n " not in text:
        return [Section(is_flat=True, text=text)]
    flags: list[bool] = []
    starts: list[int] = []
    ends: list[int] = []
    start = 0
    for end, next_start in [*(gap.span() for gap in EMPTY_LINES.finditer(text)), (len(text), len(text))]:
        flat = text[start] != " " and is_flat(text[start:end])
        if flags and flags[-1] == flat:
            ends[-1] = end
        else:
            flags.append(flat)
            starts.append(start)
            ends.append(end)
        start = next_start
    return [Section(flat, text[start:end]) for flat, start, end in zip(flags, starts, ends, strict=True)]


def render_paragraphs(text: str, render_inline: Callable[[str], str] | None = None) -> str:
    """Return flat normalized `text` as paragraphs, their text rendered by `render_inline`, by default as plain text."""
    render = render_inline or render_line_ends
    blocks = (block.strip(" \n") for block in EMPTY_LINES.split(text) if block.strip())
    return "\n".join(f"<p>{render(block)}</p>" for block in blocks)


def render_line_ends(block: str) -> str:
    """Return the HTML of a plain paragraph: two spaces before a line end make a `br`; other white space is removed."""
    return LINE_END.sub(lambda end: "<br>\n" if len(end[1]) > 1 else "\n", _escape(block))


def render_unparsed(text: str) -> str:
    """Return any normalized text with its Markdown unread. Empty lines separate paragraphs; lines stay lines."""
    blocks = (_escape(block) for block in EMPTY_LINES.split(text) if block.strip())
    return "\n".join("<p>" + block.replace("\n", "<br>\n") + "</p>" for block in blocks)


def _escape(text: str) -> str:
    """Escape `text` as the sanitizer does between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")
