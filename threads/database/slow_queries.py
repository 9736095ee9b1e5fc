"""The log of slow queries. It has their SQL without values, which may be words that a reader searched for."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

SQL_LENGTH: Final = 500
"""Characters of a query in the log."""

log = logging.getLogger(__name__)


def watch_connection(sender: Any, connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Log the slow queries of a new connection. A receiver of `connection_created`."""
    if log_slow_query not in connection.execute_wrappers:
        connection.execute_wrappers.append(log_slow_query)


def log_slow_query(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """Run a query, and log it if its first row takes more than SLOW_QUERY_MS. For `execute_wrappers`."""
    started = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        milliseconds = (time.perf_counter() - started) * 1000
        if milliseconds > settings.SLOW_QUERY_MS:
            log.warning("A query took %d ms: %s", milliseconds, sql[:SQL_LENGTH])
