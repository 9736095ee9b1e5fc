"""Environment variables to values. One that cannot be read raises ImproperlyConfigured, in a sentence that names it.

Called by the settings only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

YES = frozenset({"1", "true", "yes", "on", "y", "t", "ok"})
NO = frozenset({"0", "false", "no", "off", "n", "f"})
HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]")
ORIGIN = re.compile(r"https?://[^\s/]+")

env = environ.Env()


def read(file: Path) -> None:
    """Add the variables that a `.env` file sets to the environment, where they are not in it already."""
    env.read_env(file)


def text(name: str, default: str = "") -> str:
    """Return a variable as it is; `default` where it is unset or empty."""
    return env.str(name, default="") or default


def yes_or_no(name: str, *, default: bool) -> bool:
    """Return a variable that is 1 or 0, or a word for that."""
    value = text(name).strip().lower()
    if not value:
        return default
    if value not in YES | NO:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {text(name)!r}.")
    return value in YES


def number(name: str, *, default: int, least: int = 0, most: int = 10**9) -> int:
    """Return a variable that is a whole number from `least` to `most`."""
    value = text(name).strip()
    if not value:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) <= len(str(most)) and least <= int(value) <= most):
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
    return int(value)


def choice(name: str, allowed: Collection[str], *, default: str) -> str:
    """Return a variable that is one of a few words."""
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def words(name: str, default: list[str]) -> list[str]:
    """Return a variable that is a list, parted by commas."""
    return [word for word in map(str.strip, text(name).split(",")) if word] or default


def hosts(name: str, default: list[str]) -> list[str]:
    """Return a variable that is a list of names of hosts; a name as browsers send it, so without scheme and port."""
    values = words(name, default)
    for value in values:
        if not HOST.fullmatch(value):
            raise ImproperlyConfigured(f"{name} must be names such as archive.example, with commas, not {value!r}.")
    return values


def origins(name: str) -> list[str]:
    """Return a variable that is a list of addresses of sites, without any path."""
    values = words(name, [])
    for value in values:
        if not ORIGIN.fullmatch(value):
            raise ImproperlyConfigured(f"{name} must be addresses such as https://archive.example, not {value!r}.")
    return values


def time_zone(name: str, *, default: str) -> str:
    """Return a variable that names a time zone."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"{name} must be a time zone such as UTC or Asia/Taipei, not {value!r}.") from error
    return value


def database(name: str, default: str) -> dict[str, Any]:
    """Return a variable that is the address of a database, as Django wants it."""
    address = text(name, default)
    try:
        made: dict[str, Any] = env.db_url_config(address)
        known = address.startswith(("sqlite://", "postgres://", "postgresql://")) and made["NAME"]
    except (ValueError, KeyError, ImproperlyConfigured):
        known = False
    if not known:
        # The value is not repeated: it may hold a password.
        raise ImproperlyConfigured(
            f"{name} must be the address of a database, such as sqlite:////srv/archive/archive.sqlite3 or "
            "postgres://user:password@host:5432/name (in a password, @ : / # % are %40 %3A %2F %23 %25)."
        )
    return made


def cache(name: str, default: str) -> dict[str, Any]:
    """Return a variable that is the address of a cache, as Django wants it."""
    address = text(name, default)
    try:
        made: dict[str, Any] = env.cache_url_config(address)
        for place in urlsplit(address).netloc.split(","):
            _ = urlsplit(f"//{place}").port  # raises ValueError
        if made["BACKEND"].endswith(".RedisCache"):
            made["BACKEND"] = "archive_site.redis_cache.OptionalRedisCache"
    except (ValueError, KeyError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(
            f"{name} must be the address of a cache: rediscache://127.0.0.1:6379/1 or locmemcache://, for example."
        ) from error
    return made
