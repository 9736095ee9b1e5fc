"""Throttling: a limited number of attempts for each reader and action."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.core.cache import cache, caches
from django.test import override_settings
from django.utils import timezone

from threads.web.request_limits import count_attempt, find_network, forget_attempts

if TYPE_CHECKING:
    import pytest
    from django.test import RequestFactory


def attempt(rf: RequestFactory, count: int, action: str = "report", **headers: str) -> list[bool]:
    """Make several attempts and return which were allowed."""
    network = find_network(rf.get("/", **headers))  # type: ignore[arg-type]
    return [count_attempt(action, network, limit=3, seconds=600) for _ in range(count)]


def test_attempts_beyond_the_limit_are_refused(rf: RequestFactory) -> None:
    assert attempt(rf, 5) == [True, True, True, False, False]


def test_readers_and_actions_have_separate_counts(rf: RequestFactory) -> None:
    attempt(rf, 5)
    assert attempt(rf, 1, REMOTE_ADDR="198.51.100.7") == [True]
    assert attempt(rf, 1, action="search") == [True]


def test_ipv6_addresses_of_one_network_share_a_count(rf: RequestFactory) -> None:
    attempt(rf, 3, REMOTE_ADDR="2001:db8::1")
    assert attempt(rf, 1, REMOTE_ADDR="2001:db8::ffff:2") == [False]
    assert attempt(rf, 1, REMOTE_ADDR="2001:db8:0:1::1") == [True]


def test_behind_a_proxy_the_reported_address_is_counted(rf: RequestFactory) -> None:
    attempt(rf, 3, HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert attempt(rf, 1, HTTP_X_FORWARDED_FOR="198.51.100.8") == [False]
    with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        attempt(rf, 3, HTTP_X_FORWARDED_FOR="forged, 198.51.100.7")
        assert attempt(rf, 1, HTTP_X_FORWARDED_FOR="forged too, 198.51.100.7") == [False]
        assert attempt(rf, 1, HTTP_X_FORWARDED_FOR="198.51.100.8") == [True]
        assert attempt(rf, 4, HTTP_X_FORWARDED_FOR="nonsense") == [True, True, True, False]


def test_keys_contain_no_address_and_change_each_day(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []

    def add(key: str, *_: int) -> bool:
        keys.append(key)
        return True

    monkeypatch.setattr(caches["limits"], "add", add)
    day = datetime(2020, 9, 30, tzinfo=UTC)
    for now in (day, day + timedelta(days=1)):
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        attempt(rf, 1)
    assert "127.0.0.1" not in "".join(keys)
    assert len(set(keys)) == 2


def test_an_expired_count_allows_the_attempt(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    def expire(key: str) -> int:
        raise ValueError(key)

    monkeypatch.setattr(caches["limits"], "add", lambda *_: False)
    monkeypatch.setattr(caches["limits"], "incr", expire)
    assert attempt(rf, 1) == [True]


def test_a_forgotten_count_starts_again(rf: RequestFactory) -> None:
    attempt(rf, 3)
    forget_attempts("report", find_network(rf.get("/")))
    assert attempt(rf, 1) == [True]


def test_cached_pages_do_not_evict_counts(rf: RequestFactory) -> None:
    attempt(rf, 3)
    cache.clear()
    for number in range(6000):
        cache.set(f"page:{number}", b"tea")
    assert attempt(rf, 1) == [False]
