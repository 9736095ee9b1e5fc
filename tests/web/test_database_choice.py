"""Readers read from replicas that have the primary's version, moderators from the primary."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from django.test import Client

from tests.factories import make_article, make_comment
from tests.replicas import CopiedReplica, SharedMemoryCache
from threads import checks, moderation
from threads.database import replicas
from threads.database.reading import PRIMARY
from threads.database.replicas import ReplicaSet, get_replicas
from threads.models import ArchiveState, Article, Comment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_django import Settings

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="copies a SQLite database"),
]
FROM_REPLICA = "Title in the replica"


class Site:
    """A thread with one comment, a primary and a replica."""

    def __init__(self, replica: CopiedReplica) -> None:
        ArchiveState.objects.create(pk=1, version=1)
        self.replica = replica
        self.article = make_article("Title in the primary")
        self.comment = make_comment(self.article, body="Quinces grow here.")
        self.path = self.article.get_absolute_url()
        self.client = Client()
        self.replay()

    def replay(self) -> None:
        """Bring the replica up to date, with another title by which its pages are known."""
        self.replica.replay()
        self.replica.change(f"UPDATE threads_article SET title = '{FROM_REPLICA}'")

    def hide(self) -> None:
        """Hide the comment on the primary."""
        moderation.hide(Comment.objects.filter(pk=self.comment.pk), by=None, reason="abuse")

    def read(self, query: str = "") -> str:
        """Return the page of the thread. Each query is a page that is not cached."""
        response = self.client.get(self.path + query)
        assert response.status_code == 200
        return response.content.decode()

    def reads_replica(self, query: str = "") -> bool:
        """Return whether the page comes from the replica."""
        return FROM_REPLICA in self.read(query)

    def status(self) -> int:
        """Return the status of the page, also if the database is unavailable."""
        self.client.raise_request_exception = False
        return self.client.get(self.path).status_code


@pytest.fixture
def site(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    settings.REPLICAS = ["replica_1"]
    settings.DATABASE_ROUTERS = ["threads.database.reading.ReadRouter"]
    settings.CACHES = settings.CACHES | {"default": {"BACKEND": "tests.replicas.SharedMemoryCache"}}
    monkeypatch.setattr(ReplicaSet, "recover", lambda *_arguments: None)
    get_replicas.cache_clear()
    replica = CopiedReplica(tmp_path / "replica.sqlite3", "replica_1", monkeypatch)
    yield Site(replica)
    replica.forget()
    get_replicas.cache_clear()


@pytest.fixture
def lose_primary(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function after which the primary answers no request for its version."""
    read = ReplicaSet.read_version

    def read_replicas_only(self: ReplicaSet, alias: str) -> str:
        if alias == PRIMARY:
            raise OperationalError("connection refused")
        return read(self, alias)

    def lose() -> None:
        monkeypatch.setattr(ReplicaSet, "read_version", read_replicas_only)
        monkeypatch.setattr(replicas, "is_connection_lost", lambda alias: alias == PRIMARY)
        # The connection of the test must stay open, because the database is in memory.
        monkeypatch.setattr(connection, "close", lambda: None)

    return lose


def test_a_reader_reads_from_a_replica_with_the_primary_s_version(site: Site) -> None:
    assert site.reads_replica()


@pytest.mark.parametrize("is_cached", [True, False])
def test_what_is_hidden_is_not_shown_by_a_replica_that_is_behind(
    site: Site, settings: Settings, *, is_cached: bool
) -> None:
    settings.PAGE_CACHE = is_cached
    assert "Quinces grow here." in site.read()
    site.hide()
    assert "Quinces grow here." not in site.read()
    assert not site.reads_replica("?view=flat")
    site.replay()
    assert site.reads_replica("?order=newest")
    assert "Quinces grow here." not in site.read("?order=oldest")


def test_a_request_with_a_session_reads_from_the_primary(site: Site) -> None:
    site.client.cookies[django_settings.SESSION_COOKIE_NAME] = "any"
    assert not site.reads_replica()


def test_admin_and_forms_use_the_primary(site: Site, admin_client: Client) -> None:
    page = admin_client.get(f"/admin/threads/article/{site.article.pk}/change/").content.decode()
    assert "Title in the primary" in page
    site.client.post(f"/report/comment/{site.comment.key}/", {"category": "spam"})
    site.client.get("/healthz")
    assert Article.objects.get().title == "Title in the primary"


