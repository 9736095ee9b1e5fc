"""Reply links and quote targets under moderators' decisions: corrections, redactions, rows missing from the files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from threads.importing import build
from threads.importing.build import QuoteRecord
from threads.models import LinkMethod, Visibility
from threads.parsing import quotes
from threads.replies import linking
from threads.replies.drafts import draft
from threads.replies.excerpts import Words, compared, squeeze

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from threads.importing.build import CommentRecord, ThreadRecord
    from threads.importing.state import StoredComment, StoredThread

    Known: TypeAlias = Sequence[StoredComment | None]
    from collections.abc import Iterable, Sequence

    from threads.importing.state import StoredComment


def apply_corrections(
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
    corrections = _corrections_by_index(thread, known) if thread else {}
    if thread is None or not thread.cut:
        return build.relink_record(record, corrections, hidden)
    kept = _pinned_links(record, known, corrections)
    record = build.relink_record(record, kept | corrections, hidden)
    return replace(record, comments=tuple(_keep_learnt(record, thread, known, kept, corrections)))


def _pinned_links(record: ThreadRecord, known: Known, corrections: dict[int, int | None]) -> dict[int, int | None]:
    """Return what comments answer that are as their rows have them; without links that a correction turned over."""
    at: dict[int | None, int | None] = {row.id: index for index, row in enumerate(known) if row}
    at[None] = None
    kept: dict[int, int | None] = {}
    sureness = {}
    for index, (row, comment) in enumerate(zip(known, record.comments, strict=True)):
        if row is None or row.values.link_method == LinkMethod.MANUAL or row.values.answers_id not in at:
            continue
        if _is_unchanged(row, comment):
            kept[index] = linking.ARTICLE if row.values.answers_article else at[row.values.answers_id]
            sureness[index] = row.values.link_confidence or 0.0
    for start in [index for index, answered in corrections.items() if answered != kept.get(index)]:
        circle = _find_cycle(start, kept | corrections)
        if weak := [index for index in circle if index in kept and index not in corrections]:
            del kept[min(weak, key=lambda index: (sureness[index], index))]
    return kept


def _is_unchanged(row: StoredComment, comment: CommentRecord) -> bool:
    return (row.values.body, len(row.quotes)) == (comment.body, len(comment.quotes)) or not row.values.body


def _find_cycle(start: int, answers: Mapping[int, int | None]) -> list[int]:
    """Return the comments on the way from `start` through what each answers back to it; none if it leads elsewhere."""
    way, at = [start], answers.get(start)
    seen = {start}
    while at is not None and at not in seen:
        way.append(at)
        seen.add(at)
        at = answers.get(at)
    return way if at == start else []


def _keep_learnt(
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
        if index in kept or (index in corrections and _is_unchanged(row, comment)):
            learnt["quotes"] = quote_records(row, at)
        if index in kept and thread.key == record.key:
            learnt["key"] = row.key
        same = (row.values.answers_id, row.values.answers_article) == (
            _row_id(known, comment.answers),
            comment.answers_article,
        )
        if same and row.values.link_method != LinkMethod.MANUAL and (index in kept or index in corrections):
            learnt |= {"link_method": row.values.link_method, "link_confidence": row.values.link_confidence}
        if row.visibility == Visibility.REDACTED:
            learnt["script"] = row.values.script
        yield comment._replace(**learnt)


def _row_id(known: Known, index: int | None) -> int | None:
    row = None if index is None else known[index]
    return row.id if row else None


def _corrections_by_index(thread: StoredThread, known: Known) -> dict[int, int | None]:
    """Return moderators' corrections by index; those of or to a comment that is gone are left out."""
    at: dict[int | None, int | None] = {row.id: index for index, row in enumerate(known) if row}
    target = at | {-thread.id: linking.ARTICLE, None: None}
    return {
        index: target[answered]
        for comment, answered in thread.corrections.items()
        if (index := at.get(comment)) is not None and answered in target
    }


def quote_records(row: StoredComment, at: Mapping[int, int]) -> tuple[QuoteRecord, ...]:
    """Return the quotes of a row; `at` are the indexes of rows by id."""
    return tuple(
        QuoteRecord(quote.source_id, quote.excerpt, quote.leading, at.get(quote.target_id or 0)) for quote in row.quotes
    )


def bind_missing_quotes(
    record: ThreadRecord, thread: StoredThread | None, known: Sequence[StoredComment | None]
) -> ThreadRecord:
    """Return a record whose quotes say which row they are of, also where that is in no file (`QuoteRecord.gone`).

    `known` are the rows of its comments. A quote stays with the row that it was of; another is led to a row by its
    number, or by name and words as `linking` does it. What is shown is of a comment that is not shown only if no
    comment that is shown begins with these words. Linear in the number of comments and quotes.
    """
    at = {row.id: index for index, row in enumerate(known) if row}
    kept = [row for row in thread.comments if row.id not in at or not row.shown] if thread else []
    if thread is None or not kept:
        return record
    rows = _MissingRows(record.comments, thread.comments, kept, at)
    comments = [
        comment._replace(quotes=tuple(rows.recalled(comment, row))) if comment.quotes else comment
        for comment, row in zip(record.comments, known, strict=True)
    ]
    return replace(record, comments=tuple(comments))


