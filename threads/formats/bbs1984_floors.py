"""The floors in a file of the form 1984bbs: where the name, the time and the text of each post stand.

The pages were saved without their structure. The name of a floor stands above its heading, after the text of the floor
before.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.parsing.values import body_text

if TYPE_CHECKING:
    from collections.abc import Mapping

TIME: Final = r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2} [0-9]{1,2}:[0-9]{2}"
"""A minute, as the forum writes it."""
CREDIT: Final = re.compile(
    r"(?:^---[ \t]*\n\s*)?^\[Terminusbot\]\([^)\n]*\) 整理[^\n]*\n(?:\s*^---[ \t]*$)?", re.MULTILINE
)
"""The note of the people who made the backup."""

_LONGEST_NAME: Final = 4
"""Lines of a name and its signature."""
_BLOCK: Final = re.compile(r"\ufeff?---[ \t]*\n(.*?)^---[ \t]*$\n?", re.MULTILINE | re.DOTALL)
_FIELD: Final = re.compile(r"^([a-z]+):[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_TITLE: Final = re.compile(r"^#[ \t]+(.*?)[ \t]*$", re.MULTILINE)
_HEADING: Final = re.compile(
    rf"^([0-9]{{1,4}})楼 (?:大 中 小 发表于|\S*锟\S* \S+ \S+ \S+) ({TIME})(?:  只\S{{1,20}})?$", re.MULTILINE
)
_NOTE: Final = re.compile(rf"本主题由 .+ 于 {TIME} \S+(?:[ ](.+))?")
_SPACES: Final = re.compile(r"^[ \t]+$", re.MULTILINE)
_BLANK_LINES: Final = re.compile(r"\n(?:[ \t]*\n){2,}")
_STARTER: Final = re.compile(r"^[ \t]*发起人[ \t]*\n\s*([^\n]+)\n", re.MULTILINE)
_STARTED: Final = re.compile(rf"^[ \t]*开始时间[ \t]*\n\s*({TIME})", re.MULTILINE)


class Floor(NamedTuple):
    """A post, by its places in the text of the file."""

    number: int
    name: slice
    """The name, and a signature below it; empty if there is none."""
    body: slice
    time: str
    line: int


class FloorsFile(NamedTuple):
    """The text of a thread's file, cut."""

    text: str
    """Damaged bytes as surrogate escapes."""
    fields: Mapping[str, str]
    fields_end: int
    title: slice
    floors: tuple[Floor, ...]
    """The first is the opening post."""
    is_doubled: bool
    """True if every line is followed by an empty one."""


def read_file(content: bytes) -> FloorsFile:
    """Cut a file. Linear in its size. Never raises."""
    text = content.decode("utf-8", "surrogateescape")
    block = _BLOCK.match(text)
    start = block.end() if block else 0
    fields = {name: body_text(value) for name, value in _FIELD.findall(block[1])} if block else {}
    headings = _find_headings(text, start)
    title = _TITLE.search(text, start, headings[0].start() if headings else len(text))
    head_end = title.end() if title else start
    floors = _cut(text, head_end, headings) if headings else (_poll(text, head_end),)
    lines = text[start:].split("\n")
    adjacent = sum(bool(line and after) for line, after in pairwise(lines))
    is_doubled = 100 * adjacent < sum(map(bool, lines))
    place = slice(title.start(1), title.end(1)) if title else slice(start, start)
    return FloorsFile(text, fields, start, place, floors, is_doubled)


def _find_headings(text: str, start: int) -> list[re.Match[str]]:
    """Return the headings of floors. A heading that does not continue the count is pasted text.

    Numbers may have a gap, or start at 2, where the next number is nowhere below.
    """
    found = list(_HEADING.finditer(text, start))
    last_place = {int(match[1]): place for place, match in enumerate(found)}
    headings: list[re.Match[str]] = []
    expected, moment = 1, ""
    for place, match in enumerate(found):
        number, time = int(match[1]), _sortable(match[2])
        is_gap = number > expected and last_place.get(expected, -1) < place and number + 1 in last_place
        if time >= moment and (number == expected or is_gap):
            headings.append(match)
            expected, moment = number + 1, time
    return headings


def _cut(text: str, head_end: int, headings: list[re.Match[str]]) -> tuple[Floor, ...]:
    """Return the floors. The name of a floor stands above its heading, below the text of the floor before."""
    floors = []
    if headings[0][1] == "1":
        name = _name_in_head(text, head_end, headings[0].start())
    else:
        # The text of the first floor has no heading.
        end, name = _split(text, head_end, headings[0].start())
        floors.append(Floor(1, slice(head_end, head_end), slice(head_end, end), "", 1))
    for heading, after in zip(headings, [*headings[1:], None], strict=True):
        end, next_name = _split(text, heading.end(), after.start()) if after else (len(text), slice(0, 0))
        line = text.count("\n", 0, heading.start()) + 1
        floors.append(Floor(int(heading[1]), name, slice(heading.end(), end), heading[2], line))
        name = next_name
    return tuple(floors)


def _split(text: str, start: int, stop: int) -> tuple[int, slice]:
    """Return the end of a floor's text, and the place of the next floor's name and signature.

    A floor ends with lines of spaces, or where these were lost with its longest run of blank lines.
    """
    spaces = list(_SPACES.finditer(text, start, stop))
    if spaces:
        end = spaces[-1].end()
    else:
        inner = start + len(text[start:stop].rstrip())
        runs = [match for match in _BLANK_LINES.finditer(text, start, inner) if match.end() < inner]
        end = max(runs, key=lambda match: (len(match[0]), match.start())).end() if runs else stop
    credit = CREDIT.search(text, end, stop)
    name = trimmed(text, credit.end() if credit else end, stop)
    if len(text[name].split("\n\n")) > _LONGEST_NAME and not spaces:
        return stop, slice(stop, stop)
    return end, name


def _name_in_head(text: str, start: int, stop: int) -> slice:
    """Return the place of the opening post's name and signature; a moderator's note may stand on the same line."""
    place = trimmed(text, start, stop)
    note = _NOTE.match(text, place.start, place.stop)
    if note is None:
        return place
    return trimmed(text, note.start(1) if note[1] else note.end(), stop)


def _poll(text: str, start: int) -> Floor:
    """Return the only post of a page without floors: a poll, or a call for a meeting."""
    starter = max(_STARTER.finditer(text, start), key=lambda match: match.start(), default=None)
    started = _STARTED.search(text, starter.end()) if starter else None
    end = starter.start() if starter else len(text)
    name = slice(*starter.span(1)) if starter else slice(start, start)
    return Floor(1, name, slice(start, end), started[1] if started else "", 1)


def trimmed(text: str, start: int, stop: int) -> slice:
    """Return the place of a part of a text without the white space around it."""
    part = text[start:stop]
    inner = part.strip()
    first = start + part.index(inner) if inner else stop
    return slice(first, first + len(inner))


def _sortable(time: str) -> str:
    return "".join(part.zfill(4) for part in re.findall(r"[0-9]+", time))
