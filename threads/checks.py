"""Django system checks of the machine and the settings. Each message has a hint with the remedy.

Checks of the database run with `migrate` and with `check --database default`. Advice for a public site is an Info of
`check --deploy`, because the site works without it.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register  # noqa: A004 - Django's own name
from django.db import DatabaseError, connection
from django.urls import get_resolver

from threads.database import versions
from threads.database.replicas import ReplicaSet
from threads.models import ArchiveState
from threads.search.entries import INDEX_RULES
from threads.search.indexing import RULES_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class RuleSet(NamedTuple):
    """Rules that rows depend on: the current version, and the command that updates rows to it."""

    version: int
    command: str


CURRENT_RULES = {RULES_KEY: RuleSet(INDEX_RULES, "rebuild_search")} | {
    name: RuleSet(version, name) for name, version in versions.RULES.items()
}


def is_on_sqlite() -> bool:
    """Return whether the database is SQLite."""
    return bool(settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"))


@register(Tags.compatibility)
def check_full_text_search(**_: Any) -> Iterator[CheckMessage]:
    """SQLite must support FTS5, which search uses."""
    if not is_on_sqlite():
        return
    with closing(sqlite3.connect(":memory:")) as memory:
        try:
            memory.execute("CREATE VIRTUAL TABLE probe USING fts5(words, content='')")
        except sqlite3.OperationalError:
            yield Error(
                f"SQLite {sqlite3.sqlite_version} of this Python does not support full-text search (FTS5).",
                hint="Use the Python of your distribution or of python.org, or PostgreSQL (DATABASE_URL).",
                id="threads.E001",
            )


@register(Tags.compatibility)
def check_database_folder(**_: Any) -> Iterator[CheckMessage]:
    """SQLite writes files beside the database, so the folder must be writable."""
    folder = Path(str(settings.DATABASES["default"]["NAME"])).parent
    if is_on_sqlite() and folder.is_absolute() and not os.access(folder, os.W_OK):
        yield Error(
            f"The database folder {folder} does not exist or is not writable.",
            hint="Create it, make it writable for the user who runs the site, or set DATABASE_URL to another file.",
            id="threads.E002",
        )


@register(Tags.urls)
def check_admin_path(**_: Any) -> Iterator[CheckMessage]:
    """Admin must not have the address of public pages, because it would replace them."""
    public = {str(pattern.pattern).partition("/")[0] for pattern in get_resolver("threads.urls").url_patterns}
    if settings.ADMIN_PATH in {*public, settings.STATIC_URL.strip("/").partition("/")[0]}:
        yield Error(
            f"ADMIN_PATH is “{settings.ADMIN_PATH}”, which is the first part of addresses of public pages.",
            hint="Set ADMIN_PATH to another word.",
            id="threads.E004",
        )


@register(Tags.database)
def check_database_encoding(databases: Sequence[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """The encoding of a PostgreSQL database must be UTF-8. One query."""
    if not databases or connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        (encoding,) = cursor.fetchone()
    if encoding != "UTF8":
        yield Error(
            f"The database encoding is {encoding}, which does not support all characters.",
            hint="Create the database with: createdb --encoding UTF8 --template template0 NAME",
            id="threads.E003",
        )


@register(Tags.database)
def check_rules_of_rows(databases: Sequence[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """Rows made with older rules should be updated. One query."""
    if not databases:
        return
    try:
        state = ArchiveState.objects.first()
    except DatabaseError:
        # The database is not migrated yet.
        return
    stored_rules = state.rules if state else {}
    for name, current in CURRENT_RULES.items():
        if stored_rules.get(name, current.version) != current.version:
            yield Warning(
                f"Some rows were made by an older version of this program ({name}).",
                hint=f"Run: manage.py {current.command}",
                id="threads.W001",
            )


@register(Tags.database)
def check_replicas(databases: Sequence[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """Replicas should respond, and be copies of the primary. One query for each."""
    if not databases or not settings.REPLICAS:
        return
    replicas = ReplicaSet(settings.REPLICAS)
    replicas.refresh()
    for replica in replicas.replicas:
        if problem := replica.problem or ("its version differs from the primary's" if replica.behind_since else ""):
            yield Warning(
                f"{replica.title} cannot be used: {problem}.",
                hint="Check DATABASE_REPLICA_URLS, the server and its replication. The site works without the replica.",
                id="threads.W002",
            )


@register(Tags.security, deploy=True)
def check_contact(**_: Any) -> Iterator[CheckMessage]:
    """A public archive needs a contact for takedown requests."""
    if not settings.SITE_CONTACT:
        yield Info(
            "SITE_CONTACT is empty. Readers can request a removal with the report form only.",
            hint="Set SITE_CONTACT to an email address or a link. The page About shows it.",
            id="threads.I001",
        )


@register(Tags.caches, deploy=True)
def check_shared_cache(**_: Any) -> Iterator[CheckMessage]:
    """A cache in the memory of each process works, but each worker fills its own."""
    if settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"):
        yield Info(
            "Each worker has its own cache in memory.",
            hint="Set CACHE_URL, for example to rediscache://127.0.0.1:6379/1, to share one cache.",
            id="threads.I002",
        )


@register(Tags.caches, deploy=True)
def check_shared_version(**_: Any) -> Iterator[CheckMessage]:
    """Replicas serve readers without the primary only if Redis holds the version that they must have."""
    if settings.REPLICAS and not settings.CACHES["default"]["BACKEND"].endswith(".OptionalRedisCache"):
        yield Info(
            "DATABASE_REPLICA_URLS is set without Redis. Pages answer 503 while the primary does not respond.",
            hint="Set CACHE_URL to one Redis for all machines, for example to rediscache://10.0.0.5:6379/1.",
            id="threads.I004",
        )


@register(Tags.security, deploy=True)
def check_tls_redirects(**_: Any) -> Iterator[CheckMessage]:
    """If the proxy that ends TLS is not trusted, each request redirects to itself."""
    trusted_header: object = settings.SECURE_PROXY_SSL_HEADER
    if settings.SECURE_SSL_REDIRECT and not trusted_header:
        yield Info(
            "HTTPS=1 is set without BEHIND_PROXY=1. Behind a proxy, every page redirects to itself.",
            hint="Set BEHIND_PROXY=1 if your proxy sets X-Forwarded-Proto and X-Forwarded-For.",
            id="threads.I003",
        )
