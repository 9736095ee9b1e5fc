"""The archive's version, to which everything that is kept ready belongs. Called by the page cache and the views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Subquery

from threads.models import ArchiveState, ImportRun
from threads.prepared import Prepared

if TYPE_CHECKING:
    from django.db.models import QuerySet


def newest() -> QuerySet[ArchiveState, Any]:
    """Return the version, and the moment of the first import."""
    first = ImportRun.objects.order_by("pk").values("started_at")[:1]
    return ArchiveState.objects.order_by("pk").values_list("version", Subquery(first))[:1]


NEWEST = Prepared(newest)


def current() -> str:
    """Return the archive's version, with the moment of its first import; empty before that. One query.

    The moment tells an archive from one that was in its place before, whose pages a cache may still hold.
    """
    rows = NEWEST.rows()
    return f"{rows[0][0]}-{rows[0][1]}".replace(" ", "-") if rows else ""
