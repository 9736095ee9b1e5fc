"""One file's bytes to segments and fields. Pure and lossless: the segments' concatenation is the file.

Called by `assembling` and the pipeline (in workers). Puts together what the rooms beside it read: `identity` (closing
link and key), `front_matter`, `headings` (and names), `heads` (title, author, times, tags).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from threads.parsing import article_fields, front_matter, headings, thread_keys
from threads.parsing.problems import Problem, Severity, UnreadableError, refusal, warning
from threads.parsing.values import body_text, date_problem, read_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from threads.parsing.headings import Heading

__all__ = ["Document", "DocumentComment", "Problem", "Segment", "Severity", "UnreadableError", "identify", "parse"]

Kind = Literal["article", "question", "answers"]
SegmentKind = Literal["front_matter", "body", "heading", "comment", "closing"]

LARGEST: Final = 32 * 1024 * 1024
"""Bytes; the largest real file seen has 16.5 MB."""
MOST_COMMENTS: Final = 100_000
"""The longest real file seen has 4,952."""
MOST_PROBLEMS: Final = 100
"""Problems told of one file, one by one."""
MOST_DAMAGE: Final = 0.2
"""Share of a file's bytes that may be no text (damaged UTF-8, control characters); beyond it, it is another kind."""

_WHITE: Final = " \t\n"
_CONTROLS: Final = bytes([*range(9), 11, 12, *range(14, 32), 127])
_QUOTING: Final = re.compile(r"[ \n]{0,99}(?:>[ ]?\[\\?>\\?>\]\(|\[[ \t]*\n[ \t\n]*>)")
"""A body that opens with a quote mark; `quotes` reads what it says."""
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_NONCHARACTERS: Final = ("\ufffe".encode(), "\uffff".encode())
_HAS_BLOCK: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,80}---\s")
_DAMAGE: Final = re.compile(r"[\udc80-\udcff]")
_ODD: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\udc80-\udcff\ufffe\uffff]")
_BLANK_LINES: Final = re.compile(r"(?:[ \t]*+\n)++")
_REMOVED: Final = re.compile(
    r"[~_*\\]{1,8} ?"
    r"(?:已删除|已刪除|已隐藏|已隱藏|该用户被封禁[，,]内容已自动替换|該用戶被封禁[，,]內容已自動替換)"
    r"[。.]? ?[~_*\\]{1,8}"
)
_IN_CODE: Final = gettext_noop("What looks like a comment's heading stands in fenced code, and was read as text.")
_UNKNOWN_LINK: Final = gettext_noop(
    "The closing link does not name a thread; the file's name was taken for its identity."
)


class Segment(NamedTuple):
    """A stretch of the file's text (damaged bytes as surrogate escapes, so that encoding gives the bytes back)."""

    kind: SegmentKind
    text: str


