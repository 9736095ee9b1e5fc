"""What becomes of threads whose files are replaced: by another thread's, by what cannot be read, by one another."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.thread_files import (
    MARCH,
    NEVER,
    NORTH,
    ROSES,
    TEA,
    FileComment,
    by,
    exported,
    hide,
    is_like_a_clean_import,
    run,
    run_import,
)
from threads import moderation
from threads.models import Article, Comment, FormerKey, Reason, SourceFile
from threads.parsing import thread_keys

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

KETTLE = replace(TEA, number=None, title="Kettles", body="Copper or steel?")


def reported(folder: Path, tmp_path: Path, **options: Any) -> dict[str, Any]:
    """Import; return the report as JSON, without how long it took."""
    out = tmp_path / "report.json"
    run_import(folder, report=str(out), **options)
    report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return {name: value for name, value in report.items() if name not in {"seconds", "dry_run"}}


@pytest.mark.parametrize("left", [b"", b"---\nlayout: default\n", b"\xff\xfeT\x00e\x00a\x00"])
def test_a_file_of_two_that_cannot_be_read_any_more_leaves_its_thread_as_it_is(left: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    replace(ROSES, lastmod="2020-10-05T08:00:00+00:00").with_comments(MARCH, NEVER).write(folder / "new.md")
    ROSES.with_comments(MARCH, NORTH).write(folder / "old.md")
    run_import(folder)
    before = exported(tmp_path)
    (folder / "new.md").write_bytes(left)

    dry, done = reported(folder, tmp_path, dry_run=True), reported(folder, tmp_path)

    assert dry == done
    assert (done["files_imported"], done["files_refused"], done["threads_changed"]) == (0, 1, 0)
    assert exported(tmp_path) == before
    assert run("verify_archive") == 0


def test_an_unreadable_file_does_not_take_its_words_out_of_a_thread_that_another_file_changes(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    ROSES.with_comments(MARCH, NORTH).write(folder / "one.md")
    two = ROSES.with_comments(MARCH, NEVER)
    two.write(folder / "two.md")
    run_import(folder)
    (folder / "one.md").write_bytes(b"")
    two.with_comments(MARCH, NEVER, FileComment("walker", "Ask your neighbours.")).write(folder / "two.md")

    run_import(folder)

    authors = Comment.objects.filter(withdrawn_at=None).values_list("author__name", flat=True)
    assert sorted(filter(None, authors)) == ["baker", "brewer", "hiker", "walker"]


def test_a_thread_set_aside_is_read_again_under_the_key_it_has(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    KETTLE.write(folder / "page.md")
    run_import(folder)
    ROSES.write(folder / "page.md")
    run_import(folder)

    assert {one["key"] for one in exported(tmp_path) if one["type"] == "article"} == {"file/page", ROSES.key}
    assert run("verify_archive") == 0
    assert run("reparse") == 0
    out = tmp_path / "out"
    run("export_archive", out, format="source")
    assert is_like_a_clean_import(out, tmp_path)


def test_only_the_hash_of_the_file_itself_marks_a_file_set_aside() -> None:
    sha256 = "0123456789abcdef" * 4
    assert thread_keys.set_aside_path("a/b.md", sha256) == "a/b~01234567.md"
    assert thread_keys.original_path("a/b~01234567.md", sha256) == "a/b.md"
    assert thread_keys.original_path("a/b~76543210.md", sha256) == "a/b~76543210.md"
    assert thread_keys.original_path("a~01234567/b.md", sha256) == "a~01234567/b.md"


def test_a_thread_whose_file_is_replaced_is_withdrawn_by_the_same_prune(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number in range(3, 6):
        replace(TEA, number=number, title=f"Tea {number}").write(folder / f"{number}.md")
    KETTLE.write(folder / "page.md")
    run_import(folder)
    ROSES.write(folder / "page.md")

    dry, done = reported(folder, tmp_path, prune=True, dry_run=True), reported(folder, tmp_path, prune=True)

    assert dry == done
    assert (done["files_withdrawn"], done["threads_withdrawn"], done["threads_added"]) == (1, 1, 1)
    assert run("verify_archive", folder) == 0
    assert is_like_a_clean_import(folder, tmp_path)


def test_when_most_files_are_replaced_none_is_withdrawn_unasked(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    KETTLE.write(folder / "page.md")
    run_import(folder)
    ROSES.write(folder / "page.md")

    assert reported(folder, tmp_path, prune=True)["threads_withdrawn"] == 0
    assert Article.objects.filter(withdrawn_at=None).count() == 2


def test_a_renamed_file_that_joins_a_thread_of_other_words_takes_its_thread_along(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    replace(KETTLE, comments=()).write(folder / "a.md")
    replace(ROSES, number=None, lastmod="2020-10-05T08:00:00+00:00", comments=()).write(folder / "b.MD")
    run_import(folder)
    (folder / "a.md").rename(folder / "b.md")

    assert run_import(folder) == 0

    assert Article.objects.get().key == "file/b"
    assert FormerKey.objects.get(key="file/a").article == Article.objects.get()
    assert set(SourceFile.objects.values_list("path", flat=True)) == {"b.MD", "b.md"}


def test_a_withdrawn_comment_does_not_keep_its_key_from_a_thread_that_gets_the_old_name(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    page = replace(ROSES, number=None)
    page.write(folder / "page.md")
    run_import(folder)
    key = Comment.objects.get(author__name="brewer").key
    page.with_comments(MARCH, NORTH).write(folder / "page.md")
    run_import(folder)
    replace(page, number=1).with_comments(MARCH, NORTH).write(folder / "page.md")
    run_import(folder)
    (folder / "page.md").rename(folder / "roses.md")
    replace(page, title="Rain").with_comments(NEVER).write(folder / "page.md")

    assert run_import(folder) == 0

    assert Comment.objects.get(key=key).article.key == "file/page"
    assert run("verify_archive", folder) == 0
    assert is_like_a_clean_import(folder, tmp_path)


@pytest.mark.parametrize("joined", [False, True], ids=["renamed", "joined"])
def test_a_hidden_comment_that_is_gone_while_its_thread_gets_another_key_comes_back_hidden(
    tmp_path: Path, *, joined: bool
) -> None:
    folder = tmp_path / "in"
    page = replace(ROSES, number=None)
    page.write(folder / "page.md")
    if joined:
        ROSES.with_comments(MARCH).write(folder / "roses.md")
    run_import(folder)
    never = Comment.objects.get(author__name="brewer")
    hide(never)
    page.with_comments(MARCH, NORTH).write(folder / "page.md")
    run_import(folder)
    ROSES.with_comments(MARCH, NORTH).write(folder / "page.md")
    run_import(folder)
    assert FormerKey.objects.get(key=never.key).comment == never
    ROSES.write(folder / "page.md")
    run_import(folder)

    back = Comment.objects.get(author__name="brewer")
    assert (back.pk, back.visibility, back.withdrawn_at) == (never.pk, "hidden", None)


def test_a_thread_that_is_drawn_again_for_its_links_is_told_once(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    linking = replace(ROSES, body="See https://garden.example/article/2 first.")
    linking.write(folder / "roses.md")
    TEA.write(folder / "tea.md")
    run_import(folder)
    replace(linking, title="Roses").write(folder / "roses.md")
    (folder / "tea.md").unlink()

    dry, done = reported(folder, tmp_path, prune=True, dry_run=True), reported(folder, tmp_path, prune=True)

    assert dry == done
    assert (done["files_imported"], done["threads_changed"], done["threads_withdrawn"]) == (1, 1, 1)
    assert is_like_a_clean_import(folder, tmp_path)


def test_a_file_is_not_set_aside_whose_thread_another_file_takes_along(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    ROSES.write(folder / "a.md")
    ROSES.with_comments(MARCH, NORTH).write(folder / "b.md")
    run_import(folder)
    TEA.write(folder / "a.md")
    replace(ROSES, number=None).write(folder / "b.md")

    assert run_import(folder) == 0

    assert set(SourceFile.objects.values_list("path", "article__key")) == {("a.md", TEA.key), ("b.md", "file/b")}
    assert run("verify_archive", folder) == 0
    assert is_like_a_clean_import(folder, tmp_path)


def test_what_is_hidden_in_a_thread_whose_two_files_part_is_hidden_in_both(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name in ("a", "b"):
        ROSES.write(folder / f"{name}.md")
    run_import(folder)
    hide(Comment.objects.get(author__name="brewer"))
    for number, name in enumerate(("a", "b"), 10):
        replace(ROSES, number=number).write(folder / f"{name}.md")

    run_import(folder)

    never = Comment.objects.filter(author__name="brewer").values_list("article__key", "visibility")
    assert set(never) == {("garden.example/article/10", "hidden"), ("garden.example/article/11", "hidden")}


def test_a_file_that_goes_to_another_thread_and_comes_back_leaves_the_mark_of_what_was_destroyed(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "in"
    ROSES.write(folder / "a.md")
    ROSES.with_comments(MARCH).write(folder / "b.md")
    run_import(folder)
    moderation.redact(Comment.objects.filter(pk=by("brewer").pk), by=None, reason=Reason.PRIVACY)
    for number in (10, 1):
        replace(ROSES, number=number).with_comments(MARCH).write(folder / "b.md")
        run_import(folder)

    assert (by("brewer").body, by("brewer").removed_at_source) == ("", False)
    assert run("verify_archive") == 0


def test_hidden_comments_of_a_file_that_was_cut_short_for_a_while_come_back_hidden(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    ROSES.write(folder / "roses.md")
    run_import(folder)
    hide(by("brewer"))
    replace(ROSES, number=None, comments=()).write(folder / "roses.md")
    run_import(folder)
    ROSES.write(folder / "roses.md")
    run_import(folder)

    assert (by("brewer").visibility, by("hiker").visibility) == ("hidden", "visible")
    assert Comment.objects.count() == 3


def test_who_wrote_a_redacted_comment_does_not_hang_on_the_quote_that_was_destroyed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    text = ROSES.with_comments(MARCH, replace(NORTH, author="baker hiker", addressee="")).text()
    folder.mkdir()
    (folder / "roses.md").write_text(text, encoding="utf-8")
    run_import(folder)
    moderation.redact(Comment.objects.filter(pk=by("baker").pk), by=None, reason=Reason.PRIVACY)

    assert run("verify_archive") == 0
    assert by("baker").addressee == "hiker"
