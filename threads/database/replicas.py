"""Replicas: which database a page is read from, and the version that it must have.

A replica is read only if it has the version of the primary (docs/decisions/0026-replicas-by-version.md). Replicas that
do not respond, or are behind for longer than `REPLICA_MAX_LAG`, are left out. A thread tries lost databases again.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.conf import settings
from django.db import InterfaceError, connections

from threads.database import shared_version
from threads.database.reading import ERRORS, PRIMARY, NoCurrentDatabaseError, read_from
from threads.database.shared_version import number_of
from threads.database.versions import archive_version

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 3.0
"""Seconds between two tries of a database that does not respond. The pause grows by half each time."""
ASK_AGAIN: Final = 1.0
"""Seconds until a replica that is left out because of its lag is asked again."""
SHARE_AGAIN: Final = 2.0
"""Seconds until an unchanged version is stored in Redis again, which may have lost it."""
KNOWN_VERSIONS: Final = 256

log = logging.getLogger(__name__)


@dataclass
class DatabaseState:
    """What this process knows of a database."""

    alias: str
    title: str
    problem: str = ""
    """Why it is left out; empty if it is used."""
    is_lost: bool = False
    """Whether it does not respond. A thread tries it again."""
    behind_since: float | None = None
    ask_at: float = 0.0


class ReplicaSet:
    """The primary and the replicas of this process. Times are those of `time.monotonic`."""

    def __init__(self, aliases: list[str]) -> None:
        self.primary = DatabaseState(PRIMARY, describe_database("The primary", PRIMARY))
        self.replicas = [
            DatabaseState(alias, describe_database(f"Replica {number}", alias))
            for number, alias in enumerate(aliases, start=1)
        ]
        self.turn = 0
        self.version = ""
        self.share_at = 0.0
        self.replaced_at: dict[str, float] = {}
        """When this process saw that a version was replaced."""

    def current_version(self) -> str:
        """Return the version that pages must have: the primary's, or the shared one while the primary is lost.

        Raises NoCurrentDatabaseError if no version is shared, or if the primary is older. One query, or none.
        """
        if not self.primary.is_lost:
            try:
                version = self.read_version(PRIMARY)
            except ERRORS as error:
                if not is_connection_lost(PRIMARY):
                    raise
                self.lose(self.primary, error)
            else:
                return self.share(version)
        newest = shared_version.find_newest()
        if not newest:
            raise NoCurrentDatabaseError(f"Redis has no version of the archive; {self.primary.problem}")
        return newest

    def read_version(self, alias: str) -> str:
        """Return the version that a database has. One query."""
        with read_from(alias):
            return archive_version()

    def share(self, version: str) -> str:
        """Store the primary's version in Redis if it is new to this process; return it.

        A newer version may be stored because the primary has it now. Otherwise this is a replica that was promoted
        without its last changes.
        """
        now = time.monotonic()
        if version == self.version and now < self.share_at:
            return version
        newest = shared_version.keep_newest(version)
        if number_of(newest) > number_of(version):
            version = self.read_version(PRIMARY)
        if number_of(newest) > number_of(version):
            raise NoCurrentDatabaseError(
                f"the primary has version {number_of(version)}, but version {number_of(newest)} was shown before: an "
                "older database was promoted or restored, and moderators' last changes are missing. See "
                "docs/replicas.md"
            )
        if version != self.version:
            self.replaced_at[self.version] = now
            for old in [*self.replaced_at][:-KNOWN_VERSIONS]:
                del self.replaced_at[old]
        self.version, self.share_at = version, now + SHARE_AGAIN
        return version

    def choose(self, version: str) -> str:
        """Return the alias of a replica with this version, else the primary. One query for each replica asked.

        Raises NoCurrentDatabaseError if the primary is lost and no replica has the version.
        """
        self.turn += 1
        first = self.turn % len(self.replicas)
        for replica in [*self.replicas[first:], *self.replicas[:first]]:
            if version and time.monotonic() >= replica.ask_at and self.is_level(replica, version):
                return replica.alias
        if self.primary.is_lost:
            raise NoCurrentDatabaseError(f"no replica has version {number_of(version)}; {self.primary.problem}")
        return PRIMARY

    def is_level(self, replica: DatabaseState, version: str) -> bool:
        """Ask a replica whether it has this version, and note its lag. Two queries, one of which has a time limit."""
        if replica.is_lost:
            return False
        connection = connections[replica.alias]
        try:
            if connection.connection is not None and not connection.is_usable():
                raise InterfaceError("the connection is closed or hangs")
            own = self.read_version(replica.alias)
        except ERRORS as error:
            self.lose(replica, error)
            return False
        if own == version:
            self.use(replica)
            return True
        now = time.monotonic()
        replica.behind_since = replica.behind_since or now
        lag = now - min(replica.behind_since, self.replaced_at.get(own, now))
        if lag > settings.REPLICA_MAX_LAG:
            replica.ask_at = now + ASK_AGAIN
            self.leave_out(
                replica, f"behind for more than {settings.REPLICA_MAX_LAG} s", "Check its replication and its URL."
            )
        return False

    def lose(self, database: DatabaseState, error: Exception) -> None:
        """Leave out a database that does not respond, and try it again in a thread."""
        connections[database.alias].close()
        if not database.is_lost:
            database.is_lost = True
            name = "DATABASE_URL" if database is self.primary else "DATABASE_REPLICA_URLS"
            self.leave_out(database, first_line(error), f"Check {name} and the server.")
            threading.Thread(target=self.recover, args=(database,), daemon=True).start()

    def recover(self, database: DatabaseState) -> None:
        """Try a lost database until it responds."""
        pause = FIRST_PAUSE
        while database.is_lost:
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
            self.retry(database)

    def retry(self, database: DatabaseState) -> None:
        """Use a lost database again if it responds. One query."""
        try:
            self.read_version(database.alias)
        except ERRORS as error:
            database.problem = first_line(error)
        else:
            database.is_lost = False
            self.use(database)
        finally:
            connections[database.alias].close()

    def choose_after_failure(self, alias: str, error: Exception) -> str:
        """Return the alias of another database for a page; empty if the error is not one of its database.

        If the connection is lost, the database is left out. Other errors, such as a query that a replica cancelled to
        replay a change, are of one page. Raises as `choose` does.
        """
        if is_connection_lost(alias):
            database = next(database for database in [self.primary, *self.replicas] if database.alias == alias)
            self.lose(database, error)
        elif alias == PRIMARY:
            return ""
        elif not self.primary.is_lost:
            return PRIMARY
        return self.choose(self.current_version())

    def leave_out(self, database: DatabaseState, problem: str, remedy: str) -> None:
        """Note why a database is not used. Log it once."""
        if not database.problem:
            log.warning("%s is left out: %s. %s", database.title, problem, remedy)
        database.problem = problem

    def use(self, database: DatabaseState) -> None:
        """Note that a database is used. Log it if it was left out."""
        if database.problem:
            log.warning("%s is used again.", database.title)
        database.problem, database.behind_since, database.ask_at = "", None, 0.0

    def refresh(self) -> str:
        """Ask all databases that are not lost. Return why no page can be served; empty if it can. A query for each."""
        try:
            version = self.current_version()
        except ERRORS as error:
            return first_line(error)
        levels = [self.is_level(replica, version) for replica in self.replicas]
        return self.primary.problem if self.primary.is_lost and not any(levels) else ""


def describe_database(title: str, alias: str) -> str:
    """Return the title with host, port and name of a database, without its user and password."""
    values = settings.DATABASES.get(alias, {})
    places = zip(str(values.get("HOST", "")).split(","), str(values.get("PORT", "")).split(","), strict=False)
    servers = ",".join(f"{host}:{port}" for host, port in places if host)
    return f"{title} ({servers}/{values.get('NAME', '')})"


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return str(error).strip().partition("\n")[0]


def is_connection_lost(alias: str) -> bool:
    """Return whether the connection is closed or does not respond. One query."""
    connection = connections[alias]
    return connection.connection is None or not connection.is_usable()


@cache
def get_replicas() -> ReplicaSet:
    """Return the databases of this process."""
    return ReplicaSet(settings.REPLICAS)


def current_version() -> str:
    """Return the version that pages must have. One query; without replicas the same as `archive_version`."""
    return get_replicas().current_version() if settings.REPLICAS else archive_version()
