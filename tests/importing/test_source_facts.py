"""What a source says of comments and articles beside their texts passes through: times, ids, floors, votes.

The jsonl format states all of it, so that the tests write documents as jsonl.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command

from tests.thread_files import exported, run, run_import
from threads.models import Article, Comment, FormerKey, ImportProblem

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

KEY = "garden.example/question/7"
FACTS: dict[str, Any] = {
    "posted_at": "2020-09-29T23:31:00+00:00",
    "edited_at": "2020-10-01T05:00:00+00:00",
    "source_kind": "answer",
    "source_id": 41,
    "container": "thread",
    "floor": 3,
    "votes": -2,
    "account_deleted": True,
    "removed_at_source": False,
}


def comment(body: str, source_id: int | None = None, **fields: Any) -> dict[str, Any]:
    """Return a comment's line; with a source id, an answer with facts."""
    facts = {} if source_id is None else FACTS | {"source_id": source_id}
    row = {"type": "comment", "article": KEY, "author": "hiker", "posted_on": "2020-09-30", "body": body}
    return row | facts | fields


def write(folder: Path, *comments: dict[str, Any], **fields: Any) -> Path:
    """Write a file of one thread."""
    article = {"type": "article", "key": KEY, "kind": "question", "title": "When to prune roses", "body": "When?"}
    path = folder / "in" / "garden.jsonl"
    path.parent.mkdir(exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False) for row in (article | fields, *comments))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_facts_are_stored_and_exported(tmp_path: Path) -> None:
    path = write(
        tmp_path, comment("In March.", 41), comment("", 42, removed_at_source=True), votes=12, missing_comments=5
    )

    assert run_import(path) == 0

    row = Comment.objects.get(source_id=41)
    assert (row.posted_on, row.posted_at) == (date(2020, 9, 30), datetime(2020, 9, 29, 23, 31, tzinfo=UTC))
    assert (row.edited_at, row.source_kind) == (datetime(2020, 10, 1, 5, tzinfo=UTC), "answer")
    assert (row.container, row.floor, row.votes, row.account_deleted) == ("thread", 3, -2, True)
    assert Comment.objects.get(source_id=42).removed_at_source
    article = Article.objects.get()
    assert (article.votes, article.missing_comments) == (12, 5)
    rows = exported(tmp_path)
    assert rows[1].items() >= FACTS.items()
    assert (rows[0]["votes"], rows[0]["missing_comments"]) == (12, 5)


def test_comments_without_facts_have_none(tmp_path: Path) -> None:
    run_import(write(tmp_path, comment("In March.")))

    row = Comment.objects.get()
    assert (row.source_kind, row.container, row.account_deleted) == ("", "", False)
    assert [row.posted_at, row.edited_at, row.source_id, row.floor, row.votes] == [None] * 5


@pytest.mark.parametrize("command", ["reparse", "relink", "rerender"])
def test_renewing_changes_nothing(tmp_path: Path, command: str) -> None:
    quote = "> @hiker 2020-09-30T07:31+08:00:\n> In March.\n\nLater."
    path = write(
        tmp_path,
        comment("In March.", 41),
        comment("In April.", 42, votes=None, container="answer/41", author="baker", posted_at=None),
        comment(quote, 43, container="", author="cyclist", posted_at=None, floor=None),
        comment("@baker #8 Never.", 44, container="", author="cyclist", posted_at=None, floor=None),
        votes=12,
    )
    run_import(path)
    methods = Comment.objects.order_by("position").values_list("link_method", flat=True)
    assert list(methods) == ["source", "source", "minute", "floor"]
    before = exported(tmp_path)

    assert run("verify_archive", path, workers=1) == 0
    call_command(command, verbosity=0)

    assert exported(tmp_path) == before
    assert run("verify_archive", path, workers=1) == 0


