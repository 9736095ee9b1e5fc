"""Checks of the machine and the settings, each with a hint that says what to do. Run by `manage.py check` and others.

Registered by the app's configuration. Checks of the database run where Django is told to look at it: with `migrate`,
and with `check --database default`. What a public site should know is an Info of `check --deploy`, for the site works
without.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register  # noqa: A004 - Django's own name
from django.db import DatabaseError, connection

from threads.maintenance import renew
from threads.models import ArchiveState
from threads.search.index import RULES, RULES_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

TODAYS_RULES: dict[str, tuple[int, str]] = {RULES_KEY: (RULES, "rebuild_search")} | {
    name: (rules, name) for name, rules in renew.RULES.items()
}
"""For each set of rules rows were made with: its number today, and the command that brings an archive up to it."""


def on_sqlite() -> bool:
    """Say whether the archive is kept in SQLite."""
    return bool(settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"))


@register(Tags.compatibility)
def full_text_search_is_there(**_: Any) -> list[CheckMessage]:
    """SQLite must have been built with FTS5, which search is made of."""
    if not on_sqlite():
        return []
    memory = sqlite3.connect(":memory:")
    try:
        memory.execute("CREATE VIRTUAL TABLE probe USING fts5(words, content='')")
    except sqlite3.OperationalError:
        return [
            Error(
                f"This Python's SQLite ({sqlite3.sqlite_version}) has no full-text search (FTS5).",
                hint="Use a Python of your distribution or of python.org, or PostgreSQL (DATABASE_URL).",
                id="threads.E001",
            )
        ]
    finally:
        memory.close()
    return []


@register(Tags.compatibility)
def database_can_be_written(**_: Any) -> list[CheckMessage]:
    """SQLite writes beside its file, so the folder must be writable, not the file alone."""
    folder = Path(str(settings.DATABASES["default"]["NAME"])).parent
    if not on_sqlite() or not folder.is_absolute() or os.access(folder, os.W_OK):
        return []
    return [
        Error(
            f"The folder of the database, {folder}, is not there or cannot be written.",
            hint="Create it, give it to the user who runs the site, or name another file in DATABASE_URL.",
            id="threads.E002",
        )
    ]


@register(Tags.database)
def database_speaks_utf8(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """PostgreSQL must keep text as UTF-8. One query."""
    if not databases or connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        (encoding,) = cursor.fetchone()
    if encoding == "UTF8":
        return []
    return [
        Error(
            f"The database keeps text as {encoding}, which cannot hold every character.",
            hint="Make the database with: createdb --encoding UTF8 --template template0 NAME",
            id="threads.E003",
        )
    ]


@register(Tags.database)
def rows_follow_todays_rules(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Rows made by an older version of the program can be brought up to date. One query."""
    if not databases:
        return []
    try:
        state = ArchiveState.objects.first()
    except DatabaseError:
        # Nothing was migrated yet.
        return []
    made_with = state.rules if state else {}
    return [
        Warning(
            f"Part of the archive was made by an older version of this program ({name}).",
            hint=f"Run: manage.py {command}",
            id="threads.W001",
        )
        for name, (today, command) in TODAYS_RULES.items()
        if made_with.get(name, today) != today
    ]


@register(Tags.security, deploy=True)
def readers_can_reach_somebody(**_: Any) -> list[CheckMessage]:
    """A public archive of people's words needs an address for their requests."""
    if settings.SITE_CONTACT:
        return []
    return [
        Info(
            "SITE_CONTACT is empty: readers have only the report form to ask that something be taken down.",
            hint="Set SITE_CONTACT to an address or a link; it is shown on the page About.",
            id="threads.I001",
        )
    ]


@register(Tags.caches, deploy=True)
def workers_share_a_cache(**_: Any) -> list[CheckMessage]:
    """A cache in each process's own memory works, but is filled and counted once for each worker."""
    if not settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"):
        return []
    return [
        Info(
            "Every worker has a cache of its own, in its memory.",
            hint="Set CACHE_URL, for instance to rediscache://127.0.0.1:6379/1, so that several workers share one.",
            id="threads.I002",
        )
    ]


@register(Tags.security, deploy=True)
def redirects_to_tls_come_to_an_end(**_: Any) -> list[CheckMessage]:
    """With TLS at a proxy that is not believed, every request looks plain, and is redirected to itself for ever."""
    believed: object = settings.SECURE_PROXY_SSL_HEADER
    if believed or not settings.SECURE_SSL_REDIRECT:
        return []
    return [
        Info(
            "HTTPS=1 without BEHIND_PROXY=1: behind a proxy, every page is redirected to itself.",
            hint="Set BEHIND_PROXY=1 where a proxy of yours sets X-Forwarded-Proto and X-Forwarded-For.",
            id="threads.I003",
        )
    ]
