"""Stored HTML to a line of plain text, for lists, descriptions and cards."""

from __future__ import annotations

import html
import re

TAG = re.compile(r"<[^>]*>")
CUT_TAG = re.compile(r"<[^>]*$|&[#\w]{0,8}$")
BREAK = re.compile(r"</p>|<br ?/?>|</li>|</h\d>")
SPACE = re.compile(r"\s+")

PREFIX = 900
"""Characters of stored HTML that a list reads to make a line: enough, without reading a book for each row."""


def line(stored: str, length: int = 140) -> str:
    """Return the first words of stored HTML (or of its first part) as text, cut at `length` with an ellipsis."""
    text = TAG.sub("", BREAK.sub(" ", CUT_TAG.sub("", stored)))
    text = SPACE.sub(" ", html.unescape(text)).strip()
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
