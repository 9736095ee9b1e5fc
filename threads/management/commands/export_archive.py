"""`manage.py export_archive OUT --format source|jsonl`: the archive out again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from threads.exporting import jsonl, source
from threads.exporting.destination import ExportError
from threads.management.printing import printable

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    """Write the archive to a file of JSON lines, or to a folder as the files it was made from."""

    help = "Write the archive to a file of JSON lines, or to a folder as the files it was made from."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments of the contract."""
        parser.add_argument("out", type=Path, metavar="OUT", help="a file for jsonl, a folder for source")
        parser.add_argument(
            "--format", choices=["source", "jsonl"], required=True, help="the files as they came, or JSON lines"
        )
        parser.add_argument("--include-hidden", action="store_true", help="with what moderators hid from readers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export and say how much."""
        out: Path = options["out"]
        name = printable(str(out))
        try:
            if options["format"] == "jsonl":
                lines = jsonl.export_jsonl(out, include_hidden=options["include_hidden"])
                counts = {"articles": f"{lines.articles:,}", "comments": f"{lines.comments:,}"}
                said = _("%(articles)s articles and %(comments)s comments written.") % counts
            else:
                kept = source.export_originals(out, include_hidden=options["include_hidden"])
                said = _("%s files written.") % f"{kept.files:,}"
                if kept.cut:
                    counts = {"files": f"{kept.files:,}", "cut": f"{kept.cut:,}"}
                    said = _("%(files)s files written, %(cut)s of them without what was removed.") % counts
        except ExportError as error:
            raise CommandError(printable(str(error))) from error
        self.stdout.write(f"{name}: {said}")
