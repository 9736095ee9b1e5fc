"""What stops an import: another one, a full disk, a lost connection, a person. A sentence, and nothing half-written."""

from __future__ import annotations

import multiprocessing
import signal
import sqlite3
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DataError, connection

from tests.thread_files import FileComment, ThreadFile, run, run_import
from threads.database import locks
from threads.importing import loader, row_writing
from threads.importing import run as import_run
from threads.models import Article, Comment, ImportRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.worker_processes]

FILES = [
    ThreadFile(number, f"Tea {number}").with_comments(
        *(FileComment(f"hiker{n}", f"{n} cups, {number} pots." * 40) for n in range(30))
    )
    for number in range(1, 40)
]


def write(folder: Path) -> Path:
    for file in FILES:
        file.write(folder / f"{file.number:02}.md")
    return folder


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_run, "BATCH_COMMENTS", 50)
    monkeypatch.setattr("threads.importing.workers.CHUNK_THREADS", 2)


def stopped_at(batch: int) -> Callable[..., list[loader.Outcome]]:
    """Return the loader's `load`, which a person stops at the batch of this number."""
    load, loads = loader.load_threads, count(1)

    def stop(*arguments: Any) -> list[loader.Outcome]:
        if next(loads) == batch:
            signal.raise_signal(signal.SIGTERM)
        return load(*arguments)

    return stop


def whole_threads() -> bool:
    """Say whether every thread that is there is there with all its comments and its file."""
    return all(
        (article.comment_count, article.comments.count(), article.source_files.count()) == (30, 30, 1)
        for article in Article.objects.all()
    )


@pytest.mark.usefixtures("small_batches")
def test_a_full_disk_ends_the_run_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("needs SQLite's own limit")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages + 60}")

    assert run_import(write(tmp_path)) == 2

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")
    assert 0 < Article.objects.count() < len(FILES)
    assert whole_threads()
    assert run_import(tmp_path) == 0
    assert Article.objects.count() == len(FILES)
    assert ImportRun.objects.filter(status="running").count() == 0


@pytest.mark.usefixtures("small_batches")
def test_a_lost_connection_ends_the_run_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connection to lose")
    load, loads = loader.load_threads, []

    def lose(*arguments: Any) -> list[loader.Outcome]:
        loads.append(1)
        if len(loads) == 3:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return load(*arguments)

    monkeypatch.setattr(loader, "load_threads", lose)
    assert run_import(write(tmp_path)) == 2
    connection.close()
    monkeypatch.setattr(loader, "load_threads", load)

    assert 0 < Article.objects.count() < len(FILES)
    assert whole_threads()
    assert run_import(tmp_path) == 0
    assert Article.objects.count() == len(FILES)


@pytest.mark.usefixtures("small_batches")
def test_a_run_that_a_person_stops_keeps_what_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = loader.load_threads
    monkeypatch.setattr(loader, "load_threads", stopped_at(3))
    assert run_import(write(tmp_path)) == 130

    assert 0 < Article.objects.count() < len(FILES)
    assert whole_threads()
    assert ImportRun.objects.get().status == "interrupted"
    monkeypatch.setattr(loader, "load_threads", load)
    assert run_import(tmp_path) == 0
    assert Comment.objects.count() == 30 * len(FILES)


def test_a_value_that_the_database_refuses_costs_only_its_own_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_rows = row_writing.write_rows

    def refuse(plans: Any, people: Any) -> None:
        if any(plan.record.title == "Tea 7" for plan in plans):
            raise DataError("value too long")
        write_rows(plans, people)

    monkeypatch.setattr(row_writing, "write_rows", refuse)
    assert run_import(write(tmp_path)) == 1
    assert Article.objects.count() == len(FILES) - 1
    assert whole_threads()


@pytest.fixture
def database_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the lock think that the database is a file, where the test's is in memory."""
    if connection.vendor == "sqlite":
        sqlite3.connect(tmp_path / "archive.sqlite3").close()
        monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "archive.sqlite3"))
        monkeypatch.setattr(connection, "is_in_memory_db", lambda: False)


def hold(taken: Any, release: Any) -> None:
    """Hold the lock in another process, until told to let go."""
    connection.connection = None
    with locks.hold_import_lock():
        taken.set()
        release.wait(20)


@pytest.mark.usefixtures("database_file")
def test_a_second_import_says_that_one_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    context = multiprocessing.get_context("fork")
    taken, release = context.Event(), context.Event()
    other = context.Process(target=hold, args=(taken, release))
    other.start()
    try:
        assert taken.wait(20)
        with pytest.raises(locks.BusyError, match="Another import is running"), locks.hold_import_lock(0.3):
            pass
    finally:
        release.set()
        other.join()
    with locks.hold_import_lock(10):
        pass


@pytest.mark.usefixtures("database_file")
def test_a_lock_is_free_when_its_holder_was_killed() -> None:
    context = multiprocessing.get_context("fork")
    taken, release = context.Event(), context.Event()
    other = context.Process(target=hold, args=(taken, release))
    other.start()
    assert taken.wait(20)
    other.kill()
    other.join()

    with locks.hold_import_lock(10):
        pass


def test_a_busy_archive_is_exit_code_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> Any:
        raise locks.BusyError("Another import is running.")

    monkeypatch.setattr(locks, "hold_import_lock", busy)
    assert run_import(write(tmp_path)) == 2
    assert run("relink", workers=1) == 2
    assert not Article.objects.exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the lock itself")
def test_a_database_in_no_folder_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "nowhere" / "archive.sqlite3"))
    monkeypatch.setattr(connection, "is_in_memory_db", lambda: False)
    with pytest.raises(locks.BusyError, match="is not writable"), locks.hold_import_lock():
        pass
