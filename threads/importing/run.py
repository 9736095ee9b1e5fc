"""Folders to archive: scan, read in workers, load in batches, withdraw, report.

Called by the commands. The only place that knows the whole way; each step is a room of its own.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from threads.database import bulk
from threads.importing import batches, import_report, loader, scanning, source_files
from threads.importing.batches import Run
from threads.importing.import_report import ImportReport
from threads.importing.loader import Circumstances
from threads.importing.records import FileProblem
from threads.maintenance import renew
from threads.models import SourceFile
from threads.parsing import thread_keys
from threads.parsing.problems import Problem
from threads.search import index

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from threads.importing.loader import Outcome
    from threads.importing.scanning import Changed, Scan

WALK_PROBLEMS: Final = frozenset({"not-found", "not-readable"})
"""Problems under which a file that was not seen may still be there."""


class NothingToImportError(Exception):
    """There is no file to import at all; the message says why."""


class PruneError(Exception):
    """Too much would be withdrawn for it to be meant; the message says how much, and how to insist."""


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Options:
    """How to import."""

    dry_run: bool = False
    prune: bool = False
    force: bool = False
    retry_failed: bool = False
    limit: int | None = None
    workers: int = field(default_factory=processors)


def import_archive(
    paths: Sequence[str],
    options: Options,
    progress: Callable[[int, int], None] = batches.ignore,
    tell: Callable[[Outcome], None] = batches.ignore,
) -> ImportReport:
    """Import files and folders. `progress` is told files done and all files; `tell`, what became of each thread.

    Raises NothingToImportError, PruneError, reading.StoppedError and locking.BusyError.
    """
    report = ImportReport(dry_run=options.dry_run)
    asked = {"paths": [os.fspath(path) for path in paths], **asdict(options)}
    with batches.undisturbed(), import_report.recorded("import_archive", asked, report) as row:
        run = Run(report, row, max(1, options.workers), progress, tell)
        scan = scanning.scan(source_files.find(paths), everything=options.force)
        _check(scan, paths, options)
        _import(run, scan, options)
    return report


def _check(scan: Scan, paths: Sequence[str], options: Options) -> None:
    """Raise if there is nothing to import, or if too much seems to be gone."""
    if not scan.seen:
        if scan.problems:
            raise NothingToImportError("; ".join(f"{path}: {problem.message}" for path, problem in scan.problems[:5]))
        raise NothingToImportError(_("There is no Markdown (.md) file in %s.") % ", ".join(map(os.fspath, paths)))
    if options.prune and not options.force and 2 * len(scan.gone) > scan.kept:
        raise PruneError(
            _("--prune would withdraw %(gone)d of %(kept)d files. Is this the right folder? If so, add --force.")
            % {"gone": len(scan.gone), "kept": scan.kept}
        )


def _asked_for(scan: Scan, options: Options) -> list[Changed]:
    changed = scan.changed
    if options.retry_failed:
        failed = import_report.failed_paths()
        changed = [one for one in changed if one.path in failed]
    return changed[: options.limit]


def _import(run: Run, scan: Scan, options: Options) -> None:
    changed = _asked_for(scan, options)
    run.report.files_seen = len(scan.seen)
    run.report.files_unchanged = scan.unchanged
    run.asked = {one.path for one in changed}
    run.note(scan.problems)
    pruning = options.prune and _all_seen(run, scan)
    gone = scan.gone if pruning else {}
    circumstances = Circumstances(gone=gone.keys(), renamed=scan.renamed, dry=options.dry_run)
    batches.read(run, scanning.tasks(scan, changed, gone), circumstances)
    if pruning:
        gone = gone | _replaced(run, scan, options)
    _withdraw(run, gone, dry=options.dry_run)
    run.report.files_withdrawn = len(gone)
    if run.arrived and not options.dry_run:
        renew.remember_rules()
        index.tidy()


def _all_seen(run: Run, scan: Scan) -> bool:
    """Say whether what was not seen is surely gone: it is not, if a folder could not be looked into."""
    blind = [path for path, problem in scan.problems if problem.code in WALK_PROBLEMS]
    if blind:
        message = _("nothing is withdrawn in this run, because this could not be looked into")
        run.note([FileProblem(blind[0], Problem(None, "warning", "not-pruned", message))])
    return not blind


def _replaced(run: Run, scan: Scan, options: Options) -> dict[str, int]:
    """Return the files whose paths another thread's file took in this run, as the archive knows them: they are gone.

    None where they are so many that the folder may be the wrong one; they wait for the next run, which asks.
    """
    if not options.force and 2 * (len(scan.gone) + len(run.set_aside)) > scan.kept:
        return {}
    if options.dry_run:
        return {one.path: one.article_id for one in run.set_aside}
    return {thread_keys.set_aside(one.path, one.sha256): one.article_id for one in run.set_aside}


def _withdraw(run: Run, gone: Mapping[str, int], *, dry: bool) -> None:
    """Withdraw the threads without a file."""
    articles = set(gone.values()) - set(run.arrived.values())
    for part in bulk.in_parts(sorted(articles)):
        kept = SourceFile.objects.filter(article__in=part, withdrawn_at=None)
        articles -= {article for path, article in kept.values_list("path", "article_id") if path not in gone}
    for part in bulk.in_parts(sorted(articles), 200):
        for outcome in loader.withdraw(part, dry=dry):
            run.report.add(outcome)
            run.tell(outcome)
