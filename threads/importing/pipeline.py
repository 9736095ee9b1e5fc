"""Folders to archive: scan, read in workers, load in batches, repair links between threads, report.

Called by the commands. The only place that knows the whole way; each step is a room of its own.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError
from django.utils.translation import gettext as _

from threads.importing import folders, loader, locking, reporting, rows, scanning, workers
from threads.importing.problems import Problem
from threads.importing.records import FileProblem, ThreadRecord
from threads.importing.reporting import ImportReport
from threads.models import Article, ImportRun, ThreadLink

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from threads.importing.assembling import Assembled
    from threads.importing.loader import Outcome
    from threads.importing.scanning import Scan
    from threads.importing.workers import ThreadTask

BATCH_COMMENTS: Final = 2_000
"""A batch is written when it holds so many comments, or a tenth as many threads."""


class NothingToImportError(Exception):
    """There is no file to import at all; the message says why."""


class ImportStoppedError(Exception):
    """The database stopped the run; all batches before are in, and nothing is half-written. The message says so."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to import."""

    dry_run: bool = False
    prune: bool = False
    force: bool = False
    retry_failed: bool = False
    limit: int | None = None
    workers: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))


Progress = "Callable[[int, int], None]"


def ignore(_done: int, _total: int) -> None:
    """Take no notice of progress."""


@dataclass(slots=True)
class _Run:
    """What the steps of one run share."""

    options: Options
    report: ImportReport
    progress: Callable[[int, int], None]
    tell: Callable[[Outcome], None]
    row: ImportRun | None
    known: set[str] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)
    total: int = 0
    done: int = 0


def import_archive(
    paths: Sequence[str],
    options: Options,
    progress: Callable[[int, int], None] = ignore,
    tell: Callable[[Outcome], None] = lambda _outcome: None,
) -> ImportReport:
    """Import files and folders. `progress` is told files done and all files; `tell`, what became of each thread.

    Raises NothingToImportError, locking.BusyError and ImportStoppedError.
    """
    with locking.only_one():
        report = ImportReport(dry_run=options.dry_run)
        row = None if options.dry_run else reporting.start("import_archive", _options(paths, options))
        run = _Run(options, report, progress, tell, row)
        dead = reporting.dead_runs(row) if row else []
        try:
            _import(run, paths, dead)
        except BaseException:
            _finish_early(run)
            raise
        report.finish()
        if row:
            reporting.finish(row, report, dead)
        return report


def _options(paths: Sequence[str], options: Options) -> dict[str, object]:
    return {"paths": [os.fspath(path) for path in paths], **asdict(options)}


def _finish_early(run: _Run) -> None:
    """Note, if the database still takes it, that the run ended before its time."""
    run.report.finish()
    if run.row:
        try:
            reporting.finish(run.row, run.report, [], interrupted=True)
        except DatabaseError:
            return


def _import(run: _Run, paths: Sequence[str], dead: Sequence[int]) -> None:
    scan = scanning.scan(folders.find(paths), everything=run.options.force)
    if not scan.seen:
        raise NothingToImportError(_nothing(paths, scan))
    changed = scan.changed
    if run.options.retry_failed:
        failed = reporting.failed_paths()
        changed = [one for one in changed if one.path in failed]
    changed = changed[: run.options.limit]
    run.report.files_seen = len(scan.seen)
    run.report.files_unchanged = scan.unchanged
    _note(run, scan.problems, {})
    run.total = len(changed)
    run.known = set(scanning.kept_threads())
    new = {one.key for one in changed} - run.known
    run.known |= new
    _read(run, scanning.tasks(changed))
    _repair(run, new, dead)


def _nothing(paths: Sequence[str], scan: Scan) -> str:
    if scan.problems:
        return "; ".join(f"{path} {problem.message}" for path, problem in scan.problems[:5])
    return _("There is no Markdown (.md) file in %s.") % ", ".join(map(os.fspath, paths))


def _read(run: _Run, tasks: Iterable[ThreadTask]) -> None:
    """Read threads in workers and load them in batches."""
    first = next(tasks := iter(tasks), None)
    if first is None:
        return
    number = max(1, run.options.workers)
    with workers.pool(number, run.known) as opened:
        for batch in _batches(workers.assemble_all(opened, _with(first, tasks), number)):
            _load(run, batch)


def _with(first: ThreadTask, rest: Iterable[ThreadTask]) -> Iterator[ThreadTask]:
    yield first
    yield from rest


def _batches(assembled: Iterable[list[Assembled]]) -> Iterator[list[Assembled]]:
    batch: list[Assembled] = []
    size = 0
    for some in assembled:
        batch += some
        size += sum(10 + len(one.record.comments) for one in some if one.record)
        if size >= BATCH_COMMENTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _load(run: _Run, batch: Sequence[Assembled]) -> None:
    """Load a batch; if the database refuses it, each thread alone, to find the culprit."""
    records = [one.record for one in batch if one.record]
    refused = [problem for one in batch for problem in one.refused]
    outcomes, unstored = _stored(run, records)
    articles = {path: outcome.article_id for outcome in outcomes for path in outcome.paths}
    problems = [*refused, *unstored, *(problem for record in records for problem in record.problems)]
    for outcome in outcomes:
        run.arrived.add(outcome.key)
        run.touched.add(outcome.article_id)
        run.report.add(outcome)
        run.tell(outcome)
    _note(run, problems, {} if run.options.dry_run else articles)
    if run.row:
        reporting.solve_problems(run.row, articles, problems)
    run.report.files_imported += len(articles)
    run.done += len(articles) + len({problem.path for problem in refused} - articles.keys())
    run.progress(min(run.done, run.total), run.total)


def _stored(run: _Run, records: Sequence[ThreadRecord]) -> tuple[list[Outcome], list[FileProblem]]:
    run_id = run.row.pk if run.row else None
    try:
        return loader.load(records, run_id=run_id, known_threads=run.known, dry=run.options.dry_run), []
    except loader.REFUSALS as error:
        if len(records) == 1:
            problem = Problem(None, "error", "not-stored", _("the database refuses it: %s") % error)
            return [], [FileProblem(source.path, problem) for source in records[0].sources]
    alone = [_stored(run, [record]) for record in records]
    return [one for outcomes, _ in alone for one in outcomes], [one for _, problems in alone for one in problems]


def _note(run: _Run, problems: Sequence[FileProblem], articles: dict[str, int]) -> None:
    run.report.note(problems)
    if run.row and problems:
        reporting.write_problems(run.row, problems, articles)


def _repair(run: _Run, expected: Collection[str], dead: Sequence[int]) -> None:
    """Draw again the threads that link to threads which came, or did not come though they were expected."""
    if run.options.dry_run:
        return
    missing = set(expected) - run.arrived
    came = set(expected) & run.arrived
    left_over = Article.objects.filter(source_files__run__in=dead).values_list("key", flat=True) if dead else ()
    stale = _linking_to({*came, *left_over}, but=run.touched)
    if missing:
        run.known -= missing
        stale |= _linking_to(missing)
    _read(run, scanning.kept_tasks(sorted(stale)))


def _linking_to(keys: Collection[str], but: Collection[int] = frozenset()) -> set[int]:
    """Return the articles that link to threads of these keys. A query for each 900 keys."""
    found: set[int] = set()
    for part in rows.in_parts(sorted(keys)):
        found |= set(ThreadLink.objects.filter(target_key__in=part).values_list("article_id", flat=True))
    return found - set(but)
