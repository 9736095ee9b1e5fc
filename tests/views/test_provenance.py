"""The backup files of a thread on its page and in its citation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.thread_files import FileComment, ThreadFile, run_import
from threads.models import ImportRun

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

pytestmark = pytest.mark.django_db
ROSES = ThreadFile(comments=(FileComment("hiker", "In March."),))


def test_a_thread_names_its_file_and_the_day_of_the_import(client: Client, tmp_path: Path) -> None:
    ROSES.write(tmp_path / "garden" / "roses.md")
    run_import(tmp_path)
    day = f"{ImportRun.objects.get().started_at:%Y-%m-%d}"
    page = client.get(f"/t/{ROSES.key}/").content.decode()
    assert "<bdi>garden/roses.md</bdi>" in page
    assert f"imported on {day}" in " ".join(page.split())
    assert f"Backup: garden/roses.md (markdown, {day})." in client.get(f"/cite/thread/{ROSES.key}/").content.decode()


def test_a_thread_of_several_files_names_all_that_are_there(client: Client, tmp_path: Path) -> None:
    for name in ("a.md", "b.md", "c.md"):
        replace(ROSES, body=f"From {name}.").write(tmp_path / name)
    run_import(tmp_path)
    (tmp_path / "c.md").unlink()
    run_import(tmp_path, prune=True)
    page = client.get(f"/t/{ROSES.key}/").content.decode()
    assert [name for name in ("a.md", "b.md", "c.md") if f"<bdi>{name}</bdi>" in page] == ["a.md", "b.md"]
