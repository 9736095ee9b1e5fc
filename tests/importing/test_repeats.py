"""Repeated pages of a file: shown, counted and found once; hidden and redacted with all their copies."""

from __future__ import annotations

import zlib
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.thread_files import ThreadFile, by, exported, hide, is_like_a_clean_import, run, run_import
from threads import moderation
from threads.models import (
    Article,
    Author,
    Comment,
    FormerKey,
    ImportProblem,
    ImportRun,
    LinkCorrection,
    ModerationAction,
    Reason,
    Report,
    SourceFile,
    Visibility,
)

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

pytestmark = pytest.mark.django_db

WORDS = ("龙井要用 80 度的水，不然叶子就老了。", "我用玻璃杯，看叶子一片片落下去。", "+1")


def answer(name: str, words: str) -> str:
    """Return an answer in the form of real files."""
    return f"            \n### 书屋用户  {name} 发表\n    \n{words}\n    \n\n"


NAMED = "".join(map(answer, ("小满", "竹簍", "rye42"), WORDS))
COPIES = "".join(answer("", words.replace(" ", "").replace("，", "， ")) for words in WORDS)
TEA = ThreadFile(3, "How hot?", "How hot may the water be?")


def write(folder: Path, *pages: str) -> None:
    """Write a file with these pages of answers."""
    text = TEA.text()
    closing = text.rindex("> [")
    (folder / "tea.md").write_text(text[:closing] + "".join(pages) + text[closing:], encoding="utf-8")


