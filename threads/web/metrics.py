"""Metrics of the site for Prometheus, at `/metrics` for who knows METRICS_TOKEN.

With several worker processes, `PROMETHEUS_MULTIPROC_DIR` names a folder in which the library adds their counts
together. `gunicorn.conf.py` makes one. No label holds an address, a query or the key of a thread.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from threads.database.replicas import get_replicas
from threads.models import ImportRun, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http.response import HttpResponseBase

PAGES: Final = frozenset(
    {
        *(
            "about",
            settings.ADMIN_PATH,
            "authors",
            "c",
            "cite",
            "dates",
            "feeds",
            "healthz",
            "metrics",
            "preferences",
            "readyz",
        ),
        *("report", "robots.txt", "search", "sitemap.xml", "sitemaps", "static", "t", "tags"),
    }
)
"""First parts of the paths of the site. A client chooses other paths, so that these are counted together."""
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; a cached page takes less than one thousandth."""

REQUESTS: Final = Counter("archive_requests", "Requests by kind of page and status.", ["page", "status"])
SECONDS: Final = Histogram("archive_request_seconds", "Seconds to respond.", ["page"], buckets=BUCKETS)
CACHED_PAGES: Final = Counter("archive_page_cache", "Pages by hit, miss and bypass of the page cache.", ["outcome"])
PAGES_READ: Final = Counter(
    "archive_pages_read", "Responses that are not cached, by the database they read from.", ["database"]
)


class Metrics:
    """Middleware that counts and times requests, if METRICS_TOKEN is set. About 10 us a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.METRICS_TOKEN:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Count the request under the first part of its path."""
        started = time.perf_counter()
        response = self.get_response(request)
        page = find_page(request.path_info)
        REQUESTS.labels(page, response.status_code).inc()
        SECONDS.labels(page).observe(time.perf_counter() - started)
        return response


def find_page(path: str) -> str:
    """Return the kind of page of a path: its first part, `home` or `other`."""
    first = path.split("/", 2)[1]
    return first if first in PAGES else "other" if first else "home"


class ArchiveCollector:
    """What the database says at the time of a request for metrics. Two queries."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the last import and the open reports; without a database, only that it is unavailable."""
        yield from self.collect_replicas()
        try:
            reports = Report.objects.filter(status=Report.Status.OPEN).count()
            imports = ImportRun.objects.filter(command="import_archive", finished_at__isnull=False)
            last = imports.order_by("-pk").first()
        except DatabaseError:
            yield GaugeMetricFamily("archive_database_up", "Whether the database responds.", value=0)
            return
        yield GaugeMetricFamily("archive_database_up", "Whether the database responds.", value=1)
        yield GaugeMetricFamily("archive_open_reports", "Reports that wait for a moderator.", value=reports)
        if last and last.finished_at:
            ended = last.finished_at.timestamp()
            yield GaugeMetricFamily("archive_last_import_timestamp_seconds", "End of the last import.", value=ended)
            yield GaugeMetricFamily(
                "archive_last_import_refused_files", "Files that the last import refused.", value=last.files_refused
            )

    def collect_replicas(self) -> Iterator[GaugeMetricFamily]:
        """Yield whether each replica is used by this process. One query for each."""
        if not settings.REPLICAS:
            return
        replicas = get_replicas()
        replicas.refresh()
        used = GaugeMetricFamily("archive_replica_up", "Whether pages are read from the replica.", labels=["replica"])
        for number, replica in enumerate(replicas.replicas, start=1):
            used.add_metric([str(number)], 0 if replica.problem else 1)
        yield used


@never_cache
def show_metrics(request: HttpRequest) -> HttpResponse:
    """Respond with the metrics of all processes, or 404 without the token. Two queries."""
    token = settings.METRICS_TOKEN
    if not token or not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        raise Http404
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    archive = CollectorRegistry()
    archive.register(ArchiveCollector())
    return HttpResponse(generate_latest(registry) + generate_latest(archive), content_type=CONTENT_TYPE_LATEST)
