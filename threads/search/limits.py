"""Limits of a search: results on a page, its time, and searches at once in a process. No query is logged."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import OperationalError, transaction

from threads.database.reading import connection, current_alias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RESULTS_PER_PAGE: Final = 20
GROUPS_PER_PAGE: Final = 10
RESULTS_PER_GROUP: Final = 3
"""Results shown of one thread in a list grouped by thread."""
STEPS: Final = 2_000
"""Steps of SQLite's virtual machine between two looks at the clock: less than a millisecond."""
SLOTS: Final = threading.BoundedSemaphore(settings.SEARCHES_AT_ONCE)

log = logging.getLogger(__name__)


class SearchRefusedError(Exception):
    """A search that was not run, or not to its end."""


class SearchTooSlowError(SearchRefusedError):
    """A search reached its time limit."""


class SearchesBusyError(SearchRefusedError):
    """The process runs as many searches as it may."""


@contextmanager
def limit_search() -> Iterator[None]:
    """Run a search: all its queries within SEARCH_SECONDS, and at most SEARCHES_AT_ONCE in this process.

    Raises SearchRefusedError beyond a limit. On PostgreSQL two more queries, for the transaction and its limit. A query
    that starts before the limit may end after it, on PostgreSQL only: at twice the limit.
    """
    if not SLOTS.acquire(blocking=False):
        log.warning("A search was refused: the process already runs %d.", settings.SEARCHES_AT_ONCE)
        raise SearchesBusyError
    try:
        with limit_time(settings.SEARCH_SECONDS):
            yield
    finally:
        SLOTS.release()


@contextmanager
def limit_time(seconds: float) -> Iterator[None]:
    """Stop the queries of the block after some seconds; 0 is no limit. Raises SearchTooSlowError."""
    if not seconds:
        yield
        return
    deadline = time.monotonic() + seconds

    def is_late() -> bool:
        return time.monotonic() > deadline

    limit = limit_sqlite if connection.vendor == "sqlite" else limit_postgresql
    try:
        with limit(seconds, is_late), connection.execute_wrapper(refuse_if(is_late)):
            yield
    except OperationalError as error:
        if not is_late():
            raise
        log.warning("A search was stopped after %g seconds.", seconds)
        raise SearchTooSlowError from error


def refuse_if(is_late: Callable[[], bool]) -> Callable[..., Any]:
    """Return a wrapper of queries that runs none after the limit."""

    def run(execute: Callable[..., Any], *arguments: Any) -> Any:
        if is_late():
            raise OperationalError("the time of the search is over")
        return execute(*arguments)

    return run


@contextmanager
def limit_sqlite(_seconds: float, is_late: Callable[[], bool]) -> Iterator[None]:
    """Interrupt SQLite's queries after the limit."""
    connection.ensure_connection()
    database = connection.connection
    database.set_progress_handler(is_late, STEPS)
    try:
        yield
    finally:
        database.set_progress_handler(None, 0)


@contextmanager
def limit_postgresql(seconds: float, _is_late: Callable[[], bool]) -> Iterator[None]:
    """Let PostgreSQL cancel each query of the block after some seconds. Two queries.

    Queries of a search are short: to compile one, or to start other processes for it, takes longer than it saves.
    """
    with transaction.atomic(using=current_alias()):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true), set_config('jit', 'off', true),"
                " set_config('max_parallel_workers_per_gather', '0', true)",
                [str(max(1, round(seconds * 1000)))],
            )
        yield
