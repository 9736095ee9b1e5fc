"""The archive's own JSON Lines export as a backup format (docs/export.md): one file of many threads.

A part is one thread: its article's line and the lines up to the next article. Keys of comments, links, reading order
and HTML are computed again from the texts; the exported ones are ignored.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, fields
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple, cast

from django.utils.translation import gettext as _

from threads.formats.backup_format import LARGEST_FILE, MOST_COMMENTS, Part
from threads.formats.json_values import replace_values
from threads.parsing import quotes, thread_keys, titles, values
from threads.parsing.document import DETAILS, ArticleDetails, Document, DocumentComment
from threads.parsing.headings import person_name
from threads.parsing.hosts import canonical_key
from threads.parsing.problem_severities import Problem, UnreadableError, refusal, shift_lines
from threads.parsing.values import body_text, read_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from threads.formats.backup_format import Changes
    from threads.parsing.document import Kind

NAME: Final = "jsonl"
EXTENSIONS: Final = (".jsonl", ".ndjson")

KINDS: Final = ("article", "question", "answers")
ARTICLE_FIELDS: Final = frozenset(
    {"type", "key", "kind", "title", "author", "tags", "source_url", "source_path", "front_matter", "body", "body_html"}
    | {"comments", *DETAILS}
)

_BOM: Final = b"\xef\xbb\xbf"
_ARTICLE: Final = b'{"type":"article"'
_COMMENT: Final = b'{"type":"comment"'
_RECOGNIZED: Final = re.compile(rb'\s*\{[^\n]*?"type"\s*:\s*"(?:article|comment)"')
_OPENS_ARTICLE: Final = re.compile(rb'\s*\{[^\n]*?"type"\s*:\s*"article"')


class _Row(NamedTuple):
    """One line that holds an object."""

    line: int
    """Line of the part, from 1."""
    fields: Mapping[str, Any]

    def read_text(self, name: str) -> str:
        """Return a field's text, "" for null or a missing field. Raises UnreadableError."""
        value = self.fields.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise refusal(self.line, "json-field", _("The field “%s” is not text.") % name)
        return value

    def read_number(self, name: str) -> int | None:
        """Return a field's whole number, None for null or a missing field. Raises UnreadableError."""
        value = self.fields.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise refusal(self.line, "json-field", _("The field “%s” is not a whole number.") % name)

    def read_time(self, name: str, problems: list[Problem]) -> datetime | None:
        """Return a field's time, None for null or a missing field. Raises UnreadableError."""
        return read_date(values.read_time, self.read_text(name), self.line, problems)


@dataclass(slots=True)
class _Lines:
    """The lines of one thread while a file is split."""

    offset: int
    first_line: int
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    has_text: bool = False

    def add(self, line: bytes) -> None:
        """Take a line in; those of a thread that is too large are counted only."""
        self.size += len(line)
        self.has_text = self.has_text or bool(line.removeprefix(_BOM).strip())
        if self.size <= LARGEST_FILE:
            self.lines.append(line)

    def as_part(self, keys: set[str]) -> Part | Problem:
        """Return the thread, unless its article is unreadable or one of `keys`, those before it in the file."""
        try:
            if self.size > LARGEST_FILE:
                raise refusal(1, "too-large", _("The thread is larger than %d MB.") % (LARGEST_FILE >> 20))
            content = b"".join(self.lines)
            article = _read_article(content)
            key = article.read_text("key")
            if key in keys:
                raise refusal(article.line, "thread-repeated", _("The thread is in the file more than once."))
        except UnreadableError as error:
            return shift_lines(error.problem, self.first_line)
        keys.add(key)
        return Part(key, self.offset, self.first_line, content)


def is_format_of(read_start: Callable[[], bytes]) -> bool:
    """Return whether the first line of a file is an article or a comment."""
    return _RECOGNIZED.match(read_start().removeprefix(_BOM)) is not None


