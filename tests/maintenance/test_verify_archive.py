"""verify_archive reports each kind of difference, and only differences."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from tests.thread_files import FileComment, ThreadFile, quoting, run, run_import
from threads import moderation
from threads.models import Article, Author, Comment, Quote, Reason, SearchEntry, SourceFile, Tag

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

SAMPLE = Path(__file__).parents[2] / "fixtures" / "sample_archive"
MARCH = FileComment("hiker", "In March, when the forsythia blooms, and not before.")
ROSES = ThreadFile(
    comments=(
        MARCH,
        FileComment(
            "baker", quoting("In March, when the forsythia blooms...", "Later in the north."), addressee="hiker"
        ),
    )
)
TEA = ThreadFile(
    2, "Green tea", "How hot may the water be?", "brewer", tags="tea", comments=(FileComment("hiker", "70 °C."),)
)


def verify(*paths: Path) -> int:
    return run("verify_archive", *paths, workers=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ROSES.write(tmp_path / "in" / "roses.md")
    TEA.write(tmp_path / "in" / "tea.md")
    run_import(tmp_path / "in")
    return tmp_path / "in"


def test_an_imported_archive_matches_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    run_import(SAMPLE)

    assert verify(SAMPLE) == 0
    assert verify() == 0
    output = capsys.readouterr().out
    files, threads = SourceFile.objects.count(), Article.objects.count()
    assert output.count(f"Files compared: {files}, threads: {threads}.\nThe archive matches its files.") == 2


def test_a_moderated_archive_matches_its_files(folder: Path) -> None:
    moderation.hide(Comment.objects.filter(author__name="hiker"), by=None, reason=Reason.SPAM)
    moderation.redact(Comment.objects.filter(author__name="baker"), by=None, reason=Reason.PRIVACY)
    moderation.opt_out(Author.objects.get(name="brewer"), by=None)

    assert verify(folder) == 0


def test_missing_changed_renamed_and_extra_files_are_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace(TEA, number=3).write(folder / "new.md")
    replace(ROSES, title="Changed").write(folder / "roses.md")
    (folder / "tea.md").rename(folder / "leaves.md")

    assert verify(folder) == 1

    output = capsys.readouterr().out
    assert "new.md: missing from the archive" in output
    assert "roses.md: changed since it was imported" in output
    assert "leaves.md: renamed since it was imported as tea.md" in output

    (folder / "leaves.md").unlink()
    assert verify(folder) == 1
    assert "tea.md: in the archive but not in the folder" in capsys.readouterr().out


def drop_the_files() -> None:
    SourceFile.objects.filter(path="tea.md").delete()


def swap_the_original() -> None:
    SourceFile.objects.filter(path="tea.md").update(content=zlib.compress(ROSES.text().encode()))


def damage_the_original() -> None:
    SourceFile.objects.filter(path="tea.md").update(content=b"not compressed")


ALTERATIONS: dict[str, tuple[Callable[[], object], str]] = {
    "title": (lambda: Article.objects.filter(key=TEA.key).update(title="Black tea"), "article/2: title"),
    "html": (lambda: Comment.objects.filter(body="70 °C.").update(body_html="<p>99 °C.</p>"), "body_html"),
    "body": (lambda: Comment.objects.filter(body="70 °C.").update(body="99 °C."), "comment"),
    "link": (lambda: Comment.objects.update(answers=None), "answers_id"),
    "order": (lambda: Comment.objects.update(order=7), "order"),
    "count": (lambda: Article.objects.update(comment_count=7), "comment_count"),
    "quote": (lambda: Quote.objects.all().delete(), "quotes"),
    "tag": (lambda: Article.objects.get(key=TEA.key).article_tags.all().delete(), "tags"),
    "comment gone": (lambda: Comment.objects.filter(body="70 °C.").delete(), "missing"),
    "author's total": (
        lambda: Author.objects.filter(name="hiker").update(comment_count=9),
        "totals of the author hiker",
    ),
    "tag's total": (lambda: Tag.objects.filter(name="tea").update(article_count=9), "articles of the tag tea"),
    "author's address": (lambda: Author.objects.filter(name="hiker").update(slug="baker-1"), "author hiker"),
    "tag's address": (lambda: Tag.objects.filter(name="tea").update(slug="coffee"), "tag tea"),
    "tag's name": (lambda: Tag.objects.filter(name="tea").update(name="coffee"), "tag coffee"),
    "search": (lambda: SearchEntry.objects.all().delete(), "missing from the search index"),
    "file gone": (drop_the_files, "in the archive without a source file"),
    "original swapped": (swap_the_original, "tea.md: the stored original differs from the imported file"),
    "original's size": (
        lambda: SourceFile.objects.update(size=1),
        "tea.md: the stored original differs from the imported file",
    ),
    "original damaged": (damage_the_original, "tea.md: the stored original is damaged"),
}


@pytest.mark.parametrize("kind", ALTERATIONS)
def test_altered_rows_are_reported(folder: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    alter, expected = ALTERATIONS[kind]
    alter()

    assert verify(folder) == 1
    assert expected in capsys.readouterr().out


def test_a_row_with_a_missing_foreign_row_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL refuses such a row")
    run_import(SAMPLE)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE threads_quote SET target_id = 999999 WHERE id = (SELECT min(id) FROM threads_quote)")

    assert verify() == 1
    assert "points at a missing row of threads_comment" in capsys.readouterr().out
    Quote.objects.filter(target=999999).delete()