def import_unfolded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Import as before repeats were folded."""
    with monkeypatch.context() as patch:
        patch.setattr("threads.replies.parsed_comments.find_repeats", lambda answers: list(range(len(answers))))
        run_import(folder)


def test_a_repeated_page_is_shown_counted_and_found_once(tmp_path: Path, client: Client) -> None:
    write(tmp_path, NAMED, COPIES, answer("rye42", "+1"))
    run_import(tmp_path)

    authors = Comment.objects.order_by("position").values_list("author__name", flat=True)
    assert list(authors) == ["小满", "竹簍", "rye42", "rye42"], "the second +1 is a comment of its own"
    assert Article.objects.get().comment_count == 4
    assert Author.objects.get(name="小满").comment_count == 1
    found = client.get("/search/", {"q": "玻璃杯"}).content.decode()
    assert "1 result" in found


def test_the_report_says_how_many_repeats_were_folded(tmp_path: Path) -> None:
    write(tmp_path, NAMED, COPIES, COPIES)
    out = StringIO()
    call_command("import_archive", str(tmp_path), workers=1, stdout=out)

    assert "6 comments repeat others of their threads. They are shown once." in out.getvalue()
    assert "folded" not in out.getvalue()
    assert ImportRun.objects.get().report["repeats_folded"] == 6
    problem = ImportProblem.objects.get(code="repeats")
    lines = (tmp_path / "tea.md").read_text("utf-8").split("\n")
    assert problem.message == "6 repeats of comments are folded."
    assert problem.line is not None
    assert lines[problem.line - 1] == "### 书屋用户   发表"


def test_the_original_keeps_repeats_byte_for_byte_and_the_jsonl_export_has_none(tmp_path: Path) -> None:
    write(tmp_path, NAMED, COPIES)
    content = (tmp_path / "tea.md").read_bytes()
    run_import(tmp_path)
    call_command("export_archive", str(tmp_path / "out"), "--format", "source", verbosity=0)
    assert (tmp_path / "out" / "tea.md").read_bytes() == content == zlib.decompress(SourceFile.objects.get().content)

    rows = exported(tmp_path)
    (tmp_path / "jsonl").mkdir()
    call_command("export_archive", str(tmp_path / "jsonl" / "tea.jsonl"), "--format", "jsonl", verbosity=0)
    Article.objects.all().delete()
    FormerKey.objects.all().delete()
    run_import(tmp_path / "jsonl")
    assert [row["key"] for row in exported(tmp_path)] == [row["key"] for row in rows]
    assert len(rows) == 4


@pytest.mark.parametrize("command", ["import_archive", "reparse"])
def test_an_archive_with_repeats_folds_them_and_their_addresses_redirect(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    write(tmp_path, NAMED, COPIES, answer("rye42", "+1"))
    import_unfolded(tmp_path, monkeypatch)
    old = dict(Comment.objects.values_list("pk", "key"))
    assert len(old) == 7

    if command == "reparse":
        run("reparse", workers=1)
    else:
        run_import(tmp_path, force=True)

    new = dict(Comment.objects.values_list("pk", "key"))
    assert len(new) == Article.objects.get().comment_count == 4
    assert new.items() <= old.items(), "what is not folded keeps its row and key"
    for key in old.values():
        assert client.get(reverse("threads:comment", args=[key]), follow=True).status_code == 200
    assert run("verify_archive") == 0
    assert is_like_a_clean_import(tmp_path, tmp_path)


def test_what_moderators_decided_of_a_repeat_holds_for_the_comment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, NAMED, COPIES)
    import_unfolded(tmp_path, monkeypatch)
    copies = Comment.objects.filter(author=None).order_by("position")
    hide(copies[0])
    Report.objects.create(comment=copies[1], message="Wrong glass.")
    LinkCorrection.objects.create(comment=copies[2], target=copies[0])
    count = ModerationAction.objects.count()

    run_import(tmp_path, force=True)

    assert by("小满", TEA.key).visibility == Visibility.HIDDEN
    assert by("竹簍", TEA.key).visibility == Visibility.VISIBLE
    assert Report.objects.get().comment == by("竹簍", TEA.key)
    assert by("rye42", TEA.key).answers == by("小满", TEA.key)
    assert ModerationAction.objects.count() == count
    assert not ModerationAction.objects.filter(comment=None).exists()
    assert Article.objects.get().comment_count == 2
    assert Author.objects.get(name="小满").comment_count == 0


def test_hiding_hides_all_copies_in_a_public_export(tmp_path: Path) -> None:
    write(tmp_path, NAMED, COPIES, COPIES)
    run_import(tmp_path)
    hide(by("小满", TEA.key))
    call_command("export_archive", str(tmp_path / "out"), "--format", "source", verbosity=0)
    text = (tmp_path / "out" / "tea.md").read_text("utf-8")
    assert "叶子就老了" not in text
    assert text.count("玻璃杯") == 3


def test_redacting_removes_all_copies_from_the_original_and_from_newer_files(tmp_path: Path) -> None:
    write(tmp_path, NAMED, COPIES, COPIES)
    run_import(tmp_path)
    key = by("小满", TEA.key).key
    moderation.redact(Comment.objects.filter(key=key), by=None, reason=Reason.PRIVACY)
    for pages in ((NAMED, COPIES, COPIES), (COPIES, NAMED), (COPIES, COPIES, answer("苏打", "我也不知道。"))):
        content = zlib.decompress(SourceFile.objects.get().content).decode()
        assert "叶子就老了" not in content
        assert content.count("玻璃杯") >= 2
        run("reparse", workers=1)
        assert Comment.objects.current().filter(body__contains="玻璃杯").count() == 1
        assert not Comment.objects.filter(body__contains="叶子就老了").exists()
        write(tmp_path, *pages)
        run_import(tmp_path)
    assert not Comment.objects.filter(body__contains="叶子就老了").exists()


def test_redacting_a_long_comment_does_not_unfold_the_rest_of_its_page(tmp_path: Path) -> None:
    page = [("小满", WORDS[0]), ("rye42", "+1")]
    write(tmp_path, *(answer(*pair) for pair in page), *(answer("", words) for _, words in page))
    run_import(tmp_path)
    hide(by("rye42", TEA.key))
    moderation.redact(Comment.objects.filter(author__name="小满"), by=None, reason=Reason.PRIVACY)
    run("reparse", workers=1)
    assert Comment.objects.current().count() == 2
    assert not Comment.objects.visible().exists()


def test_merging_costs_the_same_queries_for_any_number_of_repeats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for copies in (1, 20):
        Article.objects.all().delete()
        write(tmp_path, NAMED, *[COPIES] * copies)
        import_unfolded(tmp_path, monkeypatch)
        with CaptureQueriesContext(connection) as queries:
            run_import(tmp_path, force=True)
        assert Comment.objects.count() == 3
        counts.append(len(queries))
    assert counts[0] == counts[1]
