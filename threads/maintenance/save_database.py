"""Make backups, and remember them: after a redaction, they still contain the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _

from threads.maintenance import database_copies, database_files
from threads.maintenance.database_files import BackupError, BackupInfo
from threads.models import Backup, ModerationAction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class BackupResult:
    """The size of a new file in bytes, and why the archive could not record it, or nothing."""

    size: int
    warning: str


def make_backup(out: Path) -> BackupResult:
    """Write a backup of the database to a new file, and record it if the database can be written.

    Raises BackupError.
    """
    out = out.absolute()
    with database_files.new_file(out) as draft:
        info = describe_database()
        database_copies.copy_database(draft)
        size = database_files.seal(draft, info)
        # Before the file gets its name: if this process is killed, no complete backup is missing from the list.
        try:
            record_backup(out, info, size)
            warning = ""
        except DatabaseError as error:
            reason = str(error).partition("\n")[0]
            warning = _("The archive cannot record the backup (%s). Redactions will not name it.") % reason
    return BackupResult(size, warning)


def record_backup(path: Path, info: BackupInfo, size: int) -> None:
    """Add a backup to the list. One query to read and one to write."""
    Backup.objects.update_or_create(path=str(path), defaults={"made_at": info.time, "size": size})


def describe_database() -> BackupInfo:
    """Return what a backup made now says about itself. Raises BackupError if there is nothing to back up."""
    migrations = dict(sorted(MigrationRecorder(connection).applied_migrations()))
    if not migrations:
        raise BackupError(_("The database is empty. Check DATABASE_URL."))
    made_at = timezone.now().isoformat(timespec="milliseconds")
    return BackupInfo(connection.vendor, database_copies.name_program(), made_at, migrations)


@dataclass(frozen=True)
class ListedBackup:
    """A recorded backup, and the number of redactions since then."""

    backup: Backup
    redactions: int


def list_backups() -> Iterator[ListedBackup]:
    """Yield the recorded backups, newest first. One query, and one for each."""
    redactions = ModerationAction.objects.filter(kind=ModerationAction.Kind.REDACT)
    for backup in Backup.objects.all():
        yield ListedBackup(backup, redactions.filter(at__gt=backup.made_at).count())


def forget_backup(path: Path) -> None:
    """Remove a deleted file from the list. Raises BackupError if it is not in the list."""
    if not Backup.objects.filter(path=str(path.absolute())).delete()[0]:
        raise BackupError(_("%s is not in the list of backups: manage.py backup --list.") % path)
