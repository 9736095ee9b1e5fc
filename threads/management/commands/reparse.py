"""`manage.py reparse`."""

from threads.management.renewal_command import RenewalCommand


class Command(RenewalCommand):
    """Parse all threads again from the original files, after the parsing rules have changed."""

    help = __doc__ or ""
    command = "reparse"
