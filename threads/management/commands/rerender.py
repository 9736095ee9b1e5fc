"""Render every text again, after a rule of rendering has changed."""

from __future__ import annotations

from threads.management.renewal import RenewalCommand


class Command(RenewalCommand):
    """`manage.py rerender`."""

    help = __doc__ or ""
    command = "rerender"
