"""The tables of the index, with the same methods and results on each database.

Backends know entries, tokens and conditions. They know nothing of the rows of articles and comments.
"""

from __future__ import annotations

from typing import Final

from threads.database.reading import connection
from threads.search.backends.postgres import PostgresBackend
from threads.search.backends.sqlite import SQLiteBackend

Backend = SQLiteBackend | PostgresBackend
BACKENDS: Final[dict[str, Backend]] = {"sqlite": SQLiteBackend(), "postgresql": PostgresBackend()}


def get_backend() -> Backend:
    """Return the backend of the database that is read."""
    return BACKENDS[connection.vendor]
