"""The health check for load balancers and monitoring."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache


@never_cache
def check_health(request: HttpRequest) -> HttpResponse:
    """Respond with `ok` if the database answers. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")
