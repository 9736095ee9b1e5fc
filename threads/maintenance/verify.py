"""Verify the archive against its files and itself: missing, changed, extra or altered. Reads only."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from threads.database import bulk_writes, names, totals
from threads.importing import scanning, source_files
from threads.importing.import_report import ImportReport
from threads.importing.loader import Circumstances
from threads.importing.run import Run, ignore_progress, read_threads
from threads.models import Article, SourceFile
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from threads.importing.loader import Outcome

FILES_AT_ONCE: Final = 100


@dataclass(slots=True)
class Verification:
    """The numbers of compared files and threads, and the differences as sentences."""

    files: int = 0
    threads: int = 0
    differences: list[str] = field(default_factory=list)


def verify_archive(
    paths: Sequence[str], workers: int, progress: Callable[[int, int], None] = ignore_progress
) -> Verification:
    """Compare the archive with these folders, or without folders with the stored originals.

    `progress` gets threads done and all threads.
    """
    result = Verification()
    if paths:
        result.differences += _against_files(result, paths)
    else:
        result.files = SourceFile.objects.count()
    result.differences += _originals()
    result.differences += _rows(result, workers, progress)
    result.differences += names.wrong_names()
    result.differences += totals.wrong_totals()
    result.differences += indexing.find_index_problems()
    result.differences += _database()
    return result


def _against_files(result: Verification, paths: Sequence[str]) -> Iterator[str]:
    """Yield the differences between the folders and the stored files."""
    scan = scanning.scan(source_files.find_files(paths))
    result.files = len(scan.seen)
    for path, problem in scan.problems:
        if problem.severity == "error":
            yield _("%(path)s: %(what)s") % {"path": path, "what": problem.message}
    stored: set[str] = set()
    for part in bulk_writes.in_parts(file.path for file in scan.changed):
        stored |= set(SourceFile.objects.filter(path__in=part, withdrawn_at=None).values_list("path", flat=True))
    for file in scan.changed:
        if file.path in scan.renamed:
            message = _("%(path)s: renamed since it was imported as %(old)s")
            yield message % {"path": file.path, "old": scan.renamed[file.path]}
        elif file.path in stored:
            yield _("%s: changed since it was imported") % file.path
        else:
            yield _("%s: missing from the archive") % file.path
    for path in scan.gone:
        yield _("%s: in the archive but not in the folder") % path


def _originals() -> Iterator[str]:
    """Yield damaged or changed originals. One query for each 100."""
    originals = SourceFile.objects.order_by("path").values_list("path", "sha256", "size", "content", "redacted_at")
    for path, sha256, size, content, redacted_at in originals.iterator(chunk_size=FILES_AT_ONCE):
        try:
            whole = zlib.decompress(content)
        except zlib.error as error:
            yield _("%(path)s: the stored original is damaged (%(error)s)") % {"path": path, "error": error}
            continue
        if redacted_at is None and (len(whole), hashlib.sha256(whole).hexdigest()) != (size, sha256):
            yield _("%s: the stored original differs from the imported file") % path


def _rows(result: Verification, workers: int, progress: Callable[[int, int], None]) -> list[str]:
    """Return the differences between rows and their originals as read today."""
    articles = Article.objects.current().order_by("pk")
    ids = list(articles.values_list("pk", flat=True))
    files = SourceFile.objects.filter(article=OuterRef("pk"), withdrawn_at=None)
    differences = [
        _("%s: in the archive without a source file") % key
        for key in articles.exclude(Exists(files)).values_list("key", flat=True)
    ]
    differences += [
        _("%s: the host is an alias. Run manage.py reparse.") % key
        for keys in scanning.outdated_keys().values()
        for key in keys
    ]

    def tell(outcome: Outcome) -> None:
        result.threads += 1
        progress(result.threads, len(ids))
        differences.extend(_("%s (altered in the database)") % difference for difference in outcome.differences)

    run = Run(ImportReport(dry_run=True), None, workers, ignore_progress, tell)
    read_threads(run, scanning.kept_tasks(ids), Circumstances(dry=True))
    differences += [
        f"{path}: {problem.message}" for path, problem in run.report.problems if problem.severity == "error"
    ]
    return differences


def _database() -> Iterator[str]:
    """Yield the findings of SQLite's own checks; PostgreSQL checks as it writes."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        for (finding,) in cursor.fetchall():
            if finding != "ok":
                yield _("the database is damaged: %s") % finding
        cursor.execute("PRAGMA foreign_key_check")
        for table, row, parent, _key in cursor.fetchall():
            names_of_row = {"table": table, "row": row, "parent": parent}
            yield _("%(table)s row %(row)s points at a missing row of %(parent)s") % names_of_row
