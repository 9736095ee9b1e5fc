"""No file can slow, fill or crash the run: the culprit is named, the rest is imported."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.thread_files import FileComment, ThreadFile, run_import
from threads.importing import build, source_files, workers
from threads.models import Article, ImportProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

pytestmark = [pytest.mark.django_db, pytest.mark.worker_processes]

HOSTILE = Path(__file__).parents[1] / "data" / "hostile"
GOOD = [
    ThreadFile(number, f"Tea {number}").with_comments(FileComment("hiker", f"{number} cups.")) for number in range(1, 6)
]


def write(folder: Path) -> None:
    for number, file in enumerate(GOOD):
        file.write(folder / f"{number}.md")
    ThreadFile(99, "Trouble").write(folder / "2-bad.md")


def spoil(monkeypatch: pytest.MonkeyPatch, trouble: Callable[[], Any]) -> None:
    """Let the reading of one file go wrong; workers are forked, so they inherit it."""
    whole = build.build_thread

    def assemble(files: Sequence[build.SourceBytes], *rest: Any) -> build.BuiltThread:
        if any(b"Trouble" in file.content for file in files):
            trouble()
        return whole(files, *rest)

    monkeypatch.setattr(build, "build_thread", assemble)


def spin() -> None:
    while True:
        pass


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "crashed"),
        (spin, "timeout"),
        (lambda: time.sleep(60), "timeout"),
        (lambda: bytearray(1 << 31), "memory"),
        (lambda: {1: 1}[2], "unexpected"),
    ],
    ids=["crash", "busy", "asleep", "memory", "fault"],
)
def test_the_culprit_is_named_and_the_rest_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Callable[[], Any], code: str
) -> None:
    write(tmp_path)
    spoil(monkeypatch, trouble)
    monkeypatch.setattr(workers, "FILE_SECONDS", 0.5)
    monkeypatch.setattr(workers, "PATIENCE", 3.0)

    assert run_import(tmp_path) == 1

    assert Article.objects.count() == len(GOOD)
    problem = ImportProblem.objects.get()
    assert (problem.path, problem.code, problem.severity) == ("2-bad.md", code, "error")


def test_every_hostile_file_is_imported_or_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    names = {path.name for path in HOSTILE.iterdir() if path.suffix == ".md"}
    assert names

    assert run_import(HOSTILE, workers=2) in {0, 1}

    out = capsys.readouterr()
    assert "Traceback" not in out.out + out.err
    assert not ImportProblem.objects.filter(
        code__in=["unexpected", "crashed", "timeout", "memory", "not-stored"]
    ).exists()
    refused = set(ImportProblem.objects.filter(severity="error").values_list("path", flat=True))
    imported = set(Article.objects.values_list("source_files__path", flat=True))
    assert names <= refused | imported
    assert not refused & imported


def test_a_file_that_changes_while_it_is_read_is_said_to_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = GOOD[0].write(tmp_path / "1.md")
    read = source_files.read_file
    reads: list[str] = []

    def change(location: str, offset: int = 0, size: int | None = None) -> bytes:
        if os.getpid() != main:
            GOOD[1].write(path)
        reads.append(location)
        return read(location, offset, size)

    main = os.getpid()
    monkeypatch.setattr(source_files, "read_file", change)

    assert run_import(tmp_path) == 1
    assert ImportProblem.objects.get().code == "changed-meanwhile"
    assert not Article.objects.exists()


def test_what_a_worker_holds_does_not_grow_with_the_number_of_files() -> None:
    tasks = [workers.ThreadTask(str(n), (workers.FileTask(f"{n}.md", 1000, ""),)) for n in range(1_000)]
    sizes = [len(chunk) for chunk in workers.chunks(tasks)]

    assert sum(sizes) == 1_000
    assert max(sizes) <= workers.CHUNK_THREADS
    big = [workers.ThreadTask(str(n), (workers.FileTask(f"{n}.md", 16 << 20, ""),)) for n in range(3)]
    assert [len(chunk) for chunk in workers.chunks(big)] == [1, 1, 1]
