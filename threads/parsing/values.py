"""Values of single fields as a file has them: text, addresses, titles, dates, tags."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from django.utils.translation import gettext as _

from threads.parsing.problems import Problem, warning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

FIRST_DAY: Final = date(1970, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)
"""Days outside are clamped: the ends of the calendar overflow in another time zone."""
LONGEST_TAG: Final = 100
LONGEST_TITLE: Final = 500
"""Characters; a longer title is cut, and stays whole in the front matter."""
LONGEST_MADE_TITLE: Final = 60
SEARCHED_LENGTH: Final = 10_000
"""Characters of a text that are searched for a title."""

_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
"""Control characters, and those of direction, which would move the text beside a title or tag."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_DAMAGED: Final = re.compile(r"[\ud800-\udfff]")
_AMERICAN: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4,5})(?![0-9])")
_YEAR_FIRST: Final = re.compile(r"([0-9]{4,5})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?![0-9])")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.,]{2,32}(?:[+-][0-9:]{2,16}|[Zz])?")
_OFFSET: Final = re.compile(r"\s+(?=(?:[+-][0-9]|Z\b|UTC\b))")
_ADDRESS: Final = re.compile(r"https?://[^\s/?#@%\\]+(?:[/?#]|\Z)", re.IGNORECASE)
_HEADING: Final = re.compile(r"^ {0,3}#{1,6}[ \t]+([^\n]+)$", re.MULTILINE)
_SIGNS: Final = re.compile(r"!?\[|\]\([^)\n]{0,2000}\)|^[ \t]*>[ \t]*|^[ \t]*-{3,}[ \t]*$|[*_`~#\\]+")
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")
_NOTHING: Final = frozenset({"", "~", "null", "none", "添加话题", "添加話題"})
"""Texts that are not tags; the last two are the source's invitation to add one."""
_REMOVED: Final = re.compile(
    r"[~_*\\]{1,8} ?"
    r"(?:已删除|已刪除|已隐藏|已隱藏|该用户被封禁[，,]内容已自动替换|該用戶被封禁[，,]內容已自動替換)"
    r"[。.]? ?[~_*\\]{1,8}"
)


def line_of_text(text: str) -> str:
    """Return `text` on one line: white space folded, no control or direction characters, damaged bytes as U+FFFD."""
    folded = " ".join(text.split())
    if folded.isprintable():
        return folded
    return " ".join(_UNPRINTABLE.sub("", _DAMAGED.sub("\ufffd", folded)).split())


def body_text(text: str) -> str:
    """Return a body fit to be stored: lines end in a line feed, no control characters, damaged bytes as U+FFFD."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", _DAMAGED.sub("\ufffd", text))


def storable_text(text: str) -> str:
    """Return `text` with U+FFFD for NUL and damaged bytes, which no database stores."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def is_removed_at_source(body: str) -> bool:
    """Return whether a comment's whole text is the site's note that it was removed there."""
    return len(body) < 40 and _REMOVED.fullmatch(body) is not None


def safe_address(address: str) -> str:
    """Return an http or https address; empty for any other text."""
    return address if _ADDRESS.match(address) and address.isprintable() and " " not in address else ""


def cut_title(text: str) -> str:
    """Return `text` as a title: on one line, of at most LONGEST_TITLE characters."""
    return _cut(line_of_text(text), LONGEST_TITLE)


def make_title(texts: Iterable[str], file_name: str) -> str:
    """Return the first heading or line of `texts`, else the file's name. Never empty."""
    for text in texts:
        start = text[:SEARCHED_LENGTH]
        heading = _HEADING.search(start)
        for line in [heading[1]] if heading else start.split("\n"):
            if title := line_of_text(_SIGNS.sub("", line)):
                return _cut(title, LONGEST_MADE_TITLE)
    return line_of_text(file_name.rpartition("/")[2].removesuffix(".md")) or "?"


def _cut(title: str, length: int) -> str:
    return title if len(title) <= length else title[: length - 1].rstrip() + "…"


@lru_cache(maxsize=4096)
def read_day(text: str) -> tuple[date | None, str | None]:
    """Return the day in `text` (YYYY-MM-DD, YYYY/M/D or M/D/YYYY) and the code of a problem with it."""
    match = _YEAR_FIRST.match(text)
    if match:
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    elif american := _AMERICAN.match(text):
        month, day, year = (int(part) for part in american.groups())
    else:
        return None, "date-unreadable"
    try:
        # A leap year has every day that any year has.
        date(year if FIRST_DAY.year <= year <= LAST_DAY.year else 2000, month, day)
    except ValueError:
        return None, "date-unreadable"
    if year < FIRST_DAY.year:
        return FIRST_DAY, "date-clamped"
    if year > LAST_DAY.year:
        return LAST_DAY, "date-clamped"
    return date(year, month, day), None


@lru_cache(maxsize=1024)
def read_time(text: str) -> tuple[datetime | None, str | None]:
    """Return the aware time in `text` (RFC 3339, or a day; UTC without a zone) and the code of a problem with it."""
    day, problem = read_day(text)
    if day is None or problem:
        return (midnight(day) if day else None), problem
    iso = _OFFSET.sub("", text.removesuffix("UTC").strip())
    try:
        moment = datetime.fromisoformat(iso) if _MOMENT.fullmatch(iso) else midnight(day)
    except ValueError:
        return midnight(day), None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), None


def midnight(day: date) -> datetime:
    """Return the first moment of `day` in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


_T = TypeVar("_T", date, datetime)


def read_date(
    read: Callable[[str], tuple[_T | None, str | None]], text: str, line: int | None, problems: list[Problem]
) -> _T | None:
    """Return what `read` (`read_day` or `read_time`) makes of `text`, None for ""; add its problem to `problems`."""
    value, code = read(text) if text else (None, None)
    if code:
        if code == "date-clamped":
            message = _("The date “%(date)s” is out of range. It was moved into %(first)s…%(last)s.")
        else:
            message = _("The date “%(date)s” is invalid and was ignored.")
        details = {"date": line_of_text(text)[:60], "first": FIRST_DAY, "last": LAST_DAY}
        problems.append(warning(line, code, message % details))
    return value


def read_tags(value: object) -> tuple[str, ...]:
    """Return the tags in a value (a list, or text with commas), each once, without placeholders."""
    parts: Sequence[object] = ()
    if isinstance(value, str):
        parts = value.split(",")
    elif isinstance(value, list):
        parts = value
    tags: dict[str, None] = {}
    for part in parts:
        if isinstance(part, list):
            tags.update(dict.fromkeys(read_tags(part)))
            continue
        tag = line_of_text(part)[:LONGEST_TAG].rstrip() if isinstance(part, str) else ""
        if tag.lower() not in _NOTHING:
            tags[tag] = None
    return tuple(tags)
