"""The backup formats that the importer knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from threads.formats import bbs1984, bbs2049, jsonl_export, mail, markdown_files, mohu, pincong_jekyll, pincong_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from threads.formats.backup_format import BackupFormat, FileFormat, Folder, FolderFormat

FILE_FORMATS: Final[Mapping[str, FileFormat]] = {
    markdown_files.NAME: markdown_files,
    jsonl_export.NAME: jsonl_export,
}
FOLDER_FORMATS: Final[Mapping[str, FolderFormat]] = {
    bbs1984.NAME: bbs1984,
    bbs2049.NAME: bbs2049,
    mail.NAME: mail,
    mohu.NAME: mohu,
    pincong_jekyll.NAME: pincong_jekyll,
    pincong_json.NAME: pincong_json,
}
"""By name. A new format is a module with the names of `FileFormat` or `FolderFormat`, and a line here.

Of two formats that claim the same entries of a folder, the first gets them.
"""
FORMATS: Final[Mapping[str, BackupFormat]] = {**FILE_FORMATS, **FOLDER_FORMATS}
DEFAULT: Final = markdown_files.NAME


def has_extension(file_name: str, only: str = "") -> bool:
    """Return whether a format (`only`: that of this name) has the extension of a file."""
    formats = [entry for name, entry in FILE_FORMATS.items() if only in {"", name}]
    return any(file_name.lower().endswith(entry.EXTENSIONS) for entry in formats)


def claim_folder(folder: Folder, only: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the names of the folder formats (`only`: that of this name) that a folder has, each with its entries."""
    left = folder.entries
    for name, entry in FOLDER_FORMATS.items():
        if only in {"", name} and (claimed := left & frozenset(entry.claim_entries(folder))):
            left -= claimed
            yield name, claimed


def find_format(file_name: str, read_start: Callable[[], bytes]) -> str | None:
    """Return the name of a file's format, None if no format knows it; `read_start` returns its first bytes."""
    name = file_name.lower()
    for key, entry in FILE_FORMATS.items():
        if name.endswith(entry.EXTENSIONS) and entry.is_format_of(read_start):
            return key
    return None
