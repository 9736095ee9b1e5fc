"""Backups in JSON files of posts, from import to export."""

from __future__ import annotations

import json
import shutil
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.formats.memory_folder import FIXTURES
from tests.thread_files import run, run_import
from threads import moderation
from threads.models import Article, Comment, ImportProblem, ImportRun, SourceFile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

LEFT_OUT = {
    "mohu": {"people/10.json", "topic/6.json"},
    "pincong-json": {"question/64260.json", "question/question_64258.html"},
}
"""Files of the samples that are in no thread."""
REDACTED = {
    "mohu": ("article_comment/12/101.json", "洗鏈條用煤油就可以，不要用水。"),
    "pincong-json": ("question_answer/64258.json", "@rye42:Thanks"),
}
"""A file of each sample, and a text in it."""


@pytest.fixture(params=["mohu", "pincong-json"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def backup(name: str, tmp_path: Path) -> Path:
    """The sample in a folder of a larger backup."""
    shutil.copytree(FIXTURES / name, tmp_path / "backup" / "site")
    return tmp_path / "backup"


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_backup_is_imported_once_and_exported_byte_for_byte(name: str, backup: Path, tmp_path: Path) -> None:
    assert run_import(backup) == 0
    assert set(SourceFile.objects.values_list("format", flat=True)) == {name}
    assert Article.objects.count() == 4
    assert not ImportProblem.objects.filter(severity="error").exists()
    run_import(backup)
    assert ImportRun.objects.latest("id").files_unchanged == 4
    assert run("verify_archive", backup) == 0
    run("export_archive", tmp_path / "out", format="source")
    expected = {path: text for path, text in tree(backup).items() if path.removeprefix("site/") not in LEFT_OUT[name]}
    assert tree(tmp_path / "out") == expected


def test_a_redacted_comment_leaves_a_valid_file(name: str, backup: Path, tmp_path: Path) -> None:
    path, text = REDACTED[name]
    run_import(backup)
    moderation.redact(Comment.objects.filter(body=text), by=None, reason="privacy")
    assert not [file for file in SourceFile.objects.all() if text.encode() in zlib.decompress(file.content)]
    other = Article.objects.filter(visibility="visible").exclude(comments__visibility="redacted").earliest("key")
    moderation.redact(Article.objects.filter(pk=other.pk), by=None, reason="privacy")
    assert run("verify_archive") == 0
    run_import(backup)
    assert ImportRun.objects.latest("id").files_unchanged == 4
    assert not Comment.objects.filter(body__contains=text).exists()
    run("export_archive", tmp_path / "out", format="source")
    exported, came = tree(tmp_path / "out"), tree(backup)
    changed = {file: json.loads(content) for file, content in exported.items() if content != came[file]}
    assert f"site/{path}" in changed
    assert text not in json.dumps(changed, ensure_ascii=False)
