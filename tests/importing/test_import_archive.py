"""Importing folders: what gets in, what is said, what a second import does, in any order, with any workers."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.rendered import shown_opening
from tests.thread_files import SITE, FileComment, ThreadFile, exported, quoting, run, run_import
from threads.models import (
    ArchiveState,
    Article,
    ArticleTag,
    Author,
    Comment,
    ImportProblem,
    ImportRun,
    Quote,
    SourceFile,
    Tag,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.django_db

SAMPLE = Path(__file__).parents[2] / "fixtures" / "sample_archive"
ROSES = ThreadFile(
    comments=(
        FileComment("hiker", "In March, when the forsythia blooms, and not before."),
        FileComment(
            "baker", quoting("In March, when the forsythia blooms...", "Later in the north."), addressee="hiker"
        ),
    )
)
TEA = ThreadFile(
    2, "Green tea", "How hot may the water be?", "brewer", tags="tea", comments=(FileComment("hiker", "70 °C."),)
)


def snapshot() -> dict[str, list[tuple[object, ...]]]:
    """Return every row that an import writes."""
    models = (ArchiveState, Article, ArticleTag, Author, Comment, Quote, SourceFile, Tag)
    return {model.__name__: list(model._default_manager.order_by("pk").values_list()) for model in models}


def test_a_folder_becomes_threads(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    TEA.write(tmp_path / "deep" / "tea.MD")

    assert run_import(tmp_path) == 0

    roses = Article.objects.get(key=ROSES.key)
    assert (roses.title, roses.author and roses.author.name, roses.comment_count) == (ROSES.title, "gardener", 2)
    first, second = roses.comments.order_by("position")
    assert second.answers == first
    assert (second.link_method, first.source_id, first.answer_count) == ("excerpt", 7, 1)
    assert Quote.objects.get().target == first
    assert set(SourceFile.objects.values_list("path", flat=True)) == {"roses.md", "deep/tea.MD"}
    assert {tag.name: tag.article_count for tag in Tag.objects.all()} == {"roses": 1, "pruning": 1, "tea": 1}
    hiker = Author.objects.get(name="hiker")
    assert (hiker.comment_count, hiker.article_count, str(hiker.first_seen)) == (2, 0, "2020-09-29")


def test_a_single_file_can_be_imported(tmp_path: Path) -> None:
    assert run_import(ROSES.write(tmp_path / "roses.md")) == 0
    assert SourceFile.objects.get().path == "roses.md"


def test_the_sample_goes_into_an_empty_archive_only(tmp_path: Path) -> None:
    assert run_import(ROSES.write(tmp_path / "roses.md"), if_empty=True) == 0
    assert run_import(SAMPLE, if_empty=True) == 0
    assert SourceFile.objects.get().path == "roses.md"


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    run_import(SAMPLE)
    before = snapshot()

    assert run_import(SAMPLE) == 0
    assert snapshot() == before
    assert run_import(SAMPLE, force=True) == 0
    after = snapshot()
    sources = list(after.pop("SourceFile"))
    assert len(sources) == len(before.pop("SourceFile"))
    assert after == before


def test_files_that_did_not_change_are_read_again_where_that_is_insisted_on(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    Article.objects.update(title="Altered behind its back")
    run_import(tmp_path)
    assert Article.objects.get().title == "Altered behind its back"
    run_import(tmp_path, force=True)
    assert Article.objects.get().title == ROSES.title


@pytest.mark.worker_processes
@pytest.mark.parametrize(
    ("order", "workers"), [("reversed", 1), ("reversed", 2), ("shuffled", 1), ("shuffled", 2), ("one by one", 1)]
)
def test_any_order_and_any_number_of_workers_give_the_same_archive(tmp_path: Path, order: str, workers: int) -> None:
    run_import(SAMPLE)
    expected = exported(tmp_path)
    Article.objects.all().delete()
    Author.objects.all().delete()
    Tag.objects.all().delete()

    files = sorted(SAMPLE.glob("*.md"), reverse=True)
    if order == "shuffled":
        random.Random(7).shuffle(files)
    if order == "one by one":
        for file in files:
            run_import(file, workers=workers)
    else:
        run_import(*files, workers=workers)

    by_key = {line["key"]: line for line in exported(tmp_path)}
    assert by_key == {line["key"]: line for line in expected}


def test_a_reply_whose_target_comes_with_a_later_file_is_linked_then(tmp_path: Path) -> None:
    only_answer = replace(ROSES, lastmod="2020-10-01T00:00:00+00:00").with_comments(ROSES.comments[1])
    only_answer.write(tmp_path / "a.md")
    run_import(tmp_path)
    assert Comment.objects.get().answers is None
    key = Comment.objects.get().key

    ROSES.with_comments(ROSES.comments[0]).write(tmp_path / "b.md")
    run_import(tmp_path)

    answer = Comment.objects.get(key=key)
    assert answer.answers is not None
    assert answer.answers.author is not None
    assert answer.answers.author.name == "hiker"


def test_a_link_to_a_thread_that_comes_later_leads_into_the_archive_then(tmp_path: Path) -> None:
    replace(ROSES, body=f"See [tea]({SITE}/article/2).").write(tmp_path / "roses.md")
    run_import(tmp_path)
    stored = Article.objects.get().body_html
    assert f'href="{SITE}/article/2"' in shown_opening(Article.objects.get())

    TEA.write(tmp_path / "tea.md")
    run_import(tmp_path)

    roses = Article.objects.get(key=ROSES.key)
    assert 'href="/t/garden.example/article/2/"' in shown_opening(roses)
    assert roses.body_html == stored


def test_a_link_to_a_thread_whose_file_is_refused_leads_outside(tmp_path: Path) -> None:
    replace(ROSES, body=f"See [tea]({SITE}/article/2).").write(tmp_path / "roses.md")
    (tmp_path / "tea.md").write_bytes(b"\x00\x01\x02" * 400 + f"\n> [原文]({SITE}/article/2)".encode())

    assert run_import(tmp_path) == 1

    assert f'href="{SITE}/article/2"' in Article.objects.get().body_html


def test_an_import_in_full_changes_nothing_though_a_file_is_still_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(ROSES, body=f"See [tea]({SITE}/article/2).").write(tmp_path / "roses.md")
    (tmp_path / "tea.md").write_bytes(b"\x00\x01\x02" * 400 + f"\n> [原文]({SITE}/article/2)".encode())
    run_import(tmp_path)
    capsys.readouterr()

    assert run_import(tmp_path, force=True) == 1

    assert "Threads: 0 added, 0 changed, 0 withdrawn" in capsys.readouterr().out


def test_the_day_of_a_thread_is_that_of_its_moment_in_utc(tmp_path: Path) -> None:
    text = ROSES.text().replace("date: 2020-09-28T00:00:00.000Z", "date: 2020-09-28 03:00:00 +0800")
    (tmp_path / "roses.md").write_text(text, encoding="utf-8")
    run_import(tmp_path)

    assert run("verify_archive", tmp_path) == 0


def test_a_path_that_is_not_there_is_said_and_the_rest_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ROSES.write(tmp_path / "roses.md")

    assert run_import(tmp_path, tmp_path / "nowhere") == 1

    assert Article.objects.count() == 1
    problem = ImportProblem.objects.get()
    assert (problem.severity, problem.code) == ("error", "not-found")
    assert "nowhere" in problem.path


@pytest.mark.parametrize("name", ["", "empty", "nowhere", "notes.txt"])
def test_nothing_to_import_is_an_error_that_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no Markdown", encoding="utf-8")

    assert run_import(tmp_path / name) == 2

    assert not Article.objects.exists()
    assert ImportRun.objects.get().status == "interrupted"


def test_names_that_are_no_regular_files_are_refused_and_the_rest_imported(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "in" / "roses.md")
    outside = TEA.write(tmp_path / "out" / "tea.md")
    os.mkfifo(tmp_path / "in" / "pipe.md")
    (tmp_path / "in" / "link.md").symlink_to(outside)
    (tmp_path / "in" / "gone.md").symlink_to(tmp_path / "nowhere.md")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "again.md").symlink_to(tmp_path / "in" / "roses.md")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / ".hidden.md").write_text("left alone", encoding="utf-8")

    assert run_import(tmp_path / "in") == 1

    assert Article.objects.get().key == ROSES.key
    assert dict(ImportProblem.objects.values_list("path", "code")) == {
        "pipe.md": "not-a-file",
        "link.md": "outside",
        "gone.md": "outside",
        "folder": "outside",
    }


def test_a_bad_path_is_refused_and_the_rest_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "in"
    ROSES.write(folder / "z" / "roses.md")
    for name in ("loop", "loop.md"):
        (folder / name).symlink_to(folder / name)
    (folder / "there").symlink_to(folder / "back")
    (folder / "back").symlink_to(folder / "there")
    for name in ("vanished", "closed"):
        TEA.write(folder / name / "tea.md")
    scandir = os.scandir

    def scan(path: Path) -> object:
        if path.name == "vanished":
            raise FileNotFoundError(2, "No such file or directory")
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)

    assert run_import(folder) == 1

    assert Article.objects.get().key == ROSES.key
    assert dict(ImportProblem.objects.values_list("path", "code")) == {
        "loop": "bad-link",
        "loop.md": "bad-link",
        "there": "bad-link",
        "back": "bad-link",
        "vanished": "not-readable",
        "closed": "not-readable",
    }


@pytest.mark.parametrize("name", ["\0", "loop"])
def test_a_bad_name_on_the_command_line_does_not_end_a_run(tmp_path: Path, name: str) -> None:
    ROSES.write(tmp_path / "roses.md")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert run_import(tmp_path / "roses.md", tmp_path / name) == 1
    assert Article.objects.get().key == ROSES.key


def test_a_link_that_leads_nowhere_does_not_stop_pruning(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    replace(ROSES, number=3).write(tmp_path / "more.md")
    tea = TEA.write(tmp_path / "tea.md")
    run_import(tmp_path)
    tea.unlink()
    (tmp_path / "loop.md").symlink_to(tmp_path / "loop.md")
    run_import(tmp_path, prune=True)
    assert not Article.objects.filter(withdrawn_at=None, key=TEA.key).exists()


def test_a_name_that_is_no_text_is_kept_in_a_form_that_is(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    name = os.fsencode(tmp_path / "in") + b"/\xff\xfe.md"
    ROSES.write(Path(os.fsdecode(name)))

    assert run_import(tmp_path / "in") == 0
    assert SourceFile.objects.get().path == "\\xff\\xfe.md"
    assert run_import(tmp_path / "in") == 0
    assert SourceFile.objects.count() == 1


def test_a_problem_that_a_later_run_solved_says_so(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_bytes(b"")
    ROSES.write(tmp_path / "roses.md")
    assert run_import(tmp_path) == 1
    problem = ImportProblem.objects.get(path="bad.md")
    assert problem.solved_by is None

    TEA.write(tmp_path / "bad.md")
    assert run_import(tmp_path, retry_failed=True) == 0

    problem.refresh_from_db()
    assert problem.solved_by == ImportRun.objects.first()


def test_retry_failed_takes_only_what_failed(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_bytes(b"")
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    TEA.write(tmp_path / "bad.md")
    replace(ROSES, title="Changed").write(tmp_path / "roses.md")

    assert run_import(tmp_path, retry_failed=True) == 0

    assert set(Article.objects.values_list("title", flat=True)) == {ROSES.title, TEA.title}


def test_limit_reads_so_many_files_and_no_more(tmp_path: Path) -> None:
    for number in range(1, 6):
        replace(TEA, number=number).write(tmp_path / f"{number}.md")

    run_import(tmp_path, limit=2)
    assert sorted(SourceFile.objects.values_list("path", flat=True)) == ["1.md", "2.md"]
    run_import(tmp_path, limit=2)
    assert SourceFile.objects.count() == 4


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ROSES.write(tmp_path / "roses.md")
    TEA.write(tmp_path / "tea.md")
    run_import(tmp_path)
    before = snapshot()
    runs = ImportRun.objects.count()
    ROSES.with_comments(ROSES.comments[1]).write(tmp_path / "roses.md")
    replace(TEA, number=3, title="Black tea").write(tmp_path / "black.md")
    (tmp_path / "tea.md").unlink()
    capsys.readouterr()

    assert run_import(tmp_path, dry_run=True, prune=True) == 0

    said = capsys.readouterr().out
    assert "would add black.md as garden.example/article/3; comments: 1" in said
    assert "would change roses.md (garden.example/article/1); comments: 0 added, 1 changed, 1 withdrawn" in said
    assert "links: 1 changed" in said
    assert "would withdraw tea.md (garden.example/article/2); comments: 1" in said
    assert snapshot() == before
    assert ImportRun.objects.count() == runs


def test_the_report_is_on_screen_in_json_and_in_the_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ROSES.write(tmp_path / "in" / "roses.md")
    (tmp_path / "in" / "bad.md").write_bytes(b"")

    assert run_import(tmp_path / "in", report=str(tmp_path / "report.json")) == 1

    said = capsys.readouterr().out
    assert "Files: 2 seen: 1 imported, 0 unchanged, 1 refused" in said
    assert "Errors: 1. Warnings: 0. Took" in said
    assert "bad.md" in said
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    run = ImportRun.objects.get()
    assert run.report == report
    assert (run.files_seen, run.files_imported, run.files_refused) == (2, 1, 1)
    assert report["problems"][0]["path"] == "bad.md"
    assert (report["errors"], report["threads_added"], report["comments_added"]) == (1, 1, 2)


def test_progress_is_a_line_for_each_thousand_files(tmp_path: Path) -> None:
    for number in range(1, 1_003):
        path = tmp_path / f"{number}.md"
        path.write_text(f"---\ntitle: {number}\n---\n\nTea.\n", encoding="utf-8")
    out = StringIO()

    assert run_import(tmp_path, stdout=out) == 0

    assert " / 1002 files" in out.getvalue()


def queries_of(paths: Sequence[Path]) -> int:
    """Return how many queries an import of these files costs."""
    with CaptureQueriesContext(connection) as queries:
        run_import(*paths)
    return len(queries)


def test_an_import_costs_as_many_queries_for_300_comments_as_for_3(tmp_path: Path) -> None:
    few = tuple(FileComment(f"hiker{n}", f"{n} °C will do.") for n in range(3))
    many = tuple(FileComment(f"walker{n}", f"{n} °C will do.") for n in range(300))
    run_import(TEA.write(tmp_path / "tea.md"))

    cost = queries_of([replace(TEA, number=11).with_comments(*few).write(tmp_path / "few.md")])
    assert queries_of([replace(TEA, number=12).with_comments(*many).write(tmp_path / "many.md")]) == cost
    again = queries_of([replace(TEA, number=11, body="x").with_comments(*few[1:]).write(tmp_path / "few.md")])
    assert queries_of([replace(TEA, number=12, body="x").with_comments(*many[1:]).write(tmp_path / "many.md")]) == again


def test_the_same_path_in_two_folders_is_two_files(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "one" / "thread.md")
    TEA.write(tmp_path / "two" / "thread.md")

    assert run_import(tmp_path / "one", tmp_path / "two") == 0

    assert set(SourceFile.objects.values_list("path", "article__key")) == {
        ("thread.md", ROSES.key),
        ("two/thread.md", TEA.key),
    }
    assert run_import(tmp_path / "one", tmp_path / "two") == 0
    assert SourceFile.objects.count() == 2


def test_a_folder_given_twice_is_read_once(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")

    assert run_import(tmp_path, tmp_path, tmp_path / "roses.md") == 0

    assert SourceFile.objects.count() == 1


def test_runs_that_died_are_called_interrupted_by_the_next(tmp_path: Path) -> None:
    dead = ImportRun.objects.create()
    ROSES.write(tmp_path / "roses.md")

    run_import(tmp_path)

    dead.refresh_from_db()
    assert dead.status == "interrupted"
    assert ImportRun.objects.get(pk__gt=dead.pk).status == "finished"
