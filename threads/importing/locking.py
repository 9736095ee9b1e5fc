"""One import at a time: a lock that dies with the process that holds it. Called by the pipeline."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.db import connection
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NUMBER: Final = 0x7_4872_6561_6473
"""The advisory lock's number on PostgreSQL."""
PATIENCE: Final = 5.0
"""Seconds to wait for another import to end."""


class BusyError(Exception):
    """The lock cannot be had: another import is at work, or there is no place for it. The message says which."""


@contextmanager
def only_one(patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock; raise BusyError if another process does not let go of it within `patience` seconds.

    On PostgreSQL a lock of the session; on SQLite a lock on a file beside the database, which the system takes back
    from a process that ends, however it ends. A database in memory needs none.
    """
    if connection.vendor == "postgresql":
        yield from _in_session(patience)
    elif connection.is_in_memory_db():  # type: ignore[attr-defined]
        yield
    else:
        yield from _on_file(f"{connection.settings_dict['NAME']}-lock", patience)


def _in_session(patience: float) -> Iterator[None]:
    def take() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [NUMBER])
            return bool(cursor.fetchone()[0])

    _wait(take, patience)
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [NUMBER])


def _on_file(name: str, patience: float) -> Iterator[None]:
    # A record lock, not flock: workers made by fork must not hold it on when this process is gone.
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        said = {"name": name, "reason": error.strerror or error}
        raise BusyError(_("The folder of the database cannot be written to: %(name)s: %(reason)s.") % said) from error

    def take() -> bool:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    try:
        _wait(take, patience)
        yield
    finally:
        os.close(descriptor)


def _wait(take: Callable[[], bool], patience: float) -> None:
    until = time.monotonic() + patience
    while not take():
        if time.monotonic() > until:
            raise BusyError(_("Another import is at work on this archive. Wait until it has ended, then try again."))
        time.sleep(0.1)
