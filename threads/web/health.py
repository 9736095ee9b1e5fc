"""Checks for load balancers and monitoring: whether the process is alive, and whether it can serve readers."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from threads.maintenance.readiness import database_problem


@never_cache
def check_health(request: HttpRequest) -> HttpResponse:
    """Respond with `ok` if the database answers. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def check_readiness(request: HttpRequest) -> HttpResponse:
    """Respond with `ok` if the database answers and is migrated, otherwise 503 with the remedy. Two queries."""
    problem = database_problem()
    return HttpResponse(f"{problem or 'ok'}\n", content_type="text/plain", status=503 if problem else 200)
