"""What a full-text table can do, and which of the two serves the database in use. Called by `index` and `results`.

A backend knows numbers, tokens and the boolean tree of `conditions`; it knows nothing of articles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from django.db import connection

from threads.search.postgres import PostgresBackend
from threads.search.sqlite import SQLiteBackend

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from threads.search.conditions import Condition, Window
    from threads.search.rows import Hit, TextRow


class Backend(Protocol):
    """The full-text table of one kind of database."""

    def highest(self, days: Collection[int]) -> dict[int, int]:
        """Return the highest number not to be given again in each of these days, where there is one. One query."""

    def write(self, rows: Sequence[TextRow]) -> None:
        """Add rows, in ascending order of their numbers."""

    def drop(self, numbers: Collection[int]) -> None:
        """Forget rows, as far as the table can."""

    def clear(self) -> None:
        """Empty the table."""

    def tidy(self) -> None:
        """Put in order what many small writes have left."""

    def shrink(self) -> None:
        """Give back what room is free. Not inside a transaction."""

    def problems(self) -> list[str]:
        """Return what is wrong inside the table, by the database's own check."""

    def lost(self) -> int:
        """Return how many entries have no text."""

    def remains(self) -> int:
        """Return how many numbers the table still holds that no entry has."""

    def find(self, condition: Condition, window: Window, limit: int, *, oldest: bool = False) -> list[Hit]:
        """Return the entries that meet a condition, newest first (`oldest`: oldest first). One query."""


BACKENDS: Final[dict[str, Backend]] = {"sqlite": SQLiteBackend(), "postgresql": PostgresBackend()}


def backend() -> Backend:
    """Return the backend of the database in use."""
    return BACKENDS[connection.vendor]
