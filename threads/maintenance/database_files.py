"""The file of a backup: a SQLite database or a dump of PostgreSQL, and one line of JSON that describes it.

`tail -n 1 FILE` prints the line. Its `sha256` is the digest of everything before it: `head -n -1 FILE | sha256sum`.
SQLite and `pg_restore` read the file as it is, because they ignore the line.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT: Final = 1
"""Number of the form of the last line. Increase it if older programs cannot read the new form."""
PROGRAM: Final = "discussion-archive"
LONGEST_LINE: Final = 65_536


class BackupError(Exception):
    """The backup cannot be made or restored. The message says why and what to do."""


@dataclass(frozen=True)
class BackupInfo:
    """The last line of a backup."""

    database: str
    """`sqlite` or `postgresql`, as `connection.vendor`."""
    made_with: str
    """Name and version of the program that made the copy, such as `pg_dump 15.4`."""
    made_at: str
    """Time in ISO 8601, with the time zone. Later changes are not in the backup."""
    migrations: dict[str, str]
    """The last migration by app."""
    size: int = 0
    """Bytes of the database or dump."""
    sha256: str = ""
    program: str = PROGRAM
    format: int = FORMAT

    @property
    def time(self) -> datetime:
        """The time of the backup."""
        return datetime.fromisoformat(self.made_at)


@contextmanager
def new_file(out: Path) -> Iterator[Path]:
    """Give an empty file beside `out` that gets this name at the end. Raises BackupError.

    Only its owner can read it. A killed process leaves a file with the suffix `.partial`.
    """
    if out.exists():
        raise BackupError(_("%s exists already. Name a new file, or delete this one first.") % out)
    draft = None
    try:
        descriptor, name = tempfile.mkstemp(dir=out.parent, prefix=f"{out.name}.", suffix=".partial")
        os.close(descriptor)
        draft = Path(name)
        yield draft
        draft.rename(out)
        _flush(out.parent)
    except OSError as error:
        values = {"file": out, "reason": error.strerror or error}
        raise BackupError(_("Cannot write %(file)s: %(reason)s. No backup was made.") % values) from error
    finally:
        if draft:
            draft.unlink(missing_ok=True)


def seal(file: Path, info: BackupInfo) -> int:
    """Add the last line to a copied database and write it to the disk. Return the size of the file in bytes."""
    size = file.stat().st_size
    with file.open("ab+") as stream:
        stream.write(b"\n")
        stream.seek(0)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.write(json.dumps(asdict(info) | {"size": size, "sha256": digest}).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
        return stream.tell()


def _flush(folder: Path) -> None:
    """Write the names of files in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_backup(file: Path) -> BackupInfo:
    """Return the last line of an undamaged backup. Reads the whole file. Raises BackupError."""
    try:
        with file.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, end - LONGEST_LINE))
            line = stream.read()[:-1].rpartition(b"\n")[2]
            info = _parse(file, line)
            stream.seek(0)
            if info.size != end - len(line) - 2 or info.sha256 != _digest(file, info.size + 1):
                raise BackupError(_("%s is damaged: its checksum is wrong. Use another backup.") % file)
    except OSError as error:
        values = {"file": file, "reason": error.strerror or error}
        raise BackupError(_("Cannot read %(file)s: %(reason)s.") % values) from error
    return info


def _parse(file: Path, line: bytes) -> BackupInfo:
    try:
        values = json.loads(line)
        if values["program"] == PROGRAM and values["format"] > FORMAT:
            numbers = {"file": file, "theirs": values["format"], "ours": FORMAT}
            message = _("%(file)s has format %(theirs)s of a newer version. This program knows format %(ours)s.")
            raise BackupError(" ".join([message % numbers, _("Upgrade this program, then restore.")]))
        info = BackupInfo(**values)
    except (ValueError, KeyError, TypeError) as error:
        message = _("%s is not a complete backup: the last line, which describes it, is missing. Use another backup.")
        raise BackupError(message % file) from error
    return info


def _digest(file: Path, size: int) -> str:
    """Return the SHA-256 of the first bytes of a file."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while size and (part := stream.read(min(size, 2**20))):
            digest.update(part)
            size -= len(part)
    return digest.hexdigest()
