"""Limits how often one reader may submit a form.

No address is stored: the cache counts under a keyed hash of the address, with a new key each day. Readers behind one
address share a count.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from django.http import HttpRequest

PREFIX_BITS = {4: 32, 6: 64}
"""Bits of an address that identify one reader, by IP version: one household has 2 ** 64 addresses of IPv6."""


def count_attempt(request: HttpRequest, action: str, *, limit: int, seconds: int) -> bool:
    """Count an attempt. Return False if the reader has made more than `limit` attempts within `seconds`.

    Two requests to the cache. Without a shared cache, each worker process counts separately.
    """
    name = f"{timezone.now():%Y-%m-%d} {action} {find_network(request)}"
    key = f"throttle:{salted_hmac('threads.web.throttling', name, algorithm='sha256').hexdigest()}"
    if cache.add(key, 1, seconds):
        return True
    try:
        return cache.incr(key) <= limit
    except ValueError:
        # The count expired between the two requests.
        return True


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
