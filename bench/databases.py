"""Create new databases for benchmarks by copying a migrated one: SQLite files or PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

# One name a process, so that two benchmarks can run at the same time.
NAME, TEMPLATE = f"bench_{os.getpid()}", f"bench_{os.getpid()}_template"
PROJECT = Path(__file__).resolve().parent.parent


def manage(*arguments: str) -> list[str]:
    """Return a command line of manage.py, to run in `environment(url)`."""
    return [sys.executable, str(PROJECT / "manage.py"), *arguments]


def environment(url: str) -> dict[str, str]:
    """Return environment variables for manage.py with the database at `url`."""
    return {**os.environ, "DATABASE_URL": url, "DEBUG": "0", "SECRET_KEY": "x" * 50}


def run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py and wait for its end."""
    return subprocess.run(manage(*arguments), env=environment(url), capture_output=True, text=True, check=False)


def export(url: str, out: Path) -> list[str]:
    """Write the archive's export to `out` and return its lines."""
    done = run(url, "export_archive", str(out), "--format", "jsonl")
    if done.returncode:
        sys.exit(done.stderr)
    return out.read_text(encoding="utf-8").splitlines()


@dataclass(frozen=True)
class Databases:
    """Creates databases below `folder`, or on the PostgreSQL server at `server`."""

    folder: Path
    server: str = ""

    def fresh(self) -> str:
        """Return the URL of an empty migrated database. The previous one is deleted."""
        if self.server:
            return self._fresh_on_server()
        template, database = self.folder / "template.sqlite3", self.folder / "bench.sqlite3"
        if not template.exists():
            _migrate(f"sqlite:///{template}")
        for stale in self.folder.glob("bench.sqlite3*"):
            stale.unlink()
        shutil.copy(template, database)
        return f"sqlite:///{database}"

    def _fresh_on_server(self) -> str:
        with psycopg.connect(self.server, autocommit=True) as connection:
            names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
            if TEMPLATE not in names:
                connection.execute(f"CREATE DATABASE {TEMPLATE}")
                _migrate(self.url(TEMPLATE))
            connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {NAME} TEMPLATE {TEMPLATE}")
        return self.url(NAME)

    def url(self, name: str) -> str:
        """Return the URL of a database on the server."""
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{name}"))

    def forget(self) -> None:
        """Drop the databases on the server."""
        if self.server:
            with psycopg.connect(self.server, autocommit=True) as connection:
                for name in (NAME, TEMPLATE):
                    connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _migrate(url: str) -> None:
    done = run(url, "migrate", "--verbosity", "0")
    if done.returncode:
        sys.exit(done.stderr)
