"""Import backups of discussion sites into the archive."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from threads.formats.registry import FORMATS
from threads.importing import run
from threads.importing.run import ImportOptions
from threads.management.output import Progress, add_workers, positive, print_outcome, refuse, report_to
from threads.models import SourceFile


class Command(BaseCommand):
    """`manage.py import_archive PATH...`: exits 0 if every file is in, 1 if some were refused, 2 if none could be."""

    help = "Import backups into the archive: Markdown files or JSON Lines exports. Unchanged files are left alone."
    requires_system_checks = ()  # they are of the site, and cost more than an import of nothing new

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which arguments there are."""
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a folder or a file")
        parser.add_argument("--format", choices=list(FORMATS), default="", help="read all files as this format")
        parser.add_argument("--dry-run", action="store_true", help="say what would change; write nothing")
        parser.add_argument("--prune", action="store_true", help="withdraw threads whose files are gone (reversible)")
        parser.add_argument(
            "--force", action="store_true", help="read unchanged files too; prune even most of the archive"
        )
        parser.add_argument("--retry-failed", action="store_true", help="read only files that were refused before")
        parser.add_argument("--limit", type=positive, metavar="N", help="read at most N new or changed files")
        add_workers(parser)
        parser.add_argument("--if-empty", action="store_true", help="do nothing where the archive holds threads")
        parser.add_argument("--report", metavar="FILE.json", help="write the report there, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, and print the report."""
        if options["if_empty"] and SourceFile.objects.exists():
            self.stdout.write(_("The archive holds threads already: nothing was imported."))
            return
        names = ("dry_run", "prune", "force", "retry_failed", "limit", "workers", "format")
        wanted = ImportOptions(**{name: options[name] for name in names})
        tell = print_outcome(self.stdout) if wanted.dry_run else run.ignore_progress
        with refuse(), Progress(self.stdout) as progress:
            report = run.import_archive(options["paths"], wanted, progress, tell)
        report_to(self.stdout, report, options["report"])
