"""Withdraw threads whose files are missing, up to the limit of one run."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from threads.database import bulk_writes, locks, totals, versions
from threads.importing import state
from threads.importing.build import FileProblem
from threads.importing.loader import Outcome
from threads.models import Article, ArticleTag, Comment, SourceFile
from threads.parsing import thread_keys
from threads.parsing.problem_severities import Problem
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from threads.importing.run import Run
    from threads.importing.scanning import Scan
    from threads.importing.state import StoredThread

PRUNE_LIMIT: Final = 0.5
"""Share of the stored files that one run may withdraw without `--force`."""
WALK_PROBLEMS: Final = frozenset({"not-found", "not-readable"})
"""Problems under which a file that was not seen may still be there."""


class UnfitFolderError(Exception):
    """There is no file to import, or pruning would withdraw too many; the message says why and what to do."""


def check_limit(scan: Scan) -> None:
    """Raise UnfitFolderError if more files are missing than the limit allows."""
    if len(scan.gone) > PRUNE_LIMIT * scan.kept:
        raise UnfitFolderError(
            _("--prune would withdraw %(gone)d of %(kept)d files. Is this the right folder? If so, add --force.")
            % {"gone": len(scan.gone), "kept": scan.kept}
        )


def is_complete(run: Run, scan: Scan) -> bool:
    """Return whether every folder could be read, so that files not seen are surely missing."""
    blind = [path for path, problem in scan.problems if problem.code in WALK_PROBLEMS]
    if blind:
        message = _("cannot be read, so nothing is withdrawn in this run")
        run.note([FileProblem(blind[0], Problem(None, "not-pruned", message))])
    return not blind


def replaced_files(run: Run, scan: Scan, *, force: bool) -> dict[str, int]:
    """Return the files whose paths another thread's file took in this run.

    Empty if they are beyond the limit, because the folder may be the wrong one: the next run asks.
    """
    if not force and len(scan.gone) + len(run.set_aside) > PRUNE_LIMIT * scan.kept:
        return {}
    if run.report.dry_run:
        return {source.path: source.article_id for source in run.set_aside}
    return {thread_keys.set_aside_path(source.path, source.sha256): source.article_id for source in run.set_aside}


def withdraw_threads(run: Run, gone: Mapping[str, int]) -> None:
    """Withdraw the threads without a file; `gone` has the paths of missing files, with the ids of their articles."""
    articles = set(gone.values()) - set(run.arrived.values())
    for part in bulk_writes.in_parts(sorted(articles)):
        current = SourceFile.objects.filter(article__in=part, withdrawn_at=None)
        articles -= {article for path, article in current.values_list("path", "article_id") if path not in gone}
    for part in bulk_writes.in_parts(sorted(articles), 200):
        for outcome in withdraw_articles(part, dry=run.report.dry_run):
            run.report.add(outcome)
            run.tell(outcome)


def withdraw_articles(article_ids: Sequence[int], *, dry: bool = False) -> list[Outcome]:
    """Withdraw threads without files, with their files; they return if a file does.

    One transaction; a fixed number of queries for each 900 threads.
    """
    with nullcontext() if dry else transaction.atomic():
        if not dry:
            locks.lock_people()
        threads = state.stored_threads(article_ids)
        for part in [] if dry else bulk_writes.in_parts(threads):
            locks.lock_articles(part)
            Article.objects.filter(pk__in=part).update(withdrawn_at=timezone.now())
            SourceFile.objects.filter(article__in=part, withdrawn_at=None).update(withdrawn_at=timezone.now())
            _count_without(part)
            versions.bump_versions(part)
            indexing.update_articles(part)
        return [_withdrawn(thread) for thread in threads.values()]


def _withdrawn(thread: StoredThread) -> Outcome:
    paths = tuple(source.path for source in thread.sources if source.withdrawn_at is None)
    comments = sum(row.values.withdrawn_at is None for row in thread.comments)
    return Outcome(thread.key, thread.id, paths, "withdrawn", comments_withdrawn=comments)


def _count_without(article_ids: Sequence[int]) -> None:
    """Recount the authors and tags of these articles."""
    comments = Comment.objects.filter(article__in=article_ids).exclude(author=None)
    articles = Article.objects.filter(pk__in=article_ids).exclude(author=None)
    authors = {*comments.values_list("author_id", flat=True), *articles.values_list("author_id", flat=True)}
    totals.count_authors({author for author in authors if author})
    tags = ArticleTag.objects.filter(content_object__in=article_ids)
    totals.count_tags(set(tags.values_list("tag_id", flat=True)))
