r"""Addresses in running text: where each ends.

An address has no closing sign, and Chinese has no white space. These rules decide what belongs to it:

- ASCII characters of addresses, and letters of scripts with white space between words: `/wiki/Табурет`.
- Chinese, Japanese and Korean that follow `=`, `-`, `\_`, `%20`, or a `/` deep in the path: `/wiki/臺灣`, `?q=臺灣`.
  Then all characters up to the next `/`, `?`, `&` or punctuation belong to it.
- The same characters before a separator with an ASCII letter or digit: `/zh/1989年的一天/a-486`.
- A year at the start of a part of a Chinese path: `/wiki/1989年`.

Anything else is text after the address: `https://tea.example/a看`, `https://tea.example/看`.
"""

from __future__ import annotations

import re
from typing import Final

_IDEOGRAPHS: Final = (
    "\u3005-\u3007\u3041-\u30fa\u30fc-\u318f\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Scripts without white space between words, and Korean, which attaches particles."""
_MARKS: Final = "\u0300-\u036f\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u102b-\u103e\u17b4-\u17d3"
"""Combining marks, which `\\w` lacks."""
_PART: Final = (
    r"[A-Za-z0-9\-._~:/?#@!$&'()+,;=%]++|\\[!-/:-@^-`{-~]"
    rf"|(?![{_IDEOGRAPHS}\uff00-\uffef])\w|[{_MARKS}]"
)
_PLAIN: Final = re.compile(rf"(?:{_PART})*+")
_START: Final = re.compile(rf"https?://(?:{_PART})++", re.IGNORECASE)
_IDEOGRAPHIC_HOST: Final = re.compile(
    rf"https?://(?=[{_IDEOGRAPHS}])(?:[\w-]{{1,63}}\.){{1,8}}[\w-]{{1,63}}(?=/)", re.IGNORECASE
)
_IDEOGRAPHIC: Final = re.compile(f"[{_IDEOGRAPHS}]")
_REST_OF_PART: Final = re.compile(
    rf"(?:[{_IDEOGRAPHS}A-Za-z0-9%~-]|\\?_(?:\([^()\s]{{1,40}}\))?|\\[!-/:-@^`{{-~]|(?![\uff00-\uffef])\w|[{_MARKS}])*+"
)
"""What follows ideographs of an address up to the next part or to punctuation."""
_BEFORE_ASCII: Final = re.compile(rf"(?:[{_IDEOGRAPHS}0-9…·]{{1,80}}+(?:[-/&=+]|\\?_)){{1,8}}(?=[A-Za-z0-9])")
_ANOTHER: Final = re.compile(r"(?<![/=%])-?https?://", re.IGNORECASE)
"""Another address directly after one that ends in ideographs."""
_CHINESE_PATH: Final = re.compile(r"/(?:wiki|zh[a-z-]*|cn)/", re.IGNORECASE)
_DOMAIN: Final = r"(?:(?:com|net|org|gov|edu|co)\.)?(?:com|net|org|gov|edu|info|cn|hk|tw|jp|uk)"
_BLANK_IN_HOST: Final = re.compile(
    rf"https?://(?:(?:[a-z0-9-]++\.)+ {_DOMAIN}|(?:[a-z0-9-]++\.)*[a-z0-9-]++ \.{_DOMAIN}|www\. [a-z0-9-]++\.{_DOMAIN})"
    r"(?=/)",
    re.IGNORECASE,
)
"""`http://www.gov. cn/a`. A domain and a slash after the blank tell it from the end of a sentence."""


def find_end(text: str, start: int) -> int | None:
    """Return the end of the address that begins with a scheme at `start`. None if there is none. Linear."""
    match = _BLANK_IN_HOST.match(text, start) or _IDEOGRAPHIC_HOST.match(text, start) or _START.match(text, start)
    if match is None:
        return None
    end = _end(_PLAIN, text, match.end())
    path = text.find("/", text.index("//", start) + 2, end)
    first = end
    while path >= 0 and _continues(text, path, end):
        end = _end(_PLAIN, text, _end(_REST_OF_PART, text, _end(_BEFORE_ASCII, text, end)))
    if (another := _ANOTHER.search(text, first, end)) is not None:
        end = another.start()
    return start + _without_punctuation(text[start:end])


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def _continues(text: str, path: int, end: int) -> bool:
    """Return whether the text at `end` begins with ideographs of the address whose path begins at `path`."""
    if _BEFORE_ASCII.match(text, end):
        return True
    if not _IDEOGRAPHIC.match(text, end):
        return False
    if text.endswith(("/", "=", "-", "\\_", "%20"), path + 1, end):
        return True
    part = text.rfind("/", path, end)
    is_year = text[end] == "年" and end - part <= 5 and text[part + 1 : end].isdecimal()
    return is_year and _CHINESE_PATH.search(text, path, part + 1) is not None


def _without_punctuation(source: str) -> int:
    """Return the length of an address without closing punctuation and without a `)` that it did not open."""
    end, surplus = len(source), source.count(")") - source.count("(")
    while (surplus > 0 and source[end - 1] == ")") or source[end - 1] in "?!.,:;'~&":
        surplus -= source[end - 1] == ")"
        end -= 1
    return end
