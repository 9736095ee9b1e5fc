"""Versions of the archive and its articles, by which cached pages are valid, and of the rules that rows follow."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, Literal

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Subquery

from threads.database import bulk_writes, shared_version
from threads.database.prepared import Prepared
from threads.models import ArchiveState, Article, ImportRun, ModerationAction

if TYPE_CHECKING:
    from collections.abc import Iterable


RuleCommand = Literal["reparse", "rerender", "relink"]
RULES: Final[dict[RuleCommand, int]] = {"reparse": 8, "rerender": 5, "relink": 6}
"""Number of today's rules, by the command that applies them. Increase it when a rule changes."""


def newest_version() -> QuerySet[ArchiveState, Any]:
    """Return the version, the time of the first import and the time of the last moderation action."""
    first = ImportRun.objects.order_by("pk").values("started_at")[:1]
    last = ModerationAction.objects.order_by("-pk").values("at")[:1]
    return ArchiveState.objects.order_by("pk").values_list("version", Subquery(first), Subquery(last))[:1]


NEWEST = Prepared(newest_version)


def archive_version() -> str:
    """Return the archive's version with two times; empty before the first import. One query.

    The time of the first import differs from that of an earlier archive whose pages a cache may still hold. The time of
    the last moderation differs after a database file was replaced by hand, where versions count from an older number.
    `manage.py restore` raises the version itself.
    """
    rows = NEWEST.rows()
    return "-".join(map(str, rows[0])).replace(" ", "-") if rows else ""


def bump_versions(article_ids: Iterable[int]) -> None:
    """Invalidate cached pages of these articles, and of the archive. Two queries for each 900.

    With replicas, one query more after the transaction: the new version is shared before anybody is told of the change.
    """
    for part in bulk_writes.in_parts(article_ids):
        Article.objects.filter(pk__in=part).update(version=F("version") + 1)
    if not ArchiveState.objects.filter(pk=1).update(version=F("version") + 1):
        ArchiveState.objects.create(pk=1)
    if settings.REPLICAS:
        transaction.on_commit(share_version, robust=True)


def share_version() -> None:
    """Store the version in Redis, for the time when the primary does not respond. One query."""
    shared_version.keep_newest(archive_version(), is_urgent=True)


def version_after_restore() -> str:
    """Return SQL that sets the archive's version to the time in milliseconds, or raises it if it is greater.

    So no version returns that an earlier archive had, whose pages a cache may still hold.
    """
    now = time.time_ns() // 1_000_000
    version = f"CASE WHEN version < {now} THEN {now} ELSE version + 1 END"
    return f"UPDATE threads_archivestate SET version = {version}"  # noqa: S608 - a number


def digest_key() -> bytes:
    """Return the archive's key for `threads.digests`. One query, or a few the first time."""
    key = ArchiveState.objects.values_list("digest_key", flat=True).first()
    return bytes(key or ArchiveState.objects.get_or_create(pk=1)[0].digest_key)


def remember_rules() -> None:
    """Record that a new archive follows today's rules. Two queries."""
    state = ArchiveState.objects.get_or_create(pk=1)[0]
    if new := {name: number for name, number in RULES.items() if name not in state.rules}:
        state.rules |= new
        state.save(update_fields=["rules"])
