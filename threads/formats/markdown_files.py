"""Files of one thread in Markdown: front matter, text, comments under headings, a closing link (docs/file-format.md).

A file is cut into segments without loss: their concatenation is the file. So one text can be replaced in it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from threads.formats.backup_format import MOST_COMMENTS
from threads.parsing import encodings, front_matter, headings, publication, thread_keys
from threads.parsing.document import Document, DocumentComment
from threads.parsing.problem_severities import Problem, UnreadableError, refusal
from threads.parsing.titles import make_title
from threads.parsing.values import body_text, is_removed_at_source, read_date, read_day
from threads.replies.excerpts import ArticleText
from threads.replies.heading_names import read_people

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from threads.formats.backup_format import Changes
    from threads.parsing.document import Kind
    from threads.parsing.front_matter import FrontMatter
    from threads.parsing.headings import FoundHeadings, Heading
    from threads.parsing.thread_keys import ClosingLink

NAME: Final = "markdown"
EXTENSIONS: Final = (".md",)

SegmentKind = Literal["front_matter", "body", "heading", "comment", "closing"]

LARGEST: Final = 32 * 1024 * 1024
"""Bytes; the largest real file seen has 16.5 MB."""
MOST_PROBLEMS: Final = 100
"""Problems told of one file, one by one."""
MOST_DAMAGE: Final = 0.2
"""Share of a file's bytes that may be no text (damaged UTF-8, control characters); beyond it, it is another kind."""

_SAYING: Final = ("title", "author", "date", "lastmod", "tags")
"""Fields that make a thread of a file without any text."""
_WHITE: Final = " \t\n"
_CONTROLS: Final = bytes([*range(9), 11, 12, *range(14, 32), 127])
_NAMES: Final = re.compile(r"\*\*.*\*\*", re.DOTALL)
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_NONCHARACTERS: Final = ("\ufffe".encode(), "\uffff".encode())
_HAS_BLOCK: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,80}---\s")
_DAMAGE: Final = re.compile(r"[\udc80-\udcff]")
_ODD: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\udc80-\udcff\ufffe\uffff]")
_BLANK_LINES: Final = re.compile(r"(?:[ \t]*+\n)++")
_IN_CODE: Final = gettext_noop("A line in fenced code looks like a comment heading. It is read as text.")
_UNREAD: Final = gettext_noop("A line looks like a comment heading but is too long to be one. It is read as text.")
_UNKNOWN_LINK: Final = gettext_noop("The closing link does not name a thread. The file name is used as the key.")


class Segment(NamedTuple):
    """A stretch of the file's text (damaged bytes as surrogate escapes, so that encoding gives the bytes back)."""

    kind: SegmentKind
    text: str


class _Text(NamedTuple):
    """A file's text, and the same with all line ends alike: as long, so that places are the same in both."""

    text: str
    lines: str
    odd: bool
    """True where bodies must be cleaned: other line ends, control characters, damage."""
    problems: tuple[Problem, ...]


class _File(NamedTuple):
    """A document and the segments that it was read from."""

    document: Document
    segments: tuple[Segment, ...]
    """Front matter, (a question's heading,) body, (heading, comment) for each comment, closing; texts may be empty."""

    @property
    def first_heading(self) -> int:
        """Index of the heading segment of the first comment."""
        return len(self.segments) - 1 - 2 * len(self.document.comments)


split_threads = None


def is_format_of(_read_start: Callable[[], bytes]) -> bool:
    """Return True: the extension is enough."""
    return True


def identify_thread(content: bytes, name: str) -> str:
    """Return the thread's key only: front matter and comments are not read. Never raises."""
    return thread_keys.thread_key(thread_keys.find_closing_link(encodings.to_utf8(content)), name)


def find_unpublished(content: bytes, name: str) -> Problem | None:
    """Return a warning if a file is not to be published: a draft, or a page about its folder. Never raises."""
    if publication.is_section(name) or publication.is_about_folder(name):
        return _about_folder(content, name)
    if publication.is_in_drafts(name):
        return Problem(None, "draft", _("The file is in a folder of drafts and is not published."))
    start = content[: 4 * front_matter.LONGEST_BLOCK]
    if not publication.may_have_flag(start):
        return None
    text = encodings.to_utf8(start).decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    block = front_matter.read_front_matter(text)
    flag = publication.find_flag(block)
    if flag is None:
        return None
    return Problem(block.line_of(flag), "draft", _("The file is not published: its field “%s” says so.") % flag)


def _about_folder(content: bytes, name: str) -> Problem | None:
    """Return a warning unless the file has comments, a closing link or (but for Hugo's `_index.md`) front matter."""
    try:
        document = _read(content, name).document
    except UnreadableError:
        return None
    if document.comments or document.source_url or (document.front_matter and not publication.is_section(name)):
        return None
    return Problem(None, "no-thread", _("The file is about its folder, by its name. It is no thread."))


