"""Checks for load balancers and monitoring: whether the process is alive, and whether it can serve readers."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from threads.database.reading import ERRORS
from threads.database.replicas import get_replicas
from threads.maintenance.readiness import database_problem


@never_cache
def check_health(request: HttpRequest) -> HttpResponse:
    """Respond with `ok` if the database answers, or if replicas serve readers without it. One query, or a few."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except ERRORS:
        if not settings.REPLICAS or get_replicas().refresh():
            raise
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def check_readiness(request: HttpRequest) -> HttpResponse:
    """Respond with `ok` if the database answers and is migrated, otherwise 503 with the remedy. Two queries.

    With replicas, a line for each, and `ok` also if they serve readers without the primary. One more query for each.
    """
    problem = database_problem()
    lines, is_ready = [problem or "ok"], not problem
    if settings.REPLICAS:
        replicas = get_replicas()
        page_problem = replicas.refresh()
        is_ready = not page_problem and (is_ready or replicas.primary.is_lost)
        lines = [problem or page_problem or "ok"]
        lines += [f"replica {number}: {replica.problem or 'ok'}" for number, replica in enumerate(replicas.replicas, 1)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain", status=200 if is_ready else 503)
