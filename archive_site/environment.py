"""Typed values from environment variables.

Each function raises ImproperlyConfigured for an invalid value. The message names the variable.
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
ALIAS = re.compile(r"[\w-]+(\.[\w-]+)+(:[0-9]{1,5})?")
PATH_PART = re.compile(r"[a-z0-9][a-z0-9-]*")
ORIGIN = re.compile(r"https?://[^\s/]+")

env = environ.Env()


def load_env_file(file: Path) -> None:
    """Add the variables of a `.env` file to the environment. Existing variables have priority."""
    env.read_env(file)


def text(name: str, default: str = "") -> str:
    """Return a variable as text, or `default` if it is unset or empty."""
    return env.str(name, default="") or default


def boolean(name: str, *, default: bool) -> bool:
    """Return a variable as a boolean: 1, 0, or a word such as yes or off."""
    value = text(name).strip().lower()
    if not value:
        return default
    if value not in YES | NO:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {text(name)!r}.")
    return value in YES


def number(name: str, *, default: int, least: int = 0, most: int = 10**9) -> int:
    """Return a variable as an integer from `least` to `most`."""
    value = text(name).strip()
    if not value:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) <= len(str(most)) and least <= int(value) <= most):
        raise ImproperlyConfigured(f"{name} must be an integer from {least} to {most}, not {value!r}.")
    return int(value)


def choice(name: str, allowed: Collection[str], *, default: str) -> str:
    """Return a variable that must be one of the allowed values."""
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def comma_separated(name: str, default: list[str]) -> list[str]:
    """Return a variable as a list of values separated by commas."""
    return [value for value in map(str.strip, text(name).split(",")) if value] or default


def words(name: str, *, least: int) -> list[str]:
    """Return a variable as a list of lower-case words of at least `least` characters; empty by default."""
    values = [value.lower() for value in comma_separated(name, [])]
    for value in values:
        if len(value) < least or value in "mozilla/5.0 (compatible; like gecko)":
            raise ImproperlyConfigured(
                f"{name} must be words that browsers do not send, such as examplebot, separated by commas, each with "
                f"at least {least} characters, not {value!r}."
            )
    return values


def hosts(name: str, default: list[str]) -> list[str]:
    """Return a variable as a list of host names without scheme and port."""
    values = comma_separated(name, default)
    for value in values:
        if not HOST.fullmatch(value):
            raise ImproperlyConfigured(
                f"{name} must be host names such as archive.example, separated by commas, not {value!r}."
            )
    return values


def host_aliases(name: str, default: dict[str, str]) -> dict[str, str]:
    """Return a variable as hosts by their aliases, from `alias=host` pairs, lower case and without `www.`."""
    values = comma_separated(name, [])
    pairs = [tuple(host.strip().lower().removeprefix("www.") for host in value.split("=")) for value in values]
    aliases = {pair[0]: pair[-1] for pair in pairs} or default
    if any(len(pair) != 2 or not all(map(ALIAS.fullmatch, pair)) for pair in pairs) or aliases.keys() & {
        *aliases.values()
    }:
        raise ImproperlyConfigured(
            f"{name} must be pairs such as old.example=new.example, separated by commas, not {text(name)!r}. "
            "The host on the right must not be an alias itself."
        )
    return aliases


def origins(name: str) -> list[str]:
    """Return a variable as a list of origins: scheme and host without a path."""
    values = comma_separated(name, [])
    for value in values:
        if not ORIGIN.fullmatch(value):
            raise ImproperlyConfigured(f"{name} must be origins such as https://archive.example, not {value!r}.")
    return values


def path_part(name: str, *, default: str) -> str:
    """Return a variable that must be one part of a path: lower-case letters, digits and hyphens."""
    value = text(name, default)
    if not PATH_PART.fullmatch(value):
        raise ImproperlyConfigured(
            f"{name} must be lower-case letters, digits and hyphens, such as admin, not {value!r}."
        )
    return value


def time_zone(name: str, *, default: str) -> str:
    """Return a variable that must be the name of a time zone."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"{name} must be a time zone such as UTC or Asia/Taipei, not {value!r}.") from error
    return value


def database(name: str, default: str) -> dict[str, Any]:
    """Return a database URL as a dictionary for `DATABASES`."""
    return _parse_database(name, text(name, default))


def databases(name: str) -> list[dict[str, Any]]:
    """Return database URLs separated by commas as dictionaries for `DATABASES`; empty by default."""
    return [_parse_database(name, url) for url in comma_separated(name, [])]


def _parse_database(name: str, url: str) -> dict[str, Any]:
    try:
        config: dict[str, Any] = env.db_url_config(url)
        is_valid = bool(url.startswith(("sqlite://", "postgres://", "postgresql://")) and config["NAME"])
    except (ValueError, KeyError, ImproperlyConfigured):
        is_valid = False
    if not is_valid:
        # The message does not contain the value, because it may contain a password.
        raise ImproperlyConfigured(
            f"{name} must be a database URL such as sqlite:////srv/archive/archive.sqlite3 or "
            "postgres://user:password@host:5432/name (in a password, @ : / # % are %40 %3A %2F %23 %25)."
        )
    return config


def cache(name: str, default: str) -> dict[str, Any]:
    """Return a cache URL as a dictionary for `CACHES`."""
    url = text(name, default)
    try:
        config: dict[str, Any] = env.cache_url_config(url)
        for server in urlsplit(url).netloc.split(","):
            _ = urlsplit(f"//{server}").port  # raises ValueError
        if config["BACKEND"].endswith(".RedisCache"):
            config["BACKEND"] = "archive_site.redis_cache.OptionalRedisCache"
    except (ValueError, KeyError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(
            f"{name} must be a cache URL such as rediscache://127.0.0.1:6379/1 or locmemcache://."
        ) from error
    return config