def read_document(content: bytes, name: str) -> Document:
    """Read one file. `name` is its path below the imported folder. Linear in its size. Raises UnreadableError."""
    return _read(content, name).document


def read_segments(content: bytes, name: str) -> tuple[Segment, ...]:
    """Return the segments of a file; their concatenation is the file, in UTF-8. Raises UnreadableError."""
    return _read(content, name).segments


def _read(content: bytes, name: str) -> _File:
    content, problems = _as_utf8(content)
    source = _decode(content)
    link = thread_keys.find_closing_link(content)
    tail = len(content[link.start :].decode("utf-8", "surrogateescape")) if link else 0
    end = len(source.text) - tail
    block = front_matter.read_front_matter(source.lines[:end])
    found = headings.find_headings(source.lines, block.end, end)
    matches = found.headings
    if len(matches) > MOST_COMMENTS:
        message = _("There are more than %s comments.") % f"{MOST_COMMENTS:,}"
        raise refusal(matches[MOST_COMMENTS].line, "too-many-comments", message)
    opening = matches.pop(0) if matches and matches[0].asks and matches[0].start == block.end else None
    fields = front_matter.read_article_fields(block, opening)
    segments = _cut_segments(source, block.end, opening, matches, end)
    first = len(segments) - 1 - 2 * len(matches)
    body = _trim_body(segments[first - 1].text, odd=source.odd)
    problems += [*source.problems, *block.problems, *fields.problems, *_unread_headings(found)]
    if link and not link.key:
        problems.append(Problem(source.lines.count("\n", 0, end) + 1, "closing-link-unknown", _(_UNKNOWN_LINK)))
    texts = [_trim_body(segment.text, odd=source.odd) for segment in segments[first + 1 : -1 : 2]]
    comments = tuple(_comments(matches, texts, ArticleText(fields.author, body), problems))
    if not body and not comments:
        _check_empty(block, link, problems)
    document = Document(
        key=thread_keys.thread_key(link, name),
        kind=_kind(matches, opening, link),
        title=fields.title or make_title(body, fields.tags, name, block.line_of("title") or 1, problems),
        author=fields.author,
        **fields.details(),
        source_url=link.address if link else "",
        tags=fields.tags,
        front_matter=block.fields,
        body=body,
        comments=comments,
        problems=tuple(_first_problems(problems)),
    )
    return _File(document, segments)


def _unread_headings(found: FoundHeadings) -> Iterator[Problem]:
    yield from (Problem(line, "heading-in-code", _(_IN_CODE)) for line in found.fenced_lines)
    yield from (Problem(line, "heading-unread", _(_UNREAD)) for line in found.unread_lines)


def _first_problems(problems: list[Problem]) -> list[Problem]:
    if len(problems) <= MOST_PROBLEMS:
        return problems
    count = len(problems) - MOST_PROBLEMS
    more = ngettext("This file has %(count)s more problem.", "This file has %(count)s more problems.", count) % {
        "count": f"{count:,}"
    }
    return [*problems[:MOST_PROBLEMS], Problem(None, "more-problems", more)]


def _as_utf8(content: bytes) -> tuple[bytes, list[Problem]]:
    """Return a file's bytes in UTF-8, and a warning if they were not."""
    converted = encodings.to_utf8(content) if len(content) <= LARGEST else content
    if converted is content:
        return content, []
    return converted, [Problem(1, "encoding-converted", _("The file is GB18030. It was converted to UTF-8."))]


