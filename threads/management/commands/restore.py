"""`manage.py restore FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from threads.maintenance import restore_database
from threads.maintenance.database_files import BackupError
from threads.management.output import escape_unprintable, report_errors


class Command(BaseCommand):
    """Check a backup of the archive and restore it into an empty database, also one that is not migrated."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments."""
        parser.add_argument("file", type=Path, metavar="FILE", help="a file that `backup` wrote")
        parser.add_argument("--replace", action="store_true", help="delete the content of the database first")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore and print the next steps."""
        file: Path = options["file"]
        try:
            with report_errors(_("Stopped. Run the command again.")):
                result = restore_database.restore_backup(file, replace=options["replace"])
        except BackupError as error:
            raise CommandError(escape_unprintable(str(error)), returncode=2) from error
        values = {"file": file, "time": f"{timezone.localtime(result.info.time):%Y-%m-%d %H:%M}"}
        self.stdout.write(escape_unprintable(_("%(file)s, made %(time)s, is restored.") % values))
        if result.loss.actions:
            self.stdout.write(_("%s They are undone: repeat them.") % result.loss)
        self.stdout.write(_("Check the archive: manage.py verify_archive. Then restart the site."))
