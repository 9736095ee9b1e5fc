"""Caches in the memory of a process: one with a limit in bytes, and one that forgets expired values.

Django's own cache counts entries only, and keeps an expired value until somebody asks for it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache

if TYPE_CHECKING:
    from collections import OrderedDict

LARGEST_SHARE: Final = 8
"""A value larger than this part of the cache (one eighth) is not stored."""
PURGE_SECONDS: Final = 60


class BoundedLocMemCache(LocMemCache):
    """Django's cache in memory, with the option MAX_BYTES. Evicts the values that were unused for longest."""

    _cache: OrderedDict[str, bytes]
    _expire_info: dict[str, float | None]

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        super().__init__(name, params)
        self.max_bytes: int = params["OPTIONS"]["MAX_BYTES"]

    def _set(self, key: str, value: bytes, timeout: Any = DEFAULT_TIMEOUT) -> None:
        """Store a pickled value and evict others. The caller holds the lock."""
        if len(value) > self.max_bytes // LARGEST_SHARE:
            self._delete(key)  # type: ignore[attr-defined]
            return
        super()._set(key, value, timeout)  # type: ignore[misc]
        excess = sum(map(len, self._cache.values())) - self.max_bytes
        while excess > 0:
            oldest, removed = self._cache.popitem()
            del self._expire_info[oldest]
            excess -= len(removed)


class ExpiringLocMemCache(LocMemCache):
    """Django's cache in memory. A new value deletes the expired ones, once in PURGE_SECONDS."""

    _expire_info: dict[str, float | None]
    purge_at = 0.0

    def _set(self, key: str, value: bytes, timeout: Any = DEFAULT_TIMEOUT) -> None:
        """Store a pickled value. The caller holds the lock."""
        now = time.time()
        if now >= self.purge_at:
            self.purge_at = now + PURGE_SECONDS
            for old in [old for old, expires in self._expire_info.items() if expires is not None and expires <= now]:
                self._delete(old)  # type: ignore[attr-defined]
        super()._set(key, value, timeout)  # type: ignore[misc]
