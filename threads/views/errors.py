"""Error pages, in the design of the site. Each has a search box and links to the lists."""

from __future__ import annotations

import re
import sqlite3
import sys
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from threads.database.reading import NoCurrentDatabaseError
from threads.web.crawlers import EXPECTED

if TYPE_CHECKING:
    from logging import LogRecord

    from django.utils.functional import _StrPromise as StrPromise

RETRY_AFTER: Final = 30
"""Seconds after which a client may retry while the database is unavailable."""
CAUSE_LENGTH: Final = 300
"""Characters of the cause in a line of the log: a client chooses the length of a host name."""
NOT_WRITABLE: Final = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
"""Primary result codes of SQLite if a disk is full or a file is read-only."""
READ_ONLY: Final = {"25006", "53100"}
"""The same for PostgreSQL: read_only_sql_transaction and disk_full."""

ERROR_TEXTS: Final[dict[int, tuple[StrPromise, StrPromise]]] = {
    400: (_("Bad request"), _("The address or the form is malformed.")),
    403: (
        _("Permission denied"),
        _(
            "You do not have permission to view this page, or the form expired, or your browser blocks cookies. "
            "Go back, reload the page and try again."
        ),
    ),
    404: (_("Page not found"), _("This page does not exist. Search or browse the archive.")),
    410: (
        _("Removed"),
        _(
            "This page was removed from the archive: by a moderator, at the author’s request, for legal reasons, or "
            "because the source removed it."
        ),
    ),
    429: (
        _("Too many requests"),
        _("You submitted this form too often. Please try again later. Reading is not limited."),
    ),
}
"""Heading and message of each status."""
THREAD_PATH = re.compile(r"/t/(?P<key>(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)/(?P<kind>[a-z]+)/(?P<number>\d{1,18}))/?")


def render_error(request: HttpRequest, status: int, source_url: str = "") -> HttpResponse:
    """Render the error page of a status."""
    heading, message = ERROR_TEXTS[status]
    context = {"status": status, "heading": heading, "message": message, "source_url": source_url}
    return render(request, "threads/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Respond 400: the address or the form is malformed."""
    return render_error(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """Respond 403: no permission, or a form failed the CSRF check for Django's `reason`."""
    return render_error(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Respond 404. If the path is a thread's key with a host, link to the thread at its source."""
    match = THREAD_PATH.fullmatch(request.path)
    return render_error(request, 404, source_url=f"https://{match['key']}" if match else "")


def server_error(request: HttpRequest) -> HttpResponse:
    """Respond 500, or 503 if the database is unavailable. Uses neither database, session nor preferences."""
    if is_database_unavailable(sys.exc_info()[1]):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": str(RETRY_AFTER)})
    return HttpResponseServerError(render_to_string("500.html"))


def is_database_unavailable(error: BaseException | None) -> bool:
    """Return whether the connection is lost, or nothing can be written. A refused query is a bug, not an outage."""
    if not isinstance(error, DatabaseError | InterfaceError):
        return False
    if isinstance(error, NoCurrentDatabaseError):
        return True
    cause = error.__cause__
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF in NOT_WRITABLE or getattr(cause, "sqlstate", "") in READ_ONLY:
        return True
    is_of_connection = isinstance(error, OperationalError | InterfaceError)
    return is_of_connection and (connection.connection is None or not connection.is_usable())


def shorten_record(record: LogRecord) -> bool:
    """Replace the traceback of a 503 or of a malformed request by its first line. A filter for `LOGGING`.

    Return False for 404, for 410 and for the refusal of a crawler, which are not logged.
    """
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest) and EXPECTED in request.META:
        return False
    if not record.exc_info:
        return getattr(record, "status_code", None) not in {404, 410}
    cause = str(record.exc_info[1]).partition("\n")[0][:CAUSE_LENGTH]
    if record.name.startswith("django.security"):
        record.msg, record.args, record.exc_info = cause, (), None
    elif getattr(record, "status_code", None) == 503:
        record.msg, record.args, record.exc_info = f"{record.getMessage()} ({cause})", (), None
    return True
