"""SQLite that can be read if it cannot be written: a read-only file or folder, or a full disk.

SQLite writes when it opens a database in WAL mode, so that such a database could not even be read.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from django.db.backends.sqlite3 import base

NOT_WRITABLE: Final = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
"""Primary codes of errors after which the database is opened read-only."""
READING_PRAGMAS: Final = ("PRAGMA cache_size", "PRAGMA mmap_size", "PRAGMA temp_store")

log = logging.getLogger(__name__)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite backend, with a read-only connection if a normal one fails."""

    is_read_only = False

    def connect(self) -> None:
        """Connect. A read-only connection is closed after the request, so that the next one tries to write again."""
        super().connect()
        if self.is_read_only:
            self.close_at = time.monotonic()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection, read-only if the database cannot be written. Raises the first error if both fail."""
        try:
            connection = super().get_new_connection(conn_params)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in NOT_WRITABLE:
                raise
            connection = self.open_read_only(conn_params, error)
        else:
            self.is_read_only = False
        return connection

    def open_read_only(self, conn_params: dict[str, Any], cause: sqlite3.OperationalError) -> Any:
        """Return a read-only connection; raise `cause` if there is none.

        SQLite reads a database in WAL mode only if it can write beside it, or if nobody changes the database
        ("immutable"). That is safe without a journal: a journal contains changes that would be missing.
        """
        path = Path(conn_params["database"]).absolute()
        journals = [path.with_name(path.name + suffix) for suffix in ("-wal", "-journal")]
        is_complete = not any(journal.exists() and journal.stat().st_size for journal in journals)
        commands: list[str] = self.init_commands  # type: ignore[has-type]
        self.init_commands = [command for command in commands if command.strip().startswith(READING_PRAGMAS)]
        for options in ("mode=ro", "mode=ro&immutable=1")[: 1 + is_complete]:
            try:
                connection = super().get_new_connection(conn_params | {"database": f"{path.as_uri()}?{options}"})
                connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1")
            except sqlite3.OperationalError:
                continue
            if not self.is_read_only:
                log.warning("The database cannot be written (%s). It is opened read-only.", cause)
            self.is_read_only = True
            return connection
        raise cause
