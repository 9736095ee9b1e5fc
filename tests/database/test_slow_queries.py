"""The log of slow queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection

from threads.database.slow_queries import log_slow_query, watch_connection
from threads.models import Author

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("limit", "lines"), [(-1, 1), (60_000, 0)])
def test_a_slow_query_is_logged_without_its_values(
    limit: int, lines: int, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SLOW_QUERY_MS = limit
    with connection.execute_wrapper(log_slow_query):
        assert not Author.objects.filter(name="umbrella").exists()
    assert len(caplog.records) == lines
    assert "umbrella" not in caplog.text
    assert ("threads_author" in caplog.text) == bool(lines)


def test_a_connection_that_is_made_again_is_watched_once() -> None:
    watch_connection(None, connection)
    watch_connection(None, connection)
    assert connection.execute_wrappers.count(log_slow_query) == 1
    connection.execute_wrappers.remove(log_slow_query)
