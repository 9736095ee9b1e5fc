"""The database that the current request reads: the primary, or a replica. All writes go to the primary."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, cast

from django.db import DatabaseError, InterfaceError, OperationalError, connections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

PRIMARY: Final = "default"
"""The alias of the primary in `DATABASES`."""
ERRORS: Final = (DatabaseError, InterfaceError)
"""What a failed query or connection raises."""

_alias: ContextVar[str] = ContextVar("alias", default=PRIMARY)


class NoCurrentDatabaseError(OperationalError):
    """No database that responds has the version that pages must have."""


def current_alias() -> str:
    """Return the alias of the database that is read."""
    return _alias.get()


@contextmanager
def read_from(alias: str) -> Iterator[None]:
    """Read from this database in the block."""
    token = _alias.set(alias)
    try:
        yield
    finally:
        _alias.reset(token)


class ReadingConnection:
    """Behaves as the connection to the database that is read."""

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of that connection."""
        return getattr(connections[_alias.get()], name)


connection = cast("BaseDatabaseWrapper", ReadingConnection())
"""For SQL that pages need, in place of `django.db.connection`, which is the primary."""


class ReadRouter:
    """Router of Django for querysets. The settings use it if there are replicas."""

    def db_for_read(self, _model: object, **_hints: object) -> str:
        """Return the database that is read."""
        return _alias.get()

    def db_for_write(self, _model: object, **_hints: object) -> str:
        """Return the primary."""
        return PRIMARY

    def allow_relation(self, _first: object, _second: object, **_hints: object) -> bool:
        """Allow relations between rows: all databases are copies of one."""
        return True

    def allow_migrate(self, db: str, _app_label: str, **_hints: object) -> bool:
        """Migrate the primary only."""
        return db == PRIMARY
