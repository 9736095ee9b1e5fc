"""Text that needs less than the whole pipeline: short cuts, and the last resort for what cannot be rendered.

Called by `rendering` and `dialect`. Six of seven real comments hold no Markdown at all; `paragraphs` gives for them
what the whole pipeline would give, sanitiser included, at a fraction of its cost. Most others have no blocks but
paragraphs, so that only their inline rules need reading. Property tests hold both short cuts to the whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK_MARKS: Final = re.compile(
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
"""What may mean more than a paragraph, at the start of a line."""
INLINE_MARKS: Final = re.compile(r"[\\`*_\[<]")
ENTITY_OR_ADDRESS: Final = re.compile(r"&[#A-Za-z]|[Hh][Tt][Tt][Pp][Ss]?://")
BLANK_LINES: Final = re.compile(r"\n(?: *\n)+")
BLANK_START: Final = re.compile(r"\A(?: *\n)+")
NEWLINE: Final = re.compile(r"( *)\n *")
UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SURROGATES: Final = re.compile("[\ud800-\udfff]")


def normalized(text: str) -> str:
    """Return `text` without control characters, lone surrogates, tabs, and empty lines at its edges."""
    text = UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).expandtabs(4)
    return BLANK_START.sub("", SURROGATES.sub("\ufffd", text)).rstrip(" \n")


def is_flat(text: str) -> bool:
    """Say whether normalized `text` surely has no blocks but paragraphs. Errs to the safe side."""
    return BLOCK_MARKS.search("\n" + text) is None


def is_plain(text: str) -> bool:
    """Say whether normalized `text` surely holds no Markdown at all. Errs to the safe side."""
    return not has_inline(text) and is_flat(text)


def runs(text: str) -> list[tuple[bool, str]]:
    """Return `text` in runs of neighbouring blocks: whether paragraphs is all they are, and their text.

    A paragraph that starts at the margin ends every list and quote before it, so that each run can be read alone. Only
    code between fences and definitions reach further: text that may hold one of them is one run.
    """
    if "```" in text or "~~~" in text or "]:" in text:
        return [(False, text)]
    spans: list[tuple[bool, int, int]] = []
    ends = [gap.span() for gap in BLANK_LINES.finditer(text)] + [(len(text), len(text))]
    start = 0
    for end, following in ends:
        flat = text[start] != " " and is_flat(text[start:end])
        if spans and spans[-1][0] == flat:
            spans[-1] = (flat, spans[-1][1], end)
        else:
            spans.append((flat, start, end))
        start = following
    return [(flat, text[first:end]) for flat, first, end in spans]


def has_inline(text: str) -> bool:
    """Say whether inline rules may apply to `text`, other than those for the ends of lines. Errs to the safe side."""
    if INLINE_MARKS.search(text):
        return True
    return ("&" in text or "://" in text) and ENTITY_OR_ADDRESS.search(text) is not None


def paragraphs(text: str, inline: Callable[[str], str] | None = None) -> str:
    """Return flat normalized `text` as paragraphs; without `inline` rules as plain text the sanitiser would keep."""
    write = inline or with_line_ends
    blocks = (block.strip(" \n") for block in BLANK_LINES.split(text) if block.strip())
    return "\n".join(f"<p>{write(block)}</p>" for block in blocks)


def with_line_ends(block: str) -> str:
    """Return a plain paragraph's text: white space around line ends goes, two spaces before one make a break."""
    return NEWLINE.sub(lambda end: "<br>\n" if len(end[1]) > 1 else "\n", escape(block))


def lines(text: str) -> str:
    """Return any normalized text as it stands, its Markdown unread: empty lines part paragraphs, lines are kept."""
    blocks = (escape(block) for block in BLANK_LINES.split(text) if block.strip())
    return "\n".join("<p>" + block.replace("\n", "<br>\n") + "</p>" for block in blocks)


def escape(text: str) -> str:
    """Return `text` as the sanitiser writes it between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")
