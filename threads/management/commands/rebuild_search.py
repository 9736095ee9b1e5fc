"""`manage.py rebuild_search`.

One transaction: readers search the old index until the new one is whole, and a crash leaves the old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from tqdm import tqdm

from threads.management.printing import printable
from threads.search import indexing

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Make the search index anew from the rows: after a rule has changed, or to clear what edits have left."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --dry-run."""
        parser.add_argument(
            "--dry-run", action="store_true", help=_("say what is wrong with the index; change nothing")
        )

    def handle(self, *, dry_run: bool, **_options: object) -> None:
        """Print what is wrong, or rebuild and print what was made."""
        if dry_run:
            found = indexing.find_index_problems()
            for problem in found:
                self.stdout.write(printable(problem))
            self.stdout.write(_("Left by edits, found by no one: %d texts") % indexing.count_stale_entries())
            self.stdout.write(
                _("The search index is not as it should be.") if found else _("The search index is true.")
            )
            return
        with tqdm(unit=" texts", disable=None) as bar:
            count = indexing.rebuild_index(lambda done: bar.update(done - bar.n))
        self.stdout.write(_("Search index made anew: %d texts.") % count)
