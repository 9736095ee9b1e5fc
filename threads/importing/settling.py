"""A thread's comments linked and placed again under moderators' words. Reads and writes nothing.

Called by `planning` and `replanning`, before a plan's rows are made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from threads import rendering
from threads.importing import build
from threads.importing.records import QuoteRecord
from threads.models import LinkMethod, Visibility
from threads.parsing import quotes
from threads.replies import linking

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator, Mapping, Sequence

    from threads.importing.records import CommentRecord, ThreadRecord
    from threads.importing.state import StoredComment, StoredThread

    Known: TypeAlias = Sequence[StoredComment | None]


def settle(
    record: ThreadRecord,
    thread: StoredThread | None,
    known: Known,
    hidden: Collection[int],
    known_threads: Container[str],
) -> ThreadRecord:
    """Return a record with its comments linked, placed and counted under moderators' words.

    `known` are the rows of its comments, `hidden` the indexes of those that are not shown.

    Where words were destroyed, what was learnt from them while they were there cannot be learnt again, nor what others
    told in contrast to them: comments that are as their rows have them keep the links that they have.
    """
    corrections = _corrections_of(thread, known) if thread else {}
    if thread is None or not thread.cut:
        return build.settle(record, known_threads, corrections, hidden)
    kept = _kept_links(record, known, corrections)
    record = build.settle(record, known_threads, kept | corrections, hidden)
    record = replace(record, comments=tuple(_as_learnt(record, thread, known, kept, corrections)))
    if all(quote.leading for comment in record.comments for quote in comment.quotes):
        return record
    # The quotes inside a text show whom they quote.
    return build.rerender(record, known_threads, hidden)


def withhold(
    record: ThreadRecord,
    thread: StoredThread | None,
    hidden: Collection[int],
    names: Collection[str],
    known_threads: Container[str],
) -> ThreadRecord:
    """Return a record whose texts show no quote of what is not in it and must not be shown.

    That is what others quote of people of these `names`, known by the name alone, and of rows that are not shown:
    in no file any more, or with other words (`recalling`).
    """
    removed = {row.id for row in thread.comments if not row.shown} if thread else frozenset()
    if not (names or removed):
        return record
    comments = list(record.comments)
    touched = False
    for at, one in enumerate(record.comments):
        closed = [quote.target is None and (one.addressee in names or quote.gone in removed) for quote in one.quotes]
        if not (any(closed) or any(quote.gone in removed for quote in one.quotes)):
            continue
        touched = True
        if not all(quote.leading for quote in one.quotes):
            comments[at] = _withheld(record.comments, at, closed, hidden, known_threads)
    # What a worker prepared for search holds what is withheld.
    return replace(record, comments=tuple(comments), search=()) if touched else record


def _withheld(
    comments: Sequence[CommentRecord],
    at: int,
    closed: Sequence[bool],
    hidden: Collection[int],
    known_threads: Container[str],
) -> CommentRecord:
    one = comments[at]
    inline = []
    for mark, quote, shut in zip(quotes.find(one.body), one.quotes, closed, strict=False):
        of = None if quote.target is None else comments[quote.target]
        name = None if shut else (of and of.author) or one.addressee or None
        inline.append(
            rendering.InlineQuote(
                mark.start,
                mark.end,
                mark.leading,
                mark.excerpt,
                name,
                of.key if of else None,
                shut or quote.target in hidden,
            )
        )
    return one._replace(body_html=rendering.render(one.body, inline, known_threads).html)


def _kept_links(record: ThreadRecord, known: Known, corrections: dict[int, int | None]) -> dict[int, int | None]:
    """Return what comments answer that are as their rows have them; without links that a correction turned over."""
    at: dict[int | None, int | None] = {row.id: index for index, row in enumerate(known) if row}
    at[None] = None
    kept: dict[int, int | None] = {}
    sureness = {}
    for index, (row, comment) in enumerate(zip(known, record.comments, strict=True)):
        if row is None or row["link_method"] == LinkMethod.MANUAL or row["answers_id"] not in at:
            continue
        if _as_it_was(row, comment):
            kept[index] = linking.ARTICLE if row["answers_article"] else at[row["answers_id"]]
            sureness[index] = row["link_confidence"] or 0.0
    for start in [index for index, answered in corrections.items() if answered != kept.get(index)]:
        circle = _circle(start, kept | corrections)
        if weak := [index for index in circle if index in kept and index not in corrections]:
            del kept[min(weak, key=lambda index: (sureness[index], index))]
    return kept


def _as_it_was(row: StoredComment, comment: CommentRecord) -> bool:
    return (row["body"], len(row.quotes)) == (comment.body, len(comment.quotes)) or not row["body"]


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
            learnt["source_id"] = row["source_id"]
        if index in kept or (index in corrections and _as_it_was(row, comment)):
            learnt["quotes"] = quotes_of(row, at)
        if index in kept and thread.key == record.key:
            learnt["key"] = row.key
        same = (row["answers_id"], row["answers_article"]) == (_row_of(known, comment.answers), comment.answers_article)
        if same and row["link_method"] != LinkMethod.MANUAL and (index in kept or index in corrections):
            learnt |= {name: row[name] for name in ("link_method", "link_confidence")}
        if row.visibility == Visibility.REDACTED:
            learnt["script"] = row["script"]
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
    return tuple(QuoteRecord(quote[0], quote[1], quote[2], at.get(quote[3])) for quote in row.quotes)
