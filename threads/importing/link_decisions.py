"""Reply links and quote targets under moderators' decisions: corrections, redactions, rows missing from the files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from threads.importing import build
from threads.importing.build import QuoteRecord
from threads.models import LinkMethod, Visibility
from threads.parsing import quotes
from threads.replies import linking
from threads.replies.excerpts import ExcerptIndex, fold_beginning, squeeze

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from threads.importing.build import CommentRecord, ThreadRecord
    from threads.importing.state import StoredComment, StoredThread

    Known: TypeAlias = Sequence[StoredComment | None]


def apply_corrections(
    record: ThreadRecord,
    thread: StoredThread | None,
    rows: Known,
    hidden: Collection[int],
) -> ThreadRecord:
    """Return a record linked, ordered and counted with moderators' corrections.

    `rows` are the rows of its comments, `hidden` the indexes of hidden comments. In a thread with redactions, comments
    that did not change keep their stored links: the redacted text that the links were found by is gone.
    """
    corrections = _corrections_by_index(thread, rows) if thread else {}
    if thread is None or not thread.has_redactions:
        return build.relink_record(record, corrections, hidden)
    kept = _pinned_links(record, rows, corrections)
    record = build.relink_record(record, kept | corrections, hidden)
    return replace(record, comments=tuple(_keep_learnt(record, thread, rows, kept, corrections)))


def _pinned_links(record: ThreadRecord, rows: Known, corrections: dict[int, int | None]) -> dict[int, int | None]:
    """Return the stored parents of unchanged comments, without links that a correction makes circular."""
    indexes: dict[int | None, int | None] = {row.id: index for index, row in enumerate(rows) if row}
    indexes[None] = None
    kept: dict[int, int | None] = {}
    sureness = {}
    for index, (row, comment) in enumerate(zip(rows, record.comments, strict=True)):
        if row is None or row.values.link_method == LinkMethod.MANUAL or row.values.answers_id not in indexes:
            continue
        if _is_unchanged(row, comment):
            kept[index] = linking.ARTICLE if row.values.answers_article else indexes[row.values.answers_id]
            sureness[index] = row.values.link_confidence or 0.0
    for start in [index for index, answered in corrections.items() if answered != kept.get(index)]:
        circle = _find_cycle(start, kept | corrections)
        if weak := [index for index in circle if index in kept and index not in corrections]:
            del kept[min(weak, key=lambda index: (sureness[index], index))]
    return kept


def _is_unchanged(row: StoredComment, comment: CommentRecord) -> bool:
    return (row.values.body, len(row.quotes)) == (comment.body, len(comment.quotes)) or not row.values.body


def _find_cycle(start: int, answers: Mapping[int, int | None]) -> list[int]:
    """Return the comments from `start` along their parents back to `start`; empty if there is no cycle."""
    way, indexes = [start], answers.get(start)
    seen = {start}
    while indexes is not None and indexes not in seen:
        way.append(indexes)
        seen.add(indexes)
        indexes = answers.get(indexes)
    return way if indexes == start else []


def _keep_learnt(
    record: ThreadRecord,
    thread: StoredThread,
    rows: Known,
    kept: Mapping[int, int | None],
    corrections: Mapping[int, int | None],
) -> Iterator[CommentRecord]:
    """Yield the comments with source ids, quote targets and link methods learnt from text that is redacted now."""
    indexes = {row.id: index for index, row in enumerate(rows) if row}
    for index, (comment, row) in enumerate(zip(record.comments, rows, strict=True)):
        if row is None:
            yield comment
            continue
        learnt: dict[str, Any] = {}
        if index in kept or comment.source_id is None:
            learnt["source_id"] = row.values.source_id
        if index in kept or (index in corrections and _is_unchanged(row, comment)):
            learnt["quotes"] = quote_records(row, indexes)
        if index in kept and thread.key == record.key:
            learnt["key"] = row.key
        same = (row.values.answers_id, row.values.answers_article) == (
            _row_id(rows, comment.answers),
            comment.answers_article,
        )
        if same and row.values.link_method != LinkMethod.MANUAL and (index in kept or index in corrections):
            learnt |= {"link_method": row.values.link_method, "link_confidence": row.values.link_confidence}
        if row.visibility == Visibility.REDACTED:
            learnt["script"] = row.values.script
        yield comment._replace(**learnt)


def _row_id(rows: Known, index: int | None) -> int | None:
    row = None if index is None else rows[index]
    return row.id if row else None


def _corrections_by_index(thread: StoredThread, rows: Known) -> dict[int, int | None]:
    """Return moderators' corrections by index, without those from or to a missing comment."""
    indexes: dict[int | None, int | None] = {row.id: index for index, row in enumerate(rows) if row}
    target = indexes | {-thread.id: linking.ARTICLE, None: None}
    return {
        index: target[answered]
        for comment, answered in thread.corrections.items()
        if (index := indexes.get(comment)) is not None and answered in target
    }