class _MissingRows:
    """The rows of one thread that are in none of its files, or that a moderator removed."""

    def __init__(
        self,
        comments: Sequence[CommentRecord],
        all_rows: Iterable[StoredComment],
        kept: Sequence[StoredComment],
        at: Mapping[int, int],
    ) -> None:
        self._comments = comments
        self._at = at
        self._ids = {row.id for row in kept}
        self._removed = _RowIndex([row for row in kept if not row.shown])
        self._removed.number({row.id: comments[at[row.id]].source_id for row in kept if row.id in at})
        self._gone = _RowIndex([row for row in kept if row.shown])
        self._removed.learn(all_rows)

    def recalled(self, comment: CommentRecord, row: StoredComment | None) -> Iterator[QuoteRecord]:
        """Yield the quotes of a comment, each with the row that it is of; `row` is the comment's own."""
        cuts = [mark.cut for mark in quotes.find(comment.body)]
        addressee = _addressee(comment.addressee, comment.body)
        for ordinal, quote in enumerate(comment.quotes):
            cut = cuts[ordinal] if ordinal < len(cuts) else True
            before = self._before(quote, ordinal, row)
            if quote.target is None:
                pk = before or self._of_nobody(quote, addressee, cut=cut)
            else:
                pk = self._of_another(quote, before, addressee, cut=cut)
            yield quote if pk is None else quote._replace(target=self._at.get(pk), gone=pk)

    def _before(self, quote: QuoteRecord, ordinal: int, row: StoredComment | None) -> int | None:
        if row is None or ordinal >= len(row.quotes):
            return None
        stored = row.quotes[ordinal]
        same = (stored.source_id, stored.excerpt) == (quote.source_id, quote.excerpt)
        return stored.target_id if same and stored.target_id in self._ids else None

    def _of_nobody(self, quote: QuoteRecord, addressee: str, *, cut: bool) -> int | None:
        """Return the row of what no comment of the record says; the removed go first, lest their words be seen."""
        removed, gone = self._removed, self._gone
        told = removed.told(quote, addressee) or gone.told(quote, addressee)
        told = told or removed.said(quote, addressee, cut=cut) or removed.edited(quote, addressee)
        return told or gone.said(quote, addressee, cut=cut) or gone.edited(quote, addressee)

    def _of_another(self, quote: QuoteRecord, before: int | None, addressee: str, *, cut: bool) -> int | None:
        """Return the removed row of what a comment is taken to have said that is shown and does not say so."""
        if quote.target is None or not quote.excerpt or not self._removed.ids:
            return None
        known = before if before in self._removed.ids else None
        pk = known or self._removed.told(quote, addressee) or self._removed.said(quote, addressee, cut=cut)
        if pk is None or self._at.get(pk) == quote.target:
            return None
        body = self._comments[quote.target].body
        words = quotes.own_words(body, quotes.find(body))
        return None if compared(words).startswith(compared(quote.excerpt)) else pk


class _RowIndex:
    """Some rows of a thread, to be asked which of them a quote is of."""

    def __init__(self, rows: Sequence[StoredComment]) -> None:
        self.ids: Collection[int] = {row.id for row in rows}
        self._rows = rows
        self._numbers = {row.values.source_id: row.id for row in rows if row.values.source_id is not None}
        self._unnumbered: dict[tuple[str, str], int] = {}
        self._words = Words([row.author for row in rows], [_own_words(row) for row in rows])

    def number(self, numbers: Mapping[int, int | None]) -> None:
        """Take the numbers (by row) that are learnt today."""
        self._numbers |= {number: pk for pk, number in numbers.items() if number is not None}

    def learn(self, quoting: Iterable[StoredComment]) -> None:
        """Learn from quotes that were of these rows: their numbers, and words that they may have no more."""
        for row in quoting if self.ids else ():
            for quote in row.quotes:
                if quote.target_id is None or quote.target_id not in self.ids:
                    continue
                if quote.source_id is not None:
                    self._numbers.setdefault(quote.source_id, quote.target_id)
                elif quote.excerpt:
                    addressee = _addressee(row.values.addressee, row.values.body)
                    self._unnumbered[addressee, squeeze(quote.excerpt)] = quote.target_id

    def told(self, quote: QuoteRecord, addressee: str) -> int | None:
        """Return the row of a quote by what was known of such quotes before."""
        if quote.source_id is not None:
            return self._numbers.get(quote.source_id)
        return self._unnumbered.get((addressee, squeeze(quote.excerpt)))

    def said(self, quote: QuoteRecord, addressee: str, *, cut: bool) -> int | None:
        """Return the last row that begins with what is quoted."""
        excerpt = squeeze(quote.excerpt)
        found = excerpt and (self._words.of(addressee, excerpt, cut=cut) or self._words.anywhere(excerpt, cut=cut))
        return self._rows[found.places[-1]].id if found else None

    def edited(self, quote: QuoteRecord, addressee: str) -> int | None:
        """Return the last row that is like what is quoted, and has no other number."""
        excerpt = squeeze(quote.excerpt)
        found = self._words.edited(addressee, excerpt, -1) if excerpt else None
        row = self._rows[found.places[-1]] if found else None
        return row.id if row and None in {row.values.source_id, quote.source_id} else None


def _addressee(named: str, body: str) -> str:
    """Return who is addressed, by heading or first words: as `linking` is told it."""
    return named or quotes.addressed(body) or ""


def _own_words(row: StoredComment) -> str:
    return draft("", row.author, None, row.values.posted_on, row.values.body).words
