"""Text without Markdown: the short cut for most comments, and the last resort for text that cannot be rendered.

Called by `rendering` only. Six of seven real comments hold no Markdown at all; for those, `paragraphs` gives what the
whole pipeline would give, sanitiser included, at a fraction of its cost. A property test holds the two together.
"""

from __future__ import annotations

import re
from typing import Final

MARKS: Final = re.compile(r"[\\`*_\[<\t]")
"""What may mean something anywhere in a line."""
LINE_MARKS: Final = re.compile(r"\n(?: {4}| {0,3}(?:[>=]|#+ |~~~|[+-](?:[+\- \n]|\Z)|[0-9]{1,9}[.)] ))")
"""What may mean something at the start of a line; `\\n    ` begins code."""
ENTITY_OR_ADDRESS: Final = re.compile(r"&[#A-Za-z]|[Hh][Tt][Tt][Pp][Ss]?://")
BLANK_LINES: Final = re.compile(r"\n(?: *\n)+")
BLANK_START: Final = re.compile(r"\A(?:[ \t]*\n)+")
NEWLINE: Final = re.compile(r"( *)\n *")
UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SURROGATES: Final = re.compile("[\ud800-\udfff]")


def normalized(text: str) -> str:
    """Return `text` with one kind of line end, and without control characters, lone surrogates, empty edges."""
    text = UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return BLANK_START.sub("", SURROGATES.sub("\ufffd", text)).rstrip(" \t\n")


def is_plain(text: str) -> bool:
    """Say whether normalized `text` surely holds no Markdown, so that `paragraphs` will do. Errs to the safe side."""
    if MARKS.search(text) or LINE_MARKS.search("\n" + text):
        return False
    return not (("&" in text or "://" in text) and ENTITY_OR_ADDRESS.search(text))


def paragraphs(text: str) -> str:
    """Return plain normalized `text` as paragraphs, in the very characters the sanitiser would give."""
    blocks = (block.strip(" \n") for block in BLANK_LINES.split(escape(text)))
    return "\n".join(f"<p>{NEWLINE.sub(_line_end, block)}</p>" for block in blocks if block and not _is_blank(block))


def _line_end(match: re.Match[str]) -> str:
    return "<br>\n" if len(match[1]) > 1 else "\n"


def _is_blank(block: str) -> bool:
    return not block.replace("&nbsp;", "").strip()


def lines(text: str) -> str:
    """Return any normalized text as it stands, its Markdown unread: empty lines part paragraphs, lines are kept."""
    blocks = (escape(block) for block in BLANK_LINES.split(text) if block.strip())
    return "\n".join("<p>" + block.replace("\n", "<br>\n") + "</p>" for block in blocks)


def escape(text: str) -> str:
    """Return `text` as the sanitiser writes it between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")
