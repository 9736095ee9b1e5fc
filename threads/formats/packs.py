"""The files of one thread in one stored original: a line of JSON that lists them, then their bytes.

The line is a list of `[path, offset, size]`. A member is a whole file, or the bytes of a file from an offset on.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from threads.formats.backup_format import LARGEST_FILE
from threads.parsing.problem_severities import UnreadableError, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from threads.parsing.problem_severities import Problem


class Member(NamedTuple):
    """A file of a thread, or a piece of it."""

    path: str
    """Below the folder that has the format."""
    content: bytes
    offset: int = 0
    """Byte of the file on which a piece begins."""


def pack(members: Iterable[Member]) -> bytes:
    """Return the pack of these members, in their order. Raises UnreadableError if it is too large."""
    members = tuple(members)
    index = [[member.path, member.offset, len(member.content)] for member in members]
    head = json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    content = b"\n".join((head, b"".join(member.content for member in members)))
    if len(content) > LARGEST_FILE:
        raise refusal(None, "too-large", _("The files of the thread are larger than %d MB.") % (LARGEST_FILE >> 20))
    return content


def unpack(content: bytes) -> tuple[Member, ...]:
    """Return the members of a pack. Raises UnreadableError if it is damaged."""
    head, _line_feed, rest = content.partition(b"\n")
    members, start = [], 0
    try:
        for path, offset, size in json.loads(head.decode("utf-8", "surrogatepass")):
            members.append(Member(path, rest[start : start + size], offset))
            start += size
    except (ValueError, TypeError) as error:
        raise refusal(None, "pack-damaged", _("The stored files of the thread are damaged.")) from error
    if start != len(rest) or not members:
        raise refusal(None, "pack-damaged", _("The stored files of the thread are damaged."))
    return tuple(members)


def replace_contents(content: bytes, contents: Mapping[str, bytes]) -> bytes:
    """Return a pack with new contents of the members at these paths. Raises UnreadableError."""
    return pack(member._replace(content=contents.get(member.path, member.content)) for member in unpack(content))


def of_member(problem: Problem, path: str) -> Problem:
    """Return a problem of a member: its message names the member's path and line."""
    place = f"{path}:{problem.line}" if problem.line else path
    return replace(problem, line=None, message=f"{place}: {problem.message}")


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Let the problem of an UnreadableError name a member."""
    try:
        yield
    except UnreadableError as error:
        raise UnreadableError(of_member(error.problem, path)) from error


@contextmanager
def reporting(problems: list[Problem], path: str, code: str = "record-unreadable") -> Iterator[None]:
    """Add the problem of an UnreadableError to `problems` as a warning with this code that names a member."""
    try:
        yield
    except UnreadableError as error:
        problems.append(of_member(replace(error.problem, code=code), path))
