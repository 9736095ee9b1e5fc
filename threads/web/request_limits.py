"""Limits how often somebody may submit a form or request a page.

Neither addresses nor account names are stored: a cache counts under a keyed hash of them, with a new key each day.
Readers behind one address share a count. Each worker process counts for itself, apart from the page cache.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.cache import caches
from django.utils import timezone
from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from django.http import HttpRequest

REPORTS_PER_HOUR: Final = 10
"""Reports of one network."""
PREFIX_BITS: Final = {4: 32, 6: 64}
"""Bits of an address that identify one reader, by IP version: one household has 2 ** 64 addresses of IPv6."""


def count_attempt(action: str, subject: str, *, limit: int, seconds: int, cache_name: str = "limits") -> bool:
    """Count an attempt. Return False if there were more than `limit` attempts within `seconds`.

    `subject` is the network or the account that shares the limit. Two requests to the cache.
    """
    cache, key = caches[cache_name], make_key(action, subject)
    if cache.add(key, 1, seconds):
        return True
    try:
        return cache.incr(key) <= limit
    except ValueError:
        # The count expired between the two requests.
        return True


def forget_attempts(action: str, subject: str) -> None:
    """Delete a count. One request to the cache."""
    caches["limits"].delete(make_key(action, subject))


def make_key(action: str, subject: str) -> str:
    """Return the key of a count for today."""
    name = f"{timezone.now():%Y-%m-%d} {action} {subject}"
    return salted_hmac("threads.web.request_limits", name, algorithm="sha256").hexdigest()


def find_network(request: HttpRequest) -> str:
    """Return the network of the request. Behind a proxy, use the address that the nearest proxy reports."""
    address: str = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{address}/{PREFIX_BITS[version]}", strict=False))
