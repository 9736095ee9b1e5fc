"""The files of one thread united, keyed, linked, ordered and rendered. Pure; runs in workers."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads import redaction, rendering, text
from threads.formats.registry import DEFAULT, FORMATS
from threads.parsing import quotes, thread_keys
from threads.parsing.document import ArticleDetails, read_facts
from threads.parsing.hosts import absolute_key, host_of_key
from threads.parsing.problem_severities import Problem, UnreadableError, shift_lines
from threads.parsing.values import storable_number, storable_text
from threads.replies import linking, reading_order
from threads.replies.answers import ARTICLE, Answer
from threads.replies.parsed_comments import (
    ParsedComment,
    fold_repeats,
    parse_comment,
    parse_comments,
    unite_comments,
)
from threads.search.tokens import EntryText, prepare_entry_text
from threads.text import TagName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from threads.parsing.document import Document


class QuoteRecord(NamedTuple):
    """One quote; `target` is the index of the quoted comment, None if it is not in the thread."""

    source_id: int | None
    excerpt: str
    leading: bool
    target: int | None
    gone: int | None = None
    """The id of the quoted comment, if that is withdrawn (`decisions`)."""


class CommentRecord(NamedTuple):
    """One linked comment; its position is its index in `ThreadRecord.comments`."""

    key: str
    author: str | None
    posted_on: date | None
    source_id: int | None
    body: str
    body_html: str
    script: str
    removed_at_source: bool
    addressee: str
    answers: int | None
    answers_article: bool
    link_method: str | None
    link_confidence: float | None
    order: int
    depth: int
    nth: int
    answer_count: int
    descendant_count: int
    quotes: tuple[QuoteRecord, ...]
    former_keys: tuple[str, ...] = ()
    """Keys of older wordings of the same comment, met in other files of the thread, and of its repeats."""
    thread_links: tuple[str, ...] = ()
    """Keys of other threads that it links to, sorted."""
    posted_at: datetime | None = None
    edited_at: datetime | None = None
    source_kind: str = ""
    container: str = ""
    floor: int | None = None
    votes: int | None = None
    account_deleted: bool = False


class SourceRecord(NamedTuple):
    """One file of the thread; `content` is compressed with zlib, None if the archive has it."""

    path: str
    sha256: str
    size: int
    content: bytes | None
    redacted: bool
    """True where words were destroyed in `content`."""
    modified_at: datetime | None
    format: str
    first_line: int | None


class FileProblem(NamedTuple):
    """A problem and the path of its file."""

    path: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class ThreadRecord(ArticleDetails):
    """One thread, ready to be stored."""

    key: str
    kind: str
    title: str
    author: str | None
    source_url: str
    front_matter: str
    """JSON."""
    body: str
    body_html: str
    script: str
    tags: tuple[TagName, ...] = ()
    thread_links: tuple[str, ...] = ()
    """Keys of other threads that the opening text links to, sorted."""
    comments: tuple[CommentRecord, ...] = ()
    sources: tuple[SourceRecord, ...] = ()
    """Its files, the one that is shown first."""
    problems: tuple[FileProblem, ...] = ()
    posts_read: int = 0
    """Opening texts and comments in its files; 0 if it was not read from files."""
    repeats: int = 0
    """Comments of its files that are folded, because they repeat others."""
    search: tuple[EntryText, ...] = ()
    """Of the article, then of each comment; empty where the thread was not read from files."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as plain tuples, which takes half the time of named ones."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["comments"] = tuple(map(tuple, self.comments))
        values["search"] = tuple(map(tuple, self.search))
        return _unpacked, (values,)


def _unpacked(values: dict[str, Any]) -> ThreadRecord:
    values["comments"] = tuple(map(CommentRecord._make, values["comments"]))
    values["search"] = tuple(map(EntryText._make, values["search"]))
    return ThreadRecord(**values)


PIECE_SECONDS: Final = 2.0
THREAD_SECONDS: Final = 6.0
"""Processor seconds for rendering one text, and for all texts of a thread; what is over is kept as plain text."""
SHORTEST: Final = 0.01
COMPRESSION: Final = 3
"""Of zlib: two thirds of the time that 6 takes, for 3 % more bytes."""
NOTHING: Final = rendering.Rendered("", frozenset(), None)


