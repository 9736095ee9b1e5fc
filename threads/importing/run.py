"""One import run: lock the archive, scan folders, read threads in workers, store them in batches, withdraw, report."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from django.db import DatabaseError, InterfaceError, connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.database import bulk_writes, locks, versions
from threads.formats.backup_format import file_of_part
from threads.importing import import_report, loader, pruning, rekeying, scanning, source_files, workers
from threads.importing.build import FileProblem
from threads.importing.import_report import ImportReport
from threads.importing.loader import Circumstances
from threads.importing.pruning import UnfitFolderError
from threads.parsing.problem_severities import Problem
from threads.parsing.values import storable_text
from threads.redaction import redacted_path
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from threads.importing.build import BuiltThread
    from threads.importing.loader import Outcome
    from threads.importing.scanning import Scan
    from threads.importing.state import StoredSource
    from threads.importing.workers import FileTask, ThreadTask
    from threads.models import ImportRun
    from threads.redaction import ThreadDigests

    BuiltTask: TypeAlias = tuple[ThreadTask, BuiltThread]
    BuildAll: TypeAlias = Callable[[Iterable[ThreadTask]], Iterator[list[BuiltTask]]]


BATCH_COMMENTS: Final = 5_000
"""A batch is written when it holds so many comments, or a tenth as many threads."""


SHORT_OPENING: Final = 200
"""Characters of an opening text; a shorter one may become half of it by an ordinary edit."""


class StoppedError(Exception):
    """The database stopped the run; complete batches stay stored. The message says why."""


def ignore_progress(*_: object) -> None:
    """Ignore the arguments."""


@dataclass(slots=True)
class Run:
    """What the steps of one run share, and what it has done so far."""

    report: ImportReport
    row: ImportRun | None
    """None for a dry run, which leaves no trace."""
    workers: int
    progress: Callable[[int, int], None]
    """Told files done and all files."""
    tell: Callable[[Outcome], None]
    """Told what became of each thread."""
    arrived: dict[str, int] = field(default_factory=dict)
    """Key to article of every thread loaded."""
    set_aside: list[StoredSource] = field(default_factory=list)
    """Kept files whose paths files of other threads took."""
    asked: set[str] = field(default_factory=set)
    """Paths of the files to read; others are read again for their sake."""
    done: set[str] = field(default_factory=set)
    """Those of them that were read or refused."""

    def note(self, problems: Sequence[FileProblem], articles: Mapping[str, int] | None = None) -> None:
        """Add problems to the report and the archive; `articles` are article ids by path."""
        problems = [
            FileProblem(storable_text(path), replace(problem, message=storable_text(problem.message)))
            for path, problem in problems
        ]
        self.report.note(problems)
        if self.row and problems:
            import_report.write_problems(self.row, problems, articles or {})


@contextmanager
def hold_archive() -> Iterator[None]:
    """Lock the archive for one run. Raises BusyError, and StoppedError if the database fails."""
    try:
        with locks.hold_import_lock(), bulk_writes.disable_memory_map(), workers.patient_collector():
            yield
    except (DatabaseError, InterfaceError) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        message = _("The database stopped the run (%s). Complete batches are stored. Run it again.")
        raise StoppedError(message % reason) from error


def read_threads(run: Run, tasks: Iterable[ThreadTask], circumstances: Circumstances) -> None:
    """Read threads in workers and load them in batches."""
    waiting = iter(tasks)
    first = next(waiting, None)
    if first is None:
        return
    circumstances = replace(circumstances, run_id=run.row.pk if run.row else None)
    with workers.open_pool(run.workers) as opened:
        build_all = partial(workers.build_all, opened, workers=run.workers)
        for batch in _batches(build_all(chain([first], waiting))):
            _load_batch(run, batch, circumstances, build_all)


def _batches(results: Iterable[list[BuiltTask]]) -> Iterator[list[BuiltTask]]:
    """Group threads into batches for one transaction each; a family stays in one batch."""
    batch: list[BuiltTask] = []
    size, family = 0, None
    for task, built in chain.from_iterable(results):
        if size >= BATCH_COMMENTS and (task.family is None or task.family != family):
            yield batch
            batch, size = [], 0
        batch.append((task, built))
        size += 10 + len(built.record.comments if built.record else ())
        family = task.family
    if batch:
        yield batch


def renew_keys(run: Run) -> set[int]:
    """Give threads whose host is an alias by today's settings their canonical key, and unite those that share it.

    Return the ids of these threads, which were read again. One query if there are none. A dry run only reports them.
    """
    read_threads(run, scanning.rekeyed_tasks(), Circumstances(dry=run.report.dry_run))
    if not run.report.dry_run:
        rekeying.rename_withdrawn(scanning.outdated_keys())
    renewed = set(run.arrived.values())
    # The same thread may be read again in this run, from a changed file.
    run.arrived.clear()
    return renewed


def _load_batch(run: Run, batch: Sequence[BuiltTask], circumstances: Circumstances, build_all: BuildAll) -> None:
    """Load a batch, and report its outcomes."""
    outcomes, problems = _store_batch(batch, circumstances, build_all)
    problems += [problem for outcome in outcomes for problem in _losses(outcome)]
    articles = {path: outcome.article_id for outcome in outcomes for path in outcome.paths}
    # A thread that is read twice in one run is reported once.
    reported = {path for outcome in outcomes if outcome.key in run.arrived for path in outcome.paths}
    problems = [problem for problem in problems if problem.path not in reported]
    refused = {path for path, problem in problems if problem.severity == "error"}
    read_threads = articles.keys() - reported
    for outcome in outcomes:
        if outcome.key not in run.arrived:
            run.report.add(outcome)
            run.tell(outcome)
        run.arrived[outcome.key] = outcome.article_id
        run.set_aside.extend(outcome.set_aside)
    run.note(problems, articles)
    if run.row:
        import_report.resolve_problems(run.row, read_threads, problems)
    run.report.files_imported += len((run.asked & (read_threads - refused)) - run.done)
    run.done |= run.asked & (read_threads | refused)
    run.progress(len(run.done), len(run.asked))


def _losses(outcome: Outcome) -> Iterator[FileProblem]:
    """Yield warnings for a thread that lost half of its comments, or of a text: its file may be cut off."""
    if not outcome.paths:
        return
    lost, before = outcome.comments_withdrawn, outcome.comments_before
    if lost and 2 * lost >= before:
        message = ngettext(
            "%(lost)d of %(before)d comment is in no file any more and was withdrawn.",
            "%(lost)d of %(before)d comments are in no file any more and were withdrawn.",
            before,
        ) % {"lost": lost, "before": before}
        yield FileProblem(outcome.paths[0], Problem(None, "comments-lost", message))
    if outcome.opening_before >= SHORT_OPENING and 2 * outcome.opening <= outcome.opening_before:
        message = _("The opening text has %(now)d characters; it had %(before)d.")
        details = {"now": outcome.opening, "before": outcome.opening_before}
        yield FileProblem(outcome.paths[0], Problem(None, "opening-cut", message % details))
    for number, now, length in outcome.comments_cut:
        message = _("Comment %(number)d has only the first %(now)d of its %(before)d characters.")
        message %= {"number": number, "now": now, "before": length}
        yield FileProblem(outcome.paths[0], Problem(None, "comment-cut", message))


def _store_batch(
    batch: Sequence[BuiltTask], circumstances: Circumstances, build_all: BuildAll
) -> tuple[list[Outcome], list[FileProblem]]:
    """Load a batch; return the outcomes of its threads and the problems of their files.

    If the database refuses a value, each family is loaded alone: rows of its threads move with its files. Threads that
    a moderator redacted meanwhile are read again first.
    """
    records = [built.record for _, built in batch if built.record]
    problems = [
        problem for _, built in batch for problem in (*built.refused, *(built.record.problems if built.record else ()))
    ]
    informed = replace(circumstances, memories={task.key: task.memories for task, _ in batch})
    try:
        return loader.load_threads(records, informed), problems
    except loader.OvertakenError as late:
        return _store_batch(_read_again(batch, late.memories, build_all), circumstances, build_all)
    except loader.REFUSALS as error:
        if not connection.is_usable():
            raise
        families = _split_families(batch)
        if len(families) == 1:
            # Later lines of PostgreSQL's message repeat the row.
            reason = str(error).strip().partition("\n")[0]
            problem = Problem(None, "not-stored", _("the database rejected it: %s") % reason)
            return [], [*problems, *(FileProblem(s.path, problem) for record in records for s in record.sources)]
    alone = [_store_batch(family, circumstances, build_all) for family in families]
    return [outcome for outcomes, _ in alone for outcome in outcomes], [row for _, rows in alone for row in rows]


def _split_families(batch: Sequence[BuiltTask]) -> list[list[BuiltTask]]:
    """Return the threads of a batch by family; a thread without a family is alone."""
    families: dict[int | str, list[BuiltTask]] = defaultdict(list)
    for task, built in batch:
        families[task.key if task.family is None else task.family].append((task, built))
    return list(families.values())


def _read_again(
    batch: Sequence[BuiltTask], destroyed: Mapping[str, Collection[ThreadDigests]], build_all: BuildAll
) -> list[BuiltTask]:
    """Return the batch with the threads of these keys read again, without redacted text."""
    late = [
        replace(task, memories=tuple(destroyed[task.key]), files=_renamed_files(task, destroyed[task.key]))
        for task, _ in batch
        if task.key in destroyed
    ]
    again = {task.key: (task, built) for task, built in chain.from_iterable(build_all(late))}
    return [again.get(task.key, (task, built)) for task, built in batch]


def _renamed_files(task: ThreadTask, memories: Iterable[ThreadDigests]) -> tuple[FileTask, ...]:
    """Return the files of a thread under the paths that they have since its title was redacted."""
    secrets = [memory.secret for memory in memories if memory.opening and not memory.elsewhere]
    if not secrets:
        return task.files
    return tuple(replace(file, path=redacted_path(secrets[0], file.path)) for file in task.files)


def count_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Options of an import."""

    dry_run: bool = False
    prune: bool = False
    force: bool = False
    retry_failed: bool = False
    limit: int | None = None
    workers: int = field(default_factory=count_processors)
    format: str = ""
    """Name of the format of all files, in place of recognition."""


