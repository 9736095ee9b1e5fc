"""The cache in memory has a limit in bytes."""

from __future__ import annotations

import pytest
from django.core.cache import CacheHandler

from archive_site.memory_cache import BoundedLocMemCache


@pytest.fixture
def cache() -> BoundedLocMemCache:
    """Return an empty cache of 8,000 bytes."""
    backend = "archive_site.memory_cache.BoundedLocMemCache"
    options = {"BACKEND": backend, "LOCATION": "bounded", "OPTIONS": {"MAX_ENTRIES": 1000, "MAX_BYTES": 8000}}
    bounded = CacheHandler({"default": options})["default"]
    assert isinstance(bounded, BoundedLocMemCache)
    bounded.clear()
    return bounded


def count_bytes(cache: BoundedLocMemCache) -> int:
    """Return the bytes of all values."""
    return sum(map(len, cache._cache.values()))


def test_values_unused_for_the_longest_time_are_evicted(cache: BoundedLocMemCache) -> None:
    for number in range(100):
        cache.set(number, b"x" * 700)
        assert cache.get(0) == b"x" * 700
        assert count_bytes(cache) <= 8000
    kept = [number for number in range(100) if cache.get(number)]
    assert kept == [0, *range(90, 100)]


def test_a_large_value_evicts_nothing_and_is_not_stored(cache: BoundedLocMemCache) -> None:
    cache.set("tea", b"green")
    cache.set("book", b"short")
    cache.set("book", b"x" * 1100)
    assert cache.get("tea") == b"green"
    assert cache.get("book") is None
    cache.set("book", b"short")
    assert cache.get("book") == b"short"


def test_the_number_of_entries_has_a_limit_too(cache: BoundedLocMemCache) -> None:
    for number in range(3000):
        cache.set(number, b"")
    assert len(cache._cache) <= 1000
    assert len(cache._cache) == len(cache._expire_info)