class DocumentComment(NamedTuple):
    """One comment as the file has it."""

    author: str | None
    addressee: str | None
    posted_on: date | None
    body: str
    """Verbatim but for blank lines around it, line ends, control characters and damaged bytes."""
    line: int
    """Of the heading's first words, from 1."""
    segment: int
    """Index in `Document.segments` of the comment's own segment (its heading is the one before)."""
    removed_at_source: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """Everything read from one file."""

    key: str
    kind: Kind
    title: str
    """Never empty."""
    author: str | None
    published_at: datetime | None
    modified_at: datetime | None
    source_url: str
    """The closing link without sort and warning parts; http or https, or empty."""
    tags: tuple[str, ...]
    front_matter: Mapping[str, object]
    """JSON-ready: every key of the block, known or not, scalars as strings."""
    body: str
    comments: tuple[DocumentComment, ...]
    segments: tuple[Segment, ...]
    """Front matter, (a question's heading,) body, (heading, comment) for each comment, closing; texts may be empty."""
    problems: tuple[Problem, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Text:
    """A file's text, and the same with all line ends alike: as long, so that places are the same in both."""

    text: str
    lines: str
    odd: bool
    """True where bodies must be cleaned: other line ends, control characters, damage."""
    problems: tuple[Problem, ...]


def identify(content: bytes, name: str) -> str:
    """Return the thread's key only, cheaply (no front matter, no comments). Never raises."""
    return thread_keys.key_of(thread_keys.closing(content), name)


def parse(content: bytes, name: str) -> Document:
    """Read one file. `name` is its path below the folder imported. Linear in its size. Raises UnreadableError."""
    source = _decode(content)
    closing = thread_keys.closing(content)
    tail = len(content[closing.start :].decode("utf-8", "surrogateescape")) if closing else 0
    end = len(source.text) - tail
    block = front_matter.read(source.lines[:end])
    found, eaten = headings.find(source.lines, block.end, end)
    if len(found) > MOST_COMMENTS:
        message = _("There are more than %s comments.") % f"{MOST_COMMENTS:,}"
        raise refusal(found[MOST_COMMENTS].line, "too-many-comments", message)
    opening = found.pop(0) if found and found[0].asks and found[0].start == block.end else None
    head = article_fields.read(block, opening)
    segments = _segments(source, block.end, opening, found, end)
    first = len(segments) - 1 - 2 * len(found)
    body = _body(segments[first - 1].text, odd=source.odd)
    problems = [*source.problems, *block.problems, *head.problems]
    problems += [warning(line, "heading-in-code", _(_IN_CODE)) for line in eaten]
    if closing and not closing.key:
        problems.append(warning(source.lines.count("\n", 0, end) + 1, "closing-link-unknown", _(_UNKNOWN_LINK)))
    comments = tuple(_comments(segments, first + 1, found, head.author, odd=source.odd, problems=problems))
    return Document(
        key=thread_keys.key_of(closing, name),
        kind=_kind(found, opening, closing),
        title=head.title or _made_title(body, comments, name, problems),
        author=head.author,
        published_at=head.published_at,
        modified_at=head.modified_at,
        source_url=closing.address if closing else "",
        tags=head.tags,
        front_matter=block.fields,
        body=body,
        comments=comments,
        segments=segments,
        problems=tuple(_told(problems)),
    )


def _told(problems: list[Problem]) -> list[Problem]:
    if len(problems) <= MOST_PROBLEMS:
        return problems
    count = len(problems) - MOST_PROBLEMS
    more = ngettext(
        "There is %(count)s more problem in this file.", "There are %(count)s more problems in this file.", count
    ) % {"count": f"{count:,}"}
    return [*problems[:MOST_PROBLEMS], warning(None, "more-problems", more)]


def _decode(content: bytes) -> _Text:
    """Decode a file. Raises UnreadableError for what is empty, too large, or no text."""
    if len(content) > LARGEST:
        raise refusal(None, "too-large", _("The file is larger than %d MB.") % (LARGEST // 2**20))
    if content.startswith(_UTF_16):
        raise refusal(1, "utf-16", _("The file is in UTF-16; save it as UTF-8."))
    controls = len(content) - len(content.translate(None, _CONTROLS))
    damage = 0
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("utf-8", "surrogateescape")
        damage = len(text) - len(_DAMAGE.sub("", text))
    if not text.strip("\ufeff \t\r\n\0"):
        raise refusal(1, "empty", _("There is no text in this file."))
    if controls + damage > MOST_DAMAGE * len(content) or (b"\0" in content and not _HAS_BLOCK.match(content)):
        raise refusal(1, "not-text", _("The file is not text in UTF-8."))
    odd = bool(controls or damage or any(bad in content for bad in _NONCHARACTERS))
    # Carriage returns are the only change of length that could be: a pair becomes a space and a line feed.
    lines = text.replace("\r\n", " \n").replace("\r", "\n") if b"\r" in content else text
    problems = tuple(_damage_problems(lines, controls, damage)) if odd else ()
    return _Text(text, lines, odd or lines is not text, problems)


def _damage_problems(lines: str, controls: int, damage: int) -> Iterator[Problem]:
    first = _ODD.search(lines)
    line = lines.count("\n", 0, first.start()) + 1 if first else None
    if damage:
        message = ngettext(
            "%d byte is not UTF-8; it is shown as U+FFFD.", "%d bytes are not UTF-8; they are shown as U+FFFD.", damage
        )
        yield warning(line, "encoding-damaged", message % damage)
    if controls:
        message = ngettext(
            "%d control character was left out of what is shown.",
            "%d control characters were left out of what is shown.",
            controls,
        )
        yield warning(line, "control-characters", message % controls)


def _segments(
    source: _Text, block_end: int, opening: Heading | None, found: Sequence[Heading], end: int
) -> tuple[Segment, ...]:
    cuts: list[tuple[SegmentKind, int]] = [("front_matter", 0)]
    if opening:
        cuts += [("heading", opening.start), ("body", opening.end)]
    else:
        cuts.append(("body", block_end))
    for heading in found:
        cuts += [("heading", heading.start), ("comment", heading.end)]
    last = cuts[-1][1]
    words = source.lines[last:end].rstrip(_WHITE)
    # What follows the last words, from the next line on, belongs to the closing.
    closing = source.lines.find("\n", last + len(words), end) + 1 if words else last
    cuts.append(("closing", closing or end))
    text = source.text
    places = [*(place for _, place in cuts), len(text)]
    return tuple(
        Segment(kind, text[start:stop]) for (kind, _), (start, stop) in zip(cuts, pairwise(places), strict=True)
    )


def _body(text: str, *, odd: bool) -> str:
    """Trim the converter's framing: blank lines before, white space after; an indented first line keeps its indent."""
    text = (body_text(text) if odd else text).rstrip(_WHITE)
    blank = _BLANK_LINES.match(text)
    return text[blank.end() :] if blank else text


def _comments(
    segments: Sequence[Segment],
    first: int,
    found: Sequence[Heading],
    article_author: str | None,
    *,
    odd: bool,
    problems: list[Problem],
) -> Iterator[DocumentComment]:
    bodies = [_body(segments[first + 2 * i].text, odd=odd) for i in range(len(found))]
    people = headings.people(found, article_author, lambda i: _QUOTING.match(bodies[i]) is not None)
    for i, (heading, (author, addressee), body) in enumerate(zip(found, people, bodies, strict=True)):
        day = code = None
        if heading.day:
            day, code = read_day(heading.day)
            if code:
                problems.append(date_problem(code, heading.day, heading.line))
        removed = len(body) < 40 and _REMOVED.fullmatch(body) is not None
        yield DocumentComment(author, addressee, day, body, heading.line, first + 2 * i, removed)


def _kind(found: Sequence[Heading], opening: Heading | None, closing: thread_keys.Closing | None) -> Kind:
    if any(not heading.dated for heading in found):
        return "answers"
    return "question" if opening or (closing and closing.kind == "question") else "article"


def _made_title(body: str, comments: Sequence[DocumentComment], name: str, problems: list[Problem]) -> str:
    if not body and not comments:
        raise refusal(1, "empty", _("There is no text in this file."))
    title = article_fields.made_title((body, *(comment.body for comment in comments[:1])), name)
    problems.append(warning(1, "title-missing", _("The file has no title; “%s” was taken.") % title))
    return title
