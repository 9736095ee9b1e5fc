"""Records to rows: whole threads with their files, one transaction a batch."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from threads.database import bulk_writes, locks, names, totals
from threads.importing import changes, decisions, rekeying, removed_copies, row_writing, state
from threads.importing.state import StoredSource
from threads.models import Article, Comment, SourceFile
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from threads.database.names import Person
    from threads.importing.build import SourceRecord, ThreadRecord
    from threads.importing.changes import ThreadPlan
    from threads.importing.rekeying import Moves
    from threads.importing.state import StoredThread
    from threads.redaction import ThreadDigests


SOURCE_FIELDS: Final = (
    *("path", "sha256", "size", "content", "modified_at", "format", "first_line"),
    *("redacted_at", "article_id", "run_id"),
)
SET_ASIDE: Final = re.compile(r"~[0-9a-f]{8}\.[^./]*\Z")
"""End of a path made by `thread_keys.set_aside`."""


def known_sources(records: Iterable[ThreadRecord], renamed: Mapping[str, str]) -> dict[str, StoredSource]:
    """Return the stored files of the paths that records claim, by path. One query for each 900 paths."""
    claimed = {renamed.get(source.path, source.path): source.path for record in records for source in record.sources}
    rows = SourceFile.objects.values_list(*StoredSource._fields)
    by_path = {}
    for part in bulk_writes.in_parts(claimed):
        for source in map(StoredSource._make, rows.filter(path__in=part)):
            by_path[claimed[source.path]] = source
    return by_path


def write_sources(
    plans: Sequence[ThreadPlan], stored: Mapping[str, StoredSource], run_id: int | None, gone: Collection[str]
) -> None:
    """Write the files of threads, withdraw those at paths in `gone`, and delete duplicates that were set aside."""
    new, changed, withdrawn, duplicates = [], [], [], []
    for plan in plans:
        for source in plan.record.sources:
            values = _source_values(source, plan.article_id, run_id)
            if source.path not in stored:
                new.append(values)
            elif source.content is not None:
                changed.append((*values, None, stored[source.path].id))
        hashes = {source.sha256 for source in plan.record.sources if not SET_ASIDE.search(source.path)}
        for source_row in plan.thread.sources if plan.thread else ():
            if source_row.path in gone:
                withdrawn.append((timezone.now(), source_row.id))
            elif SET_ASIDE.search(source_row.path) and source_row.sha256 in hashes:
                duplicates.append(source_row.id)
    bulk_writes.insert_rows(SourceFile, SOURCE_FIELDS, new)
    bulk_writes.update_rows(SourceFile, (*SOURCE_FIELDS, "withdrawn_at"), changed)
    bulk_writes.update_rows(SourceFile, ("withdrawn_at",), withdrawn)
    for part in bulk_writes.in_parts(duplicates):
        SourceFile.objects.filter(pk__in=part).delete()


def _source_values(source: SourceRecord, article_id: int, run_id: int | None) -> tuple[Any, ...]:
    redacted_at = timezone.now() if source.redacted else None
    about = (source.path, source.sha256, source.size, source.content, source.modified_at)
    return (*about, source.format, source.first_line, redacted_at, article_id, run_id)


def renumber_sources(first_lines: Mapping[str, int]) -> None:
    """Write the first lines of parts that moved inside their file, by path."""
    for paths in bulk_writes.in_parts(first_lines):
        ids = SourceFile.objects.filter(path__in=paths).values_list("pk", "path")
        bulk_writes.update_rows(SourceFile, ("first_line",), [(first_lines[path], pk) for pk, path in ids])


REFUSALS = (DataError, IntegrityError, ValueError, OverflowError)
"""What the database raises where a value of one thread is to blame."""


class OvertakenError(Exception):
    """A moderator redacted text of some threads after their files were read; nothing was stored."""

    def __init__(self, memories: Mapping[str, Collection[ThreadDigests]]) -> None:
        """Take today's redactions by the keys of the threads to read again."""
        super().__init__(", ".join(memories))
        self.memories = memories


