"""Import backups of discussion sites into the archive."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from threads.formats.registry import FORMATS
from threads.importing import run
from threads.importing.run import ImportOptions
from threads.management.output import add_run_arguments, parse_positive, report_run
from threads.models import SourceFile


class Command(BaseCommand):
    """Exit codes: 0 all files imported, 1 some files refused, 2 import not possible."""

    help = "Import backups into the archive: Markdown files or JSON Lines exports. Unchanged files are skipped."
    requires_system_checks = ()  # they check the site, and take longer than an import without changes

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments."""
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a folder or a file")
        parser.add_argument("--format", choices=list(FORMATS), default="", help="read all files as this format")
        add_run_arguments(parser)
        text = "withdraw threads whose files are missing (reversible)"
        parser.add_argument("--prune", action="store_true", help=text)
        text = "read unchanged files too; allow --prune to withdraw most threads"
        parser.add_argument("--force", action="store_true", help=text)
        parser.add_argument("--retry-failed", action="store_true", help="read only files refused by earlier imports")
        parser.add_argument("--limit", type=parse_positive, metavar="N", help="read at most N new or changed files")
        parser.add_argument("--if-empty", action="store_true", help="do nothing if the archive already has threads")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and print the report."""
        if options["if_empty"] and SourceFile.objects.exists():
            self.stdout.write(_("The archive already has threads. Nothing was imported."))
            return
        names = ("dry_run", "prune", "force", "retry_failed", "limit", "workers", "format")
        import_options = ImportOptions(**{name: options[name] for name in names})
        report_run(self.stdout, options, partial(run.import_archive, options["paths"], import_options))