def import_archive(
    paths: Sequence[str],
    options: ImportOptions,
    progress: Callable[[int, int], None] = ignore_progress,
    tell: Callable[[Outcome], None] = ignore_progress,
) -> ImportReport:
    """Import files and folders. `progress` gets files done and all files; `tell` gets each outcome.

    Raises UnfitFolderError, StoppedError and BusyError.
    """
    report = ImportReport(dry_run=options.dry_run)
    asked = {"paths": [storable_text(os.fspath(path)) for path in paths], **asdict(options)}
    with hold_archive(), import_report.record_run("import_archive", asked, report) as row:
        run = Run(report, row, max(1, options.workers), progress, tell)
        renew_keys(run)
        scan = scanning.scan(source_files.find_files(paths, options.format), everything=options.force)
        _check_scan(scan, paths, options)
        _import_scan(run, scan, options)
        if not any(Path(path).is_dir() for path in paths):
            report.missing = 0
    return report


def _check_scan(scan: Scan, paths: Sequence[str], options: ImportOptions) -> None:
    """Raise if there is nothing to import or if too many files are missing."""
    if not scan.seen:
        if scan.problems:
            raise UnfitFolderError("; ".join(f"{path}: {problem.message}" for path, problem in scan.problems[:5]))
        names = ", ".join(map(os.fspath, paths))
        raise UnfitFolderError(_("There is no Markdown (.md) or JSON Lines (.jsonl) file in %s.") % names)
    if options.prune and not options.force:
        pruning.check_limit(scan)


