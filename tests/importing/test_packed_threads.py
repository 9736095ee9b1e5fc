"""Threads made of several files, and of pieces of a file, in a format of this test's own."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.thread_files import FileComment, ThreadFile, run, run_import
from threads import moderation
from threads.formats import packs, registry
from threads.formats.backup_format import PackedThread, RefusedFile
from threads.formats.packs import Member
from threads.models import Article, Comment, ImportProblem, ImportRun, SourceFile
from threads.parsing.document import Document, DocumentComment
from threads.parsing.problem_severities import Problem, UnreadableError, refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from threads.formats.backup_format import Changes, Folder

pytestmark = pytest.mark.django_db
SECRET = "The key is under the third flower pot."


class Notes:
    """Folders `notes/N.txt` with `replies/N/K.txt`, and files `log.notes` whose lines are `N words`."""

    NAME = "notes"

    def claim_entries(self, folder: Folder) -> Collection[str]:
        """Claim `notes` and `replies`, or logs."""
        logs = {name for name in folder.entries if name.endswith(".notes")}
        return logs | ({"notes", "replies"} if "notes" in folder.entries else set())

    def find_threads(self, folder: Folder, entries: Collection[str]) -> Iterator[PackedThread | RefusedFile]:
        """Yield a thread for each note, and one for each number in a log."""
        for path in folder.list_files("notes") if "notes" in entries else ():
            number = path.removeprefix("notes/").removesuffix(".txt")
            replies = [reply for reply in folder.list_files("replies") if reply.startswith(f"replies/{number}/")]
            members = [Member(name, folder.read(name)) for name in (path, *replies)]
            if members[0].content:
                yield PackedThread(f"notes.example/note/{number}", tuple(members))
            else:
                yield RefusedFile(path, Problem(None, "empty", "The note is empty."))
        for name in sorted({*entries} - {"notes", "replies"}):
            yield from self._find_in_log(name, folder.read(name))

    def _find_in_log(self, name: str, content: bytes) -> Iterator[PackedThread]:
        threads: dict[str, list[Member]] = {}
        offset = 0
        for line in content.splitlines(keepends=True):
            threads.setdefault(line.split()[0].decode(), []).append(Member(name, line, offset))
            offset += len(line)
        for number, members in threads.items():
            yield PackedThread(f"notes.example/log/{number}", tuple(members), is_in_pieces=True)

    def read_document(self, content: bytes, name: str) -> Document:
        """Read the first member as the opening, the others as comments."""
        first, *others = (member.content.decode() for member in packs.unpack(content))
        if first.startswith("bad"):
            raise refusal(1, "bad", "The note is bad.")
        path = packs.unpack(content)[0].path
        kind, number = ("log", first.split()[0]) if path.endswith(".notes") else ("note", path[6:-4])
        comments = tuple(DocumentComment("writer", None, None, text.strip(), 1) for text in others)
        return Document(
            key=f"notes.example/{kind}/{number}",
            kind="article",
            title=f"Note {number}",
            author="writer",
            published_at=None,
            modified_at=None,
            source_url="",
            tags=(),
            front_matter={},
            body=first.strip(),
            comments=comments,
        )

    def rewrite(self, content: bytes, name: str, changes: Changes) -> bytes:
        """Replace comments; their line feed stays."""
        members = list(packs.unpack(content))
        for number, body in changes.bodies.items():
            members[number + 1] = members[number + 1]._replace(content=f"{body}\n".encode())
        return packs.pack(members)


@pytest.fixture(autouse=True)
def _notes(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Notes()
    monkeypatch.setitem(registry.FOLDER_FORMATS, notes.NAME, notes)
    monkeypatch.setitem(registry.FORMATS, notes.NAME, notes)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A folder with two notes, a log of two threads in turn, and a Markdown thread."""
    folder = tmp_path / "backup"
    texts = {
        "box/notes/1.txt": "Where is the key?\n",
        "box/notes/2.txt": "Is it raining?\n",
        "box/replies/1/1.txt": f"{SECRET}\n",
        "box/replies/1/2.txt": "Thanks, found it.\n",
        "log.notes": "7 The first bean is up.\n8 Snow in May.\n7 It has two leaves now.\n8 Gone by noon, luckily.\n",
    }
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    ThreadFile(comments=(FileComment("hiker", "In March."),)).write(folder / "md" / "roses.md")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, with the log where it is exported."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {"backup/log.notes" if path == "log.notes" else path: content for path, content in files.items()}


def test_files_of_a_thread_are_one_thread(backup: Path) -> None:
    assert run_import(backup) == 0
    keys = set(Article.objects.values_list("key", flat=True))
    assert keys == {
        "garden.example/article/1",
        *("notes.example/note/1", "notes.example/note/2", "notes.example/log/7", "notes.example/log/8"),
    }
    note = Article.objects.get(key="notes.example/note/1")
    assert [comment.body for comment in note.comments.order_by("order")] == [SECRET, "Thanks, found it."]
    assert set(SourceFile.objects.filter(format="notes").values_list("path", flat=True)) == {
        *("box/notes/1.txt", "box/notes/2.txt"),
        *("backup/log.notes#notes.example/log/7", "backup/log.notes#notes.example/log/8"),
    }


