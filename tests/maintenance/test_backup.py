"""Backups are complete or absent, and a restore gives the same archive or changes nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from tests.maintenance.conftest import IS_SQLITE, OtherDatabases
from tests.thread_files import MARCH, ROSES, TEA, exported, run, run_import
from threads import moderation
from threads.maintenance import database_copies, database_files, restore_database
from threads.models import Article, Backup, Comment, ModerationAction, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
BEFORE_BACKUPS = "0018_placeholder_names"
"""The last migration without the list of backups."""
ONLY_POSTGRES = pytest.mark.skipif(IS_SQLITE, reason="needs PostgreSQL")


@pytest.fixture
def archive(databases: OtherDatabases, tmp_path: Path) -> OtherDatabases:
    """Import two threads and hide a comment."""
    ROSES.write(tmp_path / "in" / "roses.md")
    TEA.write(tmp_path / "in" / "tea.md")
    run_import(tmp_path / "in")
    moderation.hide(Comment.objects.filter(body=MARCH.body), by=None, reason=Reason.SPAM)
    return databases


@pytest.fixture
def file(archive: OtherDatabases, tmp_path: Path) -> Path:
    """Make a backup."""
    path = tmp_path / "tea.backup"
    assert run("backup", path) == 0
    return path


def describe(file: Path) -> dict[str, Any]:
    """Return the last line of a backup."""
    line: dict[str, Any] = json.loads(file.read_bytes().splitlines()[-1])
    return line


def rewrite(file: Path, **values: object) -> None:
    """Change what a backup says about itself, with a right checksum."""
    info = describe(file) | values
    content = file.read_bytes()[: info["size"]]
    file.write_bytes(content)
    database_files.seal(file, database_files.BackupInfo(**info))


def test_a_restored_archive_is_the_same(archive: OtherDatabases, file: Path, tmp_path: Path) -> None:
    before = exported(tmp_path), list(ModerationAction.objects.values())

    archive.use("second", migrated=False)
    assert run("restore", file) == 0

    assert (exported(tmp_path), list(ModerationAction.objects.values())) == before
    assert run("verify_archive", tmp_path / "in", workers=1) == 0
    assert run_import(tmp_path / "in") == 0
    assert [*tmp_path.glob("*.partial")] == []
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_last_line_describes_the_backup(archive: OtherDatabases, file: Path) -> None:
    info = describe(file)
    digest = subprocess.run(f"head -n -1 {file} | sha256sum", shell=True, capture_output=True, text=True, check=True)

    assert digest.stdout.split()[0] == info["sha256"]
    assert info["database"] == connection.vendor
    assert info["migrations"]["threads"] >= "0019"
    backup = Backup.objects.get()
    assert (backup.path, backup.size, backup.made_at.isoformat(timespec="milliseconds")) == (
        str(file),
        file.stat().st_size,
        info["made_at"],
    )


def test_other_programs_read_the_file_as_it_is(archive: OtherDatabases, file: Path) -> None:
    if IS_SQLITE:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as rows:
            assert rows.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert rows.execute("SELECT count(*) FROM threads_article").fetchall() == [(2,)]
    else:
        listed = subprocess.run(["pg_restore", "--list", file], capture_output=True, text=True, check=True)
        assert "TABLE DATA public threads_article" in listed.stdout


@pytest.mark.skipif(not IS_SQLITE, reason="pg_dump is one transaction")
def test_a_change_during_a_backup_is_neither_delayed_nor_in_it(
    archive: OtherDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0, isolation_level=None)) as other:
        steps = []

        def change(*_step: int) -> None:
            steps.append(other.execute("UPDATE threads_article SET title = title || '!'").rowcount)

        with monkeypatch.context() as patch:
            patch.setattr(database_copies, "STEP_PAGES", 20)
            patch.setattr(database_copies, "_wait_for_signals", change)
            assert run("backup", tmp_path / "tea.backup") == 0
    assert len(steps) > 5
    assert Article.objects.filter(title=ROSES.title + "!" * len(steps)).exists()

    archive.use("second")
    assert run("restore", tmp_path / "tea.backup") == 0
    assert Article.objects.filter(title=ROSES.title).exists()


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a changed byte": (lambda whole: whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:], "is damaged"),
    "a changed description": (lambda whole: whole.replace(b'"sha256": "', b'"sha256": "0'), "is damaged"),
    "a part missing": (lambda whole: whole[:5000] + whole[6000:], "is damaged"),
    "the last line missing": (lambda whole: whole[: whole[:-1].rindex(b"\n") + 1], "is not a complete backup"),
    "the last byte missing": (lambda whole: whole[:-1], "is not a complete backup"),
    "half of it": (lambda whole: whole[: len(whole) // 2], "is not a complete backup"),
    "a line too many": (lambda whole: whole + b"\n", "is not a complete backup"),
    "nothing": (lambda _whole: b"", "is not a complete backup"),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_file_is_refused(
    archive: OtherDatabases, file: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    damage, message = DAMAGES[kind]
    file.write_bytes(damage(file.read_bytes()))

    assert_refused(file, message)


def assert_refused(file: Path, *parts: str, replace: bool = True) -> None:
    """Assert that a restore exits with code 2 and one sentence, and that the database keeps its rows."""
    with pytest.raises(CommandError) as caught:
        call_command("restore", str(file), replace=replace)
    assert caught.value.returncode == 2
    for part in parts:
        assert part in str(caught.value)
    assert Article.objects.count() == 2


def test_a_file_that_is_no_backup_is_refused(archive: OtherDatabases, tmp_path: Path) -> None:
    assert_refused(TEA.write(tmp_path / "tea.md"), "tea.md is not a complete backup")
    assert_refused(tmp_path / "missing", "Cannot read", "missing: No such file")
    assert_refused(tmp_path, "Is a directory")


def test_a_backup_of_a_newer_version_is_refused(archive: OtherDatabases, file: Path) -> None:
    rewrite(file, migrations=describe(file)["migrations"] | {"threads": "9999_future"})
    assert_refused(file, "threads.9999_future. This program has threads.00", "Upgrade this program")
    rewrite(file, format=2)
    assert_refused(file, "has format 2 of a newer version. This program knows format 1.", "Upgrade this program")


def test_a_backup_of_another_database_is_refused(archive: OtherDatabases, file: Path) -> None:
    rewrite(file, database="postgresql" if IS_SQLITE else "sqlite")
    names = ("PostgreSQL", "SQLite") if IS_SQLITE else ("SQLite", "PostgreSQL")
    assert_refused(file, "is a backup of {}, but DATABASE_URL is {}".format(*names), "import_archive")


def test_a_database_with_rows_is_replaced_only_if_asked(
    archive: OtherDatabases, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moderation.redact(Comment.objects.filter(body="70 °C."), by=None, reason=Reason.PRIVACY)
    after = "Moderation actions after the backup: 1, of which redactions: 1."

    assert_refused(file, "not empty. --replace deletes everything in it.", after, replace=False)
    assert not Comment.objects.filter(body="70 °C.").exists()
    assert run("restore", file, replace=True) == 0

    assert Comment.objects.filter(body="70 °C.").exists()
    assert f"{after} They are undone: repeat them." in capsys.readouterr().out


def test_a_database_with_accounts_only_is_not_empty(archive: OtherDatabases, file: Path) -> None:
    archive.use("second")
    call_command("loaddata", "moderators", verbosity=0)
    assert restore_database.is_empty()
    User.objects.create_user("helper")
    assert not restore_database.is_empty()


def test_a_database_of_another_program_is_not_empty(archive: OtherDatabases) -> None:
    archive.use("second", migrated=False)
    assert restore_database.is_empty()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bicycles (name text)")
    assert not restore_database.is_empty()


def test_a_backup_of_an_older_version_is_migrated(
    archive: OtherDatabases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "old.backup"
    call_command("migrate", "threads", BEFORE_BACKUPS, verbosity=0)
    assert run("backup", file) == 0
    assert "The archive cannot record the backup" in capsys.readouterr().err
    assert describe(file)["migrations"]["threads"] == BEFORE_BACKUPS

    archive.use("second")
    assert run("restore", file) == 0
    assert run("verify_archive", workers=1) == 0
    assert [backup.path for backup in Backup.objects.all()] == [str(file)]


def test_newer_tables_do_not_survive_an_older_backup(archive: OtherDatabases, tmp_path: Path) -> None:
    call_command("migrate", "threads", BEFORE_BACKUPS, verbosity=0)
    assert run("backup", tmp_path / "old.backup") == 0
    archive.use("second")
    Backup.objects.create(path="/backup/other", made_at=timezone.now(), size=1)

    assert run("restore", tmp_path / "old.backup", replace=True) == 0
    assert {backup.path for backup in Backup.objects.all()} == {str(tmp_path / "old.backup"), "/backup/other"}


def test_backups_made_later_stay_in_the_list_after_a_restore(
    archive: OtherDatabases, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("backup", tmp_path / "later.backup") == 0
    assert run("restore", file, replace=True) == 0
    moderation.redact(Comment.objects.filter(body="70 °C."), by=None, reason=Reason.PRIVACY)
    (tmp_path / "later.backup").unlink()
    capsys.readouterr()

    call_command("backup", list=True)
    later, first = capsys.readouterr().out.splitlines()
    assert later.endswith("later.backup  (contains redacted text; redactions since: 1)  (no such file)")
    assert first.endswith("tea.backup  (contains redacted text; redactions since: 1)")

    call_command("backup", forget=[tmp_path / "later.backup"])
    assert [backup.path for backup in Backup.objects.all()] == [str(file)]
    with pytest.raises(CommandError, match="not in the list"):
        call_command("backup", forget=[tmp_path / "later.backup"])


def test_a_file_is_not_overwritten(archive: OtherDatabases, file: Path) -> None:
    content = file.read_bytes()
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", str(file))
    assert file.read_bytes() == content


def test_a_database_without_tables_is_not_backed_up(databases: OtherDatabases, tmp_path: Path) -> None:
    databases.use("second", migrated=False)
    with pytest.raises(CommandError, match=r"The database is empty\. Check DATABASE_URL"):
        call_command("backup", str(tmp_path / "tea.backup"))
    assert [*tmp_path.glob("tea*")] == []


def test_cached_pages_of_the_former_archive_are_not_served(
    archive: OtherDatabases, file: Path, tmp_path: Path, client: Client, settings: Settings
) -> None:
    def title(text: str) -> str:
        replace(TEA, title=text).write(tmp_path / "in" / "tea.md")
        run_import(tmp_path / "in")
        return shown()

    def shown() -> str:
        page = client.get(Article.objects.get(key=TEA.key).get_absolute_url()).content.decode()
        return unescape(re.findall("<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[0]).strip()

    settings.PAGE_CACHE = True
    assert shown() == TEA.title
    assert title("Black tea") == "Black tea"
    for text in ("White tea", "Oolong"):
        assert run("restore", file, replace=True) == 0
        assert shown() == TEA.title
        assert title(text) == text


STALL = "import os, time\nos.fsync = lambda file: (print('stalled', flush=True), time.sleep(600))"
STALL_LOADING = (
    "import time\nfrom threads.maintenance import database_copies\ndatabase_copies.STEP_PAGES = 50\n"
    "database_copies._wait_for_signals = lambda *_: (print('stalled', flush=True), time.sleep(600))"
)


def manage(url: str, code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process that runs `code` and then a command of `manage.py`."""
    start = "import django, manage, os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'archive_site.settings'"
    script = f"{start}\ndjango.setup()\n{code}\nsys.argv = {['manage.py', *arguments]!r}\nmanage.main()"
    variables = os.environ | {"DATABASE_URL": url, "DEBUG": "1", "LANGUAGE_CODE": "en"}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=variables, text=True, **pipes)


