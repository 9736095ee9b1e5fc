"""Quotes of comments that are in no file any more, led to the rows that are kept of them. Reads and writes nothing.

What a moderator decided about a comment so holds for what others quote of it, also after it is gone at the source.
Called by `planning` and `replanning`, once a thread is linked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from threads.importing import quotes
from threads.importing.drafts import draft
from threads.importing.excerpts import Words, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from threads.importing.records import CommentRecord, QuoteRecord, ThreadRecord
    from threads.importing.stored import StoredComment, StoredThread


def recall(record: ThreadRecord, thread: StoredThread | None, known: Sequence[StoredComment | None]) -> ThreadRecord:
    """Return a record whose quotes of nothing in it say which row they are of, if any (`QuoteRecord.gone`).

    `known` are the rows of its comments. A quote stays with the row that it was of; another is led to a row by its
    number, or by name and words as `linking` does it.
    """
    there = {row.id for row in known if row}
    gone = [row for row in thread.comments if row.id not in there] if thread else []
    if not gone:
        return record
    rows = _Gone(gone)
    comments = [
        comment
        if all(quote.target is not None for quote in comment.quotes)
        else comment._replace(quotes=tuple(rows.recalled(comment, row)))
        for comment, row in zip(record.comments, known, strict=True)
    ]
    return replace(record, comments=tuple(comments))


class _Gone:
    """The rows of one thread that are in none of its files."""

    def __init__(self, rows: Sequence[StoredComment]) -> None:
        self._rows = rows
        self._ids = {row.id for row in rows}
        self._numbers = {row["source_id"]: row.id for row in rows if row["source_id"] is not None}
        self._words = Words([row.author for row in rows], [_own_words(row) for row in rows])

    def recalled(self, comment: CommentRecord, row: StoredComment | None) -> Iterator[QuoteRecord]:
        """Yield the quotes of a comment, each with the row that it is of; `row` is the comment's own."""
        cuts = [mark.cut for mark in quotes.find(comment.body)]
        for ordinal, quote in enumerate(comment.quotes):
            if quote.target is not None:
                yield quote
                continue
            cut = cuts[ordinal] if ordinal < len(cuts) else True
            pk = self._before(quote, ordinal, row) or self._numbers.get(quote.source_id)
            yield quote._replace(gone=pk or self._said(comment.addressee, squeeze(quote.excerpt), cut=cut))

    def _before(self, quote: QuoteRecord, ordinal: int, row: StoredComment | None) -> int | None:
        if row is None or ordinal >= len(row.quotes):
            return None
        source_id, excerpt, _leading, target = row.quotes[ordinal]
        same = (source_id, excerpt) == (quote.source_id, quote.excerpt)
        return target if same and target in self._ids else None

    def _said(self, addressee: str, excerpt: str, *, cut: bool) -> int | None:
        if not excerpt:
            return None
        found = self._words.of(addressee, excerpt, cut=cut) or self._words.edited(addressee, excerpt, -1)
        found = found or self._words.anywhere(excerpt, cut=cut)
        return self._rows[found.places[-1]].id if found else None


def _own_words(row: StoredComment) -> str:
    return draft("", row.author, None, row["posted_on"], row["body"]).words
