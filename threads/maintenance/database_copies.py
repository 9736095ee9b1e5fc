"""Copies of the whole database: of SQLite with its online backup, of PostgreSQL with its own tools.

Readers and writers continue while a copy is made. A copy is loaded in one transaction: a stopped process changes
nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing, contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, Final

from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient
from django.utils.translation import gettext as _

from threads.maintenance.database_files import BackupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STEP_PAGES: Final = 4096
"""Pages of SQLite to copy at once. A signal stops the copy after a step."""
COPY_BYTES: Final = 2**20


def name_program() -> str:
    """Return the name and version of the program that copies this database. Raises BackupError."""
    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    return f"pg_dump {_check_tool('pg_dump')}"


def copy_database(file: Path) -> None:
    """Copy the database to an empty file. Raises BackupError and OSError."""
    if connection.vendor == "sqlite":
        with _explain_sqlite(_("The backup failed (%s). No backup was made.")):
            _copy_sqlite(file)
    else:
        _dump_postgres(file)


def check_program(made_with: str) -> None:
    """Raise BackupError if the tools of PostgreSQL are missing, or too old for the server or a backup."""
    if connection.vendor == "postgresql":
        _check_tool("psql")
        _check_tool("pg_restore", made_with)


def load_database(file: Path, sql: str) -> None:
    """Replace the database by a checked backup, and run an SQL statement on the new one. Raises BackupError."""
    if connection.vendor == "sqlite":
        with _explain_sqlite(_("The restore failed (%s). The database is unchanged.")):
            _load_sqlite(file)
        with connection.cursor() as cursor:
            cursor.execute(sql)
    else:
        _load_postgres(file, sql)


@contextmanager
def _explain_sqlite(message: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise BackupError(message % error) from error


def _sqlite() -> sqlite3.Connection:
    connection.ensure_connection()
    driver: sqlite3.Connection = connection.connection
    return driver


def _wait_for_signals(*_step: int) -> None:
    """Let Python handle signals between two steps."""


def _copy_sqlite(file: Path) -> None:
    source = _sqlite()
    # One snapshot for all steps. Without it, each change by another process would start the copy again.
    source.execute("BEGIN")
    try:
        source.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
        with closing(sqlite3.connect(file, isolation_level=None)) as target:
            target.execute("PRAGMA journal_mode=OFF")
            target.execute("PRAGMA synchronous=OFF")
            source.backup(target, pages=STEP_PAGES, progress=_wait_for_signals)
            # A file in WAL mode cannot be read in a read-only folder.
            target.execute("PRAGMA journal_mode=DELETE")
    finally:
        source.execute("ROLLBACK")


def _load_sqlite(file: Path) -> None:
    target = _sqlite()
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as source:
        source.backup(target, pages=STEP_PAGES, progress=_wait_for_signals)
    target.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _check_tool(name: str, made_with: str = "") -> str:
    """Return the version of a tool. Raises BackupError if it is missing, or older than the server or the backup."""
    if not shutil.which(name):
        raise BackupError(_("%s is not installed. On Debian: apt-get install postgresql-client") % name)
    output = subprocess.run([name, "--version"], capture_output=True, text=True, check=False).stdout
    version: str = (re.findall(r"\d[\w.]*", output) or ["0"])[0]
    connection.ensure_connection()
    server = connection.pg_version // 10_000  # type: ignore[attr-defined]
    needed = max([server, *map(int, re.findall(r"^pg_dump (\d+)", made_with))])
    if int(version.partition(".")[0]) < needed:
        values = {"tool": name, "version": version, "needed": needed}
        message = _("%(tool)s %(version)s is too old for PostgreSQL %(needed)d. Install postgresql-client-%(needed)d.")
        raise BackupError(message % values)
    return version


def _command(name: str, *options: str) -> dict[str, Any]:
    """Return the arguments of a tool that connects to the database, and its environment, which has the password."""
    arguments, variables = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    return {"args": [name, "--no-password", *options, *arguments[1:]], "env": os.environ | (variables or {})}


def _dump_postgres(file: Path) -> None:
    dump = _command("pg_dump", "--format=custom", "--no-owner", "--no-privileges")
    # Through a pipe: if this process is killed, so is pg_dump.
    with file.open("wb") as out, tempfile.TemporaryFile() as errors:
        with subprocess.Popen(**dump, stdout=subprocess.PIPE, stderr=errors) as process:
            shutil.copyfileobj(process.stdout, out, COPY_BYTES)  # type: ignore[arg-type]
        if process.returncode:
            raise BackupError(_("The backup failed (%s). No backup was made.") % _first_error(errors))


def _load_postgres(file: Path, sql: str) -> None:
    """Let psql run, in one transaction, the SQL that pg_restore writes. psql commits only if pg_restore succeeds."""
    with connection.cursor() as cursor:
        tables = [table.name for table in connection.introspection.get_table_list(cursor) if table.type in "tp"]
    names = ", ".join(map(connection.ops.quote_name, tables))
    start = f"BEGIN;\nDROP TABLE {names} CASCADE;\n" if names else "BEGIN;\n"
    start += "DROP FUNCTION IF EXISTS threads_search_vector(text, text);\n"
    read = ["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file.absolute())]
    run = _command("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
    is_complete = False
    with tempfile.TemporaryFile() as errors:
        with (
            suppress(BrokenPipeError),
            subprocess.Popen(**run, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors) as psql,
        ):
            script: IO[bytes] = psql.stdin  # type: ignore[assignment]
            script.write(start.encode())
            with subprocess.Popen(read, stdout=subprocess.PIPE, stderr=errors) as reader:
                shutil.copyfileobj(reader.stdout, script, COPY_BYTES)  # type: ignore[arg-type]
            if reader.returncode == 0:
                script.write(f"RESET search_path;\n{sql};\nCOMMIT;\n".encode())
                is_complete = True
        if psql.returncode or not is_complete:
            raise BackupError(_("The restore failed (%s). The database is unchanged.") % _first_error(errors))


def _first_error(errors: IO[bytes]) -> str:
    """Return the first error that a tool printed, or its last line."""
    errors.seek(0)
    output = errors.read().decode(errors="replace").strip()
    found = re.search(r"(?:ERROR|FATAL|error): +(.+)", output)
    return found[1] if found else output.rpartition("\n")[2]
