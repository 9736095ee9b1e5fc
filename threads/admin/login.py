"""The log-in page of Django admin, with a second factor, and limits: a password costs a third of a second to check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from threads.views.errors import render_error
from threads.web.request_limits import count_attempt, find_network, forget_attempts

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

ADDRESS_LIMIT: Final = 10
ACCOUNT_LIMIT: Final = 20
PERIOD: Final = 10 * 60
"""Seconds for the limits of an address and of an account."""
TOTAL_LIMIT: Final = 20
"""Passwords that one worker process checks a minute, for all addresses and accounts together."""
NAME_LENGTH: Final = 150
"""Characters of the longest account name."""


class LogInForm(AdminAuthenticationForm):
    """Name, password, and the code of the second factor, if the account has one or SECOND_FACTOR is set."""

    code = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=16,
        help_text=_("From your authenticator app, if your account has a second factor."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def confirm_login_allowed(self, user: User) -> None:
        """Raise ValidationError for an account that may not log in, or without the right code. Three queries."""
        super().confirm_login_allowed(user)
        devices = TOTPDevice.objects.filter(user_id=user.pk, confirmed=True)
        if not devices:
            if settings.SECOND_FACTOR:
                raise ValidationError(
                    _("This site requires a second factor. Ask the operator to add one to your account.")
                )
            return
        code = self.cleaned_data["code"].replace(" ", "")
        with transaction.atomic():
            if not any(device.verify_token(code) for device in devices.select_for_update()):
                raise ValidationError(_("Enter the current code of your authenticator app. Each code works once."))


admin.site.login_form = LogInForm
admin.site.login_template = "admin/threads/log_in.html"


def log_in(request: HttpRequest) -> HttpResponseBase:
    """Show the log-in form or check the password; respond 429 beyond the limits. A log-in clears its two counts."""
    if request.method != "POST":
        return admin.site.login(request)
    network = find_network(request)
    account = normalize("NFKC", request.POST.get("username", "")[:NAME_LENGTH]).casefold()
    if not (
        count_attempt("log-in address", network, limit=ADDRESS_LIMIT, seconds=PERIOD)
        and count_attempt("log-in account", account, limit=ACCOUNT_LIMIT, seconds=PERIOD)
        and count_attempt("log-in", "all", limit=TOTAL_LIMIT, seconds=60)
    ):
        return render_error(request, 429)
    response = admin.site.login(request)
    if response.status_code == 302:
        forget_attempts("log-in address", network)
        forget_attempts("log-in account", account)
    return response