def test_unchanged_files_are_not_read_again_and_a_changed_member_changes_its_thread(backup: Path) -> None:
    run_import(backup)
    run_import(backup)
    assert ImportRun.objects.latest("id").files_unchanged == 5
    (backup / "box/replies/2").mkdir()
    (backup / "box/replies/2/1.txt").write_text("Not yet.\n", encoding="utf-8")
    run_import(backup)
    last = ImportRun.objects.latest("id")
    assert (last.files_imported, last.files_unchanged) == (1, 4)
    assert Article.objects.get(key="notes.example/note/2").comment_count == 1


def test_the_source_export_has_every_file_byte_for_byte(backup: Path, tmp_path: Path) -> None:
    run_import(backup)
    assert run("export_archive", tmp_path / "out", format="source") == 0
    assert tree(tmp_path / "out") == tree(backup)
    assert run("verify_archive", backup) == 0
    assert run("verify_archive") == 0


def test_redaction_blanks_one_member(backup: Path, tmp_path: Path) -> None:
    run_import(backup)
    moderation.redact(Comment.objects.filter(body=SECRET), by=None, reason="privacy")
    stored = zlib.decompress(SourceFile.objects.get(path="box/notes/1.txt").content)
    assert SECRET.encode() not in stored
    run_import(backup)
    assert not Comment.objects.filter(body=SECRET).exists()
    run("export_archive", tmp_path / "out", format="source")
    exported, came = tree(tmp_path / "out"), tree(backup)
    assert exported.pop("box/replies/1/1.txt") == "_已隐藏_\n".encode()
    came.pop("box/replies/1/1.txt")
    assert exported == came


def test_a_missing_folder_withdraws_its_threads_only_with_prune(backup: Path) -> None:
    run_import(backup)
    for path in ("box/notes/2.txt",):
        (backup / path).unlink()
    run_import(backup)
    assert Article.objects.get(key="notes.example/note/2").withdrawn_at is None
    run_import(backup, prune=True)
    assert Article.objects.get(key="notes.example/note/2").withdrawn_at is not None
    assert Article.objects.get(key="notes.example/note/1").withdrawn_at is None


def test_a_refused_file_is_named_and_solved_later(backup: Path) -> None:
    (backup / "box/notes/2.txt").write_text("", encoding="utf-8")
    (backup / "box/notes/1.txt").write_text("bad\n", encoding="utf-8")
    assert run_import(backup) == 1
    problems = ImportProblem.objects.filter(severity="error", solved_by=None)
    assert set(problems.values_list("path", "code")) == {("box/notes/2.txt", "empty"), ("box/notes/1.txt", "bad")}
    (backup / "box/notes/2.txt").write_text("Is it raining?\n", encoding="utf-8")
    (backup / "box/notes/1.txt").write_text("Where is the key?\n", encoding="utf-8")
    assert run_import(backup) == 0
    assert not problems.exists()


def test_the_report_counts_every_post(backup: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (backup / "box/notes/2.txt").write_text("", encoding="utf-8")
    ThreadFile(comments=(FileComment("hiker", "In March."),)).write(backup / "md" / "copy.md")
    run_import(backup)
    # Five openings and six comments; one file refused; an opening and a comment are there twice.
    assert "Posts: 12 read: 9 stored, 2 united, 1 refused" in capsys.readouterr().out
    assert ImportRun.objects.latest("id").report["posts_read"] == 12


def test_a_link_to_a_folder_outside_is_not_followed(backup: Path) -> None:
    (backup / "box" / "notes").rename(backup.parent / "outside")
    (backup / "box" / "notes").symlink_to(backup.parent / "outside")
    assert run_import(backup) == 1
    assert not Article.objects.filter(key__startswith="notes.example/note/").exists()
    assert ImportProblem.objects.filter(path="box/notes", code="outside").exists()


def test_only_one_format_can_be_asked_for(backup: Path) -> None:
    run_import(backup, format="notes")
    assert not Article.objects.filter(key="garden.example/article/1").exists()
    assert Article.objects.count() == 4
    run_import(backup / "log.notes", format="notes")
    assert ImportRun.objects.latest("id").files_unchanged == 2


def test_two_backups_with_equal_paths_stay_apart(backup: Path) -> None:
    other = backup.parent / "other" / "log.notes"
    other.parent.mkdir()
    other.write_text("9 A third thread.\n", encoding="utf-8")
    for _ in range(2):
        assert run_import(backup) == run_import(other.parent) == 0
    assert [run.files_unchanged for run in ImportRun.objects.order_by("id")] == [0, 0, 5, 1]


def test_a_damaged_pack_is_refused() -> None:
    content = packs.pack([Member("a", b"one"), Member("b", b"two", 3)])
    assert packs.unpack(content) == (Member("a", b"one"), Member("b", b"two", 3))
    for damaged in (content[:-1], content + b"x", b"", b"[]\n", b"[1]\n", json.dumps({"a": 1}).encode()):
        with pytest.raises(UnreadableError):
            packs.unpack(damaged)
