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
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from django.utils.translation import gettext as _
from pebble import ProcessExpired, ProcessPool

from threads import text
from threads.formats.registry import DEFAULT
from threads.importing import build, decisions, source_files
from threads.importing.build import BuiltThread, FileProblem, SourceBytes
from threads.parsing.problem_severities import UNREADABLE_POSTS, Problem, UnreadableError, refusal
from threads.rendering.time_limit import OutOfTimeError, run_with_time_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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
LOSSES: Final = (OutOfPatienceError, ProcessExpired, MemoryError)
"""What a lost worker raises."""
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
    members: tuple[tuple[str, int, int], ...] = ()
    """Of a thread of several files: path below `location`, offset and size of each."""


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


_T = TypeVar("_T")
_R = TypeVar("_R")


def _schedule_ahead(
    schedule: Callable[[_T], ProcessFuture[_R]], items: Iterable[_T], most: int
) -> Iterator[tuple[_T, ProcessFuture[_R]]]:
    """Yield items in order, each with the future of its result; `most` of them wait."""
    waiting: deque[tuple[_T, ProcessFuture[_R]]] = deque()
    for item in items:
        waiting.append((item, schedule(item)))
        if len(waiting) > most:
            yield waiting.popleft()
    while waiting:
        yield waiting.popleft()


def build_all(
    opened: ProcessPool, tasks: Iterable[ThreadTask], workers: int
) -> Iterator[list[tuple[ThreadTask, BuiltThread]]]:
    """Yield the built threads in the order of `tasks`, a chunk at a time, with few chunks waiting."""
    for chunk, future in _schedule_ahead(partial(_send, opened), chunks(tasks), 2 * workers):
        yield list(zip(chunk, _receive(opened, chunk, future), strict=True))


def _send(opened: ProcessPool, chunk: list[ThreadTask]) -> ProcessFuture[list[BuiltThread]]:
    seconds = PATIENCE * (1 + sum(task.size for task in chunk) / (16 << 20))
    return opened.schedule(_build_chunk, args=[chunk], timeout=seconds)


def _receive(
    opened: ProcessPool, chunk: list[ThreadTask], future: ProcessFuture[list[BuiltThread]]
) -> list[BuiltThread]:
    try:
        return future.result()
    except LOSSES as error:
        if len(chunk) == 1:
            return [_refuse(chunk[0], error)]
        return [built for task in chunk for built in _receive(opened, [task], _send(opened, [task]))]


def plan_all_again(
    opened: ProcessPool, threads: Iterable[StoredThread], workers: int, *, render: bool
) -> Iterator[tuple[StoredThread, ThreadPlan | Problem | None]]:
    """Yield the new plan of each stored thread; None if nothing differs."""

    def schedule(thread: StoredThread) -> ProcessFuture[ThreadPlan | None]:
        return opened.schedule(_replan, args=[thread, render], timeout=PATIENCE)

    for thread, future in _schedule_ahead(schedule, threads, 8 * workers):
        try:
            yield thread, future.result()
        except LOSSES:
            message = _("needs too much time or memory and stays as it is")
            yield thread, Problem(None, "crashed", message)


def _replan(thread: StoredThread, render: bool) -> ThreadPlan | None:
    plan = decisions.plan_again(thread, render=render)
    return plan if plan.changes else None


def _refuse(task: ThreadTask, error: BaseException) -> BuiltThread:
    """Refuse the files of a thread for what stopped its reading."""
    if isinstance(error, UnreadableError):
        problem = error.problem
    elif isinstance(error, OutOfTimeError):
        problem = Problem(None, "timeout", _("took more than %d s to read") % FILE_SECONDS)
    elif isinstance(error, OutOfPatienceError):
        problem = Problem(None, "timeout", _("took too long to read"))
    elif isinstance(error, MemoryError):
        problem = Problem(None, "memory", _("needs too much memory"))
    elif isinstance(error, ProcessExpired):
        problem = Problem(None, "crashed", _("crashed the worker process"))
    else:
        message = _("could not be read (%s). This is a bug: please report it") % type(error).__name__
        problem = Problem(None, "unexpected", message)
    return BuiltThread(None, tuple(FileProblem(file.path, problem) for file in task.files))


def _build_chunk(chunk: Sequence[ThreadTask]) -> list[BuiltThread]:
    return [_build_safely(task) for task in chunk]


def _build_safely(task: ThreadTask) -> BuiltThread:
    """Build one thread within its limits. Failures become problems of its files; nothing is raised."""
    try:
        return run_with_time_limit(FILE_SECONDS * len(task.files), lambda: _build(task))
    except (OutOfTimeError, Exception) as error:
        log.debug("%s could not be read", task.key, exc_info=True)
        return _refuse(task, error)


def _build(task: ThreadTask) -> BuiltThread:
    sources, refused = [], []
    for file in task.files:
        try:
            sources.append(_read_source(file))
        except UnreadableError as error:
            refused.append(FileProblem(file.path, error.problem))
    built = build.build_thread(sources, task.memories)
    refused += built.refused
    refused += _find_damaged(task, built)
    refused_paths = {problem.path for problem in refused}
    spares = [
        _unpack_original(file) for file in task.files if file.location and file.kept and file.path in refused_paths
    ]
    if spares:
        readable = [source for source in sources if source.path not in refused_paths]
        built = build.build_thread([*readable, *spares], task.memories)
    if built.record and built.record.key != task.key:
        raise refusal(None, "changed-meanwhile", _("changed during the import. Run it again"))
    return BuiltThread(built.record, tuple(refused))


def _find_damaged(task: ThreadTask, built: BuiltThread) -> Iterator[FileProblem]:
    """Yield an error for each file of which a part cannot be read, if the archive has an earlier original.

    The thread stays as that original has it: the posts of the damaged part would be withdrawn.
    """
    damaged = {path: problem for path, problem in _problems_of(built) if problem.code in UNREADABLE_POSTS}
    for file in task.files:
        problem = damaged.get(file.path)
        if problem and file.location and file.kept:
            stored = build.build_thread([_unpack_original(file)], task.memories)
            if any(other.code in UNREADABLE_POSTS for _path, other in _problems_of(stored)):
                continue
            message = _("%s The thread stays as it was imported before.") % problem.message
            yield FileProblem(file.path, Problem(problem.line, "part-damaged", message))


def _problems_of(built: BuiltThread) -> Sequence[FileProblem]:
    return built.record.problems if built.record else ()


def _read_source(file: FileTask) -> SourceBytes:
    if file.location is None:
        return _unpack_original(file)
    content = source_files.read_thread(file)
    return SourceBytes(file.path, content, "", file.format, file.first_line)


def _unpack_original(file: FileTask) -> SourceBytes:
    try:
        content = zlib.decompress(file.kept or b"")
        size = 0 if file.location else file.size
        return SourceBytes(file.path, content, file.sha256, file.format, file.first_line, size)
    except zlib.error as error:
        raise refusal(None, "original-damaged", _("is damaged in the archive: %s") % error) from error
