"""What the full-text tables of both databases have in common. Called by `postgres` and `sqlite`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import connection

if TYPE_CHECKING:
    from threads.search.conditions import Window


class TextTable:
    """A full-text table, held against the entries it belongs to."""

    numbers: ClassVar[str]
    """The table that has a row, by `id`, for each number whose text is held."""

    def lost(self) -> int:
        """Return how many entries have no text."""
        return count_without("threads_searchentry", self.numbers)

    def remains(self) -> int:
        """Return how many numbers the table still holds that no entry has."""
        return count_without(self.numbers, "threads_searchentry")


def count_without(table: str, other: str) -> int:
    """Return how many rows of a table have no row of the same `id` in another one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {table} one"  # noqa: S608 - names of tables
            f" WHERE NOT EXISTS (SELECT 1 FROM {other} other WHERE other.id = one.id)"
        )
        return int(cursor.fetchone()[0])


def bounds_of(window: Window, column: str) -> tuple[list[str], list[int]]:
    """Return a window as SQL tests of a column, and their values."""
    bounds = [(sign, bound) for sign, bound in ((">=", window.low), ("<", window.high)) if bound is not None]
    return [f"{column} {sign} %s" for sign, _ in bounds], [bound for _, bound in bounds]
