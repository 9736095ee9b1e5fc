"""Mailing lists as a backup format: mbox files, and maildir folders with a message a file (docs/formats/mail.md).

A thread is the messages that `In-Reply-To` and `References` connect, whatever files they are in. Its key is a digest of
the oldest message ID that its first message names, present or not, so it stays the same while an archive grows.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils.translation import gettext as _

from threads.formats import packs
from threads.formats.backup_format import PackedThread, RefusedFile
from threads.formats.mail_messages import OLDEST, POSTMARK, read_head, read_message, rewrite_message
from threads.formats.packs import Member
from threads.parsing import titles
from threads.parsing.document import Document, DocumentComment
from threads.parsing.problem_severities import Problem, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from threads.formats.backup_format import Changes, Folder
    from threads.formats.mail_messages import Head, Message

NAME: Final = "mail"
MAILDIR: Final = frozenset({"cur", "new"})
ENDINGS: Final = (".mbox", ".mbx", ".txt")


class _Message(NamedTuple):
    """A message and where it is."""

    path: str
    offset: int
    size: int
    head: Head

    @property
    def order(self) -> tuple[bool, object, str, int]:
        """Sort key: by date, those without one last."""
        return self.head.time == OLDEST, self.head.time, self.path, self.offset


def claim_entries(folder: Folder) -> Collection[str]:
    """Claim `cur` and `new` of a maildir, and mbox files."""
    claimed = {name for name in folder.entries if name.lower().endswith(ENDINGS) and _starts_mailbox(folder, name)}
    return claimed | MAILDIR if folder.entries >= MAILDIR else claimed


def _starts_mailbox(folder: Folder, name: str) -> bool:
    try:
        with folder.open(name) as file:
            return POSTMARK.match(file.readline(1_000)) is not None
    except UnreadableError:
        return False


def find_threads(folder: Folder, entries: Collection[str]) -> Iterator[PackedThread | RefusedFile]:
    """Yield the threads in these entries. Every message is read twice; one thread is in memory at once."""
    messages: list[_Message] = []
    for entry in sorted(entries):
        for path in folder.list_files(entry):
            try:
                messages += _read_maildir(folder, path) if entry in MAILDIR else _read_mailbox(folder, path)
            except UnreadableError as error:
                yield RefusedFile(path, error.problem)
    for thread in _group(messages):
        first = thread[0]
        try:
            members = tuple(Member(message.path, _read(folder, message), message.offset) for message in thread)
        except UnreadableError as error:
            yield RefusedFile(first.path, error.problem)
            continue
        yield PackedThread(_thread_key(first.head), members, is_in_pieces=first.path.partition("/")[0] not in MAILDIR)


def _read_maildir(folder: Folder, path: str) -> list[_Message]:
    content = folder.read(path)
    return [_Message(path, 0, len(content), read_head(content))]


def _read_mailbox(folder: Folder, path: str) -> list[_Message]:
    messages: list[_Message] = []
    lines: list[bytes] = []
    start = offset = 0
    was_blank = True
    with folder.open(path) as file:
        for line in file:
            if was_blank and lines and POSTMARK.match(line):
                messages.append(_Message(path, start, offset - start, read_head(b"".join(lines))))
                lines, start = [], offset
            lines.append(line)
            offset += len(line)
            was_blank = not line.strip()
    return [*messages, _Message(path, start, offset - start, read_head(b"".join(lines)))]


def _read(folder: Folder, message: _Message) -> bytes:
    with folder.open(message.path) as file:
        file.seek(message.offset)
        return file.read(message.size)


def _group(messages: Sequence[_Message]) -> Iterator[list[_Message]]:
    """Yield the messages of each thread: first the earliest that answers no other of them, then the others by date."""
    leaders: dict[str, str] = {}

    def lead(name: str) -> str:
        leaders.setdefault(name, name)
        while leaders[name] != name:
            leaders[name] = name = leaders[leaders[name]]
        return name

    for message in messages:
        for name in message.head.ancestors:
            leaders[lead(message.head.message_id)] = lead(name)
    threads: dict[str, list[_Message]] = defaultdict(list)
    for message in messages:
        threads[lead(message.head.message_id)].append(message)
    for thread in threads.values():
        thread.sort(key=lambda message: message.order)
        ids = {message.head.message_id for message in thread}
        opening = next((message for message in thread if message.head.parent_in(ids) is None), thread[0])
        thread.remove(opening)
        yield [opening, *thread]


def _thread_key(opening: Head) -> str:
    host = opening.list_host or opening.host or "mail.invalid"
    return f"{host}/message/{hashlib.sha256(opening.root.encode()).hexdigest()[:16]}"


def _number(message_id: str) -> int:
    """Return a message's number in the archive: 56 bits of a digest of its ID."""
    return int(hashlib.sha256(message_id.encode()).hexdigest()[:14], 16)


