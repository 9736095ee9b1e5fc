"""What commands print: nothing in a file's name or words can command the terminal, or pretend to be something else."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from tests.thread_files import ROSES
from threads.management.printing import printable
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
def test_what_a_terminal_would_obey_or_hide_is_escaped(line: str, shown: str) -> None:
    assert printable(line) == shown


def said(command: str, *arguments: str, **options: Any) -> str:
    """Run a command; return all that it prints."""
    out = StringIO()
    try:
        call_command(command, *arguments, stdout=out, **options)
    except CommandError as error:
        out.write(str(error))
    return out.getvalue()


def test_no_command_prints_names_and_values_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / f"in{NAME}"
    ROSES.write(folder / NAME)
    (folder / f"bad{NAME}").write_bytes(b"---\nlayout: x\n---\n")
    report = tmp_path / f"report{NAME}"
    printed = [
        said("import_archive", str(folder), "--dry-run"),
        said("import_archive", str(folder), report=str(report)),
    ]
    assert all(one["path"].endswith(NAME) for one in json.loads(report.read_text(encoding="utf-8"))["problems"])
    Article.objects.update(key=f"garden.example/{NAME}")
    printed.append(said("verify_archive", str(folder)))
    printed.append(said("verify_archive", str(tmp_path / NAME)))
    printed.append(said("import_archive", str(tmp_path / NAME)))
    printed.append(said("import_archive", str(folder), report=str(tmp_path / NAME / "no" / "folder")))
    printed.append(said("export_archive", str(tmp_path / f"out{NAME}"), format="jsonl"))
    printed.append(said("export_archive", str(folder), format="jsonl"))
    SourceFile.objects.update(path=f"../{NAME}")
    printed.append(said("export_archive", str(tmp_path / "files"), format="source"))
    for text in printed:
        assert SAFE in text
        assert not set(text) & set("\u202e\x1b\u200b"), text
