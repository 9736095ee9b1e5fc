"""What tells of a redacted text outside of it: keys, file names, import reports, the log and the author's row."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from threads import redaction
from threads.database import bulk_writes, locks, versions
from threads.database.versions import digest_key
from threads.importing import state
from threads.importing.changes import row_fingerprint
from threads.models import (
    Article,
    Author,
    Comment,
    FormerKey,
    ImportProblem,
    ImportRun,
    ModerationAction,
    SourceFile,
    Visibility,
)
from threads.parsing import thread_keys
from threads.replies.comment_keys import CommentKeys

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


def replace_comment_keys(new_keys: Mapping[int, str]) -> None:
    """Give comments new keys, by their ids. Their former keys are kept as digests only. Seven queries for each 900."""
    secret = digest_key()
    for part in bulk_writes.in_parts(new_keys):
        former = FormerKey.objects.filter(comment__in=part)
        old = [*Comment.objects.filter(pk__in=part).values_list("pk", "key"), *former.values_list("comment_id", "key")]
        digests = {
            key if redaction.is_digest(key) else redaction.digest_former_key(secret, key): pk for pk, key in old if pk
        }
        former.delete()
        FormerKey.objects.filter(key__in=digests).delete()
        bulk_writes.insert_rows(FormerKey, ("key", "comment_id"), list(digests.items()))
        bulk_writes.update_rows(Comment, ("key",), [(new_keys[pk], pk) for pk in part])
        actions = ModerationAction.objects.filter(comment__in=part).values_list("pk", "comment_id")
        bulk_writes.update_rows(ModerationAction, ("target_key",), [(new_keys[of], pk) for pk, of in actions if of])


def paths_of(article_ids: Iterable[int]) -> dict[int, str]:
    """Return the paths of the stored files of these articles, by id. One query for each 900."""
    paths: dict[int, str] = {}
    for part in bulk_writes.in_parts(article_ids):
        paths |= dict(SourceFile.objects.filter(article__in=part).values_list("pk", "path"))
    return paths


def replace_file_names(article_ids: Iterable[int]) -> None:
    """Rename stored files whose names may hold a redacted title, and replace keys made of these names.

    The new names are digests: nobody can test a guess of a title without the archive's key. About 20 queries for each
    article.
    """
    secret = digest_key()
    for thread in state.stored_threads(list(article_ids)).values():
        for source in thread.sources:
            path = thread_keys.original_path(source.path, source.sha256)
            new_path = redaction.redacted_path(secret, path)
            if new_path != path:
                if path != source.path:
                    new_path = thread_keys.set_aside_path(new_path, source.sha256)
                SourceFile.objects.filter(pk=source.id).update(path=new_path)
        old = [key for key in (thread.key, *thread.former_keys) if redaction.is_file_key(key)]
        if old:
            _replace_thread_key(thread, old, secret)


@transaction.atomic
def renew_file_names() -> None:
    """Replace the file names and keys of articles that older versions redacted. About 20 queries for each article."""
    locks.lock_people()
    redacted = Article.objects.filter(visibility=Visibility.REDACTED).order_by("pk")
    before = dict(redacted.values_list("pk", "key"))
    old = paths_of(before)
    replace_file_names(before)
    new = paths_of(before)
    if (new, dict(redacted.values_list("pk", "key"))) != (old, before):
        erase_reports(before.keys(), {path: new[pk] for pk, path in old.items()}, rename=True)
        versions.bump_versions(before)


def _replace_thread_key(thread: state.StoredThread, old: Collection[str], secret: bytes) -> None:
    """Replace the keys of a thread that are made of a file name, and those of its comments, which derive from it."""
    FormerKey.objects.filter(article=thread.id, key__in=old).delete()
    digests = {redaction.digest_former_key(secret, key) for key in old}
    FormerKey.objects.filter(key__in=digests).delete()
    bulk_writes.insert_rows(FormerKey, ("key", "article_id"), [(digest, thread.id) for digest in sorted(digests)])
    key = redaction.redacted_key(secret, thread.key) if redaction.is_file_key(thread.key) else thread.key
    actions = ModerationAction.objects.filter(article=thread.id, comment=None)
    actions.filter(target_key__in=old).update(target_key=key)
    if key == thread.key:
        return
    Article.objects.filter(pk=thread.id).update(key=key)
    rows = [row for row in thread.comments if row.visibility != Visibility.REDACTED]
    keys = CommentKeys(key, frozenset())
    replace_comment_keys({row.id: keys.make(row_fingerprint(row)) for row in rows})


def erase_reports(article_ids: Collection[int], paths: Mapping[str, str], *, rename: bool) -> None:
    """Erase the messages of problems with the files of these articles, in the reports of runs too.

    A message may repeat words of a file. `paths` are the new paths by old ones; `rename` replaces other paths too.
    A few queries for each 900 files, and one for each run with such a problem.
    """
    secret = digest_key()
    problems: dict[int, tuple[int, str]] = {}
    for conditions in (
        *(Q(path__in=part) for part in bulk_writes.in_parts(paths)),
        *(Q(article__in=part) for part in bulk_writes.in_parts(article_ids)),
    ):
        rows = ImportProblem.objects.filter(conditions).values_list("pk", "run_id", "path")
        problems |= {pk: (run, path) for pk, run, path in rows}
    new_paths = {path: redaction.redacted_path(secret, path) if rename else path for _, path in problems.values()}
    new_paths |= paths
    rows_to_write = [(new_paths[path], redaction.TITLE, pk) for pk, (_, path) in problems.items()]
    bulk_writes.update_rows(ImportProblem, ("path", "message"), rows_to_write)
    for part in bulk_writes.in_parts({run for run, _ in problems.values()}):
        for run in ImportRun.objects.filter(pk__in=part):
            for problem in run.report.get("problems", ()):
                if problem["path"] in new_paths:
                    problem.update(path=new_paths[problem["path"]], message=redaction.TITLE)
            run.save(update_fields=["report"])
    if rename:
        _rename_in_options({PurePosixPath(old).name: PurePosixPath(new).name for old, new in new_paths.items()})


def _rename_in_options(names: Mapping[str, str]) -> None:
    """Rename files that were named in the command line of an import."""
    for run in ImportRun.objects.only("options").iterator():
        asked = [PurePosixPath(path) for path in run.options.get("paths", ())]
        if any(path.name in names for path in asked):
            run.options["paths"] = [str(path.with_name(names.get(path.name, path.name))) for path in asked]
            run.save(update_fields=["options"])


def erase_authors(author_ids: Iterable[int]) -> None:
    """Delete the rows of authors without any text, merge, opt-out or action. Two queries for each 900."""
    for part in bulk_writes.in_parts(author_ids):
        authors = Author.objects.filter(pk__in=part, opted_out=False, merged_into=None, merged_names=None)
        authors.filter(articles=None, comments=None, moderation_actions=None).delete()
