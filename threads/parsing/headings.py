"""Where the comments of a file begin: its headings, in every form of the file format. Pure. Called by `documents`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.parsing import fences
from threads.text import clean_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
_BETWEEN: Final = re.compile(r"[\t\n]+")
_WHITE: Final = " \t\n"


class Heading(NamedTuple):
    """One heading: `text[start:end]` is all of it, with the lines of white space around it."""

    start: int
    end: int
    line: int
    """Line of its first words, from 1."""
    names: tuple[str, ...]
    """What stands on the lines of the name (or between its tabs): an author, or an author and whom they answer."""
    day: str
    """What stands where the date should; empty where nothing does."""
    asks: bool
    """True for the form that opens a question."""
    dated: bool
    """True for the forms with stars; False for answers, whose names are never two."""


def find(text: str, start: int, end: int) -> tuple[list[Heading], list[int]]:
    """Return the headings in `text[start:end]`, and the lines of those that fenced code makes mere text.

    Lines end in a line feed. Linear. What stands in a block quote or is indented by four is no heading either. The
    second list names only headings with all of the converter's framing: an unclosed fence may have eaten them.
    """
    code = fences.spans(text)
    found: list[Heading] = []
    eaten: list[int] = []
    at, line, counted, fence = start, 1, 0, 0
    for match in _matches(text, start, end):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        while fence < len(code) and code[fence][1] <= counted:
            fence += 1
        if fence < len(code) and code[fence][0] < counted:
            if _framed(text, match):
                eaten.append(line)
            continue
        found.append(_heading(text, match, line, at, end))
        at = found[-1].end
    return found, eaten


def _matches(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    place = text.find("###", start, end)
    while place >= 0:
        after = place + 3
        if _opens_line(text, place, start):
            stop = min(end, place + LONGEST)
            match = _DATED.match(text, place, stop) or _UNDATED.match(text, place, stop)
            if match and _whole(text, match, end):
                yield match
                after = match.end()
        place = text.find("###", after, end)


def _opens_line(text: str, place: int, start: int) -> bool:
    first = max(start, text.rfind("\n", max(start, place - 4), place) + 1)
    return place - first <= 3 and not text[first:place].strip(" ")


def _whole(text: str, match: re.Match[str], end: int) -> bool:
    """Return whether the match ends with its line and is of one heading only."""
    stop = match.end()
    return (stop == end or text[stop] == "\n") and "\n###" not in match["names"]


def _heading(text: str, match: re.Match[str], line: int, at: int, end: int) -> Heading:
    """Extend a match by the lines of white space before it (back to `at`) and by the one after it."""
    words = text[at : match.start()].rstrip(_WHITE)
    begin = text.find("\n", at + len(words)) + 1 if words else at
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


@lru_cache(maxsize=8192)
def person(name: str) -> str | None:
    """Return a name as the archive keys it, None for one that is empty."""
    return clean_name(name) or None


def people(
    found: Sequence[Heading], article_author: str | None, quoting: Callable[[int], bool]
) -> list[tuple[str | None, str | None]]:
    """Return author and addressee of each heading.

    A name on one line with a space in it is two people only if it can be cut, in just one way, into two that are
    known in the thread, and is not known itself. Known are the article's author and the names of clear headings.
    A comment that opens with a quote (`quoting`, asked by index for few) always names whom it answers: there, one of
    the two need be known, or there is only one way to cut. Of 10,632 such comments one names nobody.
    """
    names = [tuple(person(name) for name in heading.names) for heading in found]
    doubtful = [
        len(of) == 1 and heading.dated and " " in (of[0] or "") for heading, of in zip(found, names, strict=True)
    ]
    known: set[str] = set()
    if any(doubtful):
        known = {name for of, doubt in zip(names, doubtful, strict=True) if not doubt for name in of if name}
        known.update([article_author] if article_author else [])
    return [
        _cut(of[0], known, at, quoting)
        if doubt and of[0]
        else (of[0] if of else None, person(" ".join(filter(None, of[1:]))))
        for at, (of, doubt) in enumerate(zip(names, doubtful, strict=True))
    ]


def _cut(name: str, known: set[str], at: int, quoting: Callable[[int], bool]) -> tuple[str, str | None]:
    if name in known:
        return name, None
    words = name.split(" ")
    cuts = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    fitting = [cut for cut in cuts if cut[0] in known and cut[1] in known]
    if not fitting and quoting(at):
        # Whoever is quoted is more likely to have written in the thread before than whoever quotes.
        answered = [cut for cut in cuts if cut[1] in known]
        fitting = answered or [cut for cut in cuts if cut[0] in known] or cuts
    return fitting[0] if len(fitting) == 1 else (name, None)
