"""The headings of comments in a Markdown file, in every form of docs/file-format.md, and the names in them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils.translation import gettext

from threads.parsing import fences
from threads.parsing.problem_severities import Problem
from threads.text import NAME_LENGTH, clean_name

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 1_200
"""Characters of a heading with all its lines; names are at most 255 each."""

_SITE: Final = r"\#\#\#[ \t]{1,8}(?>[^\n*]{0,60}?用[户戶])"
_DATED: Final = re.compile(
    # Author and addressee stand on up to four lines between the stars.
    _SITE + r"[ \t]{0,8}\*\*(?P<names>[^\n]*?(?:\n[^\n]*?){0,3}?)\*\*[ \t]{0,8}"
    r"(?:(?P<question>提[问問][于於])|[评評][论論][于於]|[发發]表[于於]?)(?P<day>[^\n]{0,60})$",
    re.MULTILINE,
)
_UNDATED: Final = re.compile(
    r"\#\#\#[ \t]{1,8}(?>[^\s*]{0,40}?用[户戶])(?P<names>[^\n*]{1,400}?)[发發]表"
    r"(?:[于於](?P<day>[^\n]{0,40}))?[ \t]{0,40}$",
    re.MULTILINE,
)
_OPENING: Final = re.compile(_SITE + r"[ \t]{0,8}\*\*")
_ENDING: Final = re.compile(r"\*\*[ \t]{0,8}(?:提[问問][于於]|[评評][论論][于於]|[发發]表)")
_BETWEEN: Final = re.compile(r"[\t\n]+")
_WHITE: Final = " \t\n"


class Heading(NamedTuple):
    """One heading: `text[start:end]` is all of it, with the lines of white space around it."""

    start: int
    end: int
    line: int
    """Line of its first words, from 1."""
    names: tuple[str, ...]
    """The names on their lines (or between tabs): an author, or an author and an addressee."""
    day: str
    """The text in place of the date; may be empty."""
    asks: bool
    """True for the form that opens a question."""
    dated: bool
    """True for the forms with stars; False for answers, whose names are never two."""


class FoundHeadings(NamedTuple):
    """The headings of a file."""

    headings: list[Heading]
    fenced_lines: list[int]
    """Lines of headings in fenced code with all of the converter's framing: the fence may be left open by mistake."""
    unread_lines: list[int]
    """Lines that open and end like a heading but are none: too long, or of too many lines."""


def find_headings(text: str, start: int, end: int) -> FoundHeadings:
    """Return the headings in `text[start:end]`. Lines end in a line feed. Linear.

    A heading in fenced code, in a block quote or indented by four spaces is text.
    """
    code = fences.find_fences(text)
    found = FoundHeadings([], [], [])
    last_end, line, counted, fence = start, 1, 0, 0
    for position, match in _matches(text, start, end):
        line += text.count("\n", counted, position)
        counted = position
        while fence < len(code) and code[fence][1] <= counted:
            fence += 1
        if fence < len(code) and code[fence][0] < counted:
            if match and _framed(text, match):
                found.fenced_lines.append(line)
        elif match:
            found.headings.append(_heading(text, match, line, last_end, end))
            last_end = found.headings[-1].end
        else:
            found.unread_lines.append(line)
    return found


def _matches(text: str, start: int, end: int) -> Iterator[tuple[int, re.Match[str] | None]]:
    """Yield the places and matches of headings; None for what opens and ends like one but is none."""
    position = text.find("###", start, end)
    while position >= 0:
        next_position = position + 3
        line_start = max(start, text.rfind("\n", max(start, position - 4), position) + 1)
        if position - line_start <= 3 and not text[line_start:position].strip(" "):
            stop = min(end, position + LONGEST)
            match = _DATED.match(text, position, stop) or _UNDATED.match(text, position, stop)
            # The match ends with its line and is of one heading only.
            if match and (match.end() == end or text[match.end()] == "\n") and "\n###" not in match["names"]:
                yield position, match
                next_position = match.end()
            elif _OPENING.match(text, position, end) and _ENDING.search(text, position, _line_end(text, position, end)):
                yield position, None
        position = text.find("###", next_position, end)


def _line_end(text: str, position: int, end: int) -> int:
    line_end = text.find("\n", position, end)
    return end if line_end < 0 else line_end


def _heading(text: str, match: re.Match[str], line: int, last_end: int, end: int) -> Heading:
    """Extend a match by the lines of white space before it (back to `last_end`) and by the one after it."""
    before = text[last_end : match.start()].rstrip(_WHITE)
    begin = text.find("\n", last_end + len(before)) + 1 if before else last_end
    stop = min(match.end() + 1, end)
    line_end = text.find("\n", stop, end) + 1 or end
    if not text[stop:line_end].strip(_WHITE):
        stop = line_end
    names = tuple(name for name in map(str.strip, _BETWEEN.split(match["names"])) if name)
    dated = match.re is _DATED
    day = (match["day"] or "").strip()
    return Heading(begin, stop, line, names, day, asks=dated and match["question"] is not None, dated=dated)


def _framed(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 40) : match.start()].rpartition("\n")[0]
    after = text[match.end() : match.end() + 40].split("\n", 2)
    return before.endswith("    ") and len(after) == 3 and after[1].isspace()


class Names(NamedTuple):
    """The people that a heading names."""

    author: str | None
    addressee: str | None


@lru_cache(maxsize=8192)
def person_name(name: str) -> str | None:
    """Return a name as the archive stores it, None for an empty one."""
    return clean_name(name) or None


def is_name_cut(name: str) -> bool:
    """Return whether a name is too long to be stored whole."""
    return len(name) > NAME_LENGTH and len(" ".join(name.split())) > NAME_LENGTH


def name_cut(line: int | None) -> Problem:
    """Return the warning for a name that was cut."""
    return Problem(line, "name-cut", gettext("A name is longer than %d characters and was cut.") % NAME_LENGTH)
