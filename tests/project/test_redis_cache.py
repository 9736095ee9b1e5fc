"""The site works while Redis is unavailable, and tries Redis again later."""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import override_settings

from archive_site import environment, redis_cache
from archive_site.redis_cache import OptionalRedisCache
from tests.factories import make_article
from threads.models import ArchiveState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.test import Client
    from pytest_django import Settings

UNUSED_ADDRESS = "rediscache://127.0.0.1:1/1"
"""A URL without a server."""


@pytest.fixture(autouse=True)
def unavailable_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use a Redis URL without a server, and reset the time of the next try."""
    monkeypatch.setenv("CACHE_URL", UNUSED_ADDRESS)
    monkeypatch.setattr(OptionalRedisCache, "retry_at", 0.0)
    with override_settings(CACHES=settings.CACHES | {"default": environment.cache("CACHE_URL", "")}):
        yield


@pytest.mark.django_db
def test_pages_are_rendered_while_redis_is_unavailable(client: Client, settings: Settings) -> None:
    settings.PAGE_CACHE = True
    ArchiveState.objects.create(pk=1, version=1)
    address = make_article("Pears").get_absolute_url()
    for path in (address, address, "/", "/healthz"):
        assert client.get(path).status_code == 200, path


def test_redis_is_not_used_for_a_while_and_then_tried_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = caches["default"]
    with caplog.at_level(logging.WARNING, logger="archive_site.redis_cache"):
        assert [cache.get("tea"), cache.get("tea", "none")] == [None, "none"]
        assert len(caplog.records) == 1
        assert "Check CACHE_URL." in caplog.text
        monkeypatch.setattr(redis_cache, "monotonic", lambda: OptionalRedisCache.retry_at + 1)
        cache.set("tea", 1)
        assert len(caplog.records) == 2


def test_the_timeouts_of_redis_are_one_second() -> None:
    cache = caches["default"]
    assert isinstance(cache, OptionalRedisCache)
    options = cache._cache.get_client().connection_pool.connection_kwargs
    assert options["socket_connect_timeout"] == options["socket_timeout"] == 1


def test_a_text_is_neither_kept_nor_found_while_redis_is_unavailable(caplog: pytest.LogCaptureFixture) -> None:
    cache = caches["default"]
    assert isinstance(cache, OptionalRedisCache)
    assert cache.keep_greatest("tea", 1, "green") is None
    cache.keep_greatest("tea", 1, "green")
    assert len(caplog.records) == 1
    cache.keep_greatest("tea", 1, "green", is_urgent=True)
    assert len(caplog.records) == 2
    assert cache.find_greatest("tea") is None
    assert len(caplog.records) == 3


@pytest.fixture
def redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OptionalRedisCache]:
    """Start an empty Redis."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("needs redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    server = subprocess.Popen(
        [program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    cache = OptionalRedisCache(f"redis://127.0.0.1:{port}/0", {})
    while cache.keep_greatest("started", 1, "yes", is_urgent=True) is None:
        assert server.poll() is None
        time.sleep(0.05)
    yield cache
    cache._cache.get_client().connection_pool.disconnect()
    server.kill()
    server.wait()


def test_redis_keeps_the_text_with_the_greatest_number(redis: OptionalRedisCache) -> None:
    assert redis.find_greatest("tea") is None
    numbers = [(9, "green"), (10, "black"), (8, "white"), (10, "red"), (1_790_000_000_000, "new")]
    assert [redis.keep_greatest("tea", *pair) for pair in numbers] == ["green", "black", "black", "red", "new"]
    assert redis.find_greatest("tea") == "new"