def kill_when_stalled(process: subprocess.Popen[str]) -> None:
    """Kill a process after it printed the word `stalled`."""
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "stalled\n"
        process.kill()


def test_a_killed_backup_leaves_no_file_of_that_name(archive: OtherDatabases, tmp_path: Path) -> None:
    kill_when_stalled(manage(archive.url(), STALL, "backup", str(tmp_path / "tea.backup")))

    left = [*tmp_path.glob("tea.backup*")]
    assert [path.suffix for path in left] == [".partial"]
    assert run("backup", tmp_path / "tea.backup") == 0
    assert Backup.objects.count() == 1


def test_a_stopped_backup_leaves_nothing(archive: OtherDatabases, tmp_path: Path) -> None:
    with manage(archive.url(), STALL, "backup", str(tmp_path / "tea.backup")) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "stalled\n"
        process.terminate()
        assert process.communicate()[1] == "CommandError: Stopped. No backup was made.\n"
    assert process.returncode == 130
    assert [*tmp_path.glob("tea.backup*")] == []


@pytest.mark.skipif(not IS_SQLITE, reason="for PostgreSQL, the next test")
def test_a_killed_restore_changes_nothing(archive: OtherDatabases, file: Path) -> None:
    Article.objects.update(title="Changed")
    connection.close()
    kill_when_stalled(manage(archive.url(), STALL_LOADING, "restore", str(file), "--replace"))

    assert {article.title for article in Article.objects.all()} == {"Changed"}
    assert run("verify_archive", workers=1) == 1
    assert run("restore", file, replace=True) == 0
    assert run("verify_archive", workers=1) == 0


