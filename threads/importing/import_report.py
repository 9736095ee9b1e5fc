"""What a run did: counts, problems and changes; stored as a row, written as JSON and as lines.

The row is written when the run starts; the next run marks a dead run as interrupted.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.database import bulk_writes
from threads.models import ImportProblem, ImportRun
from threads.parsing.problem_severities import UNREADABLE_POSTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from threads.importing.build import FileProblem
    from threads.importing.loader import Outcome

REPEATED_POSTS: Final = frozenset({"post-repeated", "mail-repeated"})
"""Codes of problems with one post of a thread."""
MOST_PROBLEMS_KEPT: Final = 1_000
"""Problems listed in the report itself; all of them are rows."""


@dataclass(slots=True)
class Counts:
    """The numbers of a report."""

    files_seen: int = 0
    files_imported: int = 0
    files_unchanged: int = 0
    files_refused: int = 0
    files_withdrawn: int = 0
    unpublished: int = 0
    """Files that say that they are drafts, or that are no threads."""
    unread: int = 0
    """New and changed files left out by `--limit` or `--retry-failed`."""
    missing: int = 0
    """Stored files that are not in the folders, and were not withdrawn."""
    threads_added: int = 0
    threads_changed: int = 0
    threads_withdrawn: int = 0
    comments_added: int = 0
    comments_changed: int = 0
    comments_withdrawn: int = 0
    repeats_folded: int = 0
    posts_read: int = 0
    """Opening texts and comments in the files that were read: stored, united with another, or refused."""
    posts_stored: int = 0
    posts_united: int = 0
    posts_refused: int = 0
    """Posts that cannot be read; a file that cannot be read counts as one."""
    links_changed: int = 0


@dataclass(slots=True)
class ImportReport(Counts):
    """What one run did or, in a dry run, would do. Times are in seconds."""

    command: str = "import_archive"
    dry_run: bool = False
    problems: list[FileProblem] = field(default_factory=list)
    problem_counts: Counter[str] = field(default_factory=Counter)
    refused: set[str] = field(default_factory=set)
    seconds: float = 0.0
    started: float = field(default_factory=time.monotonic)
    _unreadable_posts: int = 0

    def note(self, problems: Iterable[FileProblem]) -> None:
        """Add problems; a file with an error counts as refused once."""
        for file_problem in problems:
            self.problem_counts[file_problem.problem.severity] += 1
            if len(self.problems) < MOST_PROBLEMS_KEPT:
                self.problems.append(file_problem)
            if file_problem.problem.severity == "error":
                self.refused.add(file_problem.path)
            self._unreadable_posts += file_problem.problem.code in UNREADABLE_POSTS
            self.posts_united += file_problem.problem.code in REPEATED_POSTS
        self.files_refused = len(self.refused)
        self._count_posts()

    def add(self, outcome: Outcome) -> None:
        """Count the outcome of a thread."""
        self.threads_added += outcome.state == "added"
        self.threads_changed += outcome.state == "changed"
        self.threads_withdrawn += outcome.state == "withdrawn"
        self.comments_added += outcome.comments_added
        self.comments_changed += outcome.comments_changed
        self.comments_withdrawn += outcome.comments_withdrawn
        self.repeats_folded += outcome.repeats
        self.links_changed += outcome.links_changed
        if outcome.posts_read:
            self.posts_stored += 1 + outcome.comments
            self.posts_united += outcome.posts_read - 1 - outcome.comments
        self._count_posts()

    def _count_posts(self) -> None:
        self.posts_refused = self._unreadable_posts + self.files_refused
        self.posts_read = self.posts_stored + self.posts_united + self.posts_refused

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON data."""
        return {
            "command": self.command,
            "dry_run": self.dry_run,
            **{count.name: getattr(self, count.name) for count in fields(Counts)},
            "errors": self.problem_counts["error"],
            "warnings": self.problem_counts["warning"],
            "seconds": self.seconds,
            "problems": [
                {"path": path, "severity": problem.severity, **asdict(problem)} for path, problem in self.problems
            ],
        }


@contextmanager
def record_run(command: str, options: dict[str, Any], report: ImportReport) -> Iterator[ImportRun | None]:
    """Store a run from start to end, however it ends; None for a dry run."""
    row = None if report.dry_run else ImportRun.objects.create(command=command, options=options)
    try:
        yield row
    except BaseException:
        # Where the database is what failed, the row stays as it is, and the next run calls this one interrupted.
        with suppress(DatabaseError, InterfaceError):
            _close_run(row, report, ImportRun.Status.INTERRUPTED)
        raise
    _close_run(row, report, ImportRun.Status.FINISHED)
    if row:
        # Other unfinished runs are dead: this one holds the lock.
        unfinished = ImportRun.objects.filter(status=ImportRun.Status.RUNNING, pk__lt=row.pk)
        unfinished.update(status=ImportRun.Status.INTERRUPTED)


