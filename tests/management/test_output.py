"""Commands escape control characters in file names and texts."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from tests.thread_files import ROSES
from threads.management.output import escape_unprintable
from threads.models import Article, SourceFile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

NAME = "rose\u202ednim\x1b[31m\u200b\n.md"
SAFE = "rose\\u202ednim\\x1b[31m\\u200b\\n.md"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain.md: 玫瑰　é 🌹", "plain.md: 玫瑰　é 🌹"),
        (NAME, SAFE),
        ("\udce9t\u2028\ue000\x00", "\\udce9t\\u2028\\ue000\\x00"),
    ],
)
def test_control_and_invisible_characters_are_escaped(line: str, shown: str) -> None:
    assert escape_unprintable(line) == shown


def run_command(command: str, *arguments: str, **options: Any) -> str:
    """Run a command and return its output."""
    out = StringIO()
    try:
        call_command(command, *arguments, stdout=out, **options)
    except CommandError as error:
        out.write(str(error))
    return out.getvalue()


def test_all_commands_escape_names_and_values(tmp_path: Path) -> None:
    folder = tmp_path / f"in{NAME}"
    ROSES.write(folder / NAME)
    (folder / f"bad{NAME}").write_bytes(b"---\nlayout: x\n---\n")
    report = tmp_path / f"report{NAME}"
    printed = [
        run_command("import_archive", str(folder), "--dry-run"),
        run_command("import_archive", str(folder), report=str(report)),
    ]
    assert all(problem["path"].endswith(NAME) for problem in json.loads(report.read_text(encoding="utf-8"))["problems"])
    Article.objects.update(key=f"garden.example/{NAME}")
    printed.append(run_command("verify_archive", str(folder)))
    printed.append(run_command("verify_archive", str(tmp_path / NAME)))
    printed.append(run_command("import_archive", str(tmp_path / NAME)))
    printed.append(run_command("import_archive", str(folder), report=str(tmp_path / NAME / "no" / "folder")))
    printed.append(run_command("export_archive", str(tmp_path / f"out{NAME}"), format="jsonl"))
    printed.append(run_command("export_archive", str(folder), format="jsonl"))
    SourceFile.objects.update(path=f"../{NAME}")
    printed.append(run_command("export_archive", str(tmp_path / "files"), format="source"))
    for text in printed:
        assert SAFE in text
        assert not set(text) & set("\u202e\x1b\u200b"), text
