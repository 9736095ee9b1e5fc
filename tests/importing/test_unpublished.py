"""Files that are not published: drafts, and pages about their folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.thread_files import ROSES, TEA, run_import
from threads.models import Article, ImportProblem, ImportRun

if TYPE_CHECKING:
    from pathlib import Path

    from tests.thread_files import ThreadFile

pytestmark = pytest.mark.django_db


def write_with(path: Path, field: str, file: ThreadFile = TEA) -> None:
    """Write a thread file with one more field in its front matter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(file.text().replace("layout: default", field), encoding="utf-8")


@pytest.mark.parametrize(
    "field", ["draft: true", "Draft: 'Yes'", "published: false", 'published: "no"', "private: on", "status: draft"]
)
def test_a_draft_is_not_published_and_is_reported(
    tmp_path: Path, field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ROSES.write(tmp_path / "roses.md")
    write_with(tmp_path / "tea.md", field)

    assert run_import(tmp_path) == 0

    assert Article.objects.get().key == ROSES.key
    problem = ImportProblem.objects.get()
    assert (problem.path, problem.line, problem.code) == ("tea.md", 2, "draft")
    assert "Files: 2 seen: 1 imported, 0 unchanged, 0 refused, 1 not published" in capsys.readouterr().out
    assert ImportRun.objects.get().report["unpublished"] == 1


@pytest.mark.parametrize("field", ["draft: false", "draft:", "published: true", "published: 2020", "status: open"])
def test_a_file_that_does_not_say_so_is_published(tmp_path: Path, field: str) -> None:
    write_with(tmp_path / "tea.md", field)
    assert run_import(tmp_path) == 0
    assert Article.objects.get().key == TEA.key


def test_a_word_of_the_text_is_no_field(tmp_path: Path) -> None:
    path = TEA.write(tmp_path / "tea.md")
    path.write_text(path.read_text(encoding="utf-8").replace("How hot", "draft: true\n\nHow hot"), encoding="utf-8")
    run_import(tmp_path)
    assert Article.objects.get().body.startswith("draft: true")


def test_a_thread_that_becomes_a_draft_is_withdrawn_and_comes_back(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    TEA.write(tmp_path / "tea.md")
    run_import(tmp_path)
    write_with(tmp_path / "tea.md", "draft: true")

    run_import(tmp_path, dry_run=True)
    assert Article.objects.filter(withdrawn_at=None).count() == 2
    run_import(tmp_path)

    assert Article.objects.get(withdrawn_at=None).key == ROSES.key
    assert ImportRun.objects.latest("pk").files_withdrawn == 1
    TEA.write(tmp_path / "tea.md")
    run_import(tmp_path)
    assert Article.objects.filter(withdrawn_at=None).count() == 2


def test_one_of_two_files_of_a_thread_may_become_a_draft(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "a.md")
    ROSES.with_comments(*ROSES.comments[:1]).write(tmp_path / "b.md")
    run_import(tmp_path)
    write_with(tmp_path / "a.md", "draft: true", ROSES)

    run_import(tmp_path)

    article = Article.objects.get(withdrawn_at=None)
    assert (article.comment_count, article.source_files.filter(withdrawn_at=None).get().path) == (1, "b.md")


def test_a_folder_of_drafts_is_not_published(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    TEA.write(tmp_path / "_drafts" / "tea.md")
    run_import(tmp_path)
    assert Article.objects.get().key == ROSES.key


@pytest.mark.parametrize("name", ["_index.md", "_index.zh-tw.md", "README.md", "readme.zh-CN.md", "LICENSE.md"])
def test_a_page_about_its_folder_is_no_thread(tmp_path: Path, name: str) -> None:
    ROSES.write(tmp_path / "roses.md")
    (tmp_path / name).write_text("# About these threads\n\nThey were saved in spring.\n", encoding="utf-8")

    assert run_import(tmp_path) == 0

    assert Article.objects.get().key == ROSES.key
    assert ImportProblem.objects.get().code == "no-thread"


def test_a_thread_named_like_such_a_page_is_a_thread(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "README.md")
    (tmp_path / "licence.md").write_text("---\ntitle: Which licence?\n---\nFor photos.\n", encoding="utf-8")
    (tmp_path / "_index.md").write_text("---\ntitle: All threads\n---\nWelcome.\n", encoding="utf-8")

    run_import(tmp_path)

    assert set(Article.objects.values_list("title", flat=True)) == {ROSES.title, "Which licence?"}
