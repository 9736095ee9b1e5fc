"""The interface of a backup format. Each format is one module of this package that has these names.

A file format reads files of one thread or of many; a folder format reads threads made of several files, which the
archive stores as one pack (`formats.packs`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from threads.formats.packs import Member
    from threads.parsing.document import Document
    from threads.parsing.problem_severities import Problem

    SplitThreads: TypeAlias = Callable[[BinaryIO], Iterator["Part | Problem"]]

LARGEST_FILE: Final = 64 * 1024 * 1024
"""Bytes of the largest file, or part of a file, that is read; four times the largest file seen."""
MOST_COMMENTS: Final = 100_000
"""Comments of a thread; the longest real file seen has 4,952."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Texts to replace in a file; everything else in it stays byte for byte."""

    bodies: Mapping[int, str] = field(default_factory=dict)
    """New text of comments, by their index in the document."""
    authors: Mapping[int, str] = field(default_factory=dict)
    """The only name that is left above a comment, or "" for none, by the comment's index."""
    title: str | None = None
    """A new title; it also removes the article's author and text."""
    key: str = ""
    """A new key of the thread, with the title; only of formats that write keys into files."""

    def __bool__(self) -> bool:
        return bool(self.bodies or self.authors or self.title is not None)


class Part(NamedTuple):
    """The bytes of one thread in a file of many threads."""

    key: str
    """The key of the thread as written in the file."""
    offset: int
    """In bytes."""
    first_line: int
    """From 1."""
    content: bytes


def part_path(file_path: str, key: str) -> str:
    """Return the path of a part: that of its file, `#`, and the key of its thread. No key has a `#`."""
    return f"{file_path}#{key}"


def file_of_part(path: str) -> str:
    """Return the path of the file that a part belongs to; empty for a whole file, whose name may have a `#`."""
    file, _sign, key = path.rpartition("#")
    return file if "/" in key else ""


class BackupFormat(Protocol):
    """What every format can do. All functions are pure."""

    @property
    def NAME(self) -> str:  # noqa: N802
        """Name of the format in `SourceFile.format` and in `--format`."""

    def read_document(self, content: bytes, name: str) -> Document:
        """Read one file, part or pack; `name` is its path below the imported folder. Raises UnreadableError."""

    def rewrite(self, content: bytes, name: str, changes: Changes) -> bytes:
        """Return the content with the changed texts and otherwise the same bytes. Raises UnreadableError."""


class FileFormat(BackupFormat, Protocol):
    """A format of files with one thread, or with many one after the other."""

    @property
    def EXTENSIONS(self) -> tuple[str, ...]:  # noqa: N802
        """Endings of file names, in lower case."""

    def is_format_of(self, read_start: Callable[[], bytes], /) -> bool:
        """Return whether a file with one of the extensions has this format; `read_start` returns its first bytes."""

    @property
    def split_threads(self) -> SplitThreads | None:
        """Yields the threads of an open file, or problems with its lines; None if a file is one thread."""

    def identify_thread(self, content: bytes, name: str) -> str:
        """Return the key of the thread, at a small part of the cost of reading it. Never raises."""

    def find_unpublished(self, content: bytes, name: str, /) -> Problem | None:
        """Return a warning if a whole file is not to be published, at a small part of the cost of reading it."""


class Folder(Protocol):
    """A folder as a folder format sees it. Links are not followed; names that begin with a dot are left out."""

    @property
    def entries(self) -> frozenset[str]:
        """Names of the files and folders in it that no other format has claimed."""

    def list_files(self, name: str) -> Sequence[str]:
        """Return the sorted paths, below this folder, of all files in one of its entries, or of the file itself."""

    def read(self, path: str) -> bytes:
        """Return the bytes of a file by its path below this folder. Raises UnreadableError."""

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open a file that may be larger than is read at once. Raises UnreadableError, also while it is read."""


class PackedThread(NamedTuple):
    """The files of one thread."""

    key: str
    members: tuple[Member, ...]
    """The first is the file whose path names the thread. People and the like that it needs are members too."""
    is_in_pieces: bool = False
    """True if its members are pieces of files with many threads."""

    @property
    def path(self) -> str:
        """The path under which it is stored, below the folder that has the format."""
        path = self.members[0].path
        return part_path(path, self.key) if self.is_in_pieces else path


class RefusedFile(NamedTuple):
    """A file below a folder that is in no thread, and why."""

    path: str
    problem: Problem


class FolderFormat(BackupFormat, Protocol):
    """A format of threads that are made of several files of a folder. Contents are packs."""

    def claim_entries(self, folder: Folder) -> Collection[str]:
        """Return the names of the folder's entries that have this format; none if the folder is not of this format.

        Reads a few files at most. `--format` claims a folder only for its format.
        """

    def find_threads(self, folder: Folder, entries: Collection[str]) -> Iterator[PackedThread | RefusedFile]:
        """Yield the threads in these entries in a stable order. Every file is in a thread or refused.

        A small part of the cost of reading them; few contents are held at once. Never raises.
        """
