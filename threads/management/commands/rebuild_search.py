"""`manage.py rebuild_search`.

One transaction: search uses the old index until the new one is complete, also after a crash.
"""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from tqdm import tqdm

from threads.management.output import escape_unprintable
from threads.search import indexing


class Command(BaseCommand):
    """Rebuild the search index, after its rules have changed or to delete stale entries."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments."""
        parser.add_argument("--dry-run", action="store_true", help=_("check the index without changing it"))

    def handle(self, *, dry_run: bool, **_options: object) -> None:
        """Check or rebuild the index."""
        if dry_run:
            problems = indexing.find_index_problems()
            for problem in problems:
                self.stdout.write(escape_unprintable(problem))
            self.stdout.write(_("Stale index entries: %d") % indexing.count_stale_entries())
            errors = _("The search index has errors. Run manage.py rebuild_search.")
            self.stdout.write(errors if problems else _("The search index is correct."))
            return
        with tqdm(unit=" texts", disable=None) as bar:
            count = indexing.rebuild_index(lambda done: bar.update(done - bar.n))
        self.stdout.write(_("Search index rebuilt: %d texts.") % count)
