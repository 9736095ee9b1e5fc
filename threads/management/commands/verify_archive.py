"""`manage.py verify_archive [PATH...]`: exits 1 on any difference."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.maintenance import verify
from threads.management.output import Progress, add_workers, refuse
from threads.management.printing import printable


class Command(BaseCommand):
    """Compare the archive with its files: what is missing, changed, extra, or altered in the database."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which arguments there are."""
        parser.add_argument(
            "paths", nargs="*", metavar="PATH", help="the folders imported; without any, the archive against itself"
        )
        add_workers(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, and print every difference."""
        with refuse(), Progress(self.stdout, "threads") as progress:
            found = verify.verify_archive(options["paths"], options["workers"], progress)
        for difference in found.differences:
            self.stdout.write(printable(difference))
        self.stdout.write(
            _("Compared %(files)d files and %(threads)d threads.") % {"files": found.files, "threads": found.threads}
        )
        if found.differences:
            number = len(found.differences)
            raise CommandError(ngettext("%d difference.", "%d differences.", number) % number, returncode=1)
        self.stdout.write(_("The archive is what its files say."))
