"""The log-in page of Django admin, with limits: checking a password takes a third of a second of processor time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from django.contrib import admin

from threads.views.errors import render_error
from threads.web.throttling import count_attempt, find_network, forget_attempts

if TYPE_CHECKING:
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
