"""Renew stored threads after a rule has changed: read originals again, render again, or link again.

Each command goes through the archive by id in batches, writes only differences, and stores its progress, so that a
stopped run resumes.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from threads.database import bulk_writes, locks
from threads.database.versions import RULES, RuleCommand
from threads.importing import import_report, loader, row_writing, scanning, state, workers
from threads.importing.build import FileProblem
from threads.importing.import_report import ImportReport
from threads.importing.loader import Circumstances
from threads.importing.run import Run, hold_archive, ignore_progress, read_threads, renew_keys
from threads.models import ArchiveState, Article
from threads.moderation import traces
from threads.parsing.problem_severities import Problem
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from threads.importing.loader import Outcome

AT_ONCE: Final = 200
"""Threads between two notes of how far a run came."""


def renew_archive(
    command: RuleCommand,
    progress: Callable[[int, int], None] = ignore_progress,
    tell: Callable[[Outcome], None] = ignore_progress,
    *,
    dry_run: bool = False,
    restart: bool = False,
    workers: int = 1,
) -> ImportReport:
    """Apply today's rules to every thread. `progress` gets threads done and all threads; `tell` each change.

    `restart` ignores the progress of a stopped run. Raises StoppedError and BusyError.
    """
    report = ImportReport(command=command, dry_run=dry_run)
    options = {"restart": restart, "workers": workers}
    with hold_archive(), import_report.record_run(command, options, report) as row:
        run = Run(report, row, workers, ignore_progress, tell)
        if command == "reparse" and not dry_run:
            traces.renew_file_names()
        renewed = renew_keys(run) if command == "reparse" else set()
        ids = list(Article.objects.current().order_by("pk").values_list("pk", flat=True))
        start = 0 if restart or dry_run else _last_done(command)
        remaining = [pk for pk in ids if pk > start and pk not in renewed]
        done = len(ids) - len(remaining)
        for part in bulk_writes.in_parts(remaining, AT_ONCE):
            _renew(command, run, part)
            if not dry_run:
                _note_progress(command, part[-1])
            done += len(part)
            progress(done, len(ids))
        if not dry_run:
            _note_progress(command, None)
            indexing.optimize_index()
    return report


def _last_done(command: RuleCommand) -> int:
    """Return the id of the last thread that a stopped run finished under today's rules; 0 if none."""
    row = ArchiveState.objects.filter(pk=1).first()
    progress: dict[str, Any] = (row.rules if row else {}).get(f"{command}_came", {})
    return int(progress.get("to", 0)) if progress.get("rules") == RULES[command] else 0


def _note_progress(command: RuleCommand, last: int | None) -> None:
    """Store the last finished id; None if the run is complete."""
    with transaction.atomic():
        row = ArchiveState.objects.select_for_update().get_or_create(pk=1)[0]
        row.rules.pop(f"{command}_came", None)
        if last is None:
            row.rules[command] = RULES[command]
        else:
            row.rules[f"{command}_came"] = {"rules": RULES[command], "to": last}
        row.save(update_fields=["rules"])


def _renew(command: RuleCommand, run: Run, ids: Sequence[int]) -> None:
    if command == "reparse":
        read_threads(run, scanning.kept_tasks(ids), Circumstances(dry=run.report.dry_run))
    else:
        _plan_and_write(run, ids, render=command == "rerender")


def _plan_and_write(run: Run, ids: Sequence[int], *, render: bool) -> None:
    """Plan threads from their rows in workers, and write the differences; moderators wait meanwhile."""
    dry = run.report.dry_run
    with nullcontext() if dry else transaction.atomic():
        if not dry:
            locks.lock_people()
            locks.lock_articles(ids)
        threads = state.stored_threads(ids)
        plans = []
        with workers.open_pool(run.workers) as opened:
            for thread, plan in workers.plan_all_again(opened, threads.values(), run.workers, render=render):
                if isinstance(plan, Problem):
                    run.note([FileProblem(source.path, plan) for source in thread.sources])
                elif plan:
                    plans.append(plan)
        if not dry:
            row_writing.write_rows(plans, {})
    for plan in plans:
        outcome = loader.outcome_of(plan)
        run.report.add(outcome)
        run.tell(outcome)
