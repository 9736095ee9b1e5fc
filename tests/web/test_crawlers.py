"""Refused agents, requests a minute from one network, and searches that are refused."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, transaction

from archive_site import environment
from tests.factories import make_article, make_comments
from threads.models import ArchiveState, Article
from threads.search import indexing, limits
from threads.search.backends import get_backend
from threads.views.errors import shorten_record

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

OTHER = "198.51.100.7"


@pytest.fixture
def article() -> Article:
    article = make_article("Tea")
    make_comments(article, [None] * 3)
    indexing.update_articles([article.pk])
    return article


def statuses(client: Client, *paths: str, **options: Any) -> list[int]:
    return [client.get(path, **options).status_code for path in paths]


def test_searches_beyond_the_limit_of_a_network_are_429(client: Client, article: Article, settings: Settings) -> None:
    settings.SEARCHES_PER_MINUTE = 3
    result = f"{article.get_absolute_url()}?q=tea&r=5"
    searches = ["/search/?q=tea", "/feeds/search/?q=tea", result, "/search/?q=milk", "/search/"]
    assert statuses(client, *searches) == [200, 200, 200, 429, 429]
    assert statuses(client, "/search/?q=tea", REMOTE_ADDR=OTHER) == [200]
    assert statuses(client, article.get_absolute_url(), "/search/suggest?q=te") == [200, 200]


def test_pages_beyond_the_limit_of_a_network_are_429(client: Client, article: Article, settings: Settings) -> None:
    settings.UNCACHED_PER_MINUTE = 3
    paths = ["/", "/nothing/", article.get_absolute_url(), "/tags/", "/feeds/threads/"]
    assert statuses(client, *paths) == [200, 404, 200, 429, 429]
    assert statuses(client, *paths[:2], REMOTE_ADDR=OTHER) == [200, 404]
    assert statuses(client, "/search/?q=tea", "/search/suggest?q=te") == [200, 200]
    assert statuses(client, "/search/suggest?q=te", "/search/suggest?q=tea", "/search/suggest?q=t") == [200, 200, 429]


def test_a_limit_of_zero_is_no_limit(client: Client, settings: Settings) -> None:
    settings.SEARCHES_PER_MINUTE = settings.UNCACHED_PER_MINUTE = 0
    assert set(statuses(client, *["/about/", "/search/"] * 20)) == {200}


def test_the_response_names_the_limit_in_three_languages(client: Client, settings: Settings) -> None:
    settings.UNCACHED_PER_MINUTE = 1
    client.get("/about/")
    words = {"en": "Wait a minute", "zh-hans": "请等待一分钟", "zh-hant": "請等待一分鐘"}
    for language, text in words.items():
        response = client.get("/about/", headers={"accept-language": language})
        assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (429, "60", "no-store")
        assert text in response.content.decode()


def test_cached_pages_are_not_counted(client: Client, article: Article, settings: Settings) -> None:
    settings.PAGE_CACHE, settings.UNCACHED_PER_MINUTE = True, 2
    ArchiveState.objects.get_or_create(pk=1)
    etag = client.get(article.get_absolute_url())["ETag"]
    assert set(statuses(client, *[article.get_absolute_url()] * 5)) == {200}
    assert client.get(article.get_absolute_url(), headers={"if-none-match": etag}).status_code == 304
    assert statuses(client, "/tags/", "/authors/", article.get_absolute_url()) == [200, 429, 200]


def test_redirects_forms_staff_and_monitoring_are_not_counted(
    client: Client, admin_client: Client, article: Article, settings: Settings
) -> None:
    settings.UNCACHED_PER_MINUTE = 1
    client.get("/about/")
    assert statuses(client, "/robots.txt", "/healthz", "/about/?x=1") == [200, 200, 301]
    assert client.post(f"/report/?t={article.key}", {}).status_code == 403
    assert statuses(admin_client, "/admin/", "/about/") == [200, 429]


def test_counts_are_of_keyed_hashes_and_expire_within_two_minutes(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.UNCACHED_PER_MINUTE = 5
    counts = caches["requests"]._expire_info  # type: ignore[attr-defined]
    client.get("/about/", REMOTE_ADDR=OTHER)
    (key,) = counts
    assert OTHER not in key
    assert counts[key] <= time.time() + 60
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 61)
    client.get("/about/")
    assert key not in counts


def test_counts_of_requests_do_not_evict_counts_of_forms(client: Client, settings: Settings) -> None:
    settings.UNCACHED_PER_MINUTE = 5
    caches["limits"].set("log-in", 1)
    client.get("/about/")
    assert len(caches["limits"]._cache) == 1  # type: ignore[attr-defined]


def test_blocked_agents_get_one_line_and_may_read_robots_txt(client: Client, settings: Settings) -> None:
    settings.BLOCKED_AGENTS = ["teabot", "milk spider"]
    for agent in ("Mozilla/5.0 (compatible; TeaBot/2.1)", "milk SPIDER"):
        response = client.get("/", headers={"user-agent": agent})
        assert (response.status_code, response["Content-Type"]) == (403, "text/plain; charset=utf-8")
        assert response.content.decode().count("\n") == 1
        assert client.get("/robots.txt", headers={"user-agent": agent}).status_code == 200
    assert client.get("/", headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64)"}).status_code == 200
    assert client.get("/").status_code == 200


def test_no_agent_is_blocked_by_default(settings: Settings) -> None:
    assert settings.BLOCKED_AGENTS == []


@pytest.mark.parametrize("value", ["bot", "Mozilla", "teabot,5.0 "])
def test_words_that_browsers_send_are_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKED_AGENTS", value)
    with pytest.raises(ImproperlyConfigured, match="BLOCKED_AGENTS must be words"):
        environment.words("BLOCKED_AGENTS", least=4)
    monkeypatch.setenv("BLOCKED_AGENTS", "TeaBot, Milk Spider")
    assert environment.words("BLOCKED_AGENTS", least=4) == ["teabot", "milk spider"]


def test_refusals_of_crawlers_are_not_logged(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.UNCACHED_PER_MINUTE, settings.BLOCKED_AGENTS = 1, ["teabot"]
    statuses(client, "/about/", "/about/", "/nothing/", headers={"user-agent": "x"})
    client.get("/", headers={"user-agent": "teabot"})
    assert [record.status_code for record in caplog.records] == [429, 429, 403]  # type: ignore[attr-defined]
    assert not any(map(shorten_record, caplog.records))


# Searches


def run_slow_query(*_: Any, **__: Any) -> list[Any]:
    """Run a query of many seconds, in place of the search index."""
    slow = (
        "SELECT pg_sleep(20)"
        if connection.vendor == "postgresql"
        else "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100000000) SELECT sum(x) FROM n"
    )
    with connection.cursor() as cursor:
        cursor.execute(slow)
        return list(cursor.fetchall())


@pytest.fixture
def slow_search(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Make each search slower than its limit."""
    settings.SEARCH_SECONDS = 0.05
    monkeypatch.setattr(type(get_backend()), "find", run_slow_query)


