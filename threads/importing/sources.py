"""The kept files: rows of SourceFile, and which of them are withdrawn. Called by the loader, inside its transaction."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from threads.database import bulk
from threads.importing.rekeying import KnownSource
from threads.models import SourceFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from threads.importing.changes import ThreadPlan
    from threads.importing.records import SourceRecord, ThreadRecord

FIELDS: Final = ("path", "sha256", "size", "content", "modified_at", "redacted_at", "article_id", "run_id")
SET_ASIDE: Final = re.compile(r"~[0-9a-f]{8}\.[^./]*\Z")
"""How the path ends that `moving.set_aside` gives."""


def known(records: Iterable[ThreadRecord], renamed: Mapping[str, str]) -> dict[str, KnownSource]:
    """Return the kept files of the paths that records claim, by that path. One query for each 900 paths."""
    claimed = {renamed.get(source.path, source.path): source.path for one in records for source in one.sources}
    found = {}
    for part in bulk.in_parts(claimed):
        kept = SourceFile.objects.filter(path__in=part).values_list("id", "path", "sha256", "article_id")
        for values in kept:
            one = KnownSource(*values)
            found[claimed[one.path]] = one
    return found


def write(
    plans: Sequence[ThreadPlan], kept: Mapping[str, KnownSource], run_id: int | None, gone: Collection[str]
) -> None:
    """Write the files of threads as they came, and withdraw those of their files that are `gone`."""
    new, changed, withdrawn, twice = [], [], [], []
    for plan in plans:
        for source in plan.record.sources:
            values = _values(source, plan.article_id, run_id)
            if source.path not in kept:
                new.append(values)
            elif source.content is not None:
                changed.append((*values, None, kept[source.path].id))
        hashes = {source.sha256 for source in plan.record.sources if not SET_ASIDE.search(source.path)}
        for one in plan.thread.sources if plan.thread else ():
            if one.path in gone:
                withdrawn.append((timezone.now(), one.id))
            elif SET_ASIDE.search(one.path) and one.sha256 in hashes:
                twice.append(one.id)
    bulk.insert(SourceFile, FIELDS, new)
    bulk.update(SourceFile, (*FIELDS, "withdrawn_at"), changed)
    bulk.update(SourceFile, ("withdrawn_at",), withdrawn)
    for part in bulk.in_parts(twice):
        SourceFile.objects.filter(pk__in=part).delete()


def _values(source: SourceRecord, article_id: int, run_id: int | None) -> tuple[Any, ...]:
    redacted_at = timezone.now() if source.redacted else None
    about = (source.path, source.sha256, source.size, source.content, source.modified_at)
    return (*about, redacted_at, article_id, run_id)


def withdraw(article_ids: Sequence[int]) -> None:
    """Withdraw all files of these articles. One query."""
    now = timezone.now()
    SourceFile.objects.filter(article__in=article_ids, withdrawn_at=None).update(withdrawn_at=now)
