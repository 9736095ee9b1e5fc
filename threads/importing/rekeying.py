"""Files whose thread's key changed: which stored thread they belong to, and threads joined into one.

A key changes when the closing link changes at the source, or when a file without one is renamed. docs/identity.md lists
every case and its outcome.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils import timezone

from threads.database import bulk_writes, totals
from threads.importing import changes
from threads.importing.state import Decision
from threads.models import (
    Article,
    Comment,
    FormerKey,
    ImportProblem,
    LinkCorrection,
    ModerationAction,
    Quote,
    Redaction,
    RemovedText,
    Report,
    SourceFile,
    Visibility,
)
from threads.parsing import thread_keys
from threads.parsing.hosts import canonical_key
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from django.db.models import Model

    from threads.importing.build import ThreadRecord
    from threads.importing.changes import ThreadPlan
    from threads.importing.state import StoredComment, StoredSource, StoredThread


@dataclass(slots=True)
class Moves:
    """What the moved files of a batch mean for the threads they come from."""

    renamed: dict[str, StoredThread] = field(default_factory=dict)
    """New key to the thread that is known under it from now on."""
    joined: dict[str, list[StoredThread]] = field(default_factory=lambda: defaultdict(list))
    """Key to the threads that become part of that thread."""
    parted: dict[str, list[StoredThread]] = field(default_factory=lambda: defaultdict(list))
    """Key to the threads that lose a file to that thread, and live on with their others."""
    set_aside: dict[str, list[StoredSource]] = field(default_factory=lambda: defaultdict(list))
    """Key to the kept files of other threads whose paths the files of that thread now have."""


def find_moves(
    records: Sequence[ThreadRecord],
    stored: Mapping[str, StoredSource],
    threads: Mapping[int, StoredThread],
    withdrawn: Collection[str] = (),
) -> Moves:
    """Return where moved files take their threads. `stored` is by path, `threads` by id, for the whole batch.

    `withdrawn` are the paths of missing files: a thread does not live on with these.
    """
    keys = {thread.key for thread in threads.values()}
    claimed = {source.path for source in stored.values()} | set(withdrawn)
    moves = Moves()
    taken: dict[int, str] = {}
    strangers: list[tuple[str, StoredSource]] = []
    for record in records:
        for source in record.sources:
            old = stored.get(source.path)
            thread = threads.get(old.article_id) if old else None
            if old is None or thread is None or record.key in {thread.key, taken.get(thread.id)}:
                continue
            others = [s for s in thread.sources if s.withdrawn_at is None and s.path not in claimed]
            stays = others or any(other.key == thread.key for other in records)
            if stays or thread.id in taken:
                moves.parted[record.key].append(thread)
            elif old.path == source.path and not _is_same_thread(record, thread):
                strangers.append((record.key, old))
            else:
                taken[thread.id] = record.key
                if record.key in keys or record.key in moves.renamed:
                    moves.joined[record.key].append(thread)
                else:
                    moves.renamed[record.key] = thread
    for key, old in strangers:
        # A thread that another of its files took along needs this one no more.
        if old.article_id not in taken:
            moves.set_aside[key].append(old)
    return moves


def _is_same_thread(record: ThreadRecord, thread: StoredThread) -> bool:
    """Return whether a file at a known path is a new edition of that thread, by key, title, body or a comment."""
    if record.key == canonical_key(thread.key):
        return True
    if record.title == thread.values.title or (record.body and record.body == thread.values.body):
        return True
    theirs = {changes.row_fingerprint(row) for row in thread.comments}
    return any(changes.record_fingerprint(comment) in theirs for comment in record.comments)


def take_over_rows(plans: Mapping[str, ThreadPlan], moves: Moves, key: str) -> None:
    """Let the thread of this key take over rows of comments that its files brought from other threads."""
    plan = plans[key]
    for thread in moves.joined.get(key, ()):
        changes.take_similar_rows(plan, thread.comments)
    plan.donors = moves.parted.get(key, [])
    for thread in plan.donors:
        if donor := plans.get(thread.key):
            changes.take_similar_rows(plan, donor.gone)
            taken = plan.indexes
            donor.gone = [row for row in donor.gone if row.id not in taken]


def inherit_decisions(plan: ThreadPlan) -> bool:
    """Hide the article of a hidden donor, and store the redactions of donors; return whether one is hidden.

    One or two queries for each donor. The caller updates counts and the search index.
    """
    for thread in plan.donors:
        _inherit_visibility(Article, thread.id, plan.article_id)
    inherited = set(plan.thread.inherited_digests) if plan.thread else set()
    memories = (replace(memory, elsewhere=True) for thread in plan.donors for memory in thread.memories)
    Redaction.objects.bulk_create(
        Redaction(article_id=plan.article_id, elsewhere=memory.article_key, memory=memory.to_json())
        for memory in dict.fromkeys(memories)
        if memory not in inherited
    )
    return any(not thread.is_visible for thread in plan.donors)


def set_sources_aside(sources: Iterable[StoredSource]) -> None:
    """Rename stored files whose path another thread's file took; delete those that are stored already."""
    for source in sources:
        path = thread_keys.set_aside_path(source.path, source.sha256)
        if SourceFile.objects.filter(path=path).exists():
            SourceFile.objects.filter(pk=source.id).delete()
        else:
            SourceFile.objects.filter(pk=source.id).update(path=path)


