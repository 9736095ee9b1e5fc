"""`manage.py verify_archive [PATH...]`: exits 1 on any difference."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.maintenance import verify
from threads.management.output import add_workers_argument, escape_unprintable, report_errors, show_progress


class Command(BaseCommand):
    """Compare the archive with its files. Print missing, changed and additional data."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments."""
        text = "imported files or folders (default: the stored originals)"
        parser.add_argument("paths", nargs="*", metavar="PATH", help=text)
        add_workers_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify the archive and print the differences."""
        with report_errors(), show_progress(self.stdout, "threads") as progress:
            result = verify.verify_archive(options["paths"], options["workers"], progress)
        for difference in result.differences:
            self.stdout.write(escape_unprintable(difference))
        counts = {"files": result.files, "threads": result.threads}
        self.stdout.write(_("Files compared: %(files)d, threads: %(threads)d.") % counts)
        if result.differences:
            number = len(result.differences)
            raise CommandError(ngettext("%d difference.", "%d differences.", number) % number, returncode=1)
        self.stdout.write(_("The archive matches its files."))
