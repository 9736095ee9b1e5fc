"""Stored HTML to a line of plain text, for lists, descriptions and cards."""

from __future__ import annotations

import html
import re

TAG = re.compile(r"<[^>]*>")
CUT_TAG = re.compile(r"<[^>]*$|&[#\w]{0,8}$")
BREAK = re.compile(r"</p>|<br ?/?>|</li>|</h\d>")
SPACE = re.compile(r"\s+")
PICTURE = re.compile(r'<a class="picture".*?(?:</a>|\Z)', re.DOTALL)

PREFIX = 900
"""Characters of stored HTML that a list reads to make a line: enough, without reading a book for each row."""


def line(stored: str, length: int = 140) -> str:
    """Return the first words of stored HTML (or of its first part) as text, cut at `length` with an ellipsis.

    The notes in the place of pictures are left out, but for the first where there are no other words.
    """
    whole = CUT_TAG.sub("", stored)
    text = _text(PICTURE.sub(" ", whole))
    if not text and (picture := PICTURE.search(whole)):
        text = _text(picture[0])
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _text(stored: str) -> str:
    return SPACE.sub(" ", html.unescape(TAG.sub("", BREAK.sub(" ", stored)))).strip()
