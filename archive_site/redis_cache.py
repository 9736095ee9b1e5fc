"""A Redis cache that behaves like an empty cache while Redis is unavailable.

Pages are then rendered for each request. The settings use it if `CACHE_URL` names Redis.
"""

from __future__ import annotations

import logging
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = TypeVar("Answer")

RETRY_AFTER: Final = 10.0
"""Seconds without requests to Redis after a failure, so that readers do not wait for a timeout each time."""
TIMEOUTS: Final = {"socket_connect_timeout": 1, "socket_timeout": 1}
"""Seconds to wait for Redis."""

log = logging.getLogger(__name__)


class OptionalRedisCache(RedisCache):
    """Django's Redis cache, with an empty result if Redis fails. Only methods that the site uses are changed."""

    retry_at: ClassVar[float] = 0.0

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, {**params, "OPTIONS": TIMEOUTS | params.get("OPTIONS", {})})

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return the cached value, or the default while Redis is unavailable."""
        return self._call(lambda: super(OptionalRedisCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store a value. Does nothing while Redis is unavailable."""
        self._call(lambda: super(OptionalRedisCache, self).set(key, value, timeout, version), None)

    def keep_greatest(self, key: str, number: int, text: str, *, is_urgent: bool = False) -> str | None:
        """Store a text with its number unless a greater number is stored. Return the stored text; None if Redis fails.

        `is_urgent` tries Redis also directly after a failure.
        """
        if is_urgent:
            OptionalRedisCache.retry_at = 0.0
        return self._call(lambda: self._keep_greatest(key, number, text), None)

    def _keep_greatest(self, key: str, number: int, text: str) -> str:
        name, client = self.make_key(key), self._cache.get_client(key, write=True)
        with client.pipeline(transaction=True) as commands:
            # Redis orders texts with the same number by their characters.
            commands.zadd(name, {text: number})
            commands.zremrangebyrank(name, 0, -2)
            commands.zrange(name, 0, 0)
            stored: list[bytes] = commands.execute()[-1]
        return stored[0].decode()

    def find_greatest(self, key: str) -> str | None:
        """Return the text of `keep_greatest`; None if there is none, or if Redis fails.

        Tries Redis also directly after a failure: without the text, no page can be shown.
        """
        OptionalRedisCache.retry_at = 0.0
        client = self._cache.get_client(key, write=True)  # not a replica of Redis
        stored: list[Any] = self._call(lambda: [*client.zrange(self.make_key(key), 0, 0)], [])
        return str(stored[0], "utf-8") if stored else None

    def _call(self, command: Callable[[], Answer], fallback: Answer) -> Answer:
        """Return the result of a command, or the fallback while Redis is unavailable."""
        if monotonic() < OptionalRedisCache.retry_at:
            return fallback
        try:
            return command()
        except RedisError as error:
            OptionalRedisCache.retry_at = monotonic() + RETRY_AFTER
            log.warning("Redis is unavailable; pages are not cached (%s). Check CACHE_URL.", error)
            return fallback
