"""The archive's version, to which everything that is kept ready belongs. Called by the page cache and the views."""

from __future__ import annotations

from functools import cache

from django.db import connection
from django.db.models import Subquery

from threads.models import ArchiveState, ImportRun


@cache
def statement() -> str:
    """Return the query, written once: for so small an answer, writing it costs ten times as much as asking it."""
    first = ImportRun.objects.order_by("pk").values("started_at")[:1]
    return str(ArchiveState.objects.order_by("pk").values_list("version", Subquery(first))[:1].query)


def current() -> str:
    """Return the archive's version, with the moment of its first import; empty before that. One query.

    The moment tells an archive from one that was in its place before, whose pages a cache may still hold.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement())
        row = cursor.fetchone()
    return f"{row[0]} {row[1]}" if row else ""
