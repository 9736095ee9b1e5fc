"""`manage.py rerender`."""

from threads.management.renewal_command import RenewalCommand


class Command(RenewalCommand):
    """Render all texts again, after the rendering rules have changed."""

    help = __doc__ or ""
    command = "rerender"