@dataclass(frozen=True, slots=True)
class Outcome:
    """What storing one thread changed or, in a dry run, would change."""

    key: str
    article_id: int
    paths: tuple[str, ...]
    state: str
    """`added`, `changed`, `withdrawn` or `same`."""
    comments: int = 0
    comments_added: int = 0
    comments_changed: int = 0
    comments_withdrawn: int = 0
    comments_before: int = 0
    opening_before: int = 0
    """Characters of the opening text that the archive had."""
    opening: int = 0
    comments_cut: tuple[tuple[int, int, int], ...] = ()
    """Comments that have only the first half of their earlier text, or less: number, and characters now and before."""
    links_changed: int = 0
    posts_read: int = 0
    """Opening texts and comments in its files."""
    repeats: int = 0
    """Comments of its files that are folded, because they repeat others."""
    former_keys: tuple[str, ...] = ()
    """Keys of threads that are known under this one now."""
    set_aside: tuple[StoredSource, ...] = ()
    """Kept files of other threads whose paths its files now have."""
    differences: tuple[str, ...] = ()
    """What differs from the rows there were, each as a sentence without its end."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a load needs besides its records."""

    run_id: int | None = None
    gone: Collection[str] = frozenset()
    """Paths of kept files to withdraw."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """New path of a file to the path under which the archive keeps it."""
    memories: Mapping[str, Collection[ThreadDigests]] = field(default_factory=dict)
    """What each record, by its key, was read without, because a moderator had destroyed it."""
    dry: bool = False
    """Write nothing; only say what would change."""


def load_threads(records: Sequence[ThreadRecord], circumstances: Circumstances) -> list[Outcome]:
    """Store threads in one transaction. Each record's key occurs once in the batch.

    Threads between which files moved must be in one batch. Raises OvertakenError if a moderator redacted text after a
    record was read. Queries: a fixed number for each 900 threads, authors or comments, and a few for each moved file.
    """
    with nullcontext() if circumstances.dry else transaction.atomic():
        if not circumstances.dry:
            locks.lock_people()
        stored = known_sources(records, circumstances.renamed)
        threads = _lock_and_read(records, {source.article_id for source in stored.values()}, dry=circumstances.dry)
        moves = rekeying.find_moves(records, stored, threads, circumstances.gone)
        _check_redactions(records, threads, moves, circumstances)
        authors = {comment.author for record in records for comment in record.comments}
        people = names.ensure_authors(authors | {record.author for record in records}, dry=circumstances.dry)
        plans = _plan(records, threads, moves, people, circumstances)
        if not circumstances.dry:
            aside = [source for sources in moves.set_aside.values() for source in sources]
            rekeying.set_sources_aside(aside)
            for source in aside:
                del stored[source.path]
            rekeying.merge_rows([(row, plan.comment_ids[index]) for plan in plans for row, index in plan.merged])
            row_writing.write_rows(plans, people)
            write_sources(plans, stored, circumstances.run_id, circumstances.gone)
            _finish_moves(plans, moves)
            removed_copies.remember_hidden(plans)
        return [outcome_of(plan, moves) for plan in plans]


def _plan(
    records: Sequence[ThreadRecord],
    threads: Mapping[int, StoredThread],
    moves: Moves,
    people: Mapping[str | None, Person],
    circumstances: Circumstances,
) -> list[ThreadPlan]:
    dry = circumstances.dry
    tag_ids = names.ensure_tags((tag for record in records for tag in record.tags), dry=dry)
    by_key = {thread.key: thread for thread in threads.values()}
    plans = {
        record.key: changes.match_rows(record, moves.renamed.get(record.key) or by_key.get(record.key))
        for record in records
    }
    for record in records:
        rekeying.take_over_rows(plans, moves, record.key)
    removed_copies.find_copies(list(plans.values()))
    opted_out = state.opted_out_names()
    for plan in plans.values():
        decisions.apply_decisions(plan, people, opted_out)
    _reserve_ids(list(plans.values()), dry=dry)
    merged: dict[int | None, int] = {
        row.id: plan.comment_ids[index] for plan in plans.values() for row, index in plan.merged
    }
    for plan in plans.values():
        plan.merged_ids = merged
        changes.fill_rows(plan, people, tag_ids)
    return list(plans.values())


def _lock_and_read(records: Sequence[ThreadRecord], donors: Iterable[int], *, dry: bool) -> dict[int, StoredThread]:
    """Return the stored threads of these records and of their moved files, locked unless `dry`."""
    ids = set(donors)
    for part in bulk_writes.in_parts(record.key for record in records):
        ids |= set(Article.objects.filter(key__in=part).values_list("id", flat=True))
    if not dry:
        locks.lock_articles(ids)
    return state.stored_threads(ids)


def _check_redactions(
    records: Iterable[ThreadRecord], threads: Mapping[int, StoredThread], moves: Moves, circumstances: Circumstances
) -> None:
    """Raise OvertakenError unless each record was read without all text that is redacted now."""
    by_key = {thread.key: thread for thread in threads.values()}
    late = {}
    for record in records:
        key = record.key
        own = [moves.renamed.get(key) or by_key.get(key), *moves.joined.get(key, ())]
        destroyed = [memory for thread in own if thread for memory in thread.memories]
        destroyed += [
            replace(memory, elsewhere=True) for thread in moves.parted.get(key, ()) for memory in thread.memories
        ]
        if not set(destroyed) <= set(circumstances.memories.get(key, ())):
            late[key] = destroyed
    if late:
        raise OvertakenError(late)


def _reserve_ids(plans: Sequence[ThreadPlan], *, dry: bool) -> None:
    """Assign ids to new articles and comments; negative ids in a dry run."""
    new = sum(plan.thread is None for plan in plans)
    added = sum(len(plan.added) for plan in plans)
    article_ids = count(-new) if dry else iter(bulk_writes.reserve_ids(Article, new))
    comment_ids = count(-added) if dry else iter(bulk_writes.reserve_ids(Comment, added))
    for plan in plans:
        plan.article_id = plan.thread.id if plan.thread else next(article_ids)
        plan.comment_ids = [row.id if row else next(comment_ids) for row in plan.rows]


def _finish_moves(plans: Sequence[ThreadPlan], moves: Moves) -> None:
    """Join threads that lost all files to another thread, and pass on moderators' decisions."""
    for plan in plans:
        key = plan.record.key
        for thread in moves.joined.get(key, ()):
            rekeying.join_threads(plan, thread)
        hidden = rekeying.inherit_decisions(plan)
        if key in moves.joined:
            decisions.relink_threads([plan.article_id])
        if key in moves.joined or hidden:
            totals.recount_threads([plan.article_id])
            indexing.update_articles([plan.article_id])


