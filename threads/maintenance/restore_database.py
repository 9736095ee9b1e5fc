"""Restore a backup: check the file, replace the database in one transaction, and migrate it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from threads.database import locks, versions
from threads.maintenance import database_copies, database_files, save_database
from threads.maintenance.database_files import BackupError, BackupInfo
from threads.models import Backup, ModerationAction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from django.db.models import Model

TABLES_OF_NEW_DATABASES: Final = {
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "threads_archivestate",
}
"""Tables with rows after `migrate` and `loaddata moderators`."""
NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Loss:
    """What moderators did in a database after a backup was made."""

    actions: int = 0
    redactions: int = 0

    def __str__(self) -> str:
        message = _("Moderation actions after the backup: %(actions)d, of which redactions: %(redactions)d.")
        return message % {"actions": self.actions, "redactions": self.redactions}


@dataclass(frozen=True)
class RestoreResult:
    """The description of the restored backup, and what is undone."""

    info: BackupInfo
    loss: Loss


def restore_backup(file: Path, *, replace: bool = False) -> RestoreResult:
    """Replace the database by a backup and migrate it. Without `replace`, the database must be empty.

    Cached pages of the former archive are not used any more. Raises BackupError and BusyError.
    """
    info = database_files.read_backup(file)
    _check_kind(file, info)
    _check_migrations(file, info)
    database_copies.check_program(info.made_with)
    with locks.hold_import_lock():
        loss, backups = _find_loss(info), _recorded_backups()
        if not replace and not is_empty():
            message = _("The database is not empty. --replace deletes everything in it.")
            raise BackupError(f"{message} {loss}")
        database_copies.load_database(file, versions.version_after_restore())
        call_command("migrate", interactive=False, verbosity=0)
        for row in backups:
            Backup.objects.update_or_create(path=row.path, defaults={"made_at": row.made_at, "size": row.size})
        save_database.record_backup(file.absolute(), info, file.stat().st_size)
    return RestoreResult(info, loss)


def _check_kind(file: Path, info: BackupInfo) -> None:
    if info.database != connection.vendor:
        message = _(
            "%(file)s is a backup of %(theirs)s, but DATABASE_URL is %(ours)s. Restore it with a DATABASE_URL of "
            "%(theirs)s, then use export_archive there and import_archive here."
        )
        kinds = {"theirs": NAMES.get(info.database, info.database), "ours": NAMES[connection.vendor]}
        raise BackupError(message % {"file": file, **kinds})


def _check_migrations(file: Path, info: BackupInfo) -> None:
    known = MigrationLoader(None).disk_migrations
    for app, name in info.migrations.items():
        if (app, name) not in known:
            message = _(
                "%(file)s was made by a newer version, with the migration %(theirs)s. This program has %(ours)s. "
                "Upgrade this program, then restore."
            )
            ours = max((other for label, other in known if label == app), default="-")
            raise BackupError(message % {"file": file, "theirs": f"{app}.{name}", "ours": f"{app}.{ours}"})


def is_empty() -> bool:
    """Return whether the database has no tables, or no rows except those that every new archive has.

    One query for each table.
    """
    tables = set(connection.introspection.table_names())
    models: list[type[Model]] = apps.get_models(include_auto_created=True)
    managers = {model._meta.db_table: model._base_manager for model in models}  # noqa: SLF001 - documented by Django
    names = tables & managers.keys() - TABLES_OF_NEW_DATABASES
    return not tables or ("django_migrations" in tables and not any(managers[name].exists() for name in names))


def _find_loss(info: BackupInfo) -> Loss:
    """Return what is undone; nothing if the database is not migrated. Two queries."""
    with suppress(DatabaseError):
        actions = ModerationAction.objects.filter(at__gt=info.time)
        return Loss(actions.count(), actions.filter(kind=ModerationAction.Kind.REDACT).count())
    return Loss()


def _recorded_backups() -> Sequence[Backup]:
    """Return the backups that the database knows; none if it is not migrated. One query."""
    with suppress(DatabaseError):
        return list(Backup.objects.all())
    return []