def split_threads(file: BinaryIO) -> Iterator[Part | Problem]:
    """Yield the threads of an open file; a problem for each without a readable article. Holds one in memory."""
    offset = 0
    keys: set[str] = set()
    thread = _Lines(0, 1)
    for number, line in enumerate(iter(lambda: file.readline(LARGEST_FILE + 1), b""), 1):
        if thread.has_text and _is_article(line):
            yield thread.as_part(keys)
            thread = _Lines(offset, number)
        thread.add(line)
        offset += len(line)
    yield thread.as_part(keys)


def _is_article(line: bytes) -> bool:
    """Return whether a line is an article, or would be one if it were not damaged."""
    line = line.removeprefix(_BOM)
    if line.startswith((_ARTICLE, _COMMENT)):
        return line.startswith(_ARTICLE)
    try:
        return bool(line.strip()) and _parse_line(line, 1).fields.get("type") == "article"
    except UnreadableError:
        return _OPENS_ARTICLE.match(line) is not None


def identify_thread(content: bytes, name: str) -> str:
    """Return the key of the thread; of the file's name if its article is unreadable. Never raises."""
    try:
        return canonical_key(_read_article(content).read_text("key"))
    except UnreadableError:
        return thread_keys.file_key(name)


def find_unpublished(_content: bytes, _name: str) -> None:
    """Return None: an export has published threads only."""


def read_document(content: bytes, name: str) -> Document:
    """Read one part. Linear in its size. Raises UnreadableError with the line of the part."""
    rows = _rows(content)
    article = _checked_article(next(rows, None))
    key = article.read_text("key")
    problems: list[Problem] = []
    comments: list[DocumentComment] = []
    line = article.line
    for row in rows:
        line = row.line
        if row.fields.get("type") == "comment":
            comments.append(_read_comment(row, key, problems))
        if len(comments) > MOST_COMMENTS:
            raise refusal(row.line, "too-many-comments", _("There are more than %s comments.") % f"{MOST_COMMENTS:,}")
    stated = article.fields.get("comments")
    if isinstance(stated, int) and stated > len(comments):
        message = _("The article states %(stated)d comments, but %(count)d follow. The file may be cut off.")
        raise refusal(line, "comments-missing", message % {"stated": stated, "count": len(comments)})
    body = body_text(article.read_text("body"))
    tags = values.read_tags(article.fields.get("tags"), article.line, problems)
    title = titles.read_title(article.read_text("title"), article.line, problems)
    if not title:
        title = titles.make_title(body, tags, name, article.line, problems)
    return Document(
        key=canonical_key(key),
        kind=cast("Kind", article.read_text("kind")),
        title=title,
        author=person_name(article.read_text("author")),
        **_read_details(article, problems),
        source_url=values.safe_address(article.read_text("source_url")),
        tags=tags,
        front_matter=_front_matter(article),
        body=body,
        comments=tuple(comments),
        problems=tuple(problems),
    )


def _read_details(article: _Row, problems: list[Problem]) -> dict[str, Any]:
    """Return the fields of `ArticleDetails` by name, each read by its type. Raises UnreadableError."""
    read: dict[str, Callable[[str], object]] = {
        "datetime | None": lambda name: article.read_time(name, problems),
        "int | None": article.read_number,
        "str": lambda name: values.line_of_text(article.read_text(name)),
    }
    return {detail.name: read[str(detail.type)](detail.name) for detail in fields(ArticleDetails)}


def _front_matter(article: _Row) -> dict[str, object]:
    """Return the exported front matter, and the fields that no export writes."""
    front_matter = article.fields.get("front_matter")
    other = {name: value for name, value in article.fields.items() if name not in ARTICLE_FIELDS}
    return {**front_matter, **other} if isinstance(front_matter, dict) else other


def _read_article(content: bytes) -> _Row:
    return _checked_article(next(_rows(content), None))


def _checked_article(row: _Row | None) -> _Row:
    if row is None:
        raise refusal(1, "empty", _("The file is empty."))
    if row.fields.get("type") != "article":
        raise refusal(row.line, "json-no-article", _("The thread does not start with its article."))
    if not thread_keys.is_thread_key(row.read_text("key")):
        raise refusal(row.line, "json-field", _("The field “%s” is not a key of a thread.") % "key")
    if row.read_text("kind") not in KINDS:
        raise refusal(row.line, "json-field", _("The field “%s” is unknown.") % "kind")
    return row


