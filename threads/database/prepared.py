"""Queries whose SQL is written once, for those of every page of a thread and of results.

Django writes the SQL of a query at each run, which costs ten times the query: 4 of the 6 ms of a page of fifty
comments.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, Func, QuerySet, Value

from threads.database.bulk_writes import for_driver
from threads.database.reading import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler


class Prepared:
    """A queryset of tuples as a function of its values.

    `build` makes the queryset from values; `examples` are values of the same types, each unlike any other value in the
    query, by which the positions of parameters are found. Columns must be plain: SQLite returns times without a zone.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *examples: object) -> None:
        self.build = build
        self.examples = examples
        self.written: dict[str, tuple[str, list[tuple[int | None, Any]]]] = {}

    def rows(self, *values: object) -> list[tuple[Any, ...]]:
        """Run the query with these values. One query."""
        sql, slots = self.written.get(connection.vendor) or self.write()
        adapted = [for_driver(value) for value in values]
        with connection.cursor() as cursor:
            cursor.execute(sql, [fixed if place is None else adapted[place] for place, fixed in slots])
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def write(self) -> tuple[str, list[tuple[int | None, Any]]]:
        """Write the SQL for this database; return it with the source of each parameter."""
        sql, parameters = self.build(*self.examples).query.sql_with_params()
        places = {for_driver(example): place for place, example in enumerate(self.examples)}
        self.written[connection.vendor] = sql, [(places.get(parameter), parameter) for parameter in parameters]
        return self.written[connection.vendor]


class IdList(Func):
    """A JSON list of ids as a subquery: `pk__in=IdList(…)`.

    Django writes a thousand ids as a thousand parameters, which takes longer than the database needs to answer. SQL
    with one parameter does not depend on the number of ids, so it can be prepared.
    """

    template = "(SELECT value FROM json_each(%(expressions)s))"

    def __init__(self, ids_json: str) -> None:
        super().__init__(Value(ids_json), output_field=BigIntegerField())

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list[Any] | tuple[Any, ...]]:
        """Return the SQL for PostgreSQL."""
        template = "(SELECT value::bigint FROM json_array_elements_text(%(expressions)s::json))"
        return self.as_sql(compiler, connection, template=template, **context)


class IdListQuery:
    """A prepared queryset of tuples for any list of ids. `build` gets the list, to use as `pk__in=ids`."""

    def __init__(self, build: Callable[[IdList], QuerySet[Any, Any]]) -> None:
        self.prepared = Prepared(lambda ids_json: build(IdList(ids_json)), "[7000001, 7000002]")

    def rows(self, ids: Iterable[int]) -> list[tuple[Any, ...]]:
        """Return the rows for these ids. One query."""
        return self.prepared.rows(json.dumps([*ids]))