def quote_records(row: StoredComment, indexes: Mapping[int, int]) -> tuple[QuoteRecord, ...]:
    """Return the quotes of a row; `indexes` are the indexes of rows by id."""
    return tuple(
        QuoteRecord(quote.source_id, quote.excerpt, quote.leading, indexes.get(quote.target_id or 0))
        for quote in row.quotes
    )


def bind_missing_quotes(
    record: ThreadRecord, thread: StoredThread | None, rows: Sequence[StoredComment | None]
) -> ThreadRecord:
    """Bind quotes to hidden rows and to rows that are in no file any more (`QuoteRecord.gone`).

    `rows` are the rows of the comments. A quote keeps its earlier target; another is bound by source id, or by name and
    text as in `linking`. A quote of visible text is never bound to a hidden row. Linear in comments and quotes.
    """
    indexes = {row.id: index for index, row in enumerate(rows) if row}
    kept = [row for row in thread.comments if row.id not in indexes or not row.is_visible] if thread else []
    if thread is None or not kept:
        return record
    missing = _MissingRows(record.comments, thread.comments, kept, indexes)
    comments = [
        comment._replace(quotes=tuple(missing.bind_quotes(comment, row))) if comment.quotes else comment
        for comment, row in zip(record.comments, rows, strict=True)
    ]
    return replace(record, comments=tuple(comments))


class _MissingRows:
    """The rows of one thread that are hidden or in none of its files."""

    def __init__(
        self,
        comments: Sequence[CommentRecord],
        all_rows: Iterable[StoredComment],
        kept: Sequence[StoredComment],
        indexes: Mapping[int, int],
    ) -> None:
        self._comments = comments
        self._at = indexes
        self._ids = {row.id for row in kept}
        self._removed = _RowIndex([row for row in kept if not row.is_visible])
        self._removed.add_source_ids({row.id: comments[indexes[row.id]].source_id for row in kept if row.id in indexes})
        self._gone = _RowIndex([row for row in kept if row.is_visible])
        self._removed.learn_bindings(all_rows)

    def bind_quotes(self, comment: CommentRecord, row: StoredComment | None) -> Iterator[QuoteRecord]:
        """Yield the quotes of a comment with their targets; `row` is the comment's row."""
        cuts = [mark.cut for mark in quotes.find_quotes(comment.body)]
        addressee = _addressee(comment.addressee, comment.body)
        for ordinal, quote in enumerate(comment.quotes):
            cut = cuts[ordinal] if ordinal < len(cuts) else True
            before = self._bound_before(quote, ordinal, row)
            if quote.target is None:
                pk = before or self._row_without_target(quote, addressee, cut=cut)
            else:
                pk = self._hidden_row_instead(quote, before, addressee, cut=cut)
            yield quote if pk is None else quote._replace(target=self._at.get(pk), gone=pk)

    def _bound_before(self, quote: QuoteRecord, ordinal: int, row: StoredComment | None) -> int | None:
        if row is None or ordinal >= len(row.quotes):
            return None
        stored = row.quotes[ordinal]
        same = (stored.source_id, stored.excerpt) == (quote.source_id, quote.excerpt)
        return stored.target_id if same and stored.target_id in self._ids else None

    def _row_without_target(self, quote: QuoteRecord, addressee: str, *, cut: bool) -> int | None:
        """Return the row of a quote without a target in the record: hidden rows are tried first."""
        removed, gone = self._removed, self._gone
        told = removed.find_bound(quote, addressee) or gone.find_bound(quote, addressee)
        told = told or removed.find_quoted(quote, addressee, cut=cut) or removed.find_similar(quote, addressee)
        return told or gone.find_quoted(quote, addressee, cut=cut) or gone.find_similar(quote, addressee)

    def _hidden_row_instead(self, quote: QuoteRecord, before: int | None, addressee: str, *, cut: bool) -> int | None:
        """Return the hidden row of a quote whose visible target does not have the quoted text."""
        if quote.target is None or not quote.excerpt or not self._removed.ids:
            return None
        rows = before if before in self._removed.ids else None
        pk = rows or self._removed.find_bound(quote, addressee) or self._removed.find_quoted(quote, addressee, cut=cut)
        if pk is None or self._at.get(pk) == quote.target:
            return None
        body = self._comments[quote.target].body
        words = quotes.own_text(body, quotes.find_quotes(body))
        return None if fold_beginning(words).startswith(fold_beginning(quote.excerpt)) else pk


