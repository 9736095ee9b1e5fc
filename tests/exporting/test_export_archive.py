"""Exports: their content, hidden content, and no partial files."""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import add_tag, make_article, make_comment, make_comments, make_quote
from tests.thread_files import ThreadFile
from threads.models import Article, ArticleTag, Comment, SourceFile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


def keep_file(article: Article, path: str, content: bytes, **fields: Any) -> SourceFile:
    """Keep a file as the importer would."""
    digest = hashlib.sha256(content).hexdigest()
    values = {"sha256": digest, "size": len(content), "content": zlib.compress(content), **fields}
    return SourceFile.objects.create(path=path, article=article, **values)


def exported(folder: Path, *options: str) -> list[dict[str, Any]]:
    """Export as JSON lines and read them back."""
    out = folder / "archive.jsonl"
    call_command("export_archive", str(out), "--format", "jsonl", *options, verbosity=0)
    with out.open(encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]


def hide(row: Article | Comment) -> None:
    """Hide a row without the rest of moderation."""
    type(row)._default_manager.filter(pk=row.pk).update(visibility="hidden")


def test_a_thread_is_exported_with_every_field_of_the_contract(tmp_path: Path) -> None:
    front_matter = json.dumps({"layout": "post"})
    article = make_article(
        "修剪玫瑰", key="example.org/article/7", author="园丁", tags=["花园", "Roses"], front_matter=front_matter
    )
    add_tag(article, "Pruning", position=0)
    ArticleTag.objects.filter(spelling="花园").update(position=2)
    keep_file(article, "old.md", b"new", modified_at=timezone.now() - timedelta(days=1))
    keep_file(article, "new.md", b"old", modified_at=timezone.now())
    keep_file(article, "gone.md", b"gone", modified_at=timezone.now(), withdrawn_at=timezone.now())
    first = make_comment(article, author="hiker", body="早春。", source_id=41)
    second = make_comment(article, author=None, answers=first, posted_on=None)
    make_quote(second, first, source_id=41)

    lines = exported(tmp_path)

    assert lines[0] == {
        "type": "article",
        "key": "example.org/article/7",
        "kind": "article",
        "title": "修剪玫瑰",
        "author": "园丁",
        "published_at": "2020-09-30T12:00:00+00:00",
        "modified_at": None,
        "tags": ["Pruning", "Roses", "花园"],
        "votes": None,
        "missing_comments": None,
        "source_url": article.source_url,
        "source_path": "new.md",
        "front_matter": {"layout": "post"},
        "body": "When do you prune roses?",
        "body_html": "<p>When do you prune roses?</p>",
        "comments": 2,
    }
    assert lines[1] == {
        "type": "comment",
        "article": "example.org/article/7",
        "key": first.key,
        "position": 0,
        "author": "hiker",
        "addressee": None,
        "posted_on": "2020-09-30",
        "posted_at": None,
        "edited_at": None,
        "source_kind": None,
        "source_id": 41,
        "container": None,
        "floor": None,
        "votes": None,
        "account_deleted": False,
        "removed_at_source": False,
        "body": "早春。",
        "body_html": "<p>早春。</p>",
        "answers": None,
        "answers_article": False,
        "link_method": None,
        "link_confidence": None,
        "order": 0,
        "depth": 0,
        "quotes": [],
    }
    assert (lines[2]["author"], lines[2]["posted_on"], lines[2]["addressee"]) == (None, None, "hiker")
    assert (lines[2]["answers"], lines[2]["link_method"], lines[2]["link_confidence"]) == (0, "excerpt", 0.99)
    assert (lines[2]["order"], lines[2]["depth"]) == (1, 1)
    assert lines[2]["quotes"] == [{"source_id": 41, "excerpt": "早春。", "target": 0}]


def test_articles_come_in_order_of_their_keys_and_comments_in_order_of_the_file(tmp_path: Path) -> None:
    for key in ("b.org/article/2", "B.org/article/9", "a.org/article/10", "a.org/article/1"):
        make_comments(make_article(key=key), [None, None, 0])
    lines = exported(tmp_path)
    assert [line["key"] for line in lines if line["type"] == "article"] == [
        "B.org/article/9",
        "a.org/article/1",
        "a.org/article/10",
        "b.org/article/2",
    ]
    assert [line["position"] for line in lines if line["type"] == "comment"] == [0, 1, 2] * 4


