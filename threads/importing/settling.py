"""A thread's comments linked and placed again under moderators' words. Reads and writes nothing.

Called by `planning` and `replanning`, before a plan's rows are made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from threads.importing import build
from threads.importing.records import QuoteRecord
from threads.models import LinkMethod, Visibility
from threads.replies import linking

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from threads.importing.records import CommentRecord, ThreadRecord
    from threads.importing.state import StoredComment, StoredThread

    Known: TypeAlias = Sequence[StoredComment | None]


def settle(
    record: ThreadRecord,
    thread: StoredThread | None,
    known: Known,
    hidden: Collection[int],
) -> ThreadRecord:
    """Return a record with its comments linked, placed and counted under moderators' words.

    `known` are the rows of its comments, `hidden` the indexes of those that are not shown.

    Where words were destroyed, what was learnt from them while they were there cannot be learnt again, nor what others
    told in contrast to them: comments that are as their rows have them keep the links that they have.
    """
    corrections = _corrections_of(thread, known) if thread else {}
    if thread is None or not thread.cut:
        return build.settle(record, corrections, hidden)
    kept = _kept_links(record, known, corrections)
    record = build.settle(record, kept | corrections, hidden)
    return replace(record, comments=tuple(_as_learnt(record, thread, known, kept, corrections)))


def _kept_links(record: ThreadRecord, known: Known, corrections: dict[int, int | None]) -> dict[int, int | None]:
    """Return what comments answer that are as their rows have them; without links that a correction turned over."""
    at: dict[int | None, int | None] = {row.id: index for index, row in enumerate(known) if row}
    at[None] = None
    kept: dict[int, int | None] = {}
    sureness = {}
    for index, (row, comment) in enumerate(zip(known, record.comments, strict=True)):
        if row is None or row.values.link_method == LinkMethod.MANUAL or row.values.answers_id not in at:
            continue
        if _as_it_was(row, comment):
            kept[index] = linking.ARTICLE if row.values.answers_article else at[row.values.answers_id]
            sureness[index] = row.values.link_confidence or 0.0
    for start in [index for index, answered in corrections.items() if answered != kept.get(index)]:
        circle = _circle(start, kept | corrections)
        if weak := [index for index in circle if index in kept and index not in corrections]:
            del kept[min(weak, key=lambda index: (sureness[index], index))]
    return kept


def _as_it_was(row: StoredComment, comment: CommentRecord) -> bool:
    return (row.values.body, len(row.quotes)) == (comment.body, len(comment.quotes)) or not row.values.body


def _circle(start: int, answers: Mapping[int, int | None]) -> list[int]:
    """Return the comments on the way from `start` through what each answers back to it; none if it leads elsewhere."""
    way, at = [start], answers.get(start)
    seen = {start}
    while at is not None and at not in seen:
        way.append(at)
        seen.add(at)
        at = answers.get(at)
    return way if at == start else []


def _as_learnt(
    record: ThreadRecord,
    thread: StoredThread,
    known: Known,
    kept: Mapping[int, int | None],
    corrections: Mapping[int, int | None],
) -> Iterator[CommentRecord]:
    """Yield the comments with what was learnt from words that have been destroyed since."""
    at = {row.id: index for index, row in enumerate(known) if row}
    for index, (comment, row) in enumerate(zip(record.comments, known, strict=True)):
        if row is None:
            yield comment
            continue
        learnt: dict[str, Any] = {}
        if index in kept or comment.source_id is None:
            learnt["source_id"] = row.values.source_id
        if index in kept or (index in corrections and _as_it_was(row, comment)):
            learnt["quotes"] = quotes_of(row, at)
        if index in kept and thread.key == record.key:
            learnt["key"] = row.key
        same = (row.values.answers_id, row.values.answers_article) == (
            _row_of(known, comment.answers),
            comment.answers_article,
        )
        if same and row.values.link_method != LinkMethod.MANUAL and (index in kept or index in corrections):
            learnt |= {"link_method": row.values.link_method, "link_confidence": row.values.link_confidence}
        if row.visibility == Visibility.REDACTED:
            learnt["script"] = row.values.script
        yield comment._replace(**learnt)


def _row_of(known: Known, index: int | None) -> int | None:
    row = None if index is None else known[index]
    return row.id if row else None


def _corrections_of(thread: StoredThread, known: Known) -> dict[int, int | None]:
    """Return moderators' corrections by index; those of or to a comment that is gone are left out."""
    at: dict[int | None, int | None] = {row.id: index for index, row in enumerate(known) if row}
    target = at | {-thread.id: linking.ARTICLE, None: None}
    return {
        index: target[answered]
        for comment, answered in thread.corrections.items()
        if (index := at.get(comment)) is not None and answered in target
    }


def quotes_of(row: StoredComment, at: Mapping[int, int]) -> tuple[QuoteRecord, ...]:
    """Return the quotes of a row; `at` are the indexes of rows by id."""
    return tuple(
        QuoteRecord(quote.source_id, quote.excerpt, quote.leading, at.get(quote.target_id or 0)) for quote in row.quotes
    )
