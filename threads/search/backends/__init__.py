"""The full-text table `threads_searchtext`: the interface of a backend, and one backend for each database.

Backends know entry ids, tokens and conditions. They know nothing of articles and comments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from django.db import connection

from threads.search.backends.postgres import PostgresBackend
from threads.search.backends.sqlite import SQLiteBackend

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from threads.search.backends.conditions import Condition, Hit, IdRange, TextRow


class Backend(Protocol):
    """The full-text table of one kind of database."""

    id_table: str
    """The table with a row, by `id`, for each indexed text."""

    def highest_ids(self, days: Collection[int]) -> dict[int, int]:
        """Return the highest id that must not be used again, by day ordinal. One query."""

    def write(self, rows: Sequence[TextRow]) -> None:
        """Add rows, in ascending order of their ids."""

    def delete(self, ids: Collection[int]) -> None:
        """Delete rows, if the table can."""

    def clear(self) -> None:
        """Delete all rows."""

    def optimize(self) -> None:
        """Merge what many small writes have left."""

    def free_space(self) -> None:
        """Return free pages to the file system. Must not run in a transaction."""

    def find_damage(self) -> list[str]:
        """Return the errors that the database's own check of the table reports."""

    def find(self, condition: Condition, id_range: IdRange, limit: int, *, oldest_first: bool = False) -> list[Hit]:
        """Return the entries that meet a condition, newest first by default. SQLite: one query. PostgreSQL: up to 6."""


BACKENDS: Final[dict[str, Backend]] = {"sqlite": SQLiteBackend(), "postgresql": PostgresBackend()}


def get_backend() -> Backend:
    """Return the backend of the default database."""
    return BACKENDS[connection.vendor]
