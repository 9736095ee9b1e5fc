"""What `reparse`, `rerender` and `relink` have in common: arguments, progress, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.management.base import BaseCommand

from threads.importing import run
from threads.maintenance import renew
from threads.management.output import Progress, add_workers, print_outcome, refuse, report_to

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from threads.database.rules import Command


class RenewalCommand(BaseCommand):
    """Brings the archive to today's rules; goes on where a run that was stopped left off."""

    command: ClassVar[Command]

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which arguments there are."""
        parser.add_argument("--dry-run", action="store_true", help="say what would change; write nothing")
        parser.add_argument("--restart", action="store_true", help="begin anew, though a stopped run came further")
        add_workers(parser)
        parser.add_argument("--report", metavar="FILE.json", help="write the report there, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the archive, and print the report."""
        wanted = renew.RenewalOptions(options["dry_run"], options["restart"], options["workers"])
        tell = print_outcome(self.stdout) if wanted.dry_run else run.ignore_progress
        with refuse(), Progress(self.stdout, "threads") as progress:
            report = renew.renew_archive(self.command, wanted, progress, tell)
        report_to(self.stdout, report, options["report"])
