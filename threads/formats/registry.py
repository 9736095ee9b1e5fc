"""The backup formats that the importer knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from threads.formats import markdown_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from threads.formats.base import BackupFormat

FORMATS: Final[Mapping[str, BackupFormat]] = {markdown_files.NAME: markdown_files}
"""By name."""
DEFAULT: Final = markdown_files.NAME


def find_format(file_name: str) -> BackupFormat | None:
    """Return the format of a file by its extension, None if no format has it."""
    name = file_name.lower()
    return next((entry for entry in FORMATS.values() if name.endswith(entry.EXTENSIONS)), None)