def test_only_line_feeds_end_a_line(tmp_path: Path) -> None:
    words = "one\u2028two\u2029three\u0085four\x0cfive\r\nsix"
    article = make_article(words, body=words)
    make_comment(article, body=words)
    assert [row["body"] for row in exported(tmp_path)] == [words, words]
    assert (tmp_path / "archive.jsonl").read_bytes().count(b"\n") == 2


def test_source_path_is_that_of_the_displayed_file(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for words in ("early", "in spring", "before the buds open", "late", "never"):
        ThreadFile(body=words).write(folder / f"{words}.md")
        call_command("import_archive", str(folder), workers=1, verbosity=0)
        (row,) = exported(tmp_path)
        assert row["source_path"] == f"{row['body'].strip()}.md"


def test_hidden_content_and_links_to_it_are_left_out(tmp_path: Path) -> None:
    article = make_article()
    hidden, answer = make_comments(article, [None, 0])
    make_quote(answer, hidden, excerpt="words kept back")
    hide(hidden)
    hide(make_article("A hidden thread"))

    lines = exported(tmp_path)

    assert [line["type"] for line in lines] == ["article", "comment"]
    assert lines[0]["comments"] == 1
    assert (lines[1]["position"], lines[1]["answers"]) == (1, None)
    assert (lines[1]["link_method"], lines[1]["link_confidence"]) == (None, None)
    assert lines[1]["quotes"] == [{"source_id": None, "excerpt": "", "target": None}]


def test_include_hidden_adds_hidden_content(tmp_path: Path) -> None:
    article = make_article()
    hidden, answer = make_comments(article, [None, 0])
    make_quote(answer, hidden, excerpt="words kept back")
    hide(hidden)
    hide(make_article("A hidden thread"))

    lines = exported(tmp_path, "--include-hidden")

    assert sorted(line["type"] for line in lines) == ["article", "article", "comment", "comment"]
    answering = next(line for line in lines if line.get("position") == 1)
    assert (answering["answers"], answering["quotes"][0]["excerpt"]) == (0, "words kept back")


@pytest.mark.parametrize("options", [[], ["--include-hidden"]])
def test_withdrawn_content_is_never_exported(tmp_path: Path, options: list[str]) -> None:
    article = make_article()
    make_comments(article, [None, None])
    article.comments.filter(position=1).update(withdrawn_at=timezone.now())
    gone = make_article("A withdrawn thread")
    Article.objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now())
    assert [line["type"] for line in exported(tmp_path, *options)] == ["article", "comment"]


def test_an_export_costs_the_same_number_of_queries_at_3_and_at_300_comments(tmp_path: Path) -> None:
    article = make_article()
    make_comments(article, [None, 0, 1])
    with CaptureQueriesContext(connection) as few:
        exported(tmp_path)
    make_comments(make_article(), [None] * 300)
    with CaptureQueriesContext(connection) as many:
        exported(tmp_path)
    assert len(few) == len(many)


def test_a_large_archive_is_exported_in_portions_without_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threads.exporting.jsonl.ARTICLES_A_PORTION", 2)
    monkeypatch.setattr("threads.exporting.jsonl.COMMENTS_A_PORTION", 4)
    for size in (0, 1, 9, 3, 2, 0, 0):
        make_comments(make_article(), [None] * size)
    lines = exported(tmp_path)
    assert sum(line["type"] == "article" for line in lines) == 7
    assert sum(line["type"] == "comment" for line in lines) == 15
    by_article = [line["article"] if line["type"] == "comment" else line["key"] for line in lines]
    assert by_article == sorted(by_article)


