"""Importing a jsonl export: the same archive again, thread by thread, with originals that are kept and redacted."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command

from tests.thread_files import FileComment, ThreadFile, quoting, run, run_import
from threads import moderation
from threads.models import Article, Author, Comment, FormerKey, ImportProblem, ImportRun, SourceFile, Tag

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

SAMPLE = Path(__file__).parents[2] / "fixtures" / "sample_archive"
SECRET = "In March, when the forsythia blooms, and not before."
ROSES = ThreadFile(
    comments=(
        FileComment("hiker", SECRET),
        FileComment("baker", quoting(SECRET[:30] + "...", "Later in the north."), addressee="hiker"),
    )
)
TEA = ThreadFile(
    2, "Green tea", "How hot may the water be?", "brewer", tags="tea", comments=(FileComment("hiker", "70 °C."),)
)


def export_jsonl(path: Path) -> list[dict[str, Any]]:
    call_command("export_archive", str(path), "--format", "jsonl", verbosity=0)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def empty_archive() -> None:
    for model in (ImportRun, Article, Author, Tag, FormerKey):
        model._default_manager.all().delete()


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """An export of two threads, whose archive is empty again."""
    ROSES.write(tmp_path / "md" / "roses.md")
    TEA.write(tmp_path / "md" / "tea.md")
    run_import(tmp_path / "md")
    export_jsonl(tmp_path / "dump.jsonl")
    empty_archive()
    return tmp_path / "dump.jsonl"


def edit_lines(path: Path, edit: Callable[[list[str]], list[str]]) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(edit(lines)), encoding="utf-8")


def without_paths(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "source_path"} for row in rows]


def test_the_import_of_an_export_gives_the_same_archive(tmp_path: Path) -> None:
    assert run_import(SAMPLE) == 0
    first = export_jsonl(tmp_path / "first.jsonl")
    empty_archive()

    assert run_import(tmp_path / "first.jsonl") == 0

    second = export_jsonl(tmp_path / "second.jsonl")
    assert without_paths(second) == without_paths(first)
    assert run("verify_archive", tmp_path / "first.jsonl", workers=1) == 0


def test_an_export_comes_out_as_source_byte_for_byte(dump: Path, tmp_path: Path) -> None:
    run_import(dump)
    call_command("export_archive", str(tmp_path / "out"), "--format", "source", verbosity=0)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["dump.jsonl"]
    assert (tmp_path / "out" / "dump.jsonl").read_bytes() == dump.read_bytes()


def test_each_thread_is_a_source_file_of_its_own(dump: Path) -> None:
    run_import(dump)
    rows = SourceFile.objects.order_by("path").values_list("path", "format", "first_line")
    assert list(rows) == [(f"dump.jsonl#{ROSES.key}", "jsonl", 1), (f"dump.jsonl#{TEA.key}", "jsonl", 4)]


def test_an_unchanged_export_is_not_read_again(dump: Path) -> None:
    run_import(dump)
    run_import(dump)
    last = ImportRun.objects.latest("pk")
    assert (last.files_seen, last.files_unchanged, last.files_imported) == (2, 2, 0)


def test_a_changed_export_changes_only_the_threads_that_differ(dump: Path, tmp_path: Path) -> None:
    run_import(dump)
    comment = json.loads(dump.read_text(encoding="utf-8").splitlines()[1])
    added = {**comment, "body": "Not this year.", "posted_on": "2021-01-01"}
    edit_lines(dump, lambda lines: [*lines[:3], json.dumps(added) + "\n", *lines[3:]])

    run_import(dump)

    last = ImportRun.objects.latest("pk")
    assert (last.files_unchanged, last.files_imported) == (1, 1)
    assert Article.objects.get(key=ROSES.key).comment_count == 3
    assert SourceFile.objects.get(path=f"dump.jsonl#{TEA.key}").first_line == 5
    call_command("export_archive", str(tmp_path / "out"), "--format", "source", verbosity=0)
    assert (tmp_path / "out" / "dump.jsonl").read_bytes() == dump.read_bytes()


def test_a_bad_line_refuses_its_thread_and_the_others_are_imported(dump: Path) -> None:
    edit_lines(dump, lambda lines: [*lines[:4], lines[4][:50]])
    assert run_import(dump) == 1
    assert list(Article.objects.values_list("key", flat=True)) == [ROSES.key]
    problem = ImportProblem.objects.get()
    assert (problem.path, problem.line, problem.code) == (f"dump.jsonl#{TEA.key}", 5, "json-unreadable")


def test_a_bad_article_is_refused_once_and_its_problem_is_solved_later(dump: Path) -> None:
    whole = dump.read_text(encoding="utf-8")
    edit_lines(dump, lambda lines: [lines[0][:50] + "\n", *lines[1:]])
    assert run_import(dump) == 1
    assert list(Article.objects.values_list("key", flat=True)) == [TEA.key]
    problem = ImportProblem.objects.get()
    assert (problem.path, problem.line, problem.solved_by) == ("dump.jsonl", 1, None)

    dump.write_text(whole, encoding="utf-8")
    assert run_import(dump, retry_failed=True) == 0
    assert Article.objects.count() == 2
    assert ImportProblem.objects.get().solved_by is not None


def test_a_thread_whose_article_line_is_damaged_is_not_pruned(dump: Path) -> None:
    run_import(dump)
    edit_lines(dump, lambda lines: [lines[0][:50] + "\n", *lines[1:]])
    run_import(dump, prune=True)
    assert Article.objects.current().count() == 2


def test_a_thread_that_left_the_export_is_pruned(dump: Path) -> None:
    run_import(dump)
    edit_lines(dump, lambda lines: lines[:3])
    run_import(dump, prune=True)
    assert list(Article.objects.current().values_list("key", flat=True)) == [ROSES.key]


def test_a_redacted_comment_is_blanked_in_the_original_and_stays_so(dump: Path, tmp_path: Path) -> None:
    run_import(dump)
    before = zlib.decompress(SourceFile.objects.get(path__endswith=ROSES.key).content)
    secret = Comment.objects.filter(body=SECRET)
    old_key, pk = secret.values_list("key", "pk").get()

    moderation.redact(secret, by=None, reason="privacy")
    key = Comment.objects.get(pk=pk).key

    content = zlib.decompress(SourceFile.objects.get(path__endswith=ROSES.key).content)
    assert "forsythia" not in content.decode()
    old, new = ([json.loads(line) for line in text.splitlines()] for text in (before, content))
    assert [row.get("body") for row in new[:2]] == [old[0]["body"], f"[redacted:{key}]"]
    assert "Later in the north." in new[2]["body"]
    changed = {name for was, row in zip(old, new, strict=True) for name in row if row[name] != was[name]}
    assert changed == {"body", "body_html", "quotes", "key"}
    assert old_key not in content.decode()

    assert run_import(dump, force=True) == 0
    assert "forsythia" not in zlib.decompress(SourceFile.objects.get(path__endswith=ROSES.key).content).decode()
    assert Comment.objects.get(key=key).body == ""
    call_command("export_archive", str(tmp_path / "out"), "--format", "source", verbosity=0)
    assert "forsythia" not in (tmp_path / "out" / "dump.jsonl").read_text(encoding="utf-8")


def test_a_thread_in_markdown_and_in_an_export_is_one_thread(dump: Path, tmp_path: Path) -> None:
    assert run_import(tmp_path) == 0
    assert Article.objects.count() == 2
    assert Comment.objects.count() == 3
    assert Article.objects.get(key=ROSES.key).source_files.count() == 2


def test_other_jsonl_files_in_a_folder_are_skipped_with_a_warning_but_refused_by_name(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    other = tmp_path / "links.jsonl"
    other.write_text('{"file": "roses.md"}\n', encoding="utf-8")
    assert run_import(tmp_path) == 0
    warning = ImportProblem.objects.get()
    assert (warning.path, warning.code, warning.severity) == ("links.jsonl", "format-skipped", "warning")
    assert run_import(other) == 2
    assert run_import(other, format="jsonl") == 1
    assert ImportProblem.objects.get(severity="error").code == "json-no-article"


def test_an_unknown_file_with_an_undecodable_name_is_named_in_the_report(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    (tmp_path / os.fsdecode(b"\xff.jsonl")).write_text('{"file": "roses.md"}\n', encoding="utf-8")
    assert run_import(tmp_path) == 0
    assert ImportProblem.objects.get().path == "\\xff.jsonl"


def test_a_thread_with_fewer_comments_than_its_article_states_is_refused(dump: Path) -> None:
    assert run_import(dump) == 0
    comments = Comment.objects.current().count()
    lines = dump.read_text(encoding="utf-8").splitlines(keepends=True)
    assert '"type":"comment"' in lines[-1]
    dump.write_text("".join(lines[:-1]), encoding="utf-8")
    assert run_import(dump) == 1
    problem = ImportProblem.objects.get(severity="error")
    assert (problem.code, problem.line) == ("comments-missing", len(lines) - 1)
    assert Comment.objects.current().count() == comments


def test_a_named_format_outranks_the_extension(dump: Path) -> None:
    renamed = dump.rename(dump.with_suffix(".txt"))
    assert run_import(renamed) == 2
    assert run_import(renamed, format="jsonl") == 0
    assert Article.objects.count() == 2
