"""Bulk SQL: reserved ids, then one statement for all rows of a table.

`bulk_create` of the same rows costs five times the processor time: it makes a model instance for each row.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db import DatabaseError, connection, models

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")

MOST_PARAMETERS: Final = 900
"""Values in one `IN (…)`; older SQLite takes 999."""


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Return `count` unused ids in ascending order. One query.

    On SQLite the caller must hold the write lock, as every transaction here does from its start.
    """
    if not count:
        return []
    table = _table(model)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = %s), 0)", [table])
        last: int = cursor.fetchone()[0]
    return list(range(last + 1, last + 1 + count))


def insert_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows given as values of `fields` (attribute names such as `author_id`). One statement, or COPY."""
    rows = list(rows)
    if not rows:
        return
    table, names = _quoted(_table(model)), ", ".join(_quoted(name) for name in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(fields))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 — names of the models' own
        cursor.executemany(statement, _for_driver(model, fields, rows))


def update_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Update rows given as values of `fields`, then the id."""
    rows = list(rows)
    if not rows:
        return
    sets = ", ".join(f"{_quoted(name)} = %s" for name in fields)
    statement = f"UPDATE {_quoted(_table(model))} SET {sets} WHERE id = %s"  # noqa: S608 — names of the models' own
    with connection.cursor() as cursor:
        cursor.executemany(statement, _for_driver(model, fields, rows))


def _for_driver(model: type[models.Model], fields: Sequence[str], rows: list[Sequence[Any]]) -> Any:
    """Return rows with their times as the database's driver takes them."""
    columns = enumerate(map(model._meta.get_field, fields))  # noqa: SLF001 — `_meta` is public, for all its name
    places = [place for place, column in columns if isinstance(column, models.DateTimeField)]
    if not places:
        return rows
    adapted = [list(row) for row in rows]
    for row in adapted:
        for place in places:
            row[place] = row[place] and for_driver(row[place])
    return adapted


@contextmanager
def disable_memory_map() -> Iterator[None]:
    """Disable SQLite's memory map during a run over the whole file; it only pays for readers."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA mmap_size")
        (size,) = cursor.fetchone() or (0,)
        cursor.execute("PRAGMA mmap_size = 0")
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute(f"PRAGMA mmap_size = {int(size)}")


def in_parts(values: Iterable[T], size: int = MOST_PARAMETERS) -> Iterator[list[T]]:
    """Yield `values` in lists of at most `size`."""
    values = iter(values)
    while part := list(islice(values, size)):
        yield part


def for_driver(value: object) -> Any:
    """Return a value as the database's driver takes it: SQLite has no dates."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _table(model: type[models.Model]) -> str:
    return model._meta.db_table  # noqa: SLF001 — `_meta` is public, for all its name


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
