"""Redis, where `CACHE_URL` asks for it: the site works while it is away, and asks it again later."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches
from django.test import override_settings

from archive_site import environment, redis_cache
from archive_site.redis_cache import OptionalRedisCache
from tests.factories import make_article
from threads.models import ArchiveState
from threads.web.throttling import allowed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client, RequestFactory
    from pytest_django import Settings

NOBODY = "rediscache://127.0.0.1:1/1"
"""An address at which no server listens."""


@pytest.fixture(autouse=True)
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Name a Redis that does not answer, and forget that it did not."""
    monkeypatch.setenv("CACHE_URL", NOBODY)
    monkeypatch.setattr(OptionalRedisCache, "asked_again_at", 0.0)
    with override_settings(CACHES={"default": environment.cache("CACHE_URL", "")}):
        yield


@pytest.mark.django_db
def test_pages_are_drawn_while_redis_is_away(client: Client, settings: Settings) -> None:
    settings.PAGE_CACHE = True
    ArchiveState.objects.create(pk=1, version=1)
    address = make_article("Pears").get_absolute_url()
    for path in (address, address, "/", "/healthz"):
        assert client.get(path).status_code == 200, path


def test_nobody_is_kept_from_reporting_while_redis_is_away(rf: RequestFactory) -> None:
    assert all(allowed(rf.get("/"), "report", times=1, seconds=60) for _ in range(3))


def test_counting_fails_in_the_middle_without_harm() -> None:
    assert caches["default"].incr("tries") == 1


def test_redis_is_left_alone_for_a_while_and_then_asked_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = caches["default"]
    with caplog.at_level(logging.WARNING, logger="archive_site.redis_cache"):
        assert [cache.get("tea"), cache.get("tea", "none")] == [None, "none"]
        assert len(caplog.records) == 1
        assert "See CACHE_URL." in caplog.text
        monkeypatch.setattr(redis_cache, "monotonic", lambda: OptionalRedisCache.asked_again_at + 1)
        cache.set("tea", 1)
        assert len(caplog.records) == 2


def test_no_reader_waits_long_for_redis() -> None:
    cache = caches["default"]
    assert isinstance(cache, OptionalRedisCache)
    asked = cache._cache.get_client().connection_pool.connection_kwargs
    assert asked["socket_connect_timeout"] == asked["socket_timeout"] == 1
