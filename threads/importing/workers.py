"""Threads read in worker processes, so that no file can slow down, fill or crash the run.

A worker reads, links and renders chunks of threads. A thread has ten seconds of processor time for each file; a worker
has a memory limit. If a worker is lost, each thread of its chunk is read again alone.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import resource
import signal
import sys
import zlib
from collections import deque
from concurrent.futures import TimeoutError as OutOfPatienceError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from pebble import ProcessExpired, ProcessPool

from threads import text
from threads.formats.registry import DEFAULT
from threads.importing import build, relinking, source_files
from threads.importing.build import BuiltThread, FileProblem, SourceBytes
from threads.parsing.problems import Problem, UnreadableError, refusal
from threads.rendering.time_limit import OutOfTimeError, run_with_time_limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pebble import ProcessFuture

    from threads.importing.changes import ThreadPlan
    from threads.importing.state import StoredThread
    from threads.redaction import ThreadDigests

log = logging.getLogger(__name__)

FILE_SECONDS: Final = 10.0
"""Processor seconds for each file of a thread."""
PATIENCE: Final = 30.0
"""Seconds on the clock for a chunk, and half of it for a thread alone, beyond which the worker is killed."""
MEMORY: Final = 700 * 1024 * 1024
"""Bytes a worker may take above what it has when it starts."""
SELDOM: Final = (100_000, 20, 50)
"""Thresholds of the garbage collector in workers and in the process that loads."""
CHUNK_BYTES: Final = 512 * 1024
CHUNK_THREADS: Final = 64
PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class FileTask:
    """One file to read: its location, its stored original (compressed), or both: the latter is the fallback."""

    path: str
    size: int
    location: str | None = None
    kept: bytes | None = None
    sha256: str = ""
    format: str = DEFAULT
    offset: int = 0
    """Byte of the file on which it begins; `size` bytes are read if `first_line` is known."""
    first_line: int | None = None
    """None for a whole file."""


@dataclass(frozen=True, slots=True)
class ThreadTask:
    """One thread to read from all its files."""

    key: str
    files: tuple[FileTask, ...]
    memories: Sequence[ThreadDigests] = ()
    family: int | None = None
    """Threads of one number must be loaded together: files moved between them."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


@contextmanager
def open_pool(workers: int) -> Iterator[ProcessPool]:
    """Open worker processes; they are closed when the block ends, and stopped if it raises."""
    text.prepare_folding()
    opened = ProcessPool(max_workers=workers, initializer=_start, initargs=(os.getpid(),), context=get_context("fork"))
    try:
        yield opened
        opened.close()  # type: ignore[no-untyped-call]
    except BaseException:
        opened.stop()  # type: ignore[no-untyped-call]
        raise
    finally:
        opened.join()


@contextmanager
def patient_collector() -> Iterator[None]:
    """Run the garbage collector rarely: records rarely form cycles, and it took a tenth of an import."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _start(parent: int) -> None:
    """Prepare a worker: it dies with its parent, ignores interrupts, and has a memory limit."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, resource.RLIM_INFINITY))
    gc.freeze()
    gc.set_threshold(*SELDOM)


def chunks(tasks: Iterable[ThreadTask]) -> Iterator[list[ThreadTask]]:
    """Group tasks, in order, into chunks worth sending and small enough to hold."""
    chunk: list[ThreadTask] = []
    size = 0
    for task in tasks:
        if chunk and (size + task.size > CHUNK_BYTES or len(chunk) == CHUNK_THREADS):
            yield chunk
            chunk, size = [], 0
        chunk.append(task)
        size += task.size
    if chunk:
        yield chunk


def build_all(
    opened: ProcessPool, tasks: Iterable[ThreadTask], workers: int
) -> Iterator[list[tuple[ThreadTask, BuiltThread]]]:
    """Yield the built threads in the order of `tasks`, a chunk at a time, with few chunks waiting."""
    waiting: deque[tuple[list[ThreadTask], ProcessFuture[list[BuiltThread]]]] = deque()
    for chunk in chunks(tasks):
        waiting.append((chunk, _send(opened, chunk)))
        if len(waiting) > 2 * workers:
            yield _pairs(opened, *waiting.popleft())
    while waiting:
        yield _pairs(opened, *waiting.popleft())


def _pairs(
    opened: ProcessPool, chunk: list[ThreadTask], future: ProcessFuture[list[BuiltThread]]
) -> list[tuple[ThreadTask, BuiltThread]]:
    return list(zip(chunk, _received(opened, chunk, future), strict=True))


