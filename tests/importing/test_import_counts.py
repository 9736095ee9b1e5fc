"""Counts of an import's report: files seen, missing files, repeats, and problems that are no longer current."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from tests.thread_files import ROSES, run_import
from threads.models import ImportProblem, ImportRun

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
TEA = replace(ROSES, number=2, title="Tea")


def report_of(*paths: Path, **options: object) -> str:
    """Import; return the output."""
    out = StringIO()
    with suppress(CommandError):
        call_command("import_archive", *map(str, paths), workers=1, stdout=out, **options)
    return out.getvalue()


def test_the_counts_of_files_add_up(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    report_of(tmp_path)
    TEA.write(tmp_path / "tea.md")
    replace(TEA, number=3).write(tmp_path / "pears.md")
    (tmp_path / "broken.md").write_bytes(b"\0\1")
    (tmp_path / "lost.md").symlink_to(tmp_path / "nowhere.md")

    output = report_of(tmp_path, limit=2)
    counts = ImportRun.objects.latest("pk").report
    parts = ("files_imported", "files_unchanged", "files_refused", "unpublished", "unread")
    assert counts["files_seen"] == sum(counts[part] for part in parts)
    assert counts["unread"] > 0
    assert f"{counts['unread']} left out" in output


def test_missing_files_are_counted_until_they_are_withdrawn(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    TEA.write(tmp_path / "tea.md")
    assert "not in these folders" not in report_of(tmp_path)
    (tmp_path / "tea.md").unlink()

    assert "1 stored file is not in these folders. Its thread stays; --prune would withdraw it." in report_of(tmp_path)
    assert "not in these folders" not in report_of(tmp_path / "roses.md", force=True)
    assert "not in these folders" not in report_of(tmp_path, prune=True)
    assert "not in these folders" not in report_of(tmp_path)


def test_a_warning_is_solved_when_the_file_is_read_without_it(tmp_path: Path) -> None:
    bad = ROSES.write(tmp_path / "roses.md").read_text().replace("2020-09-28T00", "2020-99-28T00")
    (tmp_path / "roses.md").write_text(bad)
    run_import(tmp_path)
    problem = ImportProblem.objects.get(severity="warning", solved_by=None)

    run_import(tmp_path, force=True)
    assert ImportProblem.objects.filter(solved_by=None, message=problem.message).exists()
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    assert not ImportProblem.objects.filter(solved_by=None).exists()


def test_problems_of_a_withdrawn_file_are_solved(tmp_path: Path) -> None:
    bad = ROSES.write(tmp_path / "roses.md").read_text().replace("2020-09-28T00", "2020-99-28T00")
    (tmp_path / "roses.md").write_text(bad)
    for thread in (TEA, replace(TEA, number=3)):
        thread.write(tmp_path / f"{thread.number}.md")
    run_import(tmp_path)
    assert ImportProblem.objects.filter(solved_by=None).exists()
    (tmp_path / "roses.md").unlink()
    run_import(tmp_path, prune=True)
    assert not ImportProblem.objects.filter(solved_by=None).exists()