class _RowIndex:
    """Some rows of a thread, indexed by source id and text."""

    def __init__(self, rows: Sequence[StoredComment]) -> None:
        self.ids: Collection[int] = {row.id for row in rows}
        self._rows = rows
        self._numbers = {row.values.source_id: row.id for row in rows if row.values.source_id is not None}
        self._unnumbered: dict[tuple[str, str], int] = {}
        self._texts = ExcerptIndex([row.author for row in rows], [_own_text(row) for row in rows])

    def add_source_ids(self, numbers: Mapping[int, int | None]) -> None:
        """Add source ids, by row id."""
        self._numbers |= {number: pk for pk, number in numbers.items() if number is not None}

    def learn_bindings(self, quoting: Iterable[StoredComment]) -> None:
        """Learn source ids and earlier text from stored quotes of these rows."""
        for row in quoting if self.ids else ():
            for quote in row.quotes:
                if quote.target_id is None or quote.target_id not in self.ids:
                    continue
                if quote.source_id is not None:
                    self._numbers.setdefault(quote.source_id, quote.target_id)
                elif quote.excerpt:
                    addressee = _addressee(row.values.addressee, row.values.body)
                    self._unnumbered[addressee, squeeze(quote.excerpt)] = quote.target_id

    def find_bound(self, quote: QuoteRecord, addressee: str) -> int | None:
        """Return the row that a stored quote with this source id or excerpt was bound to."""
        if quote.source_id is not None:
            return self._numbers.get(quote.source_id)
        return self._unnumbered.get((addressee, squeeze(quote.excerpt)))

    def find_quoted(self, quote: QuoteRecord, addressee: str, *, cut: bool) -> int | None:
        """Return the last row that starts with the excerpt."""
        excerpt = squeeze(quote.excerpt)
        found = excerpt and (
            self._texts.match_author(addressee, excerpt, cut=cut) or self._texts.match_anyone(excerpt, cut=cut)
        )
        return self._rows[found.indexes[-1]].id if found else None

    def find_similar(self, quote: QuoteRecord, addressee: str) -> int | None:
        """Return the last row that is similar to the excerpt and has no other source id."""
        excerpt = squeeze(quote.excerpt)
        found = self._texts.match_edited(addressee, excerpt, -1) if excerpt else None
        row = self._rows[found.indexes[-1]] if found else None
        return row.id if row and None in {row.values.source_id, quote.source_id} else None


def _addressee(named: str, body: str) -> str:
    """Return the addressee of the heading or of the first words."""
    return named or quotes.find_addressee(body) or ""


def _own_text(row: StoredComment) -> str:
    return quotes.own_text(row.values.body, quotes.find_quotes(row.values.body))
