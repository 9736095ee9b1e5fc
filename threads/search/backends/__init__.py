"""The full-text table `threads_searchtext`, with the same methods and results on each database.

Backends know entry ids, tokens and conditions. They know nothing of articles and comments.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

from threads.search.backends.postgres import PostgresBackend
from threads.search.backends.sqlite import SQLiteBackend

Backend = SQLiteBackend | PostgresBackend
BACKENDS: Final[dict[str, Backend]] = {"sqlite": SQLiteBackend(), "postgresql": PostgresBackend()}


def get_backend() -> Backend:
    """Return the backend of the default database."""
    return BACKENDS[connection.vendor]
