"""The same thread in two forms of backup is one thread, whatever the order of the imports."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.formats.memory_folder import FIXTURES
from tests.importing.test_import_jsonl import empty_archive, export_jsonl
from tests.thread_files import FileComment, run, run_import
from threads.models import Article, Comment, ImportProblem, SourceFile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

NOBODY = FileComment("[已注销]", "Eight hours <3 and no sugar", "2019-06-03")
MARKDOWN = f"""---
Lastmod: 2020-09-30T08:00:00+00:00
date: 2019-06-01T00:00:00.000Z
title: "A question in both forms"
author: "rye42"
---

An opening.

{NOBODY.text()}
> [点击原文参与讨论](https://www.mohu.rocks/question/12)
"""


@pytest.fixture
def forms(tmp_path: Path) -> tuple[Path, Path]:
    """The sample of mohu, and a folder with a Markdown file of its question 12."""
    file = tmp_path / "md" / "jars.md"
    file.parent.mkdir()
    file.write_text(MARKDOWN, encoding="utf-8")
    return FIXTURES / "mohu", file.parent


def rows(tmp_path: Path, name: str) -> list[dict[str, Any]]:
    return export_jsonl(tmp_path / name)


def test_one_thread_lists_both_files_and_has_each_comment_once(forms: tuple[Path, Path], tmp_path: Path) -> None:
    json_folder, markdown = forms
    run_import(json_folder)
    before = Article.objects.get(key="mohu.rocks/question/12").comment_count
    run_import(markdown)
    article = Article.objects.get(key="mohu.rocks/question/12")
    assert article.comment_count == before
    assert set(article.source_files.values_list("format", flat=True)) == {"mohu", "markdown"}
    assert SourceFile.objects.filter(article=article).count() == 2
    assert run("verify_archive", json_folder, markdown) == 0


def test_what_only_one_form_says_is_kept(forms: tuple[Path, Path]) -> None:
    for folder in forms[::-1]:
        run_import(folder)
    article = Article.objects.get(key="mohu.rocks/question/12")
    assert (article.title, article.modified_at is not None) == ("A question in both forms", True)
    assert article.votes == 5
    comment = article.comments.get(body="Eight hours <3 and no sugar")
    assert (comment.source_kind, comment.source_id, comment.votes) == ("answer", 103, 0)


def test_a_comment_that_changes_in_one_of_two_forms_is_imported_and_may_change_back(
    forms: tuple[Path, Path], tmp_path: Path
) -> None:
    for folder in forms:
        run_import(folder)
    copy = tmp_path / "mohu"
    shutil.copytree(forms[0], copy)
    file = copy / "answer" / "12" / "103.json"
    before = file.read_text(encoding="utf-8")
    for text in (before.replace("Eight hours &lt;3 and no sugar", "Nobody can tell, try it."), before):
        file.write_text(text, encoding="utf-8")
        assert run_import(copy) == 0
        assert run("verify_archive") == 0
    assert Comment.objects.current().filter(body="Eight hours <3 and no sugar").count() == 1


def test_a_damaged_file_of_a_thread_does_not_withdraw_its_posts(forms: tuple[Path, Path], tmp_path: Path) -> None:
    copy = tmp_path / "mohu"
    shutil.copytree(forms[0], copy)
    file = copy / "answer" / "12" / "103.json"
    whole = file.read_text(encoding="utf-8")
    run_import(copy)
    file.write_text(whole[:60], encoding="utf-8")
    for _ in range(2):
        assert run_import(copy) == 1
        assert Comment.objects.current().filter(body="Eight hours <3 and no sugar").exists()
        assert ImportProblem.objects.filter(code="part-damaged", path="mohu/question/12.json").exists()
    assert run("verify_archive", copy) == 1
    file.write_text(whole, encoding="utf-8")
    assert run_import(copy) == 0
    assert not ImportProblem.objects.filter(code="part-damaged", solved_by=None).exists()


def test_a_file_that_was_damaged_from_the_first_leaves_its_posts_out_and_says_so(
    forms: tuple[Path, Path], tmp_path: Path
) -> None:
    copy = tmp_path / "mohu"
    shutil.copytree(forms[0], copy)
    file = copy / "answer" / "12" / "103.json"
    file.write_text(file.read_text(encoding="utf-8")[:60], encoding="utf-8")
    assert run_import(copy) == 1
    before = Article.objects.get(key="mohu.rocks/question/12").comment_count
    other = copy / "answer" / "12" / "999.json"
    other.write_text(
        '{"type":"answer","id":999,"parentType":"question","parentId":12,"uid":7,"contents":"A new answer.",'
        '"date":"2019-06-09","agreeCount":0,"discussionCount":0}',
        encoding="utf-8",
    )
    assert run_import(copy) == 1
    assert Article.objects.get(key="mohu.rocks/question/12").comment_count == before + 1


def test_the_order_of_imports_makes_no_difference(forms: tuple[Path, Path], tmp_path: Path) -> None:
    exports: list[list[str]] = []
    for order in (forms, forms[::-1]):
        empty_archive()
        for folder in order:
            run_import(folder)
        exports.append(sorted(map(str, rows(tmp_path, f"{len(exports)}.jsonl"))))
    assert exports[0] == exports[1]