@pytest.mark.usefixtures("slow_search")
def test_a_search_over_its_time_is_503_with_advice_and_without_the_query_in_the_log(
    client: Client, article: Article, caplog: pytest.LogCaptureFixture
) -> None:
    words = {"en": "was stopped. Add a word", "zh-hans": "已停止", "zh-hant": "已停止"}
    for language, text in words.items():
        response = client.get("/search/?q=kettle", headers={"accept-language": language})
        assert (response.status_code, response["Retry-After"]) == (503, "30")
        assert text in response.content.decode()
        assert 'value="kettle"' in response.content.decode()
    assert client.get("/feeds/search/?q=kettle").status_code == 503
    assert client.get("/search/suggest?q=kettle").status_code == 503
    formatter = logging.Formatter()
    lines = [formatter.format(record) for record in caplog.records if shorten_record(record)]
    assert "A search was stopped after 0.05 seconds." in lines
    assert "kettle" not in "".join(lines)
    assert Article.objects.count() == 1


@pytest.mark.usefixtures("slow_search")
def test_a_thread_is_shown_without_neighbours_if_their_search_is_too_slow(client: Client, article: Article) -> None:
    response = client.get(f"{article.get_absolute_url()}?q=tea&r=5")
    assert response.status_code == 200
    assert "All results for" in response.content.decode()


def test_a_search_runs_no_query_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    with limits.limit_time(5):
        assert Article.objects.count() == 0
        monkeypatch.setattr(time, "monotonic", lambda: now + 4)
        assert Article.objects.count() == 0
    limit = limits.limit_time(5)
    limit.__enter__()
    monkeypatch.setattr(time, "monotonic", lambda: now + 10)
    with pytest.raises(OperationalError):
        Article.objects.count()
    limit.__exit__(None, None, None)


@pytest.mark.django_db(transaction=True)
def test_the_limit_ends_with_the_search(client: Client, article: Article, settings: Settings) -> None:
    settings.SEARCH_SECONDS = 1
    assert client.get("/search/?q=tea").status_code == 200
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)
    settings.SEARCH_SECONDS = 0
    assert client.get("/search/?q=tea").status_code == 200


def test_another_error_of_the_database_is_not_a_slow_search() -> None:
    with pytest.raises(OperationalError, match="lost"), limits.limit_time(60):
        raise OperationalError("lost")


def test_searches_beyond_the_slots_of_a_process_are_503(client: Client, article: Article) -> None:
    search = partial(client.get, "/search/?q=tea")
    slots = limits.SLOTS._initial_value  # type: ignore[attr-defined]
    for _ in range(slots):
        assert limits.SLOTS.acquire(blocking=False)
    try:
        response = search()
        assert (response.status_code, response["Retry-After"]) == (503, "5")
        assert "Too many searches are running" in response.content.decode()
    finally:
        limits.SLOTS.release(slots)
    assert {search().status_code for _ in range(slots + 1)} == {200}
