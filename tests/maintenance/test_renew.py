"""`reparse`, `rerender` and `relink` apply the current rules to the stored archive."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from tests.thread_files import exported, run, run_import
from threads import moderation
from threads.database import locks, versions
from threads.importing import pruning
from threads.maintenance import renew
from threads.models import ArchiveState, Article, Comment, ImportRun, ModerationAction, Quote, Reason, Report

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

SAMPLE = Path(__file__).parents[2] / "fixtures" / "sample_archive"
COMMANDS = ["reparse", "rerender", "relink"]


@pytest.fixture(scope="module")
def _archive(module_database: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Import the sample archive from a folder that is missing afterwards."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(SAMPLE, folder / "in")
    run_import(folder / "in")
    shutil.rmtree(folder)


@pytest.fixture
def folder(_archive: None, tmp_path: Path) -> Path:
    return tmp_path


def spoil(command: str) -> None:
    """Make the archive look as if older rules had made it."""
    if command == "relink":
        Comment.objects.update(answers=None, link_method=None, link_confidence=None, answers_article=False)
        Quote.objects.update(target=None)
    else:
        Comment.objects.update(body_html="<p>old</p>")
        Article.objects.update(body_html="<p>old</p>")
    if command == "reparse":
        Article.objects.update(title="old")
        Comment.objects.update(addressee="")


@pytest.mark.parametrize("command", COMMANDS)
def test_current_rules_are_applied_without_the_folder(folder: Path, command: str) -> None:
    before = exported(folder)
    spoil(command)
    assert exported(folder) != before

    assert run(command, workers=1) == 0

    assert exported(folder) == before
    assert ArchiveState.objects.get().rules[command] == versions.RULES[command]  # type: ignore[index]


@pytest.mark.parametrize("command", COMMANDS)
def test_threads_without_differences_are_not_written(folder: Path, command: str) -> None:
    moderation.hide(Comment.objects.filter(position=1), by=None, reason=Reason.SPAM)
    versions = list(Article.objects.order_by("pk").values_list("pk", "version"))

    assert run(command, workers=1) == 0

    assert list(Article.objects.order_by("pk").values_list("pk", "version")) == versions


@pytest.mark.parametrize("command", COMMANDS)
def test_a_dry_run_prints_changes_and_writes_nothing(
    folder: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(command)
    before = exported(folder)
    runs = ImportRun.objects.count()

    assert run(command, workers=1, dry_run=True) == 0

    assert exported(folder) == before
    assert ImportRun.objects.count() == runs
    out = capsys.readouterr().out
    assert "Files: 0 seen" not in out, "it looks into no folder"
    assert "would change" in out
    assert "Threads: 0 added, 0 changed" not in out


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stopped_run_resumes(folder: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = exported(folder)
    spoil(command)
    monkeypatch.setattr(renew, "AT_ONCE", 5)
    renew_part = renew._renew
    done: list[int] = []

    def renew_two_parts(*arguments: Any) -> None:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(len(done))
        renew_part(*arguments)

    monkeypatch.setattr(renew, "_renew", renew_two_parts)
    assert run(command, workers=1) == 130
    assert ImportRun.objects.filter(command=command, status="interrupted").exists()
    monkeypatch.setattr(renew, "_renew", renew_part)
    spoiled = Article.objects.filter(title="old").count()
    assert run(command, workers=1) == 0

    assert exported(folder) == before
    assert spoiled in {0, Article.objects.count() - 10}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("older", "restart", "restarts"), [(0, False, False), (1, False, True), (0, True, True)])
def test_a_run_restarts_if_asked_or_if_the_rules_changed(
    folder: Path, command: Any, older: int, restart: bool, restarts: bool
) -> None:
    before = exported(folder)
    spoil(command)
    spoiled = exported(folder)
    last = Article.objects.order_by("pk").values_list("pk", flat=True).last()
    came = {"rules": versions.RULES[command] - older, "to": last}
    ArchiveState.objects.update(rules={f"{command}_came": came})
    assert run(command, workers=1, restart=restart) == 0
    assert exported(folder) == (before if restarts else spoiled)


def test_a_corrected_link_survives_relinking(folder: Path) -> None:
    article = Article.objects.order_by("-comment_count").first()
    assert article is not None
    first, second, third = article.comments.order_by("position")[:3]
    moderation.relink(third, first, by=None)

    assert run("relink", workers=1) == 0
    assert run("reparse", workers=1) == 0

    third.refresh_from_db()
    assert (third.answers, third.link_method) == (first, "manual")
    assert second.pk != first.pk


def withdraw(_folder: Path) -> None:
    pruning.withdraw_articles(list(Article.objects.values_list("pk", flat=True)))


def close_report(_folder: Path) -> None:
    moderation.close_reports(Report.objects.all(), Report.Status.DONE, by=None)


def undo(_folder: Path) -> None:
    moderation.undo(ModerationAction.objects.get(), by=None)


@pytest.mark.parametrize(
    "change",
    [*(lambda _folder, command=command: run(command, workers=1) for command in COMMANDS), withdraw, close_report, undo],
    ids=[*COMMANDS, "withdraw", "close_report", "undo"],
)
def test_each_change_takes_the_people_lock_first(
    folder: Path, change: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Transactions that lock rows in different orders deadlock. One lock before any row prevents that."""
    moderation.hide(Comment.objects.filter(pk=Comment.objects.filter(position=1)[0].pk), by=None)
    moderation.receive_report(Article.objects.all()[0], reason="spam", message="", contact="")
    for command in COMMANDS:
        spoil(command)
    seen: list[str] = []
    monkeypatch.setattr(locks, "lock_people", lambda: seen.append("lock"))
    changing = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "?(threads_(?:article|comment|report|moder)\w*)')

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := changing.match(sql):
            seen.append(found[1])
        elif sql.endswith("FOR UPDATE"):
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        change(folder)

    assert seen[0] == "lock"
    assert len(set(seen)) > 1
