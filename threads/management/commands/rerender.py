"""`manage.py rerender`."""

from __future__ import annotations

from threads.management.renewal_command import RenewalCommand


class Command(RenewalCommand):
    """Render all texts again, after the rendering rules have changed."""

    help = __doc__ or ""
    command = "rerender"