def _decode(content: bytes) -> _Text:
    """Decode a file. Raises UnreadableError if it is empty, too large, or no text."""
    if len(content) > LARGEST:
        raise refusal(None, "too-large", _("The file is larger than %d MB.") % (LARGEST // 2**20))
    if content.startswith(_UTF_16):
        raise refusal(1, "utf-16", _("The file is UTF-16. Save it as UTF-8."))
    controls = len(content) - len(content.translate(None, _CONTROLS))
    damage = 0
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("utf-8", "surrogateescape")
        damage = len(text) - len(_DAMAGE.sub("", text))
    if not text.strip("\ufeff \t\r\n\0"):
        raise refusal(1, "empty", _("The file is empty."))
    if controls + damage > MOST_DAMAGE * len(content) or (b"\0" in content and not _HAS_BLOCK.match(content)):
        raise refusal(1, "not-text", _("The file is not UTF-8 text."))
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
            "%d byte is not UTF-8 and is shown as U+FFFD.", "%d bytes are not UTF-8 and are shown as U+FFFD.", damage
        )
        yield Problem(line, "encoding-damaged", message % damage)
    if controls:
        message = ngettext(
            "%d control character was removed from the text.",
            "%d control characters were removed from the text.",
            controls,
        )
        yield Problem(line, "control-characters", message % controls)


def _cut_segments(
    source: _Text, block_end: int, opening: Heading | None, comments: Sequence[Heading], end: int
) -> tuple[Segment, ...]:
    cuts: list[tuple[SegmentKind, int]] = [("front_matter", 0)]
    if opening:
        cuts.append(("heading", opening.start))
    cuts.append(("body", opening.end if opening else block_end))
    for heading in comments:
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


def _trim_body(text: str, *, odd: bool) -> str:
    """Trim the converter's framing: blank lines before, white space after; an indented first line keeps its indent."""
    text = (body_text(text) if odd else text).rstrip(_WHITE)
    blank = _BLANK_LINES.match(text)
    return text[blank.end() :] if blank else text


def _comments(
    matches: Sequence[Heading], texts: Sequence[str], article: ArticleText, problems: list[Problem]
) -> Iterator[DocumentComment]:
    for heading, reading in zip(matches, read_people(matches, texts, article), strict=True):
        if any(map(headings.is_name_cut, heading.names)):
            problems.append(headings.name_cut(heading.line))
        day = read_date(read_day, heading.day, heading.line, problems)
        removed = is_removed_at_source(reading.body)
        yield DocumentComment(*reading.names, day, reading.body, heading.line, removed, reading.other_authors)


def _kind(comments: Sequence[Heading], opening: Heading | None, link: ClosingLink | None) -> Kind:
    if any(not heading.dated for heading in comments):
        return "answers"
    return "question" if opening or (link and link.kind == "question") else "article"


def _check_empty(block: FrontMatter, link: ClosingLink | None, problems: list[Problem]) -> None:
    """Add a warning for a thread without any text. Raises UnreadableError if the file says nothing of a thread."""
    if not (link and link.key) and not any(block.value(name) for name in _SAYING):
        raise refusal(1, "empty", _("The file is empty."))
    problems.append(Problem(None, "text-missing", _("The file has neither an opening text nor comments.")))


def rewrite(content: bytes, name: str, changes: Changes) -> bytes:
    """Return the file with the changed texts; all other segments stay as they are. Raises UnreadableError.

    A GB18030 file becomes UTF-8: what is left of its text may be too short to show its encoding.
    """
    file = _read(content, name)
    texts = [segment.text for segment in file.segments]
    for number, body in changes.bodies.items():
        index = file.first_heading + 2 * number
        texts[index + 1] = _in_its_space(texts[index + 1], body)
    for number, author in changes.authors.items():
        index = file.first_heading + 2 * number
        texts[index] = _with_names(texts[index], author)
    if changes.title is not None:
        for index, segment in enumerate(file.segments[: file.first_heading]):
            texts[index] = _without_opening(segment, file.document, changes.title)
        link = thread_keys.find_closing_link(content) if changes.key else None
        if link and not link.key:
            # The address may be made of the title.
            texts[-1] = ""
    _keep_two_names(texts, file, name, changes)
    return _join(texts)


def _keep_two_names(texts: list[str], file: _File, name: str, changes: Changes) -> None:
    """Put author and addressee on lines of their own where only the changed texts showed that they are two."""
    if not any(comment.other_authors for comment in file.document.comments):
        return
    changed = _read(_join(texts), name).document.comments
    for number, (before, after) in enumerate(zip(file.document.comments, changed, strict=True)):
        differs = (before.author, before.addressee) != (after.author, after.addressee)
        if before.author and before.addressee and differs and number not in changes.authors:
            index = file.first_heading + 2 * number
            texts[index] = _with_names(texts[index], f"{before.author} \n{before.addressee}")


def _join(texts: Sequence[str]) -> bytes:
    return "".join(texts).encode("utf-8", "surrogateescape")


def _with_names(heading: str, names: str) -> str:
    return _NAMES.sub(lambda _match: f"**{names}**", heading, count=1)


def _in_its_space(old: str, new: str) -> str:
    """Return `new` between the white space around `old`, so that the next heading is still one, with its line ends."""
    inner = old.strip()
    start = old.index(inner)
    new = new.lstrip(_WHITE)
    return old[:start] + (new.replace("\n", "\r\n") if "\r\n" in old else new) + old[start + len(inner) :]


def _without_opening(segment: Segment, document: Document, title: str) -> str:
    """Return a segment before the comments without title, author and text. `Lastmod` stays: it orders files."""
    if segment.kind == "front_matter":
        lastmod = f"Lastmod: {document.modified_at.isoformat()}\n" if document.modified_at else ""
        return f"---\n{lastmod}title: '{title}'\n---\n"
    return _in_its_space(segment.text, "") if segment.kind == "body" else ""
