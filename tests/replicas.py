"""Replicas for tests: a copy of the SQLite database that replays when a test says so, and Redis in memory."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from django.core.cache.backends.locmem import LocMemCache
from django.db import connection, connections

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class CopiedReplica:
    """A replica in a file."""

    def __init__(self, path: Path, alias: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, self.alias = path, alias
        connections.settings[alias] = {**connections.settings["default"], "NAME": str(path), "CONN_MAX_AGE": 0}
        # Tests of Django allow connections only to databases that exist when the test class is set up.
        monkeypatch.setattr(connections[alias], "ensure_connection", self.ensure_connection)

    def ensure_connection(self) -> None:
        """Connect as Django does."""
        wrapper = connections[self.alias]
        if wrapper.connection is None:
            with wrapper.wrap_database_errors:
                wrapper.connect()

    def replay(self) -> None:
        """Copy the primary as it is now."""
        self.stop()
        connection.ensure_connection()
        with closing(sqlite3.connect(self.path)) as copy:
            connection.connection.backup(copy)

    def change(self, statement: str) -> None:
        """Execute a statement in the replica only."""
        connections[self.alias].close()
        with closing(sqlite3.connect(self.path)) as copy:
            copy.execute(statement)
            copy.commit()

    def stop(self) -> None:
        """Delete the files."""
        connections[self.alias].close()
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()

    def refuse(self) -> None:
        """Refuse connections until it replays."""
        self.stop()
        self.path.write_text("This file is not a database. It is longer than the header of one." * 20)

    def forget(self) -> None:
        """Remove it from the connections."""
        self.stop()
        del connections[self.alias]
        del connections.settings[self.alias]


class SharedMemoryCache(LocMemCache):
    """A cache that keeps the text with the greatest number, as Redis does."""

    def keep_greatest(self, key: str, number: int, text: str, *, is_urgent: bool = False) -> str:
        """Store a text unless a greater number is stored; return the stored text."""
        stored: tuple[int, str] = max((number, text), self.get(key, (0, "")))
        self.set(key, stored, None)
        return stored[1]

    def find_greatest(self, key: str) -> str | None:
        """Return the stored text."""
        stored: tuple[int, str] = self.get(key, (0, ""))
        return stored[1] or None
