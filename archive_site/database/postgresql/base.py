"""PostgreSQL with a limit on the time of the health check before each request.

Without it, a request waits for ever for a server that is stopped but still connected.
"""

from __future__ import annotations

import select
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.db.backends.postgresql import base
from psycopg import Error
from psycopg.pq import ExecStatus

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

HEALTH_CHECK_SECONDS: Final = 3.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL backend, which discards a connection that does not respond."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection. With QUERY_SECONDS in the settings, a query fails after these seconds.

        PostgreSQL's own limit does not help if the server hangs in the middle of a query.
        """
        connection = super().get_new_connection(conn_params)
        if seconds := self.settings_dict.get("QUERY_SECONDS"):
            connection.wait = partial(connection.wait, timeout=seconds)
        return connection

    def is_usable(self) -> bool:
        """Return whether the server responds on this connection within the seconds of its settings. One query."""
        if self.connection is None:
            return False
        try:
            return answers(self.connection.pgconn, self.settings_dict.get("HEALTH_CHECK_SECONDS", HEALTH_CHECK_SECONDS))
        except Error:
            return False


def answers(connection: PGconn, seconds: float) -> bool:
    """Return whether a query succeeds within some seconds. Raises psycopg.Error if the connection is lost."""
    deadline = time.monotonic() + seconds
    poll = select.poll()
    poll.register(connection.socket, select.POLLIN)
    connection.send_query(b"SELECT 1")
    while connection.flush() or connection.is_busy():
        if not poll.poll(max(0, deadline - time.monotonic()) * 1000):
            return False
        connection.consume_input()
    is_usable = True
    while (result := connection.get_result()) is not None:
        is_usable = is_usable and result.status == ExecStatus.TUPLES_OK
    return is_usable
