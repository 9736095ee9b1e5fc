"""The archive's version, to which everything that is kept ready belongs. Called by the page cache and the views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Subquery

from threads.database.prepared import Prepared
from threads.models import ArchiveState, ImportRun, ModerationAction

if TYPE_CHECKING:
    from django.db.models import QuerySet


def newest() -> QuerySet[ArchiveState, Any]:
    """Return the version, and the moments of the first import and of what a moderator did last."""
    first = ImportRun.objects.order_by("pk").values("started_at")[:1]
    last = ModerationAction.objects.order_by("-pk").values("at")[:1]
    return ArchiveState.objects.order_by("pk").values_list("version", Subquery(first), Subquery(last))[:1]


NEWEST = Prepared(newest)


def current() -> str:
    """Return the archive's version, with two moments; empty before the first import. One query.

    The first import tells an archive from one that was in its place before, whose pages a cache may still hold. What a
    moderator did last tells it from what it was before a backup took its place, from where versions are counted again.
    """
    rows = NEWEST.rows()
    return "-".join(map(str, rows[0])).replace(" ", "-") if rows else ""
