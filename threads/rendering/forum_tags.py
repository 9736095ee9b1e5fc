"""Rests of the source's own markup, `[b]…[/b]`, with or without backslashes. Words and addresses stay; tags go.

Without a closing tag in its paragraph, `[i]` is text after an ASCII letter, digit, `_` or `)`, as in `a[i]`. So is a
tag of one letter that does not stand directly before a word, as in `[b] second`.
"""

from __future__ import annotations

import re
from typing import Final

NAMES: Final = "b|i|u|s|h|big|small|size|color|font|center|quote|url|img|hide"
_VALUE: Final = r"(?:[^\[\]\\\n]|\\[^\[\]\n])*+"
DATA_TARGET: Final = re.compile(r"\(\s*+<?(data:[^\n()]*+(?:\([^\n()]*+\)[^\n()]*+)*+)\)", re.IGNORECASE)
"""The picture itself in place of its address, with white space and quotes."""
TAG: Final = re.compile(rf"\\?\[(?P<closing>/?)(?P<name>{NAMES})(?:=(?P<value>{_VALUE}))?\\?\](?!\()", re.IGNORECASE)
ADDRESSED: Final = re.compile(
    rf"\\?\[(?P<name>url|img)(?:=(?P<value>{_VALUE}))?\\?\](?P<inside>(?:[^\[\\]|\\[^\[])*+)\\?\[/(?P=name)\\?\]",
    re.IGNORECASE,
)
"""`[url=ADDRESS]LABEL[/url]`, `[url]ADDRESS[/url]` or `[img]ADDRESS[/img]`."""
SWALLOWED: Final = re.compile(r"(?:\]|\\\]|%5D)?(?:\[|\\\[|%5B)/(?:url|img)(?:\]|\\\]|%5D)?", re.IGNORECASE)
"""A closing tag directly after an address."""
REPLACED: Final = re.compile(r"\\\*\\\*([^*\n\\]{1,30}(?:替换|替換))\\\*\\\*")
"""The mark of the source's censor, `\\*\\*…已自动替换\\*\\*`."""
OPENING: Final = frozenset("“‘「『《（(【\\*_")
"""What may stand between an opening tag and the first word."""
_CLOSING: Final = re.compile(rf"\[/({NAMES})\\?\]", re.IGNORECASE)


def closed_names(text: str) -> frozenset[str]:
    """Return the names of the closing tags in `text`, in lower case."""
    return frozenset(name.lower() for name in _CLOSING.findall(text))


def is_text(text: str, tag: re.Match[str]) -> bool:
    """Return whether an opening tag without closing tag is text: an index, `a[i]`, or a label, `[b] `."""
    if tag["closing"] or tag["value"] is not None:
        return False
    before, after = text[tag.start() - 1 : tag.start()], text[tag.end() : tag.end() + 1]
    is_index = before.isascii() and (before.isalnum() or before in {"_", ")"})
    return is_index or (len(tag["name"]) == 1 and not after.isalnum() and after not in OPENING)


def words(text: str) -> str:
    """Return Markdown `text` without tags and without pictures that stand in it as data. Linear."""
    if "data:" in text:
        text = DATA_TARGET.sub("()", text)
    if "[" in text:
        text = TAG.sub(lambda tag: f" {tag['value'] or ''} " if tag["name"].lower() == "url" else "", text)
    return text
