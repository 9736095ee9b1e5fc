"""Threads through workers into the archive, in batches: what every command that reads threads again has in common.

Called by the pipeline.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from django.db import DatabaseError, InterfaceError, connection
from django.utils.translation import gettext as _

from threads.database import bulk
from threads.importing import import_report, loader, locking, workers
from threads.importing.records import FileProblem
from threads.parsing.problems import Problem
from threads.replies.drafts import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from threads.importing.build import Assembled
    from threads.importing.import_report import ImportReport
    from threads.importing.loader import Circumstances, Outcome
    from threads.importing.redaction import Memory
    from threads.importing.rekeying import KnownSource
    from threads.importing.workers import ThreadTask
    from threads.models import ImportRun

    Read: TypeAlias = tuple[ThreadTask, Assembled]
    Assemble: TypeAlias = Callable[[Iterable[ThreadTask]], Iterator[list[Read]]]

BATCH_COMMENTS: Final = 5_000
"""A batch is written when it holds so many comments, or a tenth as many threads."""


class StoppedError(Exception):
    """The database stopped the run: what was written before stays, nothing is half-written. The message says why."""


def ignore(*_: object) -> None:
    """Take no notice."""


@dataclass(slots=True)
class Run:
    """What one run shares between its steps, and what it has done so far."""

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
    former: set[str] = field(default_factory=set)
    """Keys that threads had before this run."""
    set_aside: list[KnownSource] = field(default_factory=list)
    """Kept files whose paths files of other threads took."""
    asked: set[str] = field(default_factory=set)
    """Paths of the files to read; others are read again for their sake."""
    done: set[str] = field(default_factory=set)
    """Those of them that were read or refused."""

    def note(self, problems: Sequence[FileProblem], articles: Mapping[str, int] | None = None) -> None:
        """Take problems into the report and the archive; `articles` by path, where they are known."""
        problems = [_storable(one) for one in problems]
        self.report.note(problems)
        if self.row and problems:
            import_report.write_problems(self.row, problems, articles or {})


def _storable(found: FileProblem) -> FileProblem:
    """Return a problem whose message any database takes: it may repeat what is in the file."""
    return found._replace(problem=replace(found.problem, message=storable(found.problem.message)))


@contextmanager
def stopped() -> Iterator[None]:
    """Say in a sentence what stopped the database."""
    try:
        yield
    except (DatabaseError, InterfaceError) as error:
        said = str(error).strip().partition("\n")[0] or type(error).__name__
        message = _("The database stopped the run (%s). Nothing is half-written; what is in stays: run it again.")
        raise StoppedError(message % said) from error


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold the archive for one run. Raises locking.BusyError, and StoppedError where the database fails."""
    with stopped(), locking.only_one(), bulk.unmapped(), workers.patient_collector():
        yield


def read(run: Run, tasks: Iterable[ThreadTask], circumstances: Circumstances) -> None:
    """Read threads in workers and load them in batches."""
    waiting = iter(tasks)
    first = next(waiting, None)
    if first is None:
        return
    circumstances = replace(circumstances, run_id=run.row.pk if run.row else None)
    with workers.pool(run.workers) as opened:
        assemble = partial(workers.assemble_all, opened, workers=run.workers)
        for batch in _batches(assemble(_with(first, waiting))):
            _load(run, batch, circumstances, assemble)


def _with(first: ThreadTask, rest: Iterable[ThreadTask]) -> Iterator[ThreadTask]:
    yield first
    yield from rest


def _batches(made: Iterable[list[Read]]) -> Iterator[list[Read]]:
    """Group threads into batches worth a transaction; a family is never parted."""
    batch: list[Read] = []
    size, family = 0, None
    for task, assembled in (pair for some in made for pair in some):
        if size >= BATCH_COMMENTS and (task.family is None or task.family != family):
            yield batch
            batch, size = [], 0
        batch.append((task, assembled))
        size += 10 + len(assembled.record.comments if assembled.record else ())
        family = task.family
    if batch:
        yield batch


def _load(run: Run, batch: Sequence[Read], circumstances: Circumstances, assemble: Assemble) -> None:
    """Load a batch, and count and tell what became of it."""
    outcomes, problems = _stored(batch, circumstances, assemble)
    articles = {path: outcome.article_id for outcome in outcomes for path in outcome.paths}
    # A thread that is drawn again, for the sake of its links, was told when it came.
    told = {path for outcome in outcomes if outcome.key in run.arrived for path in outcome.paths}
    problems = [one for one in problems if one.path not in told]
    refused = {path for path, problem in problems if problem.severity == "error"}
    read = articles.keys() - told
    for outcome in outcomes:
        if outcome.key not in run.arrived:
            run.report.add(outcome)
            run.tell(outcome)
        run.arrived[outcome.key] = outcome.article_id
        run.former.update(outcome.former_keys)
        run.set_aside.extend(outcome.set_aside)
    run.note(problems, articles)
    if run.row:
        import_report.solve_problems(run.row, read, problems)
    run.report.files_imported += len((run.asked & (read - refused)) - run.done)
    run.done |= run.asked & (read | refused)
    run.progress(len(run.done), len(run.asked))


def _stored(
    batch: Sequence[Read], circumstances: Circumstances, assemble: Assemble
) -> tuple[list[Outcome], list[FileProblem]]:
    """Load a batch; return what became of its threads, and all problems met in their files.

    If the database refuses a value, each thread is loaded alone, to find the culprit and let the others in. Threads of
    which a moderator destroyed words meanwhile are read again first.
    """
    records = [made.record for _, made in batch if made.record]
    problems = [
        problem for _, made in batch for problem in (*made.refused, *(made.record.problems if made.record else ()))
    ]
    known = replace(circumstances, memories={task.key: task.memories for task, _ in batch})
    try:
        return loader.load(records, known), problems
    except loader.OvertakenError as late:
        return _stored(_read_again(batch, late.memories, assemble), circumstances, assemble)
    except loader.REFUSALS as error:
        if not connection.is_usable():
            raise
        if len(records) == 1:
            problem = Problem(None, "error", "not-stored", _("the database refuses it: %s") % error)
            return [], [*problems, *(FileProblem(source.path, problem) for source in records[0].sources)]
    alone = [_stored([one], circumstances, assemble) for one in batch]
    return [one for outcomes, _ in alone for one in outcomes], [one for _, problems in alone for one in problems]


def _read_again(batch: Sequence[Read], destroyed: Mapping[str, Collection[Memory]], assemble: Assemble) -> list[Read]:
    """Return the batch with its threads of these keys read again, without what is destroyed by now."""
    late = [replace(task, memories=tuple(destroyed[task.key])) for task, _ in batch if task.key in destroyed]
    again = {task.key: (task, made) for some in assemble(late) for task, made in some}
    return [again.get(task.key, (task, made)) for task, made in batch]