def write_tool(folder: Path, name: str, script: str) -> None:
    """Write a program that is found before PostgreSQL's own."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@ONLY_POSTGRES
def test_a_dump_that_ends_early_changes_nothing(
    archive: OtherDatabases, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.which("pg_restore")
    version = f'case "$1" in --version) exec {real} --version;; esac'
    ended = f'{version}; echo "CREATE TABLE threads_archivestate (version bigint);"; echo "error: no more" >&2; exit 1'
    write_tool(tmp_path / "bin", "pg_restore", ended)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert_refused(file, "The restore failed (no more). The database is unchanged.")

    write_tool(tmp_path / "bin", "pg_restore", f'{version}; echo "SELECT no;"')
    assert_refused(file, 'The restore failed (column "no" does not exist). The database is unchanged.')


@ONLY_POSTGRES
def test_missing_and_old_tools_are_named(
    archive: OtherDatabases, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tool(tmp_path / "bin", "psql", "echo 'psql (PostgreSQL) 99.1'")
    for tool in ("pg_dump", "pg_restore"):
        write_tool(tmp_path / "bin", tool, f"echo '{tool} (PostgreSQL) 9.6.24'")
    rewrite(file, made_with="pg_dump 98.3")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        with pytest.raises(CommandError, match=r"pg_dump 9.6.24 is too old for PostgreSQL \d\d\."):
            call_command("backup", str(tmp_path / "new.backup"))
        assert_refused(file, "pg_restore 9.6.24 is too old for PostgreSQL 98. Install postgresql-client-98.")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        with pytest.raises(CommandError, match=r"pg_dump is not installed\. On Debian: apt-get install"):
            call_command("backup", str(tmp_path / "new.backup"))
        assert_refused(file, "psql is not installed.")
    assert [*tmp_path.glob("new*")] == []


FULL = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"


def test_a_full_disk_is_one_sentence(archive: OtherDatabases, file: Path, tmp_path: Path) -> None:
    connection.close()
    _output, error = manage(archive.url(), FULL, "backup", str(tmp_path / "new.backup")).communicate()
    assert re.fullmatch(r"CommandError: (The backup failed|Cannot write) .*\. No backup was made\.\n", error)
    assert [*tmp_path.glob("new*")] == []
    if IS_SQLITE:
        _output, error = manage(archive.url(), FULL, "restore", str(file), "--replace").communicate()
        assert error == "CommandError: The restore failed (disk I/O error). The database is unchanged.\n"
        assert run("verify_archive", workers=1) == 0


def test_a_folder_that_is_missing_is_one_sentence(archive: OtherDatabases, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Cannot write .*: No such file or directory\. No backup was made"):
        call_command("backup", str(tmp_path / "missing" / "tea.backup"))
