"""Databases for benches: fresh ones, made fast by copying one that was migrated once. SQLite files or PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

# Of this process, so that two benches do not disturb each other.
NAME, TEMPLATE = f"bench_{os.getpid()}", f"bench_{os.getpid()}_template"
PROJECT = Path(__file__).resolve().parent.parent


def manage(*arguments: str) -> list[str]:
    """Return the command line of manage.py; to be run in `environment(url)`."""
    return [sys.executable, str(PROJECT / "manage.py"), *arguments]


def environment(url: str) -> dict[str, str]:
    """Return the environment in which manage.py works on the database at `url`."""
    return {**os.environ, "DATABASE_URL": url, "DEBUG": "0", "SECRET_KEY": "x" * 50}


def run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py to its end."""
    return subprocess.run(manage(*arguments), env=environment(url), capture_output=True, text=True, check=False)


def export(url: str, out: Path) -> list[str]:
    """Return the lines of the archive's export, written to `out` on the way."""
    done = run(url, "export_archive", str(out), "--format", "jsonl")
    if done.returncode:
        sys.exit(done.stderr)
    return out.read_text(encoding="utf-8").splitlines()


@dataclass(frozen=True)
class Databases:
    """Makes fresh databases: below `folder`, or on the PostgreSQL server at `server` if given."""

    folder: Path
    server: str = ""

    def fresh(self) -> str:
        """Return the URL of a database with empty tables. The one made before is gone."""
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
        """Return the address of a database of the server."""
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{name}"))

    def forget(self) -> None:
        """Drop what was made on the server."""
        if self.server:
            with psycopg.connect(self.server, autocommit=True) as connection:
                for name in (NAME, TEMPLATE):
                    connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _migrate(url: str) -> None:
    done = run(url, "migrate", "--verbosity", "0")
    if done.returncode:
        sys.exit(done.stderr)
