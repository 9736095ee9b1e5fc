"""The full-text table on SQLite: FTS5 over single characters and words, without content. Called through `backends`.

A character is a token, so a word of Chinese is a phrase; FTS5 keeps the places of tokens and answers phrases of any
length.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, connection, transaction

from threads.search.conditions import And, Condition, Not, Or, Part, Window
from threads.search.numbers import FIRST_DAY, SHIFT
from threads.search.rows import Hit, TextRow, hits_of
from threads.search.tables import TextTable, bounds_of
from threads.search.tokens import BREAK

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

TITLE_MARK: Final = BREAK
"""Begins each token of a title's second copy. What stands in a title is thus found among titles alone; a column filter
would read every text with a word to find the titles with it."""
COLUMNS: Final = {
    Part.TITLE: "title",
    Part.TEXT: "{title words}",
    Part.QUOTED: "quoted",
    Part.META: "meta",
}
EVERYTHING: Final = "meta : (ka OR kc)"
MOST_SEGMENTS: Final = 6
NOTHING: Final = 'meta : "k"'


class SQLiteBackend(TextTable):
    """FTS5. Numbers are its rowids."""

    numbers = "threads_searchtext_docsize"

    def highest(self, days: Collection[int]) -> dict[int, int]:
        """Return the highest number ever given in each of these days, where there is one. One query."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT day.value, (SELECT max(id) FROM threads_searchtext_docsize"
                " WHERE id >= day.value << %s AND id < CASE day.value WHEN 0 THEN %s ELSE day.value + 1 END << %s)"
                " FROM json_each(%s) day",
                [SHIFT, FIRST_DAY, SHIFT, json.dumps(sorted(days))],
            )
            return {day: number for day, number in cursor.fetchall() if number is not None}

    def write(self, rows: Sequence[TextRow]) -> None:
        """Add rows, whose numbers must ascend: FTS5 starts a new segment whenever one does not."""
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO threads_searchtext (rowid, title, words, quoted, meta) VALUES (%s, %s, %s, %s, %s)",
                [row._replace(title=f"{row.title} {BREAK} {marked(row.title)}") if row.title else row for row in rows],
            )

    def drop(self, numbers: Collection[int]) -> None:
        """Forget rows: nothing to do, since a number without an entry is found by no one."""

    def clear(self) -> None:
        """Empty the table."""
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO threads_searchtext (threads_searchtext) VALUES ('delete-all')")

    def tidy(self) -> None:
        """Merge the segments that writes have left into one, where there are so many that reading them all shows."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT segid) FROM threads_searchtext_idx")
            if cursor.fetchone()[0] > MOST_SEGMENTS:
                cursor.execute("INSERT INTO threads_searchtext (threads_searchtext) VALUES ('optimize')")

    def shrink(self) -> None:
        """Give free pages back to the file system, in files that keep account of them. Not inside a transaction."""
        connection.ensure_connection()
        # Python runs a statement that returns no rows for one step, which is one page; a script to its end.
        # Where somebody else is writing for longer than one should wait, the pages stay free for what comes next.
        with suppress(sqlite3.OperationalError):
            connection.connection.executescript("PRAGMA incremental_vacuum")

    def problems(self) -> list[str]:
        """Return what is wrong inside the table, by FTS5's own check."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO threads_searchtext (threads_searchtext) VALUES ('integrity-check')")
        except DatabaseError as error:
            return [f"the full-text table is damaged: {error}"]
        return []

    def find(self, condition: Condition, window: Window, limit: int, *, oldest: bool = False) -> list[Hit]:
        """Return the entries that meet a condition, newest first (`oldest`: oldest first). One query."""
        bounds, numbers = bounds_of(window, "text.rowid")
        direction = "ASC" if oldest else "DESC"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT entry.id, entry.article_id, entry.comment_id, entry.author_id"  # noqa: S608 - fixed strings
                " FROM threads_searchtext text CROSS JOIN threads_searchentry entry ON entry.id = text.rowid"
                f" WHERE {' AND '.join(['threads_searchtext MATCH %s', *bounds])}"
                f" ORDER BY text.rowid {direction} LIMIT %s",
                [expression(condition), *numbers, limit],
            )
            return hits_of(cursor.fetchall())


def marked(tokens: str) -> str:
    """Return spaced tokens as they stand in a title's second copy."""
    return " ".join(TITLE_MARK + token for token in tokens.split(" "))


def expression(condition: Condition) -> str:
    """Return a condition in FTS5's query language. Tokens hold no quotation mark, so none needs escaping."""
    match condition:
        case Or(of):
            return " OR ".join(f"({expression(part)})" for part in of) if of else NOTHING
        case Not(of):
            return f"({EVERYTHING}) NOT ({expression(of)})"
        case And(of):
            wanted = [f"({expression(part)})" for part in of if not isinstance(part, Not)]
            unwanted = [f"({expression(part.of)})" for part in of if isinstance(part, Not)]
            found = " AND ".join(wanted) or f"({EVERYTHING})"
            return f"({found}) NOT ({' OR '.join(unwanted)})" if unwanted else found
    tokens = " ".join(condition.tokens)
    written = marked(tokens) if condition.part is Part.TITLE else tokens
    return f'{COLUMNS[condition.part]} : "{written}"' + (" *" if condition.prefix else "")
