"""Find again which comment answers which, after a rule of linking has changed."""

from __future__ import annotations

from threads.management.renewal import RenewalCommand


class Command(RenewalCommand):
    """`manage.py relink`."""

    help = __doc__ or ""
    command = "relink"
