"""A limit on the processor time of one piece of work. Called by `rendering` only.

Hostile Markdown of 4 KB can keep the library busy for minutes, so a cap on size does not protect; a timer does. It
counts the time the process computes, not the clock on the wall: whether a text is too costly must not depend on how
busy the machine is.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

T = TypeVar("T")
SOONEST: Final = 1e-6
"""Seconds to the ring of a timer that is overdue; 0 would switch it off."""
SOON: Final = 0.001
AGAIN: Final = 0.05
"""Seconds to the next ring: an error raised in a finalizer, or a callback of the garbage collector, reaches nobody."""
LOCKING: Final = frozenset({"threading", "logging", "importlib._bootstrap", "coverage.collector"})
"""Modules that take locks: an error raised inside one of them could leave a lock taken for ever."""


class OutOfTimeError(BaseException):
    """The work took longer than allowed. Not an `Exception`, so that no library on the way can swallow it."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return `work()`; raise OutOfTimeError after `seconds` of processor time. Without a limit outside a main thread.

    A timer that was already set keeps its handler and its deadline. If it is due sooner, the work ends at its deadline,
    and it rings right after.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()

    rung = False

    def ring(_signal: int, frame: FrameType | None) -> None:
        nonlocal rung
        if frame is not None and frame.f_globals.get("__name__") in LOCKING:
            signal.setitimer(signal.ITIMER_PROF, SOON)
        else:
            rung = True
            signal.setitimer(signal.ITIMER_PROF, AGAIN)
            raise OutOfTimeError

    left, interval = signal.setitimer(signal.ITIMER_PROF, 0)
    allowed = min(left or seconds, seconds)
    handler = signal.signal(signal.SIGPROF, ring)
    unspent = 0.0
    try:
        try:
            signal.setitimer(signal.ITIMER_PROF, max(allowed, SOONEST))
            return work()
        finally:
            # Should the timer ring before it is off, it rings again much later: it cannot disturb the restoring below.
            unspent = signal.setitimer(signal.ITIMER_PROF, 0)[0]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        # None stands for a handler that Python did not set and cannot set again.
        signal.signal(signal.SIGPROF, handler or signal.SIG_DFL)
        if left:
            spent = allowed if rung else allowed - unspent
            signal.setitimer(signal.ITIMER_PROF, max(left - spent, SOONEST), interval)
