"""`manage.py reparse`."""

from __future__ import annotations

from threads.management.renewal_command import RenewalCommand


class Command(RenewalCommand):
    """Read every thread again from the kept originals, after a rule of reading has changed."""

    help = __doc__ or ""
    command = "reparse"