def rename_withdrawn(outdated: Mapping[str, Sequence[str]]) -> None:
    """Give withdrawn threads without files their canonical key; `outdated` are stored keys by canonical keys.

    A thread whose canonical key is taken stays as it is. A fixed number of queries for each 900 keys.
    """
    for part in bulk_writes.in_parts(outdated):
        taken = {*Article.objects.filter(key__in=part).values_list("key", flat=True)}
        taken |= {*FormerKey.objects.filter(key__in=part).values_list("key", flat=True)}
        new = {outdated[key][0]: key for key in part if key not in taken}
        rows = Article.objects.exclude(withdrawn_at=None).filter(key__in=new).values_list("pk", "key")
        renamed = list(rows)
        bulk_writes.update_rows(Article, ("key",), [(new[key], pk) for pk, key in renamed])
        bulk_writes.insert_rows(
            FormerKey, ("key", "article_id", "comment_id"), [(key, pk, None) for pk, key in renamed]
        )


def join_threads(plan: ThreadPlan, thread: StoredThread) -> None:
    """Make the rest of `thread` part of the plan's thread.

    A comment of both keeps the plan's row and the stricter visibility; the other rows are withdrawn.
    """
    own = plan.indexes
    left = [row for row in thread.comments if row.id not in own]
    comments = zip(plan.record.comments, plan.comment_ids, strict=True)
    equal = {changes.record_fingerprint(comment): comment_id for comment, comment_id in comments}
    pairs = [(row, equal.get(changes.row_fingerprint(row))) for row in left]
    merge_rows([(row, kept_id) for row, kept_id in pairs if kept_id])
    rest = [row for row, kept_id in pairs if not kept_id]
    _rekey_rows(plan, [row for row in rest if row.visibility != Visibility.REDACTED])
    for part in bulk_writes.in_parts(row.id for row in rest):
        Comment.objects.current().filter(pk__in=part).update(withdrawn_at=timezone.now())
        Comment.objects.filter(pk__in=part).update(article=plan.article_id)
    _hand_over(thread, plan.article_id)
    Article.objects.filter(pk=thread.id).delete()
    FormerKey.objects.update_or_create(key=thread.key, defaults={"article_id": plan.article_id, "comment": None})
    authors = (thread.values.author_id, *(row.values.author_id for row in thread.comments))
    totals.count_authors({author for author in authors if author is not None})
    totals.count_tags({tag.tag_id for tag in thread.tags})
    indexing.update_articles([plan.article_id])


def _rekey_rows(plan: ThreadPlan, left: Sequence[StoredComment]) -> None:
    """Give joining rows keys of the plan's thread; their old keys become former keys."""
    bulk_writes.update_rows(Comment, ("key",), plan.new_keys(left))
    for part in bulk_writes.in_parts(left):
        FormerKey.objects.filter(key__in=[row.key for row in part]).delete()
    bulk_writes.insert_rows(FormerKey, ("key", "article_id", "comment_id"), [(row.key, None, row.id) for row in left])


def merge_rows(pairs: Sequence[tuple[StoredComment, int]]) -> None:
    """Give former keys, reports and decisions of rows to the comments of these ids, which equal them; delete the rows.

    The stricter visibility stays. A fixed number of queries for each 900 rows.
    """
    kept = {row.id: kept_id for row, kept_id in pairs}
    for model in (FormerKey, Report, ModerationAction, RemovedText):
        _repoint(model, "comment_id", kept)
    for pointing in (LinkCorrection, Quote):
        _repoint(pointing, "target_id", kept)
    for single in (LinkCorrection, Redaction):
        _repoint(single, "comment_id", kept, one_each=True)
    for part in bulk_writes.in_parts(pairs):
        FormerKey.objects.filter(key__in=[row.key for row, _ in part]).delete()
        removed = {kept_id: row.decision for row, kept_id in part if not row.is_visible}
        visible = Comment.objects.filter(pk__in=removed, visibility=Visibility.VISIBLE).values_list("pk", flat=True)
        bulk_writes.update_rows(Comment, Decision._fields, [(*removed[pk], pk) for pk in visible])
        Comment.objects.filter(pk__in=[row.id for row, _ in part]).delete()
    bulk_writes.insert_rows(FormerKey, ("key", "comment_id"), [(row.key, kept_id) for row, kept_id in pairs])


def _repoint(model: type[Model], field: str, kept: Mapping[int, int], *, one_each: bool = False) -> None:
    """Point rows at the comments kept; with `one_each`, only the first at each that has none."""
    rows: QuerySet[Model] = QuerySet(model).order_by("pk")
    for part in bulk_writes.in_parts(kept):
        pairs = [(kept[old], pk) for old, pk in rows.filter(**{f"{field}__in": part}).values_list(field, "pk")]
        if one_each:
            new = {comment: (comment, pk) for comment, pk in reversed(pairs)}
            owners = set(rows.filter(**{f"{field}__in": list(new)}).values_list(field, flat=True))
            pairs = [pair for comment, pair in new.items() if comment not in owners]
        bulk_writes.update_rows(model, (field,), pairs)


def _hand_over(thread: StoredThread, article_id: int) -> None:
    """Give another article everything that points at a thread's article."""
    if Redaction.objects.filter(article=article_id, comment=None, elsewhere="").exists():
        Redaction.objects.filter(article=thread.id, comment=None, elsewhere="").delete()
    for model in (FormerKey, SourceFile, ModerationAction, Report, ImportProblem, Redaction, RemovedText):
        model.objects.filter(article=thread.id).update(article=article_id)
    _inherit_visibility(Article, thread.id, article_id)


def _inherit_visibility(model: type[Article | Comment], old: int, kept_id: int) -> None:
    """Hide the row that takes over a hidden one."""
    was = model.objects.filter(pk=old).exclude(visibility=Visibility.VISIBLE)
    for decision in was.values("visibility", "reason", "moderated_at"):
        model.objects.filter(pk=kept_id, visibility=Visibility.VISIBLE).update(**decision)
