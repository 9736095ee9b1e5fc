"""The files of folders in a known format: regular files inside the folder only.

A name is never opened before it is known to be a regular file. It is opened so that neither a link nor a FIFO that
takes its place can lead out of the folder or block the run.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from django.utils.translation import gettext as _

from threads.formats import packs, registry
from threads.formats.backup_format import LARGEST_FILE
from threads.importing.build import FileProblem
from threads.parsing.problem_severities import Problem, UnreadableError, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from threads.importing.scanning import ScannedFile
    from threads.importing.workers import FileTask

LONGEST_PATH: Final = 1024
START: Final = 64 * 1024
"""Bytes of a file by which its format is recognized."""


class FoundFile(NamedTuple):
    """One file in a known format."""

    path: str
    """Below the folder that was named, as the archive stores it."""
    location: str
    format: str
    """Name of its format."""


class FoundFolder(NamedTuple):
    """A folder that has entries in a folder format."""

    path: str
    """Below the folder that was named; "" for itself."""
    location: str
    format: str
    """Name of its format."""
    entries: frozenset[str]

    @property
    def prefix(self) -> str:
        """What stands before the paths of its files in the archive.

        The folder that was named has its name: two backups have files with equal paths in it.
        """
        return f"{_shown(self.path or Path(self.location).name)}/"


class DiskFolder:
    """A folder as formats see it (`backup_format.Folder`); `problems` are what could not be listed."""

    def __init__(self, location: str, entries: Iterable[str]) -> None:
        self.entries = frozenset(entries)
        self.problems: list[FileProblem] = []
        self._location = location

    def list_files(self, name: str) -> Sequence[str]:
        """Return the sorted paths, below this folder, of all files in one of its entries, or of the file itself."""
        if not Path(self._location, name).is_dir():
            return [name]
        found: list[str] = []
        waiting = [name]
        while waiting:
            below = waiting.pop()
            listed = _list_folder(self._location, below)
            if isinstance(listed, FileProblem):
                self.problems.append(listed)
                continue
            for entry in listed:
                path = f"{below}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif entry.is_file(follow_symlinks=False):
                    found.append(path)
                elif not Path(os.path.realpath(entry.path)).is_relative_to(self._location):
                    self.problems.append(_outside(path))
        return sorted(found)

    def read(self, path: str) -> bytes:
        """Return the bytes of a file by its path below this folder. Raises UnreadableError."""
        return read_file(os.path.join(self._location, path))  # noqa: PTH118 -- of each of 160,000 files

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file that may be larger than is read at once. Raises UnreadableError, also while it is read."""
        return open_file(f"{self._location}/{path}")


def find_files(
    names: Sequence[str | os.PathLike[str]], only: str = ""
) -> Iterator[FoundFile | FoundFolder | FileProblem]:
    """Yield the files of folders (or files) in the order of `names`, each folder in the order of paths.

    `only` is the name of a format: files named are read in it whatever their extension, and folders are searched for
    its extensions. Entries of a folder format come together, in place of its files. Names that begin with a dot are
    left alone. What cannot be read is a problem, and the walk goes on.
    """
    for name in names:
        path = Path(name)
        try:
            kind = path.stat().st_mode
        except (OSError, ValueError) as error:
            yield _problem(str(name), "not-found", _("cannot be opened: %s") % _reason(error))
            continue
        if stat.S_ISDIR(kind):
            yield from _walk(os.path.realpath(path), only)
            continue
        folder, own_name = os.path.split(os.path.realpath(path))
        if claimed := list(_claim(folder, "", [own_name], only)):
            yield from claimed
        elif (not only and not registry.has_extension(path.name)) or only in registry.FOLDER_FORMATS:
            message = _("is neither a folder nor a file in a known format (%s)") % ", ".join(registry.FORMATS)
            yield _problem(str(name), "unknown-format", message)
        elif stat.S_ISREG(kind):
            yield _check(path.name, os.path.realpath(path), only, "unknown-format")
        else:
            yield _problem(str(name), "not-a-file", _("is not a regular file"))


def _claim(folder: str, below: str, names: Iterable[str], only: str) -> Iterator[FoundFolder]:
    """Yield the entries of a folder that have a folder format."""
    location = os.path.join(folder, below)  # noqa: PTH118
    for format_name, claimed in registry.claim_folder(DiskFolder(location, names), only):
        yield FoundFolder(below, location, format_name, claimed)


