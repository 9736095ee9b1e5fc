"""Import files and folders of Markdown threads into the archive."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from threads.importing import pipeline, reporting
from threads.importing.pipeline import Options


class Command(BaseCommand):
    """`manage.py import_archive PATH...`."""

    help = "Import files and folders of Markdown threads. Files that have not changed are left alone."

    requires_system_checks = ()  # they are of the site, and cost more than an import of nothing new

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which arguments there are."""
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a folder, or a Markdown file")
        parser.add_argument("--workers", type=int, default=Options().workers, metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, and print the report."""
        report = pipeline.import_archive(options["paths"], Options(workers=options["workers"]))
        for line in reporting.summary(report):
            self.stdout.write(line)
        raise SystemExit(1 if report.files_refused else 0)
