"""A folder in memory, as a folder format sees it, and the threads that a format finds in it."""

from __future__ import annotations

from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from threads.formats.backup_format import PackedThread, RefusedFile
from threads.formats.packs import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from threads.formats.backup_format import FolderFormat
    from threads.parsing.document import Document

FIXTURES = Path(__file__).parents[2] / "fixtures"


class MemoryFolder:
    """Files by their path below the folder."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self.files = {
            path: content if isinstance(content, bytes) else content.encode() for path, content in files.items()
        }

    @property
    def entries(self) -> frozenset[str]:
        return frozenset(path.partition("/")[0] for path in self.files)

    def list_files(self, name: str) -> list[str]:
        return sorted(path for path in self.files if path == name or path.startswith(f"{name}/"))

    def read(self, path: str) -> bytes:
        return self.files[path]

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        yield BytesIO(self.files[path])


def read_fixture(name: str) -> MemoryFolder:
    """Return a folder of `fixtures`."""
    root = FIXTURES / name
    paths = (path for path in root.rglob("*") if path.is_file())
    return MemoryFolder({path.relative_to(root).as_posix(): path.read_bytes() for path in paths})


def find(backup_format: FolderFormat, folder: MemoryFolder) -> tuple[dict[str, bytes], list[RefusedFile]]:
    """Return the packs of the threads by key, and the refused files."""
    packs: dict[str, bytes] = {}
    refused = []
    for entry in backup_format.find_threads(folder, backup_format.claim_entries(folder)):
        if isinstance(entry, PackedThread):
            packs[entry.key] = pack(entry.members)
        else:
            refused.append(entry)
    return packs, refused


def read(backup_format: FolderFormat, content: bytes) -> Document:
    """Return the document of a pack."""
    return backup_format.read_document(content, unpack(content)[0].path)


def members(content: bytes) -> dict[str, str]:
    """Return the texts of a pack's members by path."""
    return {member.path: member.content.decode("utf-8", "surrogateescape") for member in unpack(content)}
