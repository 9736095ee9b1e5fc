"""`manage.py relink`."""

from __future__ import annotations

from threads.management.renewal_command import RenewalCommand


class Command(RenewalCommand):
    """Find again which comment answers which, after a rule of linking has changed."""

    help = __doc__ or ""
    command = "relink"
