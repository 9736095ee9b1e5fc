"""System checks return no message for a valid setup, and a message with a hint otherwise."""

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
    from collections.abc import Iterable
    from pathlib import Path


def sqlite_database(name: object) -> dict[str, Any]:
    """Return `DATABASES` for a SQLite file."""
    return {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": name}}


POSTGRES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "archive"}}


def ids(messages: Iterable[django_checks.CheckMessage]) -> list[str | None]:
    """Return the ids of the messages. Each message must have a hint."""
    result = []
    for message in messages:
        assert message.hint
        result.append(message.id)
    return result


def test_the_checks_are_registered_and_return_nothing_for_the_test_settings() -> None:
    registered = django_checks.registry.registry.get_checks(include_deployment_checks=True)
    assert {check.__module__ for check in registered} >= {"threads.checks"}
    assert ids(checks.check_full_text_search()) == []
    assert ids(checks.check_database_folder()) == []


@pytest.mark.parametrize("path", ["t", "feeds", "healthz", "sitemap.xml", "static"])
def test_an_address_of_admin_that_hides_public_pages_is_an_error(path: str) -> None:
    with override_settings(ADMIN_PATH=path):
        assert ids(checks.check_admin_path()) == ["threads.E004"]


@pytest.mark.parametrize("path", ["admin", "desk", "th"])
def test_another_address_of_admin_is_allowed(path: str) -> None:
    with override_settings(ADMIN_PATH=path):
        assert ids(checks.check_admin_path()) == []


def test_sqlite_without_full_text_search_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithoutFts5:
        def execute(self, _: str) -> None:
            raise sqlite3.OperationalError("no such module: fts5")

        def close(self) -> None:
            pass

    monkeypatch.setattr(sqlite3, "connect", lambda _: WithoutFts5())
    monkeypatch.setattr(settings, "DATABASES", sqlite_database("x"))
    assert ids(checks.check_full_text_search()) == ["threads.E001"]
    monkeypatch.setattr(settings, "DATABASES", POSTGRES)
    assert ids(checks.check_full_text_search()) == []


def test_a_missing_database_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATABASES", sqlite_database(tmp_path / "archive.sqlite3"))
    assert ids(checks.check_database_folder()) == []
    monkeypatch.setattr(settings, "DATABASES", sqlite_database(tmp_path / "missing" / "archive.sqlite3"))
    assert ids(checks.check_database_folder()) == ["threads.E002"]
    monkeypatch.setattr(settings, "DATABASES", POSTGRES)
    assert ids(checks.check_database_folder()) == []


@pytest.mark.django_db
def test_rows_of_older_rules_give_a_warning_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "CURRENT_RULES", {"tea": checks.RuleSet(2, "brew_again")})
    ArchiveState.objects.all().delete()
    assert ids(checks.check_rules_of_rows(databases=["default"])) == []
    ArchiveState.objects.create(pk=1, rules={"tea": 1})
    (warning,) = checks.check_rules_of_rows(databases=["default"])
    assert (warning.id, warning.hint) == ("threads.W001", "Run: manage.py brew_again")
    ArchiveState.objects.update(rules={"tea": 2})
    assert ids(checks.check_rules_of_rows(databases=["default"])) == []
    assert ids(checks.check_rules_of_rows(databases=None)) == []


def test_every_rule_set_has_a_command_that_updates_its_rows() -> None:
    commands = get_commands()
    assert {rules.command for rules in checks.CURRENT_RULES.values()} == {
        "rebuild_search",
        "relink",
        "reparse",
        "rerender",
    }
    assert all(rules.command in commands for rules in checks.CURRENT_RULES.values())


def test_a_database_without_tables_gives_no_warning_about_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise DatabaseError("no such table")

    monkeypatch.setattr(ArchiveState.objects, "first", missing)
    assert ids(checks.check_rules_of_rows(databases=["default"])) == []


@pytest.mark.django_db
def test_the_test_database_is_utf8() -> None:
    assert ids(checks.check_database_encoding(databases=["default"])) == []
    assert ids(checks.check_database_encoding(databases=None)) == []


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
def test_a_database_with_another_encoding_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert ids(checks.check_database_encoding(databases=["default"])) == ["threads.E003"]


def test_advice_for_a_public_site_has_the_level_info() -> None:
    with override_settings(SITE_CONTACT="", CACHES={"default": {"BACKEND": "x.LocMemCache"}}):
        messages = [*checks.check_contact(), *checks.check_shared_cache()]
    assert ids(messages) == ["threads.I001", "threads.I002"]
    assert {message.level for message in messages} == {django_checks.INFO}
    with override_settings(SITE_CONTACT="post@example.org", CACHES={"default": {"BACKEND": "x.RedisCache"}}):
        assert [*checks.check_contact(), *checks.check_shared_cache()] == []


def test_tls_at_an_untrusted_proxy_gives_a_message() -> None:
    with override_settings(SECURE_SSL_REDIRECT=True, SECURE_PROXY_SSL_HEADER=None):
        assert ids(checks.check_tls_redirects()) == ["threads.I003"]
    with override_settings(SECURE_SSL_REDIRECT=True, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        assert ids(checks.check_tls_redirects()) == []
    with override_settings(SECURE_SSL_REDIRECT=False, SECURE_PROXY_SSL_HEADER=None):
        assert ids(checks.check_tls_redirects()) == []
