"""Folders to Markdown files, safely: regular files inside the folder only, whatever the folder holds.

Called by the pipeline and its workers. A name is never opened before it is known to be a regular file, and is opened so
that neither a link nor a FIFO put in its place meanwhile can lead out of the folder or hang the run.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils.translation import gettext as _

from threads.importing.build import FileProblem
from threads.parsing.problems import Problem, UnreadableError, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of the largest file that is read; four times the largest seen."""
LONGEST_PATH: Final = 1024


class Found(NamedTuple):
    """One Markdown file: its path below the folder given, as the archive keeps it, and where it is."""

    path: str
    location: str


def find(given: Sequence[str | os.PathLike[str]]) -> Iterator[Found | FileProblem]:
    """Yield the Markdown files of folders (or files) in the order given, each folder in the order of paths.

    Names that begin with a dot are left alone. What cannot be read is a problem, and the walk goes on.
    """
    for name in given:
        path = Path(name)
        try:
            kind = path.stat().st_mode
        except OSError as error:
            yield _problem(str(name), "not-found", _("cannot be opened: %s") % (error.strerror or error))
            continue
        if stat.S_ISDIR(kind):
            yield from _walk(os.path.realpath(path), "")
        elif not _is_markdown(path.name):
            yield _problem(str(name), "not-markdown", _("is neither a folder nor a Markdown (.md) file"))
        elif stat.S_ISREG(kind):
            yield _found(path.name, os.path.realpath(path))
        else:
            yield _problem(str(name), "not-a-file", _("is not a regular file"))


def _walk(folder: str, below: str) -> Iterator[Found | FileProblem]:
    """Yield what is in a folder, without recursion on the depth of folders."""
    waiting = [below]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(Path(folder, below)) as entries:
                listed = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            yield _problem(below or folder, "not-readable", _("cannot be listed: %s") % (error.strerror or error))
            continue
        deeper = []
        for entry in listed:
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                deeper.append(path)
            elif entry.is_symlink() and (entry.is_dir() or _is_markdown(entry.name)):
                yield from _link(folder, path)
            elif _is_markdown(entry.name):
                yield from _file(entry, path)
        waiting += reversed(deeper)


def _file(entry: os.DirEntry[str], path: str) -> Iterator[Found | FileProblem]:
    if entry.is_file(follow_symlinks=False):
        yield _found(path, entry.path)
    else:
        yield _problem(path, "not-a-file", _("is not a regular file"))


def _link(folder: str, path: str) -> Iterator[FileProblem]:
    """Links are not followed. One that stays in the folder hides nothing; one that leaves it is a refusal."""
    if not Path(os.path.realpath(Path(folder, path))).is_relative_to(folder):
        yield _problem(path, "outside", _("is a link that leads out of the folder; it is not followed"))


def _found(path: str, location: str) -> Found | FileProblem:
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    if len(shown) > LONGEST_PATH:
        return _problem(shown[:LONGEST_PATH], "name-too-long", _("has a path longer than %d characters") % LONGEST_PATH)
    return Found(shown, location)


def _is_markdown(name: str) -> bool:
    return name.lower().endswith(".md")


def _problem(path: str, code: str, message: str) -> FileProblem:
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    return FileProblem(shown[:LONGEST_PATH], Problem(None, "error", code, message))


def read(location: str) -> bytes:
    """Return the bytes of a regular file of at most LARGEST. Raises UnreadableError, which says what is wrong."""
    try:
        descriptor = os.open(location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise refusal(None, "not-a-file", _("is not a regular file"))
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise refusal(None, "not-readable", _("cannot be read: %s") % (error.strerror or error)) from error
    if len(content) > LARGEST:
        raise refusal(None, "too-large", _("is larger than %d MB") % (LARGEST >> 20))
    return content


__all__ = ["Found", "UnreadableError", "find", "read"]
