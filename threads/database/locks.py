"""Locks: one import at a time, and no moderation of a thread while an import writes it."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from threads.models import Article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PEOPLE_LOCK: Final = 0x7_0065_6F70_6C65
"""Number of PostgreSQL's advisory lock on opt-outs and merges."""
IMPORT_LOCK: Final = 0x7_4872_6561_6473
"""Number of PostgreSQL's advisory lock on the import."""
LOCK_PATIENCE: Final = 5.0
"""Seconds to wait for another import to end."""


class BusyError(Exception):
    """The lock cannot be had: another import is at work, or there is no place for it. The message says which."""


@contextmanager
def hold_import_lock(patience: float = LOCK_PATIENCE) -> Iterator[None]:
    """Hold the lock; raise BusyError if another process does not let go of it within `patience` seconds.

    On PostgreSQL a lock of the session; on SQLite a lock on a file beside the database, which the system takes back
    from a process that ends, however it ends. A database in memory needs none.
    """
    if connection.vendor == "postgresql":
        yield from _hold_session_lock(patience)
    elif connection.is_in_memory_db():  # type: ignore[attr-defined]
        yield
    else:
        yield from _hold_file_lock(f"{connection.settings_dict['NAME']}-lock", patience)


def _hold_session_lock(patience: float) -> Iterator[None]:
    _wait_for_lock(lambda: bool(_call_postgres("pg_try_advisory_lock", IMPORT_LOCK)), patience)
    try:
        yield
    finally:
        if connection.is_usable():
            _call_postgres("pg_advisory_unlock", IMPORT_LOCK)


def _call_postgres(function: str, number: int) -> Any:
    with connection.cursor() as cursor:
        cursor.callproc(function, [number])
        return cursor.fetchone()[0]


def _hold_file_lock(name: str, patience: float) -> Iterator[None]:
    # A record lock, not flock: workers made by fork must not hold it on when this process is gone.
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        values = {"name": name, "reason": error.strerror or error}
        raise BusyError(_("The database folder is not writable: %(name)s: %(reason)s.") % values) from error

    def take() -> bool:
        with suppress(OSError):
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    try:
        _wait_for_lock(take, patience)
        yield
    finally:
        os.close(descriptor)


def _wait_for_lock(take: Callable[[], bool], patience: float) -> None:
    until = time.monotonic() + patience
    while not take():
        if time.monotonic() > until:
            raise BusyError(_("Another import is running. Wait until it ends, then try again."))
        time.sleep(0.1)


def lock_articles(article_ids: Iterable[int] | QuerySet[Any, Any]) -> None:
    """Lock these articles until the transaction ends, so that an import and a moderator do not overlap. One query."""
    ids = article_ids if isinstance(article_ids, QuerySet) else list(article_ids)
    list(Article.objects.filter(pk__in=ids).select_for_update().order_by("pk").values_list("pk"))


def lock_people() -> None:
    """Lock opt-outs and merges until the transaction ends. One query, before any other lock.

    An author can opt out while an uncommitted import adds threads by that author, which no article lock covers. SQLite
    has one writer at a time and needs no lock.
    """
    if connection.vendor == "postgresql":
        _call_postgres("pg_advisory_xact_lock", PEOPLE_LOCK)
