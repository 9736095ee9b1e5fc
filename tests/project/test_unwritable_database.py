"""Readers are served while the database cannot be written, and wait seconds for one that does not respond."""

from __future__ import annotations

import select
import socket
import socketserver
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, ClassVar

import pytest
from django.db import OperationalError, connection, connections

from archive_site.database.sqlite3.base import DatabaseWrapper
from tests.project.test_environment import run

if TYPE_CHECKING:
    from pathlib import Path


def open_database(path: Path) -> DatabaseWrapper:
    """Return a connection with the settings of the site."""
    options = {
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;",
    }
    settings = connection.settings_dict | {"NAME": str(path), "OPTIONS": options, "CONN_MAX_AGE": 600}
    return DatabaseWrapper(settings, "other")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Make a database in WAL mode whose journal is merged."""
    path = tmp_path / "tea archive?.sqlite3"
    with closing(sqlite3.connect(path)) as rows:
        rows.execute("PRAGMA journal_mode=WAL")
        rows.execute("CREATE TABLE tea (name TEXT)")
        rows.execute("INSERT INTO tea VALUES ('green')")
        rows.commit()
    return path


def read(database: DatabaseWrapper) -> list[tuple[str, ...]]:
    """Return the rows."""
    with database.cursor() as cursor:
        cursor.execute("SELECT name FROM tea ORDER BY name")
        return list(cursor.fetchall())


def prevent_wal_index(path: Path) -> None:
    """Keep SQLite from writing the file that it needs to open the database, as if the disk were full."""
    path.with_name(f"{path.name}-shm").symlink_to(path.parent / "missing" / "file")


@pytest.mark.django_db
def test_a_database_that_cannot_be_opened_for_writing_is_read(database: Path, caplog: pytest.LogCaptureFixture) -> None:
    prevent_wal_index(database)
    reader = open_database(database)
    for _ in range(2):
        assert read(reader) == [("green",)]
        with pytest.raises(OperationalError, match="readonly"), reader.cursor() as cursor:
            cursor.execute("INSERT INTO tea VALUES ('black')")
        reader.close_if_unusable_or_obsolete()
        assert reader.connection is None
    assert [record.getMessage() for record in caplog.records] == [
        "The database cannot be written (unable to open database file). It is opened read-only."
    ]
    database.with_name(f"{database.name}-shm").unlink()
    with reader.cursor() as cursor:
        cursor.execute("INSERT INTO tea VALUES ('black')")
    assert read(reader) == [("black",), ("green",)]
    reader.close()


@pytest.mark.django_db
def test_changes_in_a_journal_are_not_ignored(database: Path) -> None:
    with closing(sqlite3.connect(database)) as rows:
        rows.execute("DELETE FROM tea")
        rows.commit()
        copy = database.with_name("copy.sqlite3")
        for suffix in ("", "-wal"):
            copy.with_name(copy.name + suffix).write_bytes(database.with_name(database.name + suffix).read_bytes())
    prevent_wal_index(copy)
    with pytest.raises(OperationalError, match="unable to open"):
        read(open_database(copy))


@pytest.mark.django_db
def test_a_missing_database_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OperationalError, match="unable to open"):
        read(open_database(tmp_path / "missing" / "tea.sqlite3"))


def test_a_server_that_does_not_respond_is_unavailable_within_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgres://tea@127.0.0.1:{silent.getsockname()[1]}/tea"
        process = run("manage.py", "verify_archive", DATABASE_URL=url)
    assert "The database is unavailable (connection timeout expired" in process.stderr


class Relay(socketserver.BaseRequestHandler):
    """Forward a connection to PostgreSQL until `is_stopped`."""

    is_stopped = threading.Event()
    target: ClassVar[tuple[str, int]]

    def handle(self) -> None:
        """Forward in both directions."""
        with socket.create_connection(self.target) as server:
            other = {self.request: server, server: self.request}
            while not self.is_stopped.is_set():
                for source in select.select([*other], [], [], 0.05)[0]:
                    if not (data := source.recv(65536)):
                        return
                    other[source].sendall(data)
            self.request.recv(1)  # until the client closes the connection


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
@pytest.mark.django_db
def test_a_connection_that_does_not_respond_is_discarded() -> None:
    settings = connection.settings_dict
    Relay.target = (settings["HOST"] or "127.0.0.1", int(settings["PORT"] or 5432))
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay) as relay:
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        address = {"HOST": "127.0.0.1", "PORT": relay.server_address[1]}
        wrapper = type(connections["default"])(settings | address, "default")
        wrapper.connect()
        assert wrapper.is_usable()
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT 1")
        assert wrapper.is_usable()
        Relay.is_stopped.set()
        assert not wrapper.is_usable()
        wrapper.close()
        relay.shutdown()
