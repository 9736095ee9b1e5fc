"""A limit on the processor time of a function.

Hostile Markdown of 4 KB can keep Python-Markdown busy for minutes, so a limit on size is not enough. Processor time
does not depend on the load of the machine.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

T = TypeVar("T")
MIN_DELAY: Final = 1e-6
"""Seconds until an overdue timer fires. 0 would disable it."""
RETRY_DELAY: Final = 0.001
"""Seconds until the timer fires again after it fired in one of LOCKING_MODULES."""
REPEAT_DELAY: Final = 0.05
"""Seconds until the timer fires again: Python ignores exceptions in finalizers and garbage collector callbacks."""
LOCKING_MODULES: Final = frozenset({"threading", "logging", "importlib._bootstrap", "coverage.collector"})
"""An exception raised inside these modules could leave a lock acquired for ever."""


class OutOfTimeError(BaseException):
    """A function reached its time limit. Not an `Exception`, so that libraries do not catch it."""


def run_with_time_limit(seconds: float, function: Callable[[], T]) -> T:
    """Return `function()`; raise OutOfTimeError after `seconds` of processor time. No limit outside the main thread.

    A timer that is already set keeps its handler and its deadline. If it is due sooner, `function` ends at its deadline
    and it fires after that.
    """
    if threading.current_thread() is not threading.main_thread():
        return function()

    fired = False

    def raise_timeout(_signal: int, frame: FrameType | None) -> None:
        nonlocal fired
        if frame is not None and frame.f_globals.get("__name__") in LOCKING_MODULES:
            signal.setitimer(signal.ITIMER_PROF, RETRY_DELAY)
        else:
            fired = True
            signal.setitimer(signal.ITIMER_PROF, REPEAT_DELAY)
            raise OutOfTimeError

    previous_delay, interval = signal.setitimer(signal.ITIMER_PROF, 0)
    limit = min(previous_delay or seconds, seconds)
    previous_handler = signal.signal(signal.SIGPROF, raise_timeout)
    unused = 0.0
    try:
        try:
            signal.setitimer(signal.ITIMER_PROF, max(limit, MIN_DELAY))
            return function()
        finally:
            # If the timer fires before this line, REPEAT_DELAY keeps it from firing during the clean-up below.
            unused = signal.setitimer(signal.ITIMER_PROF, 0)[0]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        # None: a handler that Python did not set and cannot set again.
        signal.signal(signal.SIGPROF, previous_handler or signal.SIG_DFL)
        if previous_delay:
            used = limit if fired else limit - unused
            signal.setitimer(signal.ITIMER_PROF, max(previous_delay - used, MIN_DELAY), interval)
