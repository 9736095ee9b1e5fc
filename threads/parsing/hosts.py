"""Hosts of discussion sites: the spellings and second hosts of one site are one host.

Keys of threads, links between threads, redirects and searches compare hosts by `canonical_host` alone.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings

DEFAULT_PORTS: Final = (":80", ":443")


def canonical_host(host: str) -> str:
    """Return the host of a site: lower case, no default port, final dot or `www.`, then through HOST_ALIASES.

    Idempotent, because the environment rejects an alias of an alias.
    """
    name = host.lower()
    for port in DEFAULT_PORTS:
        name = name.removesuffix(port)
    name = name.rstrip(".")
    bare = name.removeprefix("www.")
    # `www.example` is a name of its own: without `www.` no domain would be left.
    name = bare if "." in bare else name
    aliases: dict[str, str] = settings.HOST_ALIASES
    return aliases.get(name, name)


def canonical_key(key: str) -> str:
    """Return the key of a thread with the canonical form of its host. A key without a host stays as it is."""
    host, slash, rest = key.partition("/")
    return f"{canonical_host(host)}{slash}{rest}" if "." in host else key


def host_of_key(key: str) -> str:
    """Return the host in the key of a thread; empty if it has none, as the key of a file."""
    host = key.partition("/")[0]
    return host if "." in host else ""


def absolute_key(link: str, host: str) -> str:
    """Return the key of a linked thread; a link without a host (`/article/1`) is to one on `host`. Empty without it."""
    if not link.startswith("/"):
        return canonical_key(link)
    return host and f"{host}{link}"
