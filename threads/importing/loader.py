"""Records to the archive: whole threads with their files, a transaction for each batch.

Called by the pipeline, which holds the lock that makes it the only one to load.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from threads.importing import naming, planning, rows, stored, writing
from threads.models import Article, Comment, SourceFile

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from threads.importing.planning import ThreadPlan
    from threads.importing.records import SourceRecord, ThreadRecord

REFUSALS = (DataError, IntegrityError, ValueError, OverflowError)
"""What the database raises where a value of one thread is to blame."""
SOURCE_FIELDS = ("path", "sha256", "size", "content", "modified_at", "redacted_at", "article_id", "run_id")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What storing one thread changed, or would change."""

    key: str
    article_id: int
    paths: tuple[str, ...]
    state: str
    """`added`, `changed` or `same`."""
    comments_added: int = 0
    comments_changed: int = 0
    comments_withdrawn: int = 0
    links_changed: int = 0


def load(
    records: Sequence[ThreadRecord], *, run_id: int | None, known_threads: Container[str], dry: bool = False
) -> list[Outcome]:
    """Store threads, in one transaction; with `dry` only say what would change. Each record's key must be its own.

    Queries: a fixed number for each 900 threads, authors or comments touched; none for each row.
    """
    with nullcontext() if dry else transaction.atomic():
        plans = _plan(records, known_threads, dry=dry)
        if not dry:
            people = naming.authors(_names(records))
            writing.write(plans, people)
            _write_sources(plans, run_id)
        return [_outcome(plan) for plan in plans]


def _names(records: Iterable[ThreadRecord]) -> set[str | None]:
    return {name for record in records for name in (record.author, *(comment.author for comment in record.comments))}


def _plan(records: Sequence[ThreadRecord], known_threads: Container[str], *, dry: bool) -> list[ThreadPlan]:
    ids: dict[str, int] = {}
    for part in rows.in_parts(record.key for record in records):
        known = Article.objects.filter(key__in=part)
        ids |= dict((known if dry else known.select_for_update()).values_list("key", "id"))
    threads = stored.threads(ids.values())
    people = naming.authors(_names(records), dry=dry)
    tag_ids = naming.tags((tag for record in records for tag in record.tags), dry=dry)
    plans = []
    for record in records:
        plan = planning.match(record, threads.get(ids.get(record.key, 0)))
        planning.moderate(plan, people, known_threads)
        plans.append(plan)
    _number(plans, dry=dry)
    for plan in plans:
        planning.fill(plan, people, tag_ids)
    return plans


def _number(plans: Sequence[ThreadPlan], *, dry: bool) -> None:
    """Give new articles and comments their ids; with `dry`, numbers below zero."""
    new = sum(plan.thread is None for plan in plans)
    added = sum(len(plan.added) for plan in plans)
    article_ids = iter(range(-new, 0) if dry else rows.reserve(Article, new))
    comment_ids = iter(range(-added, 0) if dry else rows.reserve(Comment, added))
    for plan in plans:
        plan.article_id = plan.thread.id if plan.thread else next(article_ids)
        plan.comment_ids = [row.id if row else next(comment_ids) for row in plan.known]


def _write_sources(plans: Sequence[ThreadPlan], run_id: int | None) -> None:
    known: dict[str, int] = {}
    for part in rows.in_parts(source.path for plan in plans for source in plan.record.sources):
        known |= dict(SourceFile.objects.filter(path__in=part).values_list("path", "id"))
    new, changed = [], []
    for plan in plans:
        for source in plan.record.sources:
            values = _source_values(source, plan.article_id, run_id)
            if source.path not in known:
                new.append(values)
            elif source.content is not None:
                changed.append((*values, None, known[source.path]))
    rows.insert(SourceFile, SOURCE_FIELDS, new)
    rows.update(SourceFile, (*SOURCE_FIELDS, "withdrawn_at"), changed)


def _source_values(source: SourceRecord, article_id: int, run_id: int | None) -> tuple[object, ...]:
    redacted_at = timezone.now() if source.redacted else None
    return (
        source.path,
        source.sha256,
        source.size,
        source.content,
        source.modified_at,
        redacted_at,
        article_id,
        run_id,
    )


def _outcome(plan: ThreadPlan) -> Outcome:
    fields = plan.changed_fields()
    state = "added" if plan.thread is None else "changed" if plan.changes else "same"
    return Outcome(
        key=plan.record.key,
        article_id=plan.article_id,
        paths=tuple(source.path for source in plan.record.sources),
        state=state,
        comments_added=len(plan.added),
        comments_changed=len(fields),
        comments_withdrawn=len(plan.gone),
        links_changed=sum(bool(names & planning.LINK_FIELDS) for names in fields.values()),
    )
