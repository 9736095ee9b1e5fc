"""Rows by a list of numbers, which stands in the SQL as one value: JSON.

Django writes a thousand numbers as a thousand parameters, which takes longer than the database needs for the answer;
and SQL that does not change with their count can be `Prepared`. Called by `drawing`, `facets`, `kept_tags`, `results`.
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

ANY_LIST: Final = "[7000001, 7000002]"
"""Stands for a list in a `Prepared` query."""


class Listed(Func):
    """The numbers of a list in JSON: what a row's number must be one of (`pk__in=Listed(…)`)."""

    template = "(SELECT value FROM json_each(%(expressions)s))"

    def __init__(self, written: str) -> None:
        super().__init__(Value(written), output_field=BigIntegerField())

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list[Any] | tuple[Any, ...]]:
        """Return the same as PostgreSQL writes it."""
        template = "(SELECT value::bigint FROM json_array_elements_text(%(expressions)s::json))"
        return self.as_sql(compiler, connection, template=template, **context)


class ByNumbers:
    """A queryset of tuples as a function of any number of numbers; `build` makes it from them (`pk__in=ids`)."""

    def __init__(self, build: Callable[[Listed], QuerySet[Any, Any]]) -> None:
        self.prepared = Prepared(lambda written: build(Listed(written)), ANY_LIST)

    def rows(self, numbers: Iterable[int]) -> list[tuple[Any, ...]]:
        """Ask with these numbers. One query."""
        return self.prepared.rows(json.dumps([*numbers]))
