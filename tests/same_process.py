"""A pool of workers that runs each task at once in this process, so that a small import starts no process.

It pickles tasks and results, as a real pool does. Tests marked `worker_processes` use the real pool.
"""

from __future__ import annotations

import pickle
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class SameProcessPool:
    """The part of `pebble.ProcessPool` that the program uses."""

    def __init__(self, **_options: Any) -> None:
        pass

    def schedule(self, function: Callable[..., Any], args: Sequence[Any], timeout: float) -> Future[Any]:
        """Run `function`; return a future that holds its result or its exception. `timeout` has no effect."""
        future: Future[Any] = Future()
        try:
            result = function(*pickle.loads(pickle.dumps(args)))
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(pickle.loads(pickle.dumps(result)))
        return future

    def close(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def join(self) -> None:
        pass