def read_document(content: bytes, name: str) -> Document:
    """Read the messages of a thread: the first is the opening. Raises UnreadableError."""
    first, *others = packs.unpack(content)
    head, opening = read_head(first.content), read_message(first.content)
    problems: list[Problem] = []
    comments = tuple(_read_comments(head, opening, others, problems))
    times = [head.time, *(comment.posted_at for comment in comments if comment.posted_at)]
    title = titles.read_title(opening.subject, None, problems)
    return Document(
        key=_thread_key(head),
        kind="article",
        title=title or titles.make_title(opening.text, (), name, None, problems),
        author=opening.author,
        published_at=_time(head),
        modified_at=None if max(times) == OLDEST else max(times),
        source_url="",
        tags=opening.tags,
        front_matter={},
        body=opening.text,
        comments=comments,
        problems=tuple(problems),
    )


def _read_comments(
    opening: Head, text: Message, members: Sequence[Member], problems: list[Problem]
) -> Iterator[DocumentComment]:
    """Yield the messages after the opening, without repeats."""
    known = {opening.message_id: text}
    for member in members:
        head = read_head(member.content)
        message = read_message(member.content, [earlier.words for earlier in known.values()])
        place = f"{member.path}@{member.offset:,}"
        if head.message_id in known:
            if message.text != known[head.message_id].text:
                warning = Problem(None, "mail-repeated", _("An earlier message has the same ID. This one is left out."))
                problems.append(packs.of_member(warning, place))
            continue
        if head.time == OLDEST:
            warning = Problem(None, "mail-date", _("The message has no readable date."))
            problems.append(packs.of_member(warning, place))
        time, parent = _time(head), head.parent_in(known)
        known[head.message_id] = message
        yield DocumentComment(
            message.author,
            None,
            time.date() if time else None,
            message.text,
            1,
            posted_at=time,
            source_kind="message",
            source_id=_number(head.message_id),
            container=_container(parent, opening),
        )


def _container(parent: str | None, opening: Head) -> str:
    if parent is None:
        return ""
    return "thread" if parent == opening.message_id else f"message/{_number(parent)}"


def _time(head: Head) -> datetime | None:
    return None if head.time == OLDEST else head.time


def rewrite(content: bytes, name: str, changes: Changes) -> bytes:
    """Return the pack with the changed texts. A message with a new text has no attachments. Raises UnreadableError."""
    members = list(packs.unpack(content))
    numbers: dict[str, int] = {}
    for index, member in enumerate(members):
        # The opening is -1.
        number = numbers.setdefault(read_head(member.content).message_id, len(numbers) - 1)
        removed = "" if number < 0 and changes.title is not None else None
        members[index] = member._replace(
            content=rewrite_message(
                member.content,
                body=changes.bodies.get(number, removed),
                author=changes.authors.get(number, removed),
                subject=changes.title,
            )
        )
    return packs.pack(members)
