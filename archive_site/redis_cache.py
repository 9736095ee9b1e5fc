"""A cache in Redis that the site can do without: while Redis is away, nothing is found in it and nothing is kept.

Pages are then drawn anew, which costs time and nothing else. Named by the settings where `CACHE_URL` asks for Redis.
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

LEFT_ALONE: Final = 10.0
"""Seconds for which Redis is not asked again after it failed, so that no reader waits for it in vain twice."""
PATIENCE: Final = {"socket_connect_timeout": 1, "socket_timeout": 1}
"""Seconds to wait for an answer."""

log = logging.getLogger(__name__)


class OptionalRedisCache(RedisCache):
    """Django's own, whose failures are those of an empty cache. What the site does not ask of a cache is as it was."""

    asked_again_at: ClassVar[float] = 0.0

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, {**params, "OPTIONS": PATIENCE | params.get("OPTIONS", {})})

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return what is kept; the default while Redis is away."""
        return self._asked(lambda: super(OptionalRedisCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Keep a value; not while Redis is away."""
        self._asked(lambda: super(OptionalRedisCache, self).set(key, value, timeout, version), None)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keep a value where there is none, and say whether it is kept; while Redis is away, as if it were."""
        return self._asked(lambda: super(OptionalRedisCache, self).add(key, value, timeout, version), True)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Count; while Redis is away, as if it were the first time."""
        return self._asked(lambda: super(OptionalRedisCache, self).incr(key, delta, version), delta)

    def _asked(self, ask: Callable[[], Answer], without: Answer) -> Answer:
        """Return the answer of Redis, or what to do without."""
        if monotonic() < OptionalRedisCache.asked_again_at:
            return without
        try:
            return ask()
        except RedisError as error:
            OptionalRedisCache.asked_again_at = monotonic() + LEFT_ALONE
            log.warning("Redis does not answer, so pages are drawn anew (%s). See CACHE_URL.", error)
            return without
