"""What a file says of the whole thread: title, author, times, tags. Pure. Called by `documents`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from threads.parsing.headings import person
from threads.parsing.values import date_problem, line_of_text, midnight, read_day, read_tags, read_time

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from threads.parsing.front_matter import FrontMatter
    from threads.parsing.headings import Heading
    from threads.parsing.problems import Problem

LONGEST_TITLE: Final = 500
"""Characters; a longer title is cut, and kept whole in the front matter."""
LONGEST_MADE_TITLE: Final = 60
LOOKED_THROUGH: Final = 10_000
"""Characters of a text that are looked through for a title."""

_NO_NAME: Final = frozenset({"~", "null"})
_TITLE: Final = re.compile(r"^ {0,3}#{1,6}[ \t]+([^\n]+)$", re.MULTILINE)
_SIGNS: Final = re.compile(r"!?\[|\]\([^)\n]{0,2000}\)|^[ \t]*>[ \t]*|^[ \t]*-{3,}[ \t]*$|[*_`~#\\]+")


@dataclass(frozen=True, slots=True)
class Head:
    """The thread's own fields; times are aware."""

    title: str
    """Empty where the front matter has none."""
    author: str | None
    published_at: datetime | None
    modified_at: datetime | None
    tags: tuple[str, ...]
    problems: tuple[Problem, ...]


def read(block: FrontMatter, opening: Heading | None) -> Head:
    """Read the head. The heading that opens a question outranks the front matter in author and day."""
    known = {name.lower(): name for name in block.fields}
    values = {name: block.fields[known[name]] for name in known}
    problems: list[Problem] = []

    def moment(name: str) -> datetime | None:
        words = _words(values.get(name))
        if not words or words in _NO_NAME:
            return None
        found, code = read_time(words)
        if code:
            problems.append(date_problem(code, words, block.lines.get(known[name])))
        return found

    author = _words(values.get("author"))
    published_at, modified_at = moment("date"), moment("lastmod")
    if opening:
        author = opening.names[0] if opening.names else author
        published_at = _asked_at(opening, published_at, problems)
    title = _words(values.get("title"))
    if len(title) > LONGEST_TITLE:
        title = title[: LONGEST_TITLE - 1].rstrip() + "…"
    return Head(
        title=title,
        author=person(author) if author not in _NO_NAME else None,
        published_at=published_at,
        modified_at=modified_at,
        tags=read_tags(values.get("tags")),
        problems=tuple(problems),
    )


def _words(value: object) -> str:
    if isinstance(value, list):
        value = ", ".join(item for item in value if isinstance(item, str))
    return line_of_text(value) if isinstance(value, str) else ""


def _asked_at(opening: Heading, published_at: datetime | None, problems: list[Problem]) -> datetime | None:
    if not opening.day:
        return published_at
    day, code = read_day(opening.day)
    if code:
        problems.append(date_problem(code, opening.day, opening.line))
    if day is None or (published_at and published_at.date() == day):
        # The front matter may know the hour.
        return published_at
    return midnight(day)


def made_title(texts: Iterable[str], file_name: str) -> str:
    """Return a title for a thread without one: the first heading or first words of `texts`, else the file's name."""
    for text in texts:
        start = text[:LOOKED_THROUGH]
        heading = _TITLE.search(start)
        lines = [heading[1]] if heading else start.split("\n")
        for line in lines:
            words = line_of_text(_SIGNS.sub("", line))
            if words:
                return words if len(words) <= LONGEST_MADE_TITLE else words[: LONGEST_MADE_TITLE - 1].rstrip() + "…"
    return line_of_text(file_name.rpartition("/")[2].removesuffix(".md")) or "?"
