"""Values that the database would reject. The thread is imported without them, and the run continues."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.thread_files import ROSES, FileComment, ThreadFile, quoting, run, run_import
from threads.models import Article, ImportProblem

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.worker_processes]

LONG = "a" * 5_000
FILES: dict[str, ThreadFile] = {
    "a quote's number of 40 digits": ROSES.with_comments(FileComment("hiker", quoting("In March...", "No.", 10**40))),
    "5,000 quotes in one comment": ROSES.with_comments(FileComment("hiker", quoting("In March...", "No.") * 5_000)),
    "a name of 5,000 characters": ROSES.with_comments(FileComment(LONG, "Yes.", addressee=LONG)),
    "an author of 5,000 characters": replace(ROSES, author=LONG),
    "a tag of 5,000 characters": replace(ROSES, tags=f"{LONG}, {LONG}b"),
    "5,000 tags": replace(ROSES, tags=",".join(f"t{n}" for n in range(5_000))),
    "a title of a million characters": replace(ROSES, title="a" * 1_000_000),
    "a thread number of 4,000 digits": replace(ROSES, number=10**4_000),
    "a day in the year 9999": ROSES.with_comments(FileComment("hiker", "Yes.", "9999-12-31")),
    "a day in the year 0": ROSES.with_comments(FileComment("hiker", "Yes.", "0000-01-01")),
    "a day that is none": ROSES.with_comments(FileComment("hiker", "Yes.", "2021-02-30")),
    "NUL": replace(ROSES, title="a\0b", author="a\0b", tags="a\0b", body="a\0b").with_comments(
        FileComment("hi\0ker", "a\0b")
    ),
    "a lone surrogate as YAML writes it": replace(ROSES, title="a\\ud800b", author="a\\ud800b"),
    "names that make one slug": ROSES.with_comments(
        FileComment("a/b", "Yes."), FileComment("a-b", "Yes."), FileComment("a b", "Yes.")
    ),
    "tags that make one slug": replace(ROSES, tags="a/b, a-b, a b, a_b"),
    "5,000 links to threads": replace(
        ROSES, body=" ".join(f"https://garden.example/article/{n}" for n in range(5_000))
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_thread_with_an_invalid_value_is_imported(tmp_path: Path, name: str) -> None:
    FILES[name].write(tmp_path / "thread.md")

    assert run_import(tmp_path) == 0
    assert Article.objects.count() == 1
    assert not ImportProblem.objects.filter(severity="error").exists()
    assert run("verify_archive", tmp_path, workers=1) == 0


def test_a_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(6):
        folder = folder / ("d" * 200)
    ROSES.write(folder / "thread.md")
    ROSES.write(tmp_path / "thread.md")

    assert run_import(tmp_path) == 1
    assert ImportProblem.objects.get().code == "name-too-long"
    assert Article.objects.count() == 1
