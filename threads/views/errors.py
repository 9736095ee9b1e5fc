"""Pages for what is not there, not allowed, or went wrong: in the site's design, each with a way on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.http import HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string

if TYPE_CHECKING:
    from django.http import HttpRequest

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
    """Draw 500 without touching the database, the session or the reader's choices."""
    return HttpResponseServerError(render_to_string("500.html"))
