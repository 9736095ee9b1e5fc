"""Base class of `reparse`, `rerender` and `relink`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.management.base import BaseCommand

from threads.importing import run
from threads.maintenance import renew
from threads.management.output import Progress, add_workers_argument, outcome_printer, print_report, report_errors

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from threads.database.versions import RuleCommand


class RenewalCommand(BaseCommand):
    """Apply the current rules to the stored archive. Resumes a stopped run."""

    command: ClassVar[RuleCommand]

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments."""
        parser.add_argument("--dry-run", action="store_true", help="print changes without writing them")
        parser.add_argument(
            "--restart", action="store_true", help="start from the beginning instead of resuming a stopped run"
        )
        add_workers_argument(parser)
        parser.add_argument("--report", metavar="FILE.json", help="write the report to this file as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Renew the archive and print the report."""
        renewal_options = renew.RenewalOptions(options["dry_run"], options["restart"], options["workers"])
        on_outcome = outcome_printer(self.stdout) if renewal_options.dry_run else run.ignore_progress
        with report_errors(), Progress(self.stdout, "threads") as progress:
            report = renew.renew_archive(self.command, renewal_options, progress, on_outcome)
        print_report(self.stdout, report, options["report"])