def _read_comment(row: _Row, article_key: str, problems: list[Problem]) -> DocumentComment:
    if row.read_text("article") != article_key:
        raise refusal(row.line, "json-field", _("The comment belongs to another thread."))
    body = body_text(row.read_text("body"))
    kind = row.read_text("source_kind")
    return DocumentComment(
        author=person_name(row.read_text("author")),
        addressee=person_name(row.read_text("addressee")),
        posted_on=read_date(values.read_day, row.read_text("posted_on"), row.line, problems),
        body=body,
        line=row.line,
        removed_at_source=values.is_removed_at_source(body) or row.fields.get("removed_at_source") is True,
        posted_at=row.read_time("posted_at", problems),
        edited_at=row.read_time("edited_at", problems),
        source_kind=kind,
        # Without a kind, the id was learned from quotes, and is learned again.
        source_id=row.read_number("source_id") if kind else None,
        container=row.read_text("container"),
        floor=row.read_number("floor"),
        votes=row.read_number("votes"),
        account_deleted=row.fields.get("account_deleted") is True,
    )


def _rows(content: bytes) -> Iterator[_Row]:
    """Yield the objects of the lines that are not blank. Raises UnreadableError."""
    for number, line in enumerate(content.removeprefix(_BOM).split(b"\n"), 1):
        if line.strip():
            yield _parse_line(line, number)


def _parse_line(line: bytes, number: int) -> _Row:
    try:
        fields = json.loads(line.decode("utf-8"))
    except json.JSONDecodeError as error:
        message = _("The line is not JSON from character %d on.") % error.colno
        raise refusal(number, "json-unreadable", message) from error
    except (ValueError, RecursionError) as error:
        raise refusal(number, "json-unreadable", _("The line is not JSON.")) from error
    if not isinstance(fields, dict):
        raise refusal(number, "json-unreadable", _("The line is not a JSON object."))
    return _Row(number, fields)


def rewrite(content: bytes, name: str, changes: Changes) -> bytes:
    """Return the part with the changed texts, and without what repeats them: HTML, keys, and excerpts in `quotes`.

    Raises UnreadableError.
    """
    rows = list(_rows(content))
    lines = content.split(b"\n")
    new_values: dict[int, dict[str, Any]] = {}
    if changes.title is not None:
        removed = dict.fromkeys({*(rows[0].fields.keys() - ARTICLE_FIELDS), "source_path"})
        removed |= {"key": changes.key, "source_url": ""} if changes.key else {}
        opening: dict[str, Any] = {
            "title": changes.title,
            "author": None,
            "front_matter": {},
            "body": "",
            "body_html": "",
        }
        new_values[rows[0].line] = removed | opening
    comments = [row for row in rows if row.fields.get("type") == "comment"]
    new_values |= {row.line: {"article": changes.key} for row in comments if changes.key}
    for number, author in changes.authors.items():
        new_values.setdefault(comments[number].line, {}).update(author=author or None, addressee=None)
    for number, body in changes.bodies.items():
        excerpts = _with_excerpts(comments[number].fields.get("quotes"), body)
        new_values.setdefault(comments[number].line, {}).update(body=body, body_html="", quotes=excerpts, key=None)
    for line, changed in new_values.items():
        lines[line - 1] = replace_values(lines[line - 1], {(name,): value for name, value in changed.items()})
    return b"\n".join(lines)


def _with_excerpts(rows: object, body: str) -> list[Any]:
    """Return the rows of a comment's `quotes` with the excerpts of its new body."""
    excerpts = chain((mark.excerpt for mark in quotes.find_quotes(body)), repeat(""))
    pairs = zip(rows if isinstance(rows, list) else [], excerpts, strict=False)
    return [{**row, "excerpt": excerpt} for row, excerpt in pairs if isinstance(row, dict)]
