"""The full-text table on SQLite: contentless FTS5 over single characters and words.

A character is a token, so a Chinese word is a phrase. FTS5 stores token positions and finds phrases of any length.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, transaction

from threads.database.bulk_writes import insert_rows
from threads.database.reading import connection
from threads.models import SearchEntry
from threads.search.backends.conditions import And, Condition, Hit, IdRange, NewEntry, Not, Or, TextPart, TextRow
from threads.search.tokens import BREAK

if TYPE_CHECKING:
    from collections.abc import Sequence

TITLE_MARK: Final = BREAK
"""Prefix of each token in the second copy of a title, which `in:title` searches. A column filter would read each text
that contains the word."""
COLUMNS: Final = {
    TextPart.TITLE: "title",
    TextPart.TEXT: "{title words}",
    TextPart.QUOTED: "quoted",
    TextPart.META: "meta",
}
EVERYTHING: Final = "meta : (ka OR kc)"
NOTHING: Final = 'meta : "k"'
MAX_SEGMENTS: Final = 6


class SQLiteBackend:
    """FTS5. Entry ids are its rowids."""

    id_table = "threads_searchtext_docsize"
    """The table with the id of each text, also of stale ones."""

    def write(self, entries: Sequence[NewEntry]) -> None:
        """Add entries in ascending order of ids. FTS5 starts a new segment for each id out of order."""
        insert_rows(SearchEntry, (*Hit._fields, "digest"), [(*entry.hit, entry.digest) for entry in entries])
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO threads_searchtext (rowid, title, words, quoted, meta) VALUES (%s, %s, %s, %s, %s)",
                [(entry.hit.id, *text_columns(entry.text)) for entry in entries],
            )

    def clear(self) -> None:
        """Delete all texts."""
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO threads_searchtext (threads_searchtext) VALUES ('delete-all')")

    def optimize(self) -> None:
        """Merge the segments if there are more than `MAX_SEGMENTS`."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT segid) FROM threads_searchtext_idx")
            if cursor.fetchone()[0] > MAX_SEGMENTS:
                cursor.execute("INSERT INTO threads_searchtext (threads_searchtext) VALUES ('optimize')")

    def free_space(self) -> None:
        """Return free pages to the file system, in databases with `auto_vacuum=incremental`. Not in a transaction."""
        connection.ensure_connection()
        # execute() stops after the first page, because the statement returns no rows. executescript() runs to the end.
        # If another connection writes for longer than the timeout, the pages stay free for later writes.
        with suppress(sqlite3.OperationalError):
            connection.connection.executescript("PRAGMA incremental_vacuum")

    def count_textless(self) -> int:
        """Return how many entries have no text. One query."""
        return self._count_missing("threads_searchentry", self.id_table)

    def count_stale(self) -> int:
        """Return how many texts have no entry: FTS5 without content cannot delete them. One query."""
        return self._count_missing(self.id_table, "threads_searchentry")

    def _count_missing(self, table: str, other: str) -> int:
        """Return how many rows of a table have no row with the same `id` in the other one."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {table} entry"  # noqa: S608 - names of tables
                f" WHERE NOT EXISTS (SELECT 1 FROM {other} other WHERE other.id = entry.id)"
            )
            return int(cursor.fetchone()[0])

    def find_damage(self) -> list[str]:
        """Return the error of FTS5's integrity check, if any."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO threads_searchtext (threads_searchtext) VALUES ('integrity-check')")
        except DatabaseError as error:
            return [f"the full-text table is damaged: {error}"]
        return []

    def find(self, condition: Condition, id_range: IdRange, limit: int, *, oldest_first: bool = False) -> list[Hit]:
        """Return the entries that meet a condition, newest first by default. One query."""
        direction = "ASC" if oldest_first else "DESC"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT entry.id, entry.article_id, entry.comment_id, entry.author_id"  # noqa: S608 - fixed strings
                " FROM threads_searchtext text CROSS JOIN threads_searchentry entry ON entry.id = text.rowid"
                " WHERE threads_searchtext MATCH %s AND text.rowid >= %s AND text.rowid < %s"
                f" ORDER BY text.rowid {direction} LIMIT %s",
                [compile_fts5(condition), *id_range, limit],
            )
            return list(map(Hit._make, cursor.fetchall()))


def text_columns(text: TextRow) -> TextRow:
    """Return the columns of a text, with the second copy of the title."""
    return text._replace(title=f"{text.title} {BREAK} {mark_title(text.title)}") if text.title else text


def mark_title(tokens: str) -> str:
    """Return the tokens of a title with `TITLE_MARK` before each."""
    return " ".join(TITLE_MARK + token for token in tokens.split(" "))


def compile_fts5(condition: Condition) -> str:
    """Return a condition in FTS5's query language. Tokens contain no quotation marks, so none needs escaping."""
    match condition:
        case Or(conditions):
            return " OR ".join(f"({compile_fts5(part)})" for part in conditions) if conditions else NOTHING
        case Not(negated):
            return f"({EVERYTHING}) NOT ({compile_fts5(negated)})"
        case And(conditions):
            required = [f"({compile_fts5(part)})" for part in conditions if not isinstance(part, Not)]
            excluded = [f"({compile_fts5(part.condition)})" for part in conditions if isinstance(part, Not)]
            expression = " AND ".join(required) or f"({EVERYTHING})"
            return f"({expression}) NOT ({' OR '.join(excluded)})" if excluded else expression
    tokens = " ".join(condition.tokens)
    phrase = mark_title(tokens) if condition.part is TextPart.TITLE else tokens
    return f'{COLUMNS[condition.part]} : "{phrase}"' + (" *" if condition.prefix else "")
