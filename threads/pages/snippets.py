"""Snippets: the start of stored HTML as one line of plain text, for lists, descriptions and cards."""

from __future__ import annotations

import html
import re

from threads.text import drop_direction_signs

TAG = re.compile(r"<[^>]*>")
CUT_END = re.compile(r"<[^>]*$|&[#\w]{0,8}$")
BREAK = re.compile(r"</p>|<br ?/?>|</li>|</h\d>|</t[dh]>")
SPACE = re.compile(r"\s+")
PICTURE = re.compile(r'<a class="picture".*?(?:</a>|\Z)', re.DOTALL)

SOURCE_LENGTH = 900
"""Characters of stored HTML that a list reads for a snippet, because a body can have megabytes."""


def make_snippet(stored: str, length: int = 140) -> str:
    """Return the start of stored HTML (or of its first part) as text, cut at `length` with an ellipsis.

    Notes for pictures are left out. If there is no other text, the first note is the snippet.
    """
    whole = CUT_END.sub("", stored)
    text = strip_tags(PICTURE.sub(" ", whole))
    if not text and (picture := PICTURE.search(whole)):
        text = strip_tags(picture[0])
    text = drop_direction_signs(text)
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def strip_tags(stored: str) -> str:
    """Return the text of stored HTML on one line."""
    return SPACE.sub(" ", html.unescape(TAG.sub("", BREAK.sub(" ", stored)))).strip()
