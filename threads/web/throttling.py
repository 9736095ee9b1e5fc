"""How often one reader may do something that costs. Called by views that write, such as the report page.

No address is kept: the cache counts under a hash of it that cannot be turned back without the site's secret, changes
every day, and is forgotten after the time given. Readers behind one address share a count.
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

NETWORK = {4: 32, 6: 64}
"""Bits of an address that stand for one reader: whoever has an IPv6 address has 2 ** 64 of them."""


def allowed(request: HttpRequest, action: str, *, times: int, seconds: int) -> bool:
    """Count one more try; say whether the reader has had no more than `times` of them within `seconds`.

    Two requests to the cache. With a cache of each process, every worker counts for itself.
    """
    name = f"{timezone.now():%Y-%m-%d} {action} {_reader(request)}"
    key = f"throttle:{salted_hmac('threads.web.throttling', name, algorithm='sha256').hexdigest()}"
    if cache.add(key, 1, seconds):
        return True
    try:
        return cache.incr(key) <= times
    except ValueError:
        # It expired between the two requests.
        return True


def _reader(request: HttpRequest) -> str:
    """Return the network the request comes from; behind a proxy, what the nearest proxy says."""
    address: str = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{address}/{NETWORK[version]}", strict=False))
