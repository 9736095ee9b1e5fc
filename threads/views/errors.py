"""Pages for what is not there, not allowed, or went wrong: in the site's design, each with a way on."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string

if TYPE_CHECKING:
    from logging import LogRecord

    from django.http import HttpRequest

RETRY_AFTER: Final = 30
"""Seconds after which to ask again while the database is away."""

THREAD_PATH = re.compile(r"/t/(?P<key>(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)/(?P<kind>[a-z]+)/(?P<number>\d{1,18}))/?")


def page(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    """Draw the error page of a status."""
    return render(request, f"{status}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Draw 400: what was asked cannot be read."""
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """Draw 403: not allowed, or a form came without the token that shows that it is ours, for a `reason` of Django."""
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Draw 404; where the address names a thread of another site, offer its address there."""
    match = THREAD_PATH.fullmatch(request.path)
    return page(request, 404, original=f"https://{match['key']}" if match else "")


def gone(request: HttpRequest) -> HttpResponse:
    """Draw 410: it was here and was taken away."""
    return page(request, 410)


def too_many(request: HttpRequest) -> HttpResponse:
    """Draw 429: asked too often."""
    return page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Draw 500, or 503 while the database is away, without touching it, the session or the reader's choices."""
    if database_is_away(sys.exc_info()[1]):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": str(RETRY_AFTER)})
    return HttpResponseServerError(render_to_string("500.html"))


def database_is_away(error: BaseException | None) -> bool:
    """Say whether an error is that of a database which cannot be reached; others are faults, to be looked at."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return connection.connection is None or not connection.is_usable()


def without_traceback(record: LogRecord) -> bool:
    """Let the log say on one line, with the database's own words, that it was away. For `LOGGING`."""
    if getattr(record, "status_code", None) == 503 and record.exc_info:
        why = str(record.exc_info[1]).partition("\n")[0]
        record.msg, record.args, record.exc_info = f"{record.getMessage()} ({why})", (), None
    return True
