"""Changes to the text of stored HTML: Chinese conversion and search highlights.

Works without a parser: sanitized HTML has no bare `<` or `>` in text or attributes, so tags are found by a pattern.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

import opencc
from django.utils.html import conditional_escape

from threads.rendering.sanitizer import trusted
from threads.text import find_folded

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

CONVERSIONS: Final = {"zh-Hans": "t2s", "zh-Hant": "s2t"}
"""OpenCC configurations that use phrases (頭髮 and 發展 are distinguished) but keep regional words (軟件)."""
UNCONVERTED: Final = re.compile(r"</?(code|cite)\b")
"""Tags of code and of names, which are the same in both scripts."""
_TAG: Final = re.compile(r"(<[^>]*>)")
_TAG_OR_ENTITY: Final = re.compile(r"(<[^>]*>|&[^\s;]+;)")


def convert_text(text: str | SafeString, script: str) -> SafeString:
    """Return plain text or safe HTML as HTML in a script; not converted if `script` is empty."""
    html = conditional_escape(text)
    return convert_script(html, script) if script and html else html


def convert_script(html: str, script: str) -> SafeString:
    """Return stored HTML with its Chinese text in `zh-Hans` or `zh-Hant`. Code, names and attributes stay.

    KeyError for other scripts.
    """
    converter = _converter(script)
    chunks = _TAG.split(html)
    depth = 0
    for index, chunk in enumerate(chunks):
        if index % 2:
            if UNCONVERTED.match(chunk):
                depth += -1 if chunk.startswith("</") else 1
        elif chunk and not depth:
            chunks[index] = converter.convert(chunk)
    return trusted("".join(chunks))


@cache
def _converter(script: str) -> opencc.OpenCC:
    return opencc.OpenCC(CONVERSIONS[script])


def highlight(html: str, pattern: re.Pattern[str], first_id: str = "") -> SafeString:
    """Return stored HTML with each match of `pattern` in its text in a `mark` element. Tags and entities stay.

    `pattern` is as for `find_folded`, and must not match the empty string. A match does not extend over tags.
    `first_id`: id of the first mark.
    """
    chunks = _TAG_OR_ENTITY.split(html)
    chunks[::2] = [_mark_matches(chunk, pattern) for chunk in chunks[::2]]
    marked = "".join(chunks)
    return trusted(marked.replace("<mark>", f'<mark id="{first_id}">', 1) if first_id else marked)


def _mark_matches(text: str, pattern: re.Pattern[str]) -> str:
    """Return a text without tags with its matches marked."""
    pieces: list[str] = []
    position = 0
    for start, end in find_folded(pattern, text):
        pieces += (text[position:start], "<mark>", text[start:end], "</mark>")
        position = end
    return "".join([*pieces, text[position:]]) if pieces else text
