"""`manage.py relink`."""

from threads.management.renewal_command import RenewalCommand


class Command(RenewalCommand):
    """Resolve the reply links of all comments again, after the linking rules have changed."""

    help = __doc__ or ""
    command = "relink"
