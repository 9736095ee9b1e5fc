"""Reply links and quote targets under moderators' decisions: corrections, redactions, rows missing from the files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from threads.importing import build
from threads.importing.build import QuoteRecord
from threads.models import LinkMethod
from threads.parsing import quotes
from threads.replies import linking
from threads.replies.excerpts import ExcerptIndex, fold_beginning, squeeze
from threads.replies.linking import Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from threads.importing.build import CommentRecord, ThreadRecord
    from threads.importing.state import StoredComment, StoredThread

    Rows: TypeAlias = Sequence[StoredComment | None]


def apply_corrections(
    record: ThreadRecord, thread: StoredThread | None, rows: Rows, hidden: Collection[int]
) -> ThreadRecord:
    """Return a record linked, ordered and counted with moderators' corrections.

    `rows` are the rows of its comments, `hidden` the indexes of hidden comments. In a thread with redactions, stored
    comments keep their links: the redacted text that these were found by is gone.
    """
    corrections = _corrected_answers(thread, rows) if thread else {}
    if thread is None or not thread.has_redactions:
        return build.relink_record(record, corrections, hidden)
    answers = _stored_answers(rows)
    for index, correction in corrections.items():
        stored = answers.get(index)
        # A redaction stores links as corrections too. Those keep their method.
        if stored is None or stored.target != correction.target:
            answers[index] = correction
    record = build.relink_record(record, answers, hidden)
    indexes = {row.id: index for index, row in enumerate(rows) if row}
    comments = (
        _keep_learnt(comment, row, indexes, same_thread=thread.key == record.key) if row else comment
        for comment, row in zip(record.comments, rows, strict=True)
    )
    return replace(record, comments=tuple(comments))


def _corrected_answers(thread: StoredThread, rows: Rows) -> dict[int, Answer]:
    """Return moderators' corrections by index, without those from or to a missing comment."""
    indexes = {row.id: index for index, row in enumerate(rows) if row}
    targets: dict[int | None, int] = {**indexes, -thread.id: linking.ARTICLE, None: linking.NOBODY}
    return {
        indexes[comment]: Answer(targets[target], LinkMethod.MANUAL)
        for comment, target in thread.corrections.items()
        if comment in indexes and target in targets
    }


def _stored_answers(rows: Rows) -> dict[int, Answer | None]:
    """Return the links of stored comments by index, without corrections and links to a missing comment."""
    indexes = {row.id: index for index, row in enumerate(rows) if row}
    answers: dict[int, Answer | None] = {}
    for index, row in enumerate(rows):
        if row is None or row.values.link_method == LinkMethod.MANUAL:
            continue
        if row.values.link_method is None:
            answers[index] = None
        elif row.values.answers_article or row.values.answers_id in indexes:
            target = linking.ARTICLE if row.values.answers_id is None else indexes[row.values.answers_id]
            answers[index] = Answer(target, row.values.link_method)
    return answers


def _keep_learnt(
    comment: CommentRecord, row: StoredComment, indexes: Mapping[int, int], *, same_thread: bool
) -> CommentRecord:
    """Return a comment with its key, source id and quote targets, which came from text that is redacted now."""
    if row.values.source_id is not None:
        comment = comment._replace(source_id=row.values.source_id)
    if row.values.body != comment.body:
        return comment
    key = row.key if same_thread else comment.key
    return comment._replace(key=key, quotes=quote_records(row, indexes), script=row.values.script)


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