@dataclass(frozen=True, slots=True)
class SourceBytes:
    """A file of a thread; `kept` is its SHA-256 if it comes from the archive."""

    path: str
    content: bytes
    kept: str = ""
    format: str = DEFAULT
    first_line: int | None = None
    """Line of the file on which this part of it begins."""
    original_size: int = 0
    """Bytes of a kept file before any redaction; 0 if it has none."""

    @property
    def size(self) -> int:
        """Bytes of the file as it came."""
        return self.original_size or len(self.content)


@dataclass(frozen=True, slots=True)
class BuiltThread:
    """The result of a thread's files: the record, None if no file could be read, and the refused files."""

    record: ThreadRecord | None
    refused: tuple[FileProblem, ...]


class _File(NamedTuple):
    source: SourceBytes
    content: bytes
    """What is read and kept: the source without what was destroyed."""
    sha256: str
    document: Document


def build_thread(files: Iterable[SourceBytes], memories: Sequence[redaction.ThreadDigests] = ()) -> BuiltThread:
    """Read all files of one thread, in any order. `memories` is what was redacted in this thread."""
    read: list[_File] = []
    refused = []
    for source in files:
        try:
            read.append(_read_file(source, memories))
        except UnreadableError as error:
            refused.append(FileProblem(source.path, error.problem))
    if not read:
        return BuiltThread(None, tuple(refused))
    read.sort(key=lambda file: display_order(file.document.modified_at, file.source.size, file.source.path))
    replaced = partial(redaction.replaced_keys, memories)
    parsed = [parse_comments(file.document, kept=bool(memories), taken_by=replaced) for file in read]
    folded = [fold_repeats(comments) for comments in parsed]
    comments = folded[0]
    for older in folded[1:]:
        comments = unite_comments(comments, older)
    record = _record_without_comments(read, len(comments))
    record = replace(
        record,
        posts_read=sum(1 + len(comments) for comments in parsed),
        repeats=sum(map(len, parsed)) - sum(map(len, folded)),
        problems=(*record.problems, *chain.from_iterable(map(_repeat_problems, read, parsed))),
    )
    return BuiltThread(_link_and_render(record, comments), tuple(refused))


def _repeat_problems(file: _File, comments: Sequence[ParsedComment]) -> Iterator[FileProblem]:
    """Yield a warning with the number of repeats in a file, at the line of the first, if there are any."""
    first = {comment.key: index for index, comment in reversed(list(enumerate(comments)))}
    repeats = [index for index, comment in enumerate(comments) if first[comment.key] != index]
    if repeats:
        message = ngettext("%d repeat of a comment is folded.", "%d repeats of comments are folded.", len(repeats))
        line = file.document.comments[repeats[0]].line
        problem = Problem(line, "repeats", message % len(repeats))
        yield FileProblem(file.source.path, shift_lines(problem, file.source.first_line or 1))


def relink_record(
    record: ThreadRecord, decided: Mapping[int, Answer | None] | None = None, hidden: Collection[int] = ()
) -> ThreadRecord:
    """Link and order a record's comments again. `decided` answers, by index, outrank what is found.

    `hidden` comments keep their positions and are not counted.
    """
    parsed = [_parse_again(comment) for comment in record.comments]
    linked = zip(_link_comments(record, parsed, decided, hidden), record.comments, strict=True)
    comments = (new._replace(body_html=old.body_html, thread_links=old.thread_links) for new, old in linked)
    return replace(record, comments=tuple(comments))


def rerender_record(record: ThreadRecord) -> ThreadRecord:
    """Render all texts of a record again; its reply links stay as they are."""
    return _render_texts(record, [quotes.find_quotes(comment.body) for comment in record.comments])


