"""The newest version of the archive that any process knows, in Redis: for the time when the primary does not respond.

A process stores the version after each change, before it responds, and before it shows a page of a version that is new
to it. So while the primary is out, no page that is older than one shown before counts as current.
"""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.utils.crypto import salted_hmac


def number_of(version: str) -> int:
    """Return the number at the start of a version; 0 for an empty one."""
    return int(version.partition("-")[0] or 0)


def keep_newest(version: str, *, is_urgent: bool = False) -> str:
    """Store this version unless a newer one is stored. Return the stored one; empty without Redis. No query."""
    store: Any = getattr(cache, "keep_greatest", None)
    return str(store(_key(), number_of(version), version, is_urgent=is_urgent) or "") if store else ""


def find_newest() -> str:
    """Return the stored version; empty without Redis. No query."""
    find: Any = getattr(cache, "find_greatest", None)
    return str(find(_key()) or "") if find else ""


def _key() -> str:
    """Return a key that processes of this site share, and no other site with the same Redis."""
    return f"newest-version:{salted_hmac('threads.shared_version', '').hexdigest()}"
