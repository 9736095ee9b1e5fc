"""`manage.py export_archive OUT --format source|jsonl`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from threads.exporting import jsonl, source
from threads.exporting.destination import ExportError
from threads.management.output import escape_unprintable


class Command(BaseCommand):
    """Export the archive as original files in a folder, or as one JSON Lines file."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments."""
        parser.add_argument("out", type=Path, metavar="OUT", help="a file for jsonl, a folder for source")
        text = "original files, or JSON Lines"
        parser.add_argument("--format", choices=["source", "jsonl"], required=True, help=text)
        parser.add_argument("--include-hidden", action="store_true", help="include hidden content")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export and print the counts."""
        out: Path = options["out"]
        name = escape_unprintable(str(out))
        try:
            if options["format"] == "jsonl":
                rows = jsonl.export_jsonl(out, include_hidden=options["include_hidden"])
                counts = {"articles": f"{rows['article']:,}", "comments": f"{rows['comment']:,}"}
                message = _("Articles written: %(articles)s, comments: %(comments)s.") % counts
            else:
                result = source.export_originals(out, include_hidden=options["include_hidden"])
                message = _("Files written: %s.") % f"{result.files:,}"
                if result.cut:
                    counts = {"files": f"{result.files:,}", "cut": f"{result.cut:,}"}
                    message = _("Files written: %(files)s, with text removed: %(cut)s.") % counts
        except ExportError as error:
            raise CommandError(escape_unprintable(str(error))) from error
        self.stdout.write(f"{name}: {message}")