def test_an_export_gives_the_same_archive(tmp_path: Path) -> None:
    run_import(write(tmp_path, comment("In March.", 41), comment("", 42, removed_at_source=True), votes=12))
    out = tmp_path / "out.jsonl"
    call_command("export_archive", str(out), "--format", "jsonl", verbosity=0)
    before = exported(tmp_path)
    Article.objects.all().delete()

    run_import(out)

    changing = {"source_path"}
    assert [{k: v for k, v in row.items() if k not in changing} for row in exported(tmp_path)] == [
        {k: v for k, v in row.items() if k not in changing} for row in before
    ]


def test_changed_facts_are_updated(tmp_path: Path) -> None:
    run_import(write(tmp_path, comment("In March.", 41), votes=1))
    before = Comment.objects.get()

    run_import(write(tmp_path, comment("In March.", 41, votes=9), votes=3))

    row = Comment.objects.get()
    assert (row.pk, row.key, row.votes, row.article.votes) == (before.pk, before.key, 9, 3)


def test_equal_comments_with_different_source_ids_are_different_comments(tmp_path: Path) -> None:
    words = "Water them in the evening, and never in the sun; that is all that there is to it."
    pages = [comment(f"{words} {number % 6}", number) for number in range(12)]
    path = write(tmp_path, *pages)

    run_import(path)

    assert {*Comment.objects.values_list("source_id", flat=True)} == {*range(12)}
    assert Comment.objects.count() == 12
    assert len(set(Comment.objects.values_list("key", flat=True))) == 12
    assert run("verify_archive", path, workers=1) == 0


def test_two_comments_of_one_source_id_are_one(tmp_path: Path) -> None:
    run_import(write(tmp_path, comment("In March.", 41), comment("Never.", 42), comment("In March.", 41)))

    assert Comment.objects.count() == 2
    assert ImportProblem.objects.filter(code="repeats").exists()


def test_a_comment_with_new_text_keeps_its_row_by_its_source_id(tmp_path: Path) -> None:
    run_import(write(tmp_path, comment("In March.", 41), comment("Later in the north.", 42)))
    before = Comment.objects.get(source_id=41)

    run_import(write(tmp_path, comment("Later in the north.", 42), comment("Not at all, if you ask me.", 41)))

    after = Comment.objects.get(source_id=41)
    assert (after.pk, after.body) == (before.pk, "Not at all, if you ask me.")
    assert FormerKey.objects.get(comment=after).key == before.key
    assert Comment.objects.filter(withdrawn_at=None).count() == 2


def test_equal_source_ids_of_two_kinds_are_two_comments(tmp_path: Path) -> None:
    run_import(write(tmp_path, comment("In March.", 41), comment("Never.", 41, source_kind="question_discussion")))
    assert Comment.objects.count() == 2


def test_a_file_without_source_ids_takes_the_facts_of_an_older_one(tmp_path: Path) -> None:
    write(tmp_path, comment("In March.", 41), modified_at="2020-10-01T00:00:00Z").rename(tmp_path / "in" / "old.jsonl")
    write(tmp_path, comment("In March."), modified_at="2020-10-02T00:00:00Z")

    run_import(tmp_path / "in")

    row = Comment.objects.get()
    assert (row.source_kind, row.source_id, row.votes) == ("answer", 41, -2)


def test_numbers_that_no_column_holds_are_left_out(tmp_path: Path) -> None:
    huge = 1 << 70
    assert run_import(write(tmp_path, comment("In March.", huge, floor=huge, votes=-huge), votes=huge)) == 0

    row = Comment.objects.get()
    assert [row.source_id, row.floor, row.votes, row.article.votes] == [None] * 4


@pytest.mark.parametrize("field", ["source_id", "floor", "votes"])
def test_a_number_that_is_text_refuses_its_thread(tmp_path: Path, field: str) -> None:
    assert run_import(write(tmp_path, comment("In March.", 41) | {field: "12"})) == 1
    assert ImportProblem.objects.get(severity="error").line == 2