def _list_folder(folder: str, below: str) -> list[os.DirEntry[str]] | FileProblem:
    """Return the entries of a folder in order, without names that begin with a dot, or why it cannot be listed."""
    try:
        with os.scandir(Path(folder, below)) as entries:
            listed = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        return _problem(below or folder, "not-readable", _("cannot be listed: %s") % _reason(error))
    return [entry for entry in listed if not entry.name.startswith(".")]


def _walk(folder: str, only: str) -> Iterator[FoundFile | FoundFolder | FileProblem]:
    """Yield what is in a folder, without recursion on the depth of folders."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        listed = _list_folder(folder, below)
        if isinstance(listed, FileProblem):
            yield listed
            continue
        claimed: frozenset[str] = frozenset()
        for found_folder in _claim(folder, below, [e.name for e in listed if not e.is_symlink()], only):
            claimed |= found_folder.entries
            yield found_folder
        deeper = []
        for entry in listed:
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.name in claimed:
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    deeper.append(path)
                elif found := _check_entry(folder, entry, path, only):
                    yield found
            except OSError as error:
                # No file is missed for a link that leads nowhere: links are not followed.
                code = "bad-link" if Path(entry.path).is_symlink() else "not-readable"
                yield _problem(path, code, _("cannot be read: %s") % _reason(error))
        waiting += reversed(deeper)


def _check_entry(folder: str, entry: os.DirEntry[str], path: str, only: str) -> FoundFile | FileProblem | None:
    """Return what an entry of a folder is, None for one to leave alone. Raises OSError."""
    is_known = registry.has_extension(entry.name, only)
    if entry.is_symlink() and (entry.is_dir() or is_known):
        # Links are not followed. One that stays in the folder hides nothing; one that leaves it is refused.
        if Path(os.path.realpath(entry.path)).is_relative_to(folder):
            return None
        return _outside(path)
    if not is_known:
        return None
    if not entry.is_file(follow_symlinks=False):
        return _problem(path, "not-a-file", _("is not a regular file"))
    return _check(path, entry.path, only, "format-skipped")


def _outside(path: str) -> FileProblem:
    return _problem(path, "outside", _("is a symbolic link to outside the folder and is skipped"))


def _check(path: str, location: str, only: str, code: str) -> FoundFile | FileProblem:
    """Return a file with its format, or a problem: with this code if no format knows its content."""
    shown = _shown(path)
    if len(shown) > LONGEST_PATH:
        return _problem(path, "name-too-long", _("has a path longer than %d characters") % LONGEST_PATH)
    try:
        name = only or registry.find_format(path, lambda: _read_start(location))
    except UnreadableError as error:
        return FileProblem(shown, error.problem)
    if not name:
        message = _("is not in a known format (%s) and is skipped") % ", ".join(registry.FORMATS)
        return _problem(path, code, message)
    return FoundFile(shown, location, name)


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _shown(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _problem(path: str, code: str, message: str) -> FileProblem:
    return FileProblem(_shown(path)[:LONGEST_PATH], Problem(None, code, message))


@contextmanager
def open_file(location: str) -> Iterator[BinaryIO]:
    """Open a regular file. Raises UnreadableError, also for errors while it is read."""
    try:
        descriptor = os.open(location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise refusal(None, "not-a-file", _("is not a regular file"))
            yield file
    except OSError as error:
        raise refusal(None, "not-readable", _("cannot be read: %s") % _reason(error)) from error


def read_file(location: str, offset: int = 0, size: int | None = None) -> bytes:
    """Return the bytes of a regular file, or `size` of them from `offset`; at most LARGEST_FILE.

    Raises UnreadableError.
    """
    with open_file(location) as file:
        if size is not None:
            file.seek(offset)
            return file.read(size)
        # A read of LARGEST_FILE would allocate so many bytes for each of many small files.
        length = min(os.fstat(file.fileno()).st_size, LARGEST_FILE) + 1
        content = file.read(length)
        if len(content) == length:
            content += file.read(LARGEST_FILE + 1 - length)
    if len(content) > LARGEST_FILE:
        raise refusal(None, "too-large", _("is larger than %d MB") % (LARGEST_FILE >> 20))
    return content


def read_thread(file: ScannedFile | FileTask) -> bytes:
    """Return a file, a part of it, or the pack of several files. Raises UnreadableError."""
    location = file.location or ""
    if file.members:
        return packs.pack(
            packs.Member(path, read_file(os.path.join(location, path), offset, size), offset)  # noqa: PTH118
            for path, offset, size in file.members
        )
    return read_file(location, file.offset, None if file.first_line is None else file.size)


def _read_start(location: str) -> bytes:
    with open_file(location) as file:
        return file.read(START)
