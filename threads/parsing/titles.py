"""Titles: as a file has them, and of threads without one. No message repeats words of a file."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from threads.parsing.problem_severities import Problem
from threads.parsing.values import is_removed_at_source, line_of_text
from threads.text import decode_entities, detect_script

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_TITLE: Final = 500
"""Characters; a longer title is cut, and stays whole in the front matter."""
LONGEST_MADE_TITLE: Final = 60
SEARCHED_LENGTH: Final = 10_000
"""Characters of an opening text that are searched for its first words."""

_HEADING: Final = re.compile(r"\s{0,99}#{1,6}[ \t]")
_SIGNS: Final = re.compile(r"!?\[|\]\([^)\n]{0,2000}\)|^[ \t]*>[ \t]*|^[ \t]*-{3,}[ \t]*$|[*_`~#\\]+")
_HASH: Final = re.compile(r"[0-9a-f]{32}")
_MARKS: Final = {"zh-Hans": "无题", "zh-Hant": "無題"}
_QUOTATION_MARKS: Final = frozenset("\"'`“”‘’„‟＂＇「」『』〝〞«»‹›")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Cs", "Zs", "Zl", "Zp"})


def read_title(words: str, line: int | None, problems: list[Problem]) -> str:
    """Return the title in a field, cut to LONGEST_TITLE; empty if it holds only quotation marks or nothing visible."""
    title = line_of_text(words)
    if all(sign in _QUOTATION_MARKS or unicodedata.category(sign) in _UNSEEN for sign in title):
        return ""
    if len(title) > LONGEST_TITLE:
        message = _("The title is longer than %d characters and was cut.") % LONGEST_TITLE
        problems.append(Problem(line, "title-cut", message))
    return _cut(title, LONGEST_TITLE)


def make_title(body: str, tags: Sequence[str], name: str, line: int | None, problems: list[Problem]) -> str:
    """Return a title for a thread without one: of its opening text, else of its tags, else of its file's name.

    It is marked as untitled in the script of its words, unless the opening text begins with a heading. A comment never
    gives a title. Never empty.
    """
    problems.append(
        Problem(line, "title-missing", _("The file has no title. The first words of its text or its tags are used."))
    )
    words = _first_words(body) or _cut("、".join(tags), LONGEST_MADE_TITLE) or _file_words(name)
    if words and _HEADING.match(body):
        return words
    script = detect_script(body) or detect_script(words)
    if script in _MARKS:
        return f"{_MARKS[script]}：{words}".rstrip("：")
    return f"Untitled: {words}".rstrip(": ")


def _first_words(body: str) -> str:
    if is_removed_at_source(body):
        return ""
    lines = (line_of_text(decode_entities(_SIGNS.sub("", line))) for line in body[:SEARCHED_LENGTH].split("\n"))
    return _cut(next(filter(None, lines), ""), LONGEST_MADE_TITLE)


def _file_words(name: str) -> str:
    stem = line_of_text(name.rpartition("/")[2].removesuffix(".md"))
    return "" if _HASH.fullmatch(stem) else stem


def _cut(title: str, length: int) -> str:
    return title if len(title) <= length else title[: length - 1].rstrip() + "…"
