"""Renew stored threads after a rule has changed: read originals again, render again, or link again.

Each command goes through the archive by id in batches, writes only differences, and stores its progress, so that a
stopped run resumes.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from threads.database import locks
from threads.database.versions import RULES, RuleCommand
from threads.importing import import_report, loader, row_writing, scanning, state, workers
from threads.importing.build import FileProblem
from threads.importing.import_report import ImportReport
from threads.importing.loader import Circumstances
from threads.importing.run import Run, hold_archive, ignore_progress, read_threads
from threads.models import ArchiveState, Article
from threads.parsing.problems import Problem
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from threads.importing.loader import Outcome

AT_ONCE: Final = 200
"""Threads between two notes of how far a run came."""


@dataclass(frozen=True, slots=True)
class RenewalOptions:
    """Options of a renewal."""

    dry_run: bool = False
    restart: bool = False
    """Begin anew, though a run that was stopped came further."""
    workers: int = 1


def renew_archive(
    command: RuleCommand,
    options: RenewalOptions,
    progress: Callable[[int, int], None] = ignore_progress,
    tell: Callable[[Outcome], None] = ignore_progress,
) -> ImportReport:
    """Apply today's rules to every thread. `progress` gets threads done and all threads; `tell` each change.

    Raises StoppedError and BusyError.
    """
    report = ImportReport(command=command, dry_run=options.dry_run)
    asked = {"restart": options.restart, "workers": options.workers}
    with hold_archive(), import_report.record_run(command, asked, report) as row:
        run = Run(report, row, options.workers, ignore_progress, tell)
        articles = Article.objects.current()
        total, done = articles.count(), 0
        start = 0 if options.restart or options.dry_run else _last_done(command)
        if start:
            done = articles.filter(pk__lte=start).count()
        for part in _parts(start):
            _STEPS[command](run, part)
            if not options.dry_run:
                _note_progress(command, part[-1])
            done += len(part)
            progress(done, total)
        if not options.dry_run:
            _note_progress(command, None)
            indexing.optimize_index()
    return report


def _parts(after: int) -> Iterator[list[int]]:
    """Yield the ids of current threads in parts. One query for each."""
    while part := list(
        Article.objects.current().filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]
    ):
        yield part
        after = part[-1]


def _last_done(command: RuleCommand) -> int:
    """Return the id of the last thread that a stopped run finished under today's rules; 0 if none."""
    state = ArchiveState.objects.filter(pk=1).first()
    came: dict[str, Any] = (state.rules if state else {}).get(f"{command}_came", {})
    return int(came.get("to", 0)) if came.get("rules") == RULES[command] else 0


def _note_progress(command: RuleCommand, came_to: int | None) -> None:
    """Store the last finished id; None if the run is complete."""
    with transaction.atomic():
        state = ArchiveState.objects.select_for_update().get_or_create(pk=1)[0]
        state.rules.pop(f"{command}_came", None)
        if came_to is None:
            state.rules[command] = RULES[command]
        else:
            state.rules[f"{command}_came"] = {"rules": RULES[command], "to": came_to}
        state.save(update_fields=["rules"])


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


def _reparse(run: Run, ids: Sequence[int]) -> None:
    read_threads(run, scanning.kept_tasks(ids), Circumstances(dry=run.report.dry_run))


def _rerender(run: Run, ids: Sequence[int]) -> None:
    _plan_and_write(run, ids, render=True)


def _relink(run: Run, ids: Sequence[int]) -> None:
    _plan_and_write(run, ids, render=False)


_STEPS: Final[dict[RuleCommand, Callable[[Run, Sequence[int]], None]]] = {
    "reparse": _reparse,
    "rerender": _rerender,
    "relink": _relink,
}
