"""Whole databases beside that of the tests, as the default database of one test."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection, connections

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.db.backends.base.base import BaseDatabaseWrapper
    from pytest_django import DjangoDbBlocker

IS_SQLITE = connection.vendor == "sqlite"


class OtherDatabases:
    """Make databases and use them. `template` is a migrated one without rows."""

    def __init__(self, folder: Path, template: str) -> None:
        self.folder = folder
        self.template = template
        self.first = connections["default"]
        self.made: dict[str, BaseDatabaseWrapper] = {}

    def use(self, name: str, *, migrated: bool = True) -> None:
        """Make this the default database; create it at the first use."""
        if name not in self.made:
            database = str(self.folder / f"{name}.sqlite3") if IS_SQLITE else f"{self.template}_{name}"
            copy_database(self.template if migrated else "", database)
            self.made[name] = type(self.first)(self.first.settings_dict | {"NAME": database}, "default")
        connections["default"] = self.made[name]

    def url(self) -> str:
        """Return the URL of the database in use."""
        values = connection.settings_dict
        if IS_SQLITE:
            return f"sqlite:///{values['NAME']}"
        user = f"{values['USER']}:{values['PASSWORD']}" if values["PASSWORD"] else values["USER"]
        return f"postgres://{user}@{values['HOST']}:{values['PORT'] or 5432}/{values['NAME']}"

    def close(self) -> None:
        """Use the first database again, and delete the others."""
        connections["default"] = self.first
        for wrapper in self.made.values():
            wrapper.close()
            if not IS_SQLITE:
                run_on_server(f'DROP DATABASE "{wrapper.settings_dict["NAME"]}" WITH (FORCE)')


def copy_database(source: str, target: str) -> None:
    """Create a database; without a source, an empty one."""
    if IS_SQLITE and source:
        with closing(sqlite3.connect(source)) as rows, closing(sqlite3.connect(target)) as copy:
            rows.backup(copy)
    elif not IS_SQLITE:
        run_on_server(f'CREATE DATABASE "{target}" TEMPLATE "{source or "template0"}"')


def run_on_server(sql: str) -> None:
    """Run a statement of PostgreSQL outside of the database of the tests."""
    values = connections["default"].settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    parameters = {name: values[key] for name, key in names.items() if values[key]}
    with psycopg.connect(dbname="postgres", autocommit=True, **parameters) as server:
        server.execute(sql.encode())


@pytest.fixture(scope="module")
def template(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Copy the migrated database of the tests before their first transaction."""
    with django_db_blocker.unblock():
        if IS_SQLITE:
            name = str(tmp_path_factory.mktemp("template") / "migrated.sqlite3")
            connection.ensure_connection()
            with closing(sqlite3.connect(name)) as copy:
                connection.connection.backup(copy)
            yield name
            return
        source = str(connection.settings_dict["NAME"])
        connection.close()
        copy_database(source, f"{source}_t")
        yield f"{source}_t"
        run_on_server(f'DROP DATABASE "{source}_t"')


@pytest.fixture
def databases(tmp_path: Path, template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[OtherDatabases]:
    """Use a new migrated database `first`."""
    with django_db_blocker.unblock():
        others = OtherDatabases(tmp_path, template)
        try:
            others.use("first")
            yield others
        finally:
            others.close()