def _count_files(report: ImportReport, scan: Scan) -> None:
    """Count the files seen, which are all those refused too, and those of them without another count."""
    report.files_seen = len(scan.seen | report.refused)
    counted = report.files_imported + report.files_unchanged + report.files_refused + report.unpublished
    report.unread = max(0, report.files_seen - counted)


def _import_scan(run: Run, scan: Scan, options: ImportOptions) -> None:
    changed = scan.changed
    if options.retry_failed:
        failed = import_report.failed_paths()
        changed = [file for file in changed if file.path in failed or file_of_part(file.path) in failed]
    changed = changed[: options.limit]
    run.report.files_unchanged = scan.unchanged
    run.report.unpublished = len(scan.unpublished)
    run.asked = {file.path for file in changed}
    run.note(scan.problems)
    if run.row:
        loader.renumber_sources(scan.first_lines)
        import_report.resolve_problems(run.row, scan.split, scan.problems)
    prunes = options.prune and pruning.is_complete(run, scan)
    gone = {path: article for path, article in scan.unpublished.items() if article is not None}
    gone |= scan.gone if prunes else {}
    circumstances = Circumstances(gone=gone.keys(), renamed=scan.renamed, dry=options.dry_run)
    read_threads(run, scanning.tasks(scan, changed, gone), circumstances)
    if prunes:
        gone = gone | pruning.replaced_files(run, scan, force=options.force)
    pruning.withdraw_threads(run, gone)
    if run.row:
        import_report.resolve_problems(run.row, gone, ())
    run.report.files_withdrawn = len(gone)
    run.report.missing = 0 if prunes else len(scan.gone)
    _count_files(run.report, scan)
    if run.arrived and not options.dry_run:
        versions.remember_rules()
        indexing.optimize_index()