def outcome_of(plan: ThreadPlan, moves: Moves | None = None) -> Outcome:
    """Return what a plan changes."""
    moves = moves or rekeying.Moves()
    fields = plan.changed_fields
    key = plan.record.key
    joined = [thread.key for thread in moves.joined.get(key, ())]
    renamed = [moves.renamed[key].key] if key in moves.renamed else []
    return Outcome(
        key=key,
        article_id=plan.article_id,
        paths=tuple(source.path for source in plan.record.sources),
        state="added" if plan.thread is None else "changed" if plan.changes else "same",
        comments=len(plan.record.comments),
        comments_added=len(plan.added),
        comments_changed=len(fields),
        comments_withdrawn=len(plan.gone),
        comments_before=sum(row.values.withdrawn_at is None for row in plan.thread.comments) if plan.thread else 0,
        comments_cut=tuple(_cut_comments(plan)),
        opening_before=len(plan.thread.values.body) if plan.thread else 0,
        opening=len(plan.article.body),
        links_changed=sum(bool(names & changes.LINK_FIELDS) for names in fields.values()),
        posts_read=plan.record.posts_read,
        repeats=plan.record.repeats,
        former_keys=(*renamed, *joined),
        set_aside=tuple(moves.set_aside.get(key, ())),
        differences=tuple(plan.differences()) if plan.thread else (),
    )


def _cut_comments(plan: ThreadPlan) -> Iterator[tuple[int, int, int]]:
    for index, changed in sorted(plan.changed_fields.items()):
        row, body = plan.rows[index], plan.record.comments[index].body
        before = row.values.body if row and "body" in changed else ""
        if body and 2 * len(body) <= len(before) and before.startswith(body):
            yield index + 1, len(body), len(before)
