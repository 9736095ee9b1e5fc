"""Base class of `reparse`, `rerender` and `relink`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser

from threads.maintenance import renew
from threads.management.output import add_run_arguments, report_run

if TYPE_CHECKING:
    from threads.database.versions import RuleCommand


class RenewalCommand(BaseCommand):
    """Apply the current rules to the stored archive. Resumes a stopped run."""

    command: ClassVar[RuleCommand]

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments."""
        add_run_arguments(parser)
        text = "start from the beginning instead of resuming a stopped run"
        parser.add_argument("--restart", action="store_true", help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        """Renew the archive and print the report."""
        renewal_options = {name: options[name] for name in ("dry_run", "restart", "workers")}
        report_run(self.stdout, options, partial(renew.renew_archive, self.command, **renewal_options), "threads")
