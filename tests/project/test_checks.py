"""The checks of machine and settings: silent where all is well, with a hint where it is not."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core import checks as django_checks
from django.core.management import get_commands
from django.db import DatabaseError, connection
from django.test import override_settings

from threads import checks
from threads.models import ArchiveState

if TYPE_CHECKING:
    from pathlib import Path


def sqlite_at(name: object) -> dict[str, Any]:
    """Return settings of a database in a file."""
    return {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": name}}


POSTGRES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "archive"}}


def ids(messages: list[django_checks.CheckMessage]) -> list[str | None]:
    """Return the ids of the messages, each of which must carry a hint."""
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


def test_the_checks_are_registered_and_silent_here() -> None:
    registered = django_checks.registry.registry.get_checks(include_deployment_checks=True)
    assert {check.__module__ for check in registered} >= {"threads.checks"}
    assert ids(checks.full_text_search_is_there()) == []
    assert ids(checks.database_can_be_written()) == []


def test_sqlite_without_full_text_search_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Poor:
        def execute(self, _: str) -> None:
            raise sqlite3.OperationalError("no such module: fts5")

        def close(self) -> None:
            pass

    monkeypatch.setattr(sqlite3, "connect", lambda _: Poor())
    monkeypatch.setattr(settings, "DATABASES", sqlite_at("x"))
    assert ids(checks.full_text_search_is_there()) == ["threads.E001"]
    monkeypatch.setattr(settings, "DATABASES", POSTGRES)
    assert ids(checks.full_text_search_is_there()) == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATABASES", sqlite_at(tmp_path / "archive.sqlite3"))
    assert ids(checks.database_can_be_written()) == []
    monkeypatch.setattr(settings, "DATABASES", sqlite_at(tmp_path / "missing" / "archive.sqlite3"))
    assert ids(checks.database_can_be_written()) == ["threads.E002"]
    monkeypatch.setattr(settings, "DATABASES", POSTGRES)
    assert ids(checks.database_can_be_written()) == []


@pytest.mark.django_db
def test_rows_of_older_rules_are_a_warning_that_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "TODAYS_RULES", {"tea": (2, "brew_again")})
    ArchiveState.objects.all().delete()
    assert ids(checks.rows_follow_todays_rules(databases=["default"])) == []
    ArchiveState.objects.create(pk=1, rules={"tea": 1})
    (warning,) = checks.rows_follow_todays_rules(databases=["default"])
    assert (warning.id, warning.hint) == ("threads.W001", "Run: manage.py brew_again")
    ArchiveState.objects.update(rules={"tea": 2})
    assert ids(checks.rows_follow_todays_rules(databases=["default"])) == []
    assert ids(checks.rows_follow_todays_rules(databases=None)) == []


def test_every_set_of_rules_has_the_command_that_brings_rows_up_to_it() -> None:
    commands = get_commands()
    assert {command for _, command in checks.TODAYS_RULES.values()} == {
        "rebuild_search",
        "relink",
        "reparse",
        "rerender",
    }
    assert all(command in commands for _, command in checks.TODAYS_RULES.values())


def test_a_database_without_tables_is_no_error_of_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise DatabaseError("no such table")

    monkeypatch.setattr(ArchiveState.objects, "first", missing)
    assert ids(checks.rows_follow_todays_rules(databases=["default"])) == []


@pytest.mark.django_db
def test_the_database_here_keeps_utf8() -> None:
    assert ids(checks.database_speaks_utf8(databases=["default"])) == []
    assert ids(checks.database_speaks_utf8(databases=None)) == []


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL")
def test_a_database_of_another_encoding_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Latin:
        def __enter__(self) -> Latin:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def execute(self, _: str) -> None:
            pass

        def fetchone(self) -> tuple[str]:
            return ("LATIN1",)

    monkeypatch.setattr(connection, "cursor", Latin)
    assert ids(checks.database_speaks_utf8(databases=["default"])) == ["threads.E003"]


def test_what_a_public_site_should_know_is_information_only() -> None:
    with override_settings(SITE_CONTACT="", CACHES={"default": {"BACKEND": "x.LocMemCache"}}):
        messages = [*checks.readers_can_reach_somebody(), *checks.workers_share_a_cache()]
    assert ids(messages) == ["threads.I001", "threads.I002"]
    assert {message.level for message in messages} == {django_checks.INFO}
    with override_settings(SITE_CONTACT="post@example.org", CACHES={"default": {"BACKEND": "x.RedisCache"}}):
        assert [*checks.readers_can_reach_somebody(), *checks.workers_share_a_cache()] == []


def test_tls_at_a_proxy_that_is_not_believed_is_said() -> None:
    with override_settings(SECURE_SSL_REDIRECT=True, SECURE_PROXY_SSL_HEADER=None):
        assert ids(checks.redirects_to_tls_come_to_an_end()) == ["threads.I003"]
    with override_settings(SECURE_SSL_REDIRECT=True, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        assert checks.redirects_to_tls_come_to_an_end() == []
    with override_settings(SECURE_SSL_REDIRECT=False, SECURE_PROXY_SSL_HEADER=None):
        assert checks.redirects_to_tls_come_to_an_end() == []