def _close_run(row: ImportRun | None, report: ImportReport, status: ImportRun.Status) -> None:
    report.seconds = round(time.monotonic() - report.started, 3)
    if row is None:
        return
    row.status, row.finished_at, row.report = status, timezone.now(), report.as_json()
    for count in fields(Counts):
        if count.name.startswith("files_"):
            setattr(row, count.name, getattr(report, count.name))
    row.save()


def write_problems(run: ImportRun, problems: Sequence[FileProblem], articles: Mapping[str, int]) -> None:
    """Write problems of files; `articles` are the article ids of imported files, by path. One query."""
    bulk_writes.insert_rows(
        ImportProblem,
        ("run_id", "path", "line", "severity", "code", "message", "article_id"),
        [
            (run.pk, path, row.line, row.severity, row.code[:40], row.message, articles.get(path))
            for path, row in problems
        ],
    )


def resolve_problems(run: ImportRun, read: Iterable[str], still: Iterable[FileProblem]) -> None:
    """Mark earlier problems of the files read as solved, except those that remain. Two queries for each 900 files.

    Of several problems with one code, those with another message are solved.
    """
    remaining = {(path, problem.code, problem.message) for path, problem in still}
    for part in bulk_writes.in_parts(set(read)):
        open_problems = ImportProblem.objects.filter(path__in=part, solved_by=None, run__lt=run.pk)
        solved = [
            pk
            for pk, *problem in open_problems.values_list("id", "path", "code", "message")
            if tuple(problem) not in remaining
        ]
        for some in bulk_writes.in_parts(solved):
            ImportProblem.objects.filter(pk__in=some).update(solved_by=run)


def failed_paths() -> set[str]:
    """Return the refused files that were not imported since. One query."""
    failed = ImportProblem.objects.filter(severity=ImportProblem.Severity.ERROR, solved_by=None)
    return set(failed.values_list("path", flat=True))


def summarize(report: ImportReport) -> Iterator[str]:
    """Yield the closing lines of a run."""
    for path, problem in report.problems:
        if problem.code == "repeats":
            continue  # one line for all of them, below
        where = f"{path}:{problem.line}" if problem.line else path
        yield f"{where}: {problem.severity}: {problem.message}"
    left = sum(report.problem_counts.values()) - len(report.problems)
    if left > 0:
        yield ngettext("and %d more problem", "and %d more problems", left) % left
    counts = report.as_json()
    if report.command == "import_archive":
        yield from _summarize_files(report, counts)
    yield _("Threads: %(threads_added)d added, %(threads_changed)d changed, %(threads_withdrawn)d withdrawn") % counts
    comments = _(
        "Comments: %(comments_added)d added, %(comments_changed)d changed, %(comments_withdrawn)d withdrawn; "
        "links: %(links_changed)d changed"
    )
    yield comments % counts
    if report.posts_read:
        posts = _(
            "Posts: %(posts_read)d read: %(posts_stored)d stored, %(posts_united)d united, %(posts_refused)d refused"
        )
        yield posts % counts
    if report.repeats_folded:
        repeats = ngettext(
            "%d comment repeats another one of its thread. It is shown once.",
            "%d comments repeat others of their threads. They are shown once.",
            report.repeats_folded,
        )
        yield repeats % report.repeats_folded
    yield _("Errors: %(errors)d. Warnings: %(warnings)d. Took %(seconds).1f s.") % counts


def _summarize_files(report: ImportReport, counts: dict[str, Any]) -> Iterator[str]:
    files = _(
        "Files: %(files_seen)d seen: %(files_imported)d imported, %(files_unchanged)d unchanged, "
        "%(files_refused)d refused"
    )
    files += ", " + _("%(unpublished)d not published") if report.unpublished else ""
    files += ", " + _("%(unread)d left out") if report.unread else ""
    yield (files + ("; " + _("%(files_withdrawn)d withdrawn") if report.files_withdrawn else "")) % counts
    if report.missing:
        missing = ngettext(
            "%d stored file is not in these folders. Its thread stays; --prune would withdraw it.",
            "%d stored files are not in these folders. Their threads stay; --prune would withdraw them.",
            report.missing,
        )
        yield missing % report.missing


def describe_outcome(outcome: Outcome) -> Iterator[str]:
    """Yield a line for each file of a thread in a dry run."""
    message = {
        "added": _("would add %(path)s as %(key)s; comments: %(comments)d"),
        "changed": _(
            "would change %(path)s (%(key)s); comments: %(comments_added)d added, %(comments_changed)d changed, "
            "%(comments_withdrawn)d withdrawn; links: %(links_changed)d changed"
        ),
        "withdrawn": _("would withdraw %(path)s (%(key)s); comments: %(comments_withdrawn)d"),
    }[outcome.state]
    for path in outcome.paths or (outcome.key,):
        yield message % {**asdict(outcome), "path": path}
    for key in outcome.former_keys:
        yield _("would change the key %(former)s to %(key)s") % {"former": key, "key": outcome.key}
