"""Prepared queries over a list of ids. The list is one SQL parameter, written as JSON.

Django writes a thousand ids as a thousand parameters, which takes longer than the database needs to answer. SQL with
one parameter does not depend on the number of ids, so it can be prepared.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.db.models import BigIntegerField, Func, Value

from threads.database.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet
    from django.db.models.sql.compiler import SQLCompiler

EXAMPLE: Final = "[7000001, 7000002]"


class IdList(Func):
    """A JSON list of ids as a subquery: `pk__in=IdList(…)`."""

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
        self.prepared = Prepared(lambda ids_json: build(IdList(ids_json)), EXAMPLE)

    def rows(self, ids: Iterable[int]) -> list[tuple[Any, ...]]:
        """Return the rows for these ids. One query."""
        return self.prepared.rows(json.dumps([*ids]))