def _send(opened: ProcessPool, chunk: list[ThreadTask]) -> ProcessFuture[list[BuiltThread]]:
    seconds = PATIENCE * (1 + sum(task.size for task in chunk) / (16 << 20))
    return opened.schedule(_build_chunk, args=[chunk], timeout=seconds)


def _received(
    opened: ProcessPool, chunk: list[ThreadTask], future: ProcessFuture[list[BuiltThread]]
) -> list[BuiltThread]:
    try:
        return future.result()
    except (OutOfPatienceError, ProcessExpired, MemoryError) as error:
        if len(chunk) > 1:
            return [one for task in chunk for one in _received(opened, [task], _send(opened, [task]))]
        return [_refuse_lost(chunk[0], error)]


def plan_all_again(
    opened: ProcessPool, threads: Iterable[StoredThread], workers: int, *, render: bool
) -> Iterator[tuple[StoredThread, ThreadPlan | Problem | None]]:
    """Yield the new plan of each stored thread; None if nothing differs."""
    waiting: deque[tuple[StoredThread, ProcessFuture[ThreadPlan | None]]] = deque()
    for thread in threads:
        waiting.append((thread, opened.schedule(_replan, args=[thread, render], timeout=PATIENCE)))
        if len(waiting) > 8 * workers:
            yield _replanned(*waiting.popleft())
    while waiting:
        yield _replanned(*waiting.popleft())


def _replanned(
    thread: StoredThread, future: ProcessFuture[ThreadPlan | None]
) -> tuple[StoredThread, ThreadPlan | Problem | None]:
    try:
        return thread, future.result()
    except (OutOfPatienceError, ProcessExpired, MemoryError):
        return thread, Problem(None, "error", "crashed", _("needs too much time or memory and stays as it is"))


def _replan(thread: StoredThread, render: bool) -> ThreadPlan | None:
    plan = relinking.plan_again(thread, render=render)
    return plan if plan.changes else None


def _refuse_lost(task: ThreadTask, error: BaseException) -> BuiltThread:
    if isinstance(error, OutOfPatienceError):
        return _refuse(task, "timeout", _("took too long to read"))
    if isinstance(error, MemoryError):
        return _refuse(task, "memory", _("needs too much memory"))
    return _refuse(task, "crashed", _("crashed the worker process"))


def _refuse(task: ThreadTask, code: str, message: str) -> BuiltThread:
    problem = Problem(None, "error", code, message)
    return BuiltThread(None, tuple(FileProblem(file.path, problem) for file in task.files))


def _build_chunk(chunk: Sequence[ThreadTask]) -> list[BuiltThread]:
    return [_build_safely(task) for task in chunk]


def _build_safely(task: ThreadTask) -> BuiltThread:
    """Build one thread within its limits. Failures become problems of its files; nothing is raised."""
    try:
        return run_with_time_limit(FILE_SECONDS * len(task.files), lambda: _build(task))
    except OutOfTimeError:
        return _refuse(task, "timeout", _("took more than %d s to read") % FILE_SECONDS)
    except MemoryError:
        return _refuse(task, "memory", _("needs too much memory"))
    except Exception as error:
        log.debug("%s could not be read", task.key, exc_info=True)
        name = type(error).__name__
        return _refuse(task, "unexpected", _("could not be read (%s). This is a bug: please report it") % name)


def _build(task: ThreadTask) -> BuiltThread:
    sources, refused = [], []
    for file in task.files:
        try:
            sources.append(_read_source(file))
        except UnreadableError as error:
            refused.append(FileProblem(file.path, error.problem))
    made = build.build_thread(sources, task.memories)
    refused += made.refused
    spares = [
        _unpack_original(file) for file in task.files if file.location and file.kept and _names(refused, file.path)
    ]
    if spares:
        whole = [source for source in sources if not _names(refused, source.path)]
        made = build.build_thread([*whole, *spares], task.memories)
    if made.record and made.record.key != task.key:
        return _refuse(task, "changed-meanwhile", _("changed during the import. Run it again"))
    return BuiltThread(made.record, tuple(refused))


def _names(problems: Iterable[FileProblem], path: str) -> bool:
    return any(problem.path == path for problem in problems)


def _read_source(file: FileTask) -> SourceBytes:
    if file.location is None:
        return _unpack_original(file)
    if file.first_line is None:
        content = source_files.read_file(file.location)
    else:
        content = source_files.read_file(file.location, file.offset, file.size)
    return SourceBytes(file.path, content, "", file.format, file.first_line)


def _unpack_original(file: FileTask) -> SourceBytes:
    try:
        content = zlib.decompress(file.kept or b"")
        return SourceBytes(file.path, content, file.sha256, file.format, file.first_line)
    except zlib.error as error:
        raise refusal(None, "original-damaged", _("is damaged in the archive: %s") % error) from error
