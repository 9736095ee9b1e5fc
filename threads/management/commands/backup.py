"""`manage.py backup FILE`, `--list`, `--forget FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from threads.maintenance import save_database
from threads.maintenance.database_files import BackupError
from threads.management.output import escape_unprintable, report_errors


class Command(BaseCommand):
    """Write a backup of the whole archive to one file, while readers and imports continue."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments."""
        group = parser.add_mutually_exclusive_group(required=True)
        group.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a new file")
        text = "list the backups, with the number of redactions after each"
        group.add_argument("--list", action="store_true", help=text)
        text = "remove deleted files from the list"
        group.add_argument("--forget", nargs="+", type=Path, metavar="FILE", help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make or list backups, or forget them."""
        try:
            with report_errors(_("Stopped. No backup was made.")):
                if options["list"]:
                    self.print_list()
                elif options["forget"]:
                    for path in options["forget"]:
                        save_database.forget_backup(path)
                else:
                    self.make_backup(options["file"])
        except BackupError as error:
            raise CommandError(escape_unprintable(str(error)), returncode=2) from error

    def make_backup(self, file: Path) -> None:
        """Make a backup and print its size."""
        result = save_database.make_backup(file)
        values = {"file": file, "size": f"{result.size:,}"}
        self.stdout.write(escape_unprintable(_("%(file)s: backup complete, %(size)s bytes.") % values))
        if result.warning:
            self.stderr.write(escape_unprintable(result.warning))

    def print_list(self) -> None:
        """Print a line for each backup."""
        for row in save_database.list_backups():
            made_at = timezone.localtime(row.backup.made_at)
            line = f"{made_at:%Y-%m-%d %H:%M}  {row.backup.size:>15,}  {row.backup.path}"
            if row.redactions:
                line += "  " + _("(contains redacted text; redactions since: %d)") % row.redactions
            if not Path(row.backup.path).exists():
                line += "  " + _("(no such file)")
            self.stdout.write(escape_unprintable(line))