def test_a_replica_that_fails_is_left_out_and_used_again(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.replica.refuse()
    with caplog.at_level(logging.WARNING, logger="threads.database.replicas"):
        assert not site.reads_replica()
        assert not site.reads_replica("?view=flat")
        assert "Replica 1" in caplog.text
        assert caplog.text.count("is left out: file is not a database. Check DATABASE_REPLICA_URLS") == 1
        get_replicas().retry(get_replicas().replicas[0])
        assert not site.reads_replica()
        site.replay()
        get_replicas().retry(get_replicas().replicas[0])
        assert site.reads_replica()
        assert "is used again" in caplog.text


def test_a_page_that_fails_on_a_replica_is_read_from_the_primary(site: Site) -> None:
    site.replica.change("DROP TABLE threads_comment")
    page = site.read()
    assert "Title in the primary" in page
    assert "Quinces grow here." in page


def test_a_replica_that_is_behind_for_too_long_is_not_asked(
    site: Site, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REPLICA_MAX_LAG = 10
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    asked: list[str] = []
    read = ReplicaSet.read_version

    def read_and_note(self: ReplicaSet, alias: str) -> str:
        asked.append(alias)
        return read(self, alias)

    monkeypatch.setattr(ReplicaSet, "read_version", read_and_note)
    site.read()
    site.hide()
    for query in ("", "?q=quinces"):
        assert not site.reads_replica(query)
        assert not get_replicas().replicas[0].problem
        now[0] += 9
    site.read("?view=flat")
    assert get_replicas().replicas[0].problem == "behind for more than 10 s"
    asked.clear()
    site.read("?order=newest")
    assert asked == [PRIMARY]
    site.replay()
    now[0] += 2
    assert site.reads_replica("?order=oldest")
    assert not get_replicas().replicas[0].problem


def test_readiness_and_metrics_name_the_replica_that_is_left_out(site: Site, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-long-token"
    assert site.client.get("/readyz").content == b"ok\nreplica 1: ok\n"
    site.replica.refuse()
    response = site.client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ok\nreplica 1: file is not a database\n")
    metrics = site.client.get("/metrics", headers={"Authorization": "Bearer a-long-token"}).content.decode()
    assert 'archive_replica_up{replica="1"} 0.0' in metrics


def test_the_check_of_the_database_names_a_replica_that_cannot_be_used(site: Site) -> None:
    assert [*checks.check_replicas(databases=["default"])] == []
    assert [*checks.check_replicas(databases=None)] == []
    site.hide()
    (warning,) = checks.check_replicas(databases=["default"])
    assert "its version differs from the primary's" in str(warning.msg)
    site.replica.refuse()
    (warning,) = checks.check_replicas(databases=["default"])
    assert "file is not a database" in str(warning.msg)
    assert "DATABASE_REPLICA_URLS" in str(warning.hint)


def test_replicas_without_redis_are_named_by_the_check_for_deployment(site: Site, settings: Settings) -> None:
    assert [message.id for message in checks.check_shared_version()] == ["threads.I004"]
    redis = {"BACKEND": "archive_site.redis_cache.OptionalRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = settings.CACHES | {"default": redis}
    assert [*checks.check_shared_version()] == []


def test_replicas_serve_readers_while_the_primary_is_lost(site: Site, lose_primary: Callable[[], None]) -> None:
    site.read()
    lose_primary()
    assert site.reads_replica()
    assert site.client.get("/readyz").status_code == 200


def test_a_page_that_fails_everywhere_is_not_tried_for_ever(site: Site, lose_primary: Callable[[], None]) -> None:
    site.read()
    lose_primary()
    site.replica.change("DROP TABLE threads_comment")
    assert site.status() == 500


def test_a_replica_without_the_last_change_does_not_serve_while_the_primary_is_lost(
    site: Site, lose_primary: Callable[[], None]
) -> None:
    site.read()
    site.hide()
    lose_primary()
    assert site.status() == 503
    assert site.client.get("/readyz").content.startswith(b"connection refused")


def test_without_a_shared_version_no_page_is_served_while_the_primary_is_lost(
    site: Site, settings: Settings, lose_primary: Callable[[], None]
) -> None:
    settings.CACHES = settings.CACHES | {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    site.read()
    lose_primary()
    assert site.status() == 503


def test_a_primary_that_is_older_than_shown_pages_is_refused(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    ArchiveState.objects.update(version=7)
    site.read()
    ArchiveState.objects.update(version=6)
    assert site.status() == 503
    assert "the primary has version 6, but version 7 was shown before" in caplog.text
    assert b"version 7 was shown before" in site.client.get("/readyz").content


def test_the_cache_of_these_tests_keeps_the_greatest_number() -> None:
    cache = SharedMemoryCache("numbers", {})
    assert [cache.keep_greatest("key", number, str(number)) for number in (9, 10, 8)] == ["9", "10", "10"]
