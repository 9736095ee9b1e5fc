"""Titles: the limit of their length, and titles for threads without one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from threads.parsing.values import line_of_text

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_TITLE: Final = 500
"""Characters; a longer title is cut, and stays whole in the front matter."""
LONGEST_MADE_TITLE: Final = 60
SEARCHED_LENGTH: Final = 10_000
"""Characters of a text that are searched for a title."""

_HEADING: Final = re.compile(r"^ {0,3}#{1,6}[ \t]+([^\n]+)$", re.MULTILINE)
_SIGNS: Final = re.compile(r"!?\[|\]\([^)\n]{0,2000}\)|^[ \t]*>[ \t]*|^[ \t]*-{3,}[ \t]*$|[*_`~#\\]+")


def cut_title(title: str) -> str:
    """Return a title of at most LONGEST_TITLE characters."""
    return _cut(title, LONGEST_TITLE)


def make_title(texts: Iterable[str], file_name: str) -> str:
    """Return the first heading or line of `texts`, else the file's name. Never empty."""
    for text in texts:
        start = text[:SEARCHED_LENGTH]
        heading = _HEADING.search(start)
        lines = [heading[1]] if heading else start.split("\n")
        for line in lines:
            if title := line_of_text(_SIGNS.sub("", line)):
                return _cut(title, LONGEST_MADE_TITLE)
    return line_of_text(file_name.rpartition("/")[2].removesuffix(".md")) or "?"


def _cut(title: str, length: int) -> str:
    return title if len(title) <= length else title[: length - 1].rstrip() + "…"