def _read_file(source: SourceBytes, memories: Sequence[redaction.ThreadDigests]) -> _File:
    content = source.content
    for memory in memories:
        content = redaction.clean(content, source.path, memory, format_name=source.format, kept=bool(source.kept))
    sha256 = source.kept or hashlib.sha256(source.content).hexdigest()
    name = thread_keys.original_path(source.path, sha256)
    try:
        document = FORMATS[source.format].read_document(content, name)
    except UnreadableError as error:
        raise UnreadableError(shift_lines(error.problem, source.first_line or 1)) from error
    if errors := [problem for problem in document.problems if problem.severity == "error"]:
        raise UnreadableError(shift_lines(errors[0], source.first_line or 1))
    # The stored hash of a redacted original has a key already, and is not that of its bytes.
    if content != source.content and (not source.kept or sha256 == hashlib.sha256(source.content).hexdigest()):
        sha256 = redaction.digest_file(memories[0].secret, sha256)
    return _File(source, content, sha256, document)


def display_order(modified_at: datetime | None, size: int, path: str) -> tuple[float, int, str]:
    """Return the sort key of the files of a thread; the first is displayed: the newest, then the largest as it came.

    A redaction changes neither `Lastmod` nor that size, so the same file is displayed afterwards.
    """
    return (-modified_at.timestamp() if modified_at else float("inf"), -size, path)


def _record_without_comments(read: Sequence[_File], comments: int) -> ThreadRecord:
    """Return the record of the newest file, without HTML; `comments` is how many the thread has.

    What that file does not say, as an author or votes, comes from the next that does.
    """
    document = _completed([file.document for file in read], comments)
    problems = [
        FileProblem(file.source.path, shift_lines(problem, file.source.first_line or 1))
        for file in read
        for problem in file.document.problems
    ]
    if len(read) > 1:
        message = _("this thread is in %d files: the text of this file is shown, and the comments are merged")
        problems.append(FileProblem(read[0].source.path, Problem(None, "united", message % len(read))))
    return ThreadRecord(
        key=document.key,
        kind=document.kind,
        title=storable_text(document.title),
        author=document.author,
        **_storable_details(document),
        source_url=storable_text(document.source_url),
        front_matter=storable_text(json.dumps(document.front_matter, ensure_ascii=False)),
        body=storable_text(document.body),
        body_html="",
        script=text.detect_script(document.body) or text.detect_script(document.title),
        tags=tuple(_tag_records(document.tags)),
        sources=tuple(_source_record(file) for file in read),
        problems=tuple(problems),
    )


def _completed(documents: Sequence[Document], comments: int) -> Document:
    """Return the first document with what only others have. They may have comments that it counts as missing."""
    first, *others = documents
    if not others:
        return first
    names = ("author", "body", "tags", "source_url", "published_at", "votes")
    found = {name: next(filter(_is_said, (getattr(document, name) for document in documents)), None) for name in names}
    missing = [d.missing_comments - comments + len(d.comments) for d in documents if d.missing_comments is not None]
    known = {name: value for name, value in found.items() if value is not None}
    return replace(first, **known, missing_comments=max(0, min(missing)) if missing else None)


def _is_said(value: object) -> bool:
    return value not in (None, "", ())


def _storable_details(document: Document) -> dict[str, Any]:
    numbers = {name: storable_number(getattr(document, name)) for name in ("votes", "missing_comments")}
    return document.details() | numbers


def _source_record(file: _File) -> SourceRecord:
    untouched = file.content == file.source.content
    held = file.source.kept and untouched
    return SourceRecord(
        path=file.source.path,
        sha256=file.sha256,
        size=file.source.size,
        content=None if held else zlib.compress(file.content, COMPRESSION),
        redacted=not untouched,
        modified_at=file.document.modified_at,
        format=file.source.format,
        first_line=file.source.first_line,
    )


def _tag_records(names: Iterable[str]) -> Iterator[TagName]:
    """Yield one tag for each folded name, in its first spelling."""
    seen = set()
    for name in names:
        spelling = " ".join(storable_text(name).split())[:100].rstrip()
        folded = text.fold_name(spelling, text.TAG_LENGTH)
        if folded and folded not in seen:
            seen.add(folded)
            yield TagName(spelling, folded, text.tag_slug(spelling))


def _parse_again(comment: CommentRecord) -> ParsedComment:
    addressee = comment.addressee or None
    facts = read_facts(comment)
    parsed = parse_comment(comment.author, addressee, comment.posted_on, comment.body, key=comment.key, facts=facts)
    return parsed._replace(former_keys=comment.former_keys, removed_at_source=comment.removed_at_source)


