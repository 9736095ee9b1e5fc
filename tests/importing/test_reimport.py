"""What becomes of comments, their rows and addresses, when a file comes again: see docs/identity.md."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.thread_files import (
    MARCH,
    NEVER,
    NORTH,
    ROSES,
    FileComment,
    by,
    ids,
    is_like_a_clean_import,
    run_import,
)
from threads.models import (
    Article,
    Author,
    Comment,
    FormerKey,
    ImportProblem,
    ImportRun,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


def test_a_comment_inserted_above_leaves_every_row_and_key(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    before, keys = ids(), set(Comment.objects.values_list("key", flat=True))

    ROSES.with_comments(FileComment("walker", "Ask your neighbour."), *ROSES.comments).write(
        tmp_path / "in" / "roses.md"
    )
    run_import(tmp_path / "in")

    assert before.items() < ids().items()
    assert keys < set(Comment.objects.values_list("key", flat=True))
    assert [c.author and c.author.name for c in Comment.objects.order_by("position")] == [
        "walker",
        "hiker",
        "baker",
        "brewer",
    ]
    assert by("baker").answers == by("hiker")
    assert is_like_a_clean_import(tmp_path / "in", tmp_path)


def test_a_comment_has_one_key_however_its_letters_are_put_together(tmp_path: Path) -> None:
    keys = set()
    for word in ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"):
        ROSES.with_comments(FileComment("hiker", f"I read it in a {word}.")).write(tmp_path / "in" / "roses.md")
        run_import(tmp_path / "in")
        keys.add(by("hiker").key)
    assert len(keys) == 1
    assert not FormerKey.objects.exists()


def test_an_edited_comment_keeps_its_row_and_its_old_address(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    old = by("brewer")

    ROSES.with_comments(MARCH, NORTH, replace(NEVER, body=NEVER.body + " Nor in frost.")).write(
        tmp_path / "in" / "roses.md"
    )
    run_import(tmp_path / "in")

    new = by("brewer")
    assert (new.pk, new.body) == (old.pk, NEVER.body + " Nor in frost.")
    assert new.key != old.key
    assert FormerKey.objects.get(key=old.key).comment == new
    assert is_like_a_clean_import(tmp_path / "in", tmp_path)


def test_a_comment_whose_words_were_all_replaced_is_known_by_its_place(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    old = by("hiker")

    ROSES.with_comments(FileComment("hiker", "Ask elsewhere!"), NORTH, NEVER).write(tmp_path / "roses.md")
    run_import(tmp_path)

    assert by("hiker").pk == old.pk
    assert FormerKey.objects.get(key=old.key).comment == old


def test_a_comment_edited_back_has_its_first_key_again(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    first = by("brewer").key
    ROSES.with_comments(MARCH, NORTH, replace(NEVER, body=NEVER.body + " Nor in frost.")).write(tmp_path / "roses.md")
    run_import(tmp_path)
    second = by("brewer").key
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)

    assert by("brewer").key == first
    assert FormerKey.objects.get().key == second


def test_a_comment_gone_at_the_source_is_withdrawn_and_comes_back_with_its_row(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    gone = by("hiker")

    ROSES.with_comments(NORTH, NEVER).write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")

    assert Comment.objects.get(pk=gone.pk).withdrawn_at is not None
    assert by("baker").answers is None
    assert Article.objects.get().comment_count == 2
    assert Author.objects.get(name="hiker").comment_count == 0

    ROSES.write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")

    gone.refresh_from_db()
    assert gone.withdrawn_at is None
    assert by("baker").answers == gone
    assert Author.objects.get(name="hiker").comment_count == 1
    assert is_like_a_clean_import(tmp_path / "in", tmp_path)


def test_twins_stay_apart(tmp_path: Path) -> None:
    same = FileComment("hiker", "Yes.")
    ROSES.with_comments(same, NORTH, same).write(tmp_path / "roses.md")
    run_import(tmp_path)
    first, second = Comment.objects.filter(author__name="hiker").order_by("position")
    assert first.key != second.key

    ROSES.with_comments(same, NORTH, same, same).write(tmp_path / "roses.md")
    run_import(tmp_path)

    assert list(Comment.objects.filter(author__name="hiker").order_by("position").values_list("pk", flat=True))[:2] == [
        first.pk,
        second.pk,
    ]


def lost_warnings() -> list[tuple[str, str]]:
    """Return code and message of the warnings of the last run."""
    return list(ImportProblem.objects.filter(run=ImportRun.objects.first()).values_list("code", "message"))


def test_a_file_that_lost_half_of_its_comments_is_a_warning(tmp_path: Path) -> None:
    path = ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    ROSES.with_comments(MARCH, NORTH).write(path)
    run_import(tmp_path)
    assert lost_warnings() == []

    ROSES.with_comments(MARCH).write(path)
    run_import(tmp_path)
    message = "1 of 2 comments are in no file any more and were withdrawn."
    assert lost_warnings() == [("comments-lost", message)]
    assert ImportProblem.objects.get().path == "roses.md"


def test_a_comment_that_is_half_of_what_it_was_is_a_warning(tmp_path: Path) -> None:
    path = ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    shorter = replace(MARCH, body="In April, when the tulips")
    ROSES.with_comments(shorter, NORTH, NEVER).write(path)
    run_import(tmp_path)
    ROSES.with_comments(MARCH, NORTH, replace(NEVER, body="Never prune in the rain, whatever")).write(path)
    run_import(tmp_path)
    assert lost_warnings() == []

    ROSES.with_comments(replace(MARCH, body="In March, when"), NORTH, NEVER).write(path)
    run_import(tmp_path)
    message = "Comment 1 has only the first 14 of its 52 characters."
    assert lost_warnings() == [("comment-cut", message)]


def test_an_opening_text_that_is_half_of_what_it_was_is_a_warning(tmp_path: Path) -> None:
    path = replace(ROSES, body="Prune them in spring. " * 20).write(tmp_path / "roses.md")
    run_import(tmp_path)
    replace(ROSES, body="Prune them in spring. " * 15).write(path)
    run_import(tmp_path)
    assert lost_warnings() == []

    replace(ROSES, body="Prune them.").write(path)
    run_import(tmp_path)
    assert lost_warnings() == [("opening-cut", "The opening text has 11 characters; it had 329.")]
