"""`manage.py rerender`."""

from __future__ import annotations

from threads.management.renewal_command import RenewalCommand


class Command(RenewalCommand):
    """Render every text again, after a rule of rendering has changed."""

    help = __doc__ or ""
    command = "rerender"