def _link_and_render(record: ThreadRecord, parsed: Sequence[ParsedComment]) -> ThreadRecord:
    search = (prepare_entry_text(record.title, record.body), *(_entry_text(comment) for comment in parsed))
    record = replace(record, comments=tuple(_link_comments(record, parsed)), search=search)
    return _render_texts(record, [comment.quotes for comment in parsed])


def _entry_text(comment: ParsedComment) -> EntryText:
    spans = [(mark.start, mark.end) for mark in comment.quotes]
    return prepare_entry_text("", comment.body, spans, [mark.excerpt for mark in comment.quotes])


def _render_texts(record: ThreadRecord, marks: Sequence[Sequence[quotes.QuoteMark]]) -> ThreadRecord:
    """Return the record with HTML and links to other threads. `marks` are the quote marks of each comment."""
    until = time.process_time() + THREAD_SECONDS
    texts = []
    bodies = (record.body, *(comment.body for comment in record.comments))
    for body, its_marks in zip(bodies, ((), *marks), strict=True):
        seconds = max(SHORTEST, min(PIECE_SECONDS, until - time.process_time()))
        texts.append(rendering.render(body, its_marks, seconds) if body else NOTHING)
    comments = (
        comment._replace(body_html=rendered.html, thread_links=_others(record, rendered))
        for comment, rendered in zip(record.comments, texts[1:], strict=True)
    )
    return replace(
        record,
        body_html=texts[0].html,
        thread_links=_others(record, texts[0]),
        comments=tuple(comments),
        problems=(*record.problems, *_rendering_problems(record, texts)),
    )


def _rendering_problems(record: ThreadRecord, texts: Sequence[rendering.Rendered]) -> Iterator[FileProblem]:
    """Yield a warning for each text that is kept as plain text: the opening text, then the comments."""
    path = record.sources[0].path if record.sources else ""
    for number, rendered in enumerate(texts):
        if rendered.warning:
            name = _("comment %d") % number if number else _("the opening text")
            yield FileProblem(path, Problem(None, "plain-text", f"{name} {rendered.warning}"))


def _others(record: ThreadRecord, rendered: rendering.Rendered) -> tuple[str, ...]:
    """Return the keys of other threads that a text links to, sorted."""
    if not rendered.thread_links:
        return ()
    host = host_of_key(record.key)
    keys = {absolute_key(link, host) for link in rendered.thread_links}
    return tuple(sorted(keys - {record.key, ""}))


def _with_addressee(comment: ParsedComment) -> ParsedComment:
    """Return a comment whose addressee may be the name in an opening `@name:`."""
    name = comment.addressee or quotes.find_addressee(comment.body)
    return comment if name == comment.addressee else comment._replace(addressee=name)


def _link_comments(
    record: ThreadRecord,
    parsed: Sequence[ParsedComment],
    decided: Mapping[int, Answer | None] | None = None,
    hidden: Collection[int] = (),
) -> Iterator[CommentRecord]:
    """Yield comments with links and places, without HTML."""
    addressed, opening = [*map(_with_addressee, parsed)], f"{record.body}\n\n{record.title}"
    links = linking.resolve_links(addressed, record.author, decided, article_body=opening)
    parents = [None if link.answers == ARTICLE else link.answers for link in links]
    places = reading_order.order_comments(parents, hidden)
    for comment, link, parent, place in zip(parsed, links, parents, places, strict=True):
        yield CommentRecord(
            key=comment.key,
            author=comment.author,
            posted_on=comment.posted_on,
            body=comment.body,
            body_html="",
            script=text.detect_script(comment.own_text),
            removed_at_source=comment.removed_at_source,
            addressee=comment.addressee or "",
            answers=parent,
            answers_article=link.answers == ARTICLE,
            link_method=link.method,
            link_confidence=link.confidence,
            order=place.order,
            depth=place.depth,
            nth=place.nth,
            answer_count=place.answer_count,
            descendant_count=place.descendant_count,
            quotes=tuple(
                QuoteRecord(mark.source_id, mark.excerpt, mark.leading, target)
                for mark, target in zip(comment.quotes, link.targets, strict=True)
            ),
            former_keys=comment.former_keys,
            **(
                comment.facts if comment.facts.source_kind else comment.facts._replace(source_id=link.source_id)
            )._asdict(),
        )
