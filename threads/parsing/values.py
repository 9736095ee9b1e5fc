"""Values of single fields as a file has them: text, addresses, dates, tags. No message repeats words of a file."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from django.utils.translation import gettext as _

from threads.parsing.problem_severities import Problem
from threads.text import is_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST_DAY: Final = date(1970, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)
"""Days outside are clamped: the ends of the calendar overflow in another time zone."""
LONGEST_TAG: Final = 100

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
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")
_SEPARATORS: Final = re.compile("[，、；]")
_ALL_SEPARATORS: Final = re.compile("[，、；;]")
_NOTHING: Final = frozenset({"", "~", "null", "none", "添加话题", "添加話題"})
"""Texts that are not tags; the last two are the source's invitation to add one."""
_REMOVED: Final = re.compile(
    r"[~_*\\]{1,8} ?"
    r"(?:已删除|已刪除|已隐藏|已隱藏|删帖控平|刪帖控平|该用户被封禁[，,]内容已自动替换|該用戶被封禁[，,]內容已自動替換)"
    r"[。.]? ?[~_*\\]{1,8}"
)


def line_of_text(text: str) -> str:
    """Return `text` on one line: white space folded, no control or direction characters, damaged bytes as U+FFFD.

    Empty if nothing of it is visible.
    """
    folded = " ".join(text.split())
    if not folded.isprintable():
        folded = " ".join(_UNPRINTABLE.sub("", _DAMAGED.sub("\ufffd", folded)).split())
    return "" if is_blank(folded) else folded


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


def storable_number(number: int | None, bits: int = 31) -> int | None:
    """Return a number that a column of so many bits and a sign stores, None for a greater one."""
    return None if number is None or abs(number) >= 1 << bits else number


def is_removed_at_source(body: str) -> bool:
    """Return whether a comment's whole text is the site's note that it was removed there."""
    return len(body) < 40 and _REMOVED.fullmatch(body) is not None


def safe_address(address: str) -> str:
    """Return an http or https address; empty for any other text."""
    return address if _ADDRESS.match(address) and address.isprintable() and " " not in address else ""


@lru_cache(maxsize=4096)
def read_day(text: str) -> tuple[date | None, str | None]:
    """Return the day in `text` (YYYY-MM-DD, YYYY/M/D or M/D/YYYY) and the code of a problem with it."""
    day, code, rest = _start_day(text)
    return day, code or ("date-cut" if rest else None)


def _start_day(text: str) -> tuple[date | None, str | None, str]:
    """Return the day that `text` starts with, the code of a problem with it, and the rest of the text."""
    match = _YEAR_FIRST.match(text)
    if match:
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    elif match := _AMERICAN.match(text):
        month, day, year = (int(part) for part in match.groups())
    else:
        return None, "date-unreadable", ""
    try:
        # A leap year has every day that any year has.
        date(year if FIRST_DAY.year <= year <= LAST_DAY.year else 2000, month, day)
    except ValueError:
        return None, "date-unreadable", ""
    if year < FIRST_DAY.year:
        return FIRST_DAY, "date-clamped", ""
    if year > LAST_DAY.year:
        return LAST_DAY, "date-clamped", ""
    return date(year, month, day), None, text[match.end() :].strip()


@lru_cache(maxsize=1024)
def read_time(text: str) -> tuple[datetime | None, str | None]:
    """Return the aware time in `text` (RFC 3339, or a day; UTC without a zone) and the code of a problem with it."""
    day, code, rest = _start_day(text)
    if day is None or code:
        return (midnight(day) if day else None), code
    iso = _OFFSET.sub("", text.removesuffix("UTC").strip())
    try:
        if _MOMENT.fullmatch(iso):
            moment = datetime.fromisoformat(iso)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), None
    except ValueError:
        pass
    return midnight(day), "date-cut" if rest else None


def midnight(day: date) -> datetime:
    """Return the first moment of `day` in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


_T = TypeVar("_T", date, datetime)


def read_date(
    read: Callable[[str], tuple[_T | None, str | None]], text: str, line: int | None, problems: list[Problem]
) -> _T | None:
    """Return what `read` (`read_day` or `read_time`) makes of `text`, None for ""; add its problem to `problems`."""
    value, code = read(text) if text else (None, None)
    if code == "date-clamped":
        message = _("The date is out of range. It was moved into %(first)s…%(last)s.")
        problems.append(Problem(line, code, message % {"first": FIRST_DAY, "last": LAST_DAY}))
    elif code == "date-cut":
        problems.append(Problem(line, code, _("Only the day of the date was read; the rest of it is invalid.")))
    elif code:
        problems.append(Problem(line, code, _("The date is invalid and was ignored.")))
    return value


def unpin(
    published_at: datetime | None, modified_at: datetime | None, line: int | None, problems: list[Problem]
) -> datetime | None:
    """Return `modified_at` for a day of publication that is later by more than a day: the source pinned the thread."""
    if not published_at or not modified_at or modified_at.date() <= FIRST_DAY:
        # A time at the start of the calendar is no time: a zero, or a date moved into range.
        return published_at
    if published_at - modified_at <= timedelta(days=1):
        return published_at
    message = _("The date %(date)s is later than Lastmod (%(lastmod)s), as of a pinned thread. Lastmod is shown.")
    details = {"date": published_at.date(), "lastmod": modified_at.date()}
    problems.append(Problem(line, "date-after-lastmod", message % details))
    return modified_at


def read_tags(value: object, line: int | None, problems: list[Problem]) -> tuple[str, ...]:
    """Return the tags in a value (a list, or text with separators) in NFC, each once, without placeholders."""
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value)):
        problems.append(Problem(line, "tags-not-a-list", _("The tags are not a plain list. Each entry is one tag.")))
    texts = [unicodedata.normalize("NFC", line_of_text(words)) for words in _tag_texts(value)]
    if any(len(words) > LONGEST_TAG for words in texts):
        message = _("A tag is longer than %d characters and was cut.") % LONGEST_TAG
        problems.append(Problem(line, "tag-cut", message))
    tags = (words[:LONGEST_TAG].rstrip() for words in texts)
    return tuple(dict.fromkeys(tag for tag in tags if tag.lower() not in _NOTHING))


def _tag_texts(value: object, depth: int = 8) -> Iterator[str]:
    """Yield the texts of tags, at most `depth` lists deep."""
    if isinstance(value, str):
        yield from (part for words in value.split(",") for part in _split_tag(words))
    elif isinstance(value, dict):
        yield from (f"{name}: {words}" if words and isinstance(words, str) else name for name, words in value.items())
    elif isinstance(value, list) and depth:
        for item in value:
            yield from _split_tag(item) if isinstance(item, str) else _tag_texts(item, depth - 1)


def _split_tag(words: str) -> list[str]:
    # A semicolon may end an HTML entity.
    return (_SEPARATORS if "&" in words else _ALL_SEPARATORS).split(words)