def test_source_files_are_exported_byte_for_byte(tmp_path: Path) -> None:
    article = make_article()
    content = b"\xef\xbb\xbf---\r\ntitle: x\r\n---\r\n\xff\xfe damaged\n\x00"
    keep_file(article, "花园/roses.md", content)
    keep_file(article, "plain #2.md", b"")
    keep_file(article, "gone.md", b"gone", withdrawn_at=timezone.now())
    call_command("export_archive", str(tmp_path / "out"), "--format", "source", verbosity=0)
    assert (tmp_path / "out/花园/roses.md").read_bytes() == content
    assert (tmp_path / "out/plain #2.md").read_bytes() == b""
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["out", "plain #2.md", "roses.md", "花园"]


def test_include_hidden_adds_files_of_hidden_articles(tmp_path: Path) -> None:
    article = make_article()
    keep_file(article, "roses.md", b"roses")
    hide(article)
    call_command("export_archive", str(tmp_path / "shown"), "--format", "source", verbosity=0)
    call_command("export_archive", str(tmp_path / "all"), "--format", "source", "--include-hidden", verbosity=0)
    assert list((tmp_path / "shown").iterdir()) == []
    assert (tmp_path / "all/roses.md").read_bytes() == b"roses"


def test_exporting_files_again_to_the_same_folder_changes_nothing(tmp_path: Path) -> None:
    keep_file(make_article(), "roses.md", b"roses")
    for _ in range(2):
        call_command("export_archive", str(tmp_path / "out"), "--format", "source", verbosity=0)
    assert [file.name for file in tmp_path.rglob("*")] == ["out", "roses.md"]


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    keep_file(make_article(), "roses.md", b"roses")
    (tmp_path / "letters.txt").write_text("keep me")
    with pytest.raises(CommandError, match="already holds other files"):
        call_command("export_archive", str(tmp_path), "--format", "source")
    assert [file.name for file in tmp_path.iterdir()] == ["letters.txt"]


def test_a_folder_with_a_different_file_of_the_same_name_is_refused(tmp_path: Path) -> None:
    keep_file(make_article(), "roses.md", b"roses")
    (tmp_path / "roses.md").write_text("keep me")
    with pytest.raises(CommandError, match="already holds other files"):
        call_command("export_archive", str(tmp_path), "--format", "source")
    assert (tmp_path / "roses.md").read_text() == "keep me"


@pytest.mark.parametrize("path", ["../outside.md", "/etc/outside.md", "a/../../outside.md"])
def test_a_stored_path_outside_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    keep_file(make_article(), path, b"roses")
    with pytest.raises(CommandError, match="would leave the folder"):
        call_command("export_archive", str(tmp_path / "out"), "--format", "source")
    assert list(tmp_path.iterdir()) == []


def test_an_output_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("keep me")
    with pytest.raises(CommandError, match="is a file"):
        call_command("export_archive", str(tmp_path / "file"), "--format", "source")
    with pytest.raises(CommandError, match="is a folder"):
        call_command("export_archive", str(tmp_path), "--format", "jsonl")
    with pytest.raises(CommandError, match="Cannot write"):
        call_command("export_archive", str(tmp_path / "file" / "x.jsonl"), "--format", "jsonl")
    assert (tmp_path / "file").read_text() == "keep me"


def test_a_failed_export_keeps_the_previous_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_article()
    before = exported(tmp_path)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("threads.exporting.jsonl._displayed_paths", fail)
    with pytest.raises(CommandError, match="No space left on device"):
        exported(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["archive.jsonl"]
    assert json.loads((tmp_path / "archive.jsonl").read_text(encoding="utf-8")) == before[0]


def test_an_empty_archive_gives_an_empty_export(tmp_path: Path) -> None:
    assert exported(tmp_path) == []


def test_an_export_creates_its_folder_and_is_readable_by_all_users(tmp_path: Path) -> None:
    keep_file(make_article(), "tea.md", b"# Tea\n")
    lines, files = tmp_path / "mirror" / "archive.jsonl", tmp_path / "mirror" / "files"
    call_command("export_archive", str(lines), "--format", "jsonl", verbosity=0)
    call_command("export_archive", str(files), "--format", "source", verbosity=0)
    modes = [path.stat().st_mode & 0o777 for path in (lines, files, files / "tea.md")]
    assert [mode & 0o444 for mode in modes] == [0o444] * 3
    assert modes[1] & 0o111 == 0o111
