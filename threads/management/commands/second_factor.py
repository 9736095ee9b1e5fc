"""`manage.py second_factor`."""

from __future__ import annotations

from io import StringIO

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice
from qrcode import QRCode


class Command(BaseCommand):
    """Give an account of the archive a second factor: a code of an authenticator app, needed at each log-in."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments."""
        parser.add_argument("account", help=_("name of the account"))
        parser.add_argument(
            "--remove", action="store_true", help=_("remove the second factor, for example of a lost phone")
        )

    def handle(self, *, account: str, remove: bool, **_options: object) -> None:
        """Replace or remove the factor; show the new one as a picture and as an address."""
        user = get_user_model().objects.filter(username=account).first()
        if user is None:
            raise CommandError(_("There is no account %s.") % account)
        TOTPDevice.objects.filter(user=user).delete()
        if remove:
            self.stdout.write(_("The account %s has no second factor.") % account)
            return
        device = TOTPDevice.objects.create(user=user, name=account)
        picture = QRCode()
        picture.add_data(device.config_url)
        # Django's stream ends a line after each write, and the picture is written by character.
        drawn = StringIO()
        picture.print_ascii(out=drawn, invert=True)
        self.stdout.write(drawn.getvalue())
        self.stdout.write(device.config_url)
        self.stdout.write(_("Scan the picture with the authenticator app. It replaces an earlier second factor."))
