"""What becomes of threads whose files are renamed, moved, united or gone: see docs/identity.md."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.db.models import Q

from tests.rendered import shown_opening
from tests.thread_files import (
    MARCH,
    NEVER,
    NORTH,
    ROSES,
    TEA,
    FileComment,
    by,
    hide,
    ids,
    is_like_a_clean_import,
    run,
    run_import,
)
from threads import moderation
from threads.importing import row_writing
from threads.models import (
    ArchiveState,
    Article,
    Author,
    Comment,
    FormerKey,
    ImportProblem,
    ImportRun,
    ModerationAction,
    Reason,
    Report,
    SearchEntry,
    SourceFile,
    Visibility,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from threads.database.names import Person
    from threads.importing.changes import ThreadPlan

pytestmark = pytest.mark.django_db


def test_two_files_of_one_thread_are_united(tmp_path: Path) -> None:
    older = replace(ROSES, title="Roses", lastmod="2020-09-29T08:00:00+00:00").with_comments(MARCH, NEVER)
    newer = replace(ROSES, title="Roses, again", lastmod="2020-10-05T08:00:00+00:00").with_comments(MARCH, NORTH)
    older.write(tmp_path / "in" / "b.md")
    newer.write(tmp_path / "in" / "a.md")

    assert run_import(tmp_path / "in") == 0

    article = Article.objects.get()
    assert article.title == "Roses, again"
    assert [c.author and c.author.name for c in article.comments.order_by("position")] == ["hiker", "brewer", "baker"]
    assert ImportProblem.objects.get().code == "united"
    assert article.source_files.count() == 2
    assert is_like_a_clean_import(tmp_path / "in", tmp_path)


def test_a_comment_edited_between_two_files_is_one_comment_with_two_addresses(tmp_path: Path) -> None:
    older = replace(ROSES, lastmod="2020-09-29T08:00:00+00:00").with_comments(MARCH, NEVER)
    edited = replace(NEVER, body=NEVER.body + " Nor in frost.")
    newer = replace(ROSES, lastmod="2020-10-05T08:00:00+00:00").with_comments(MARCH, edited)
    newer.write(tmp_path / "in" / "new.md")
    run_import(tmp_path / "in")
    older.write(tmp_path / "in" / "old.md")
    run_import(tmp_path / "in")

    assert by("brewer").body == edited.body
    assert FormerKey.objects.get().comment == by("brewer")
    assert is_like_a_clean_import(tmp_path / "in", tmp_path)


def test_a_renamed_file_is_the_same_file(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    article, comments = Article.objects.get(), ids()
    source = SourceFile.objects.get()

    (tmp_path / "in" / "roses.md").rename(tmp_path / "in" / "flowers.md")
    run_import(tmp_path / "in")

    renamed = SourceFile.objects.get()
    assert (renamed.pk, renamed.path, renamed.article) == (source.pk, "flowers.md", article)
    assert ids() == comments
    assert Article.objects.get().version == article.version


def test_a_renamed_file_without_a_closing_link_keeps_its_thread_under_a_new_key(tmp_path: Path) -> None:
    alone = replace(ROSES, number=None)
    alone.write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    article, comments = Article.objects.get(), ids()
    assert article.key == "file/roses"
    old = by("hiker", "file/roses").key

    (tmp_path / "in" / "roses.md").rename(tmp_path / "in" / "flowers.md")
    run_import(tmp_path / "in")

    assert Article.objects.get().pk == article.pk
    assert Article.objects.get().key == "file/flowers"
    assert ids() == comments
    assert FormerKey.objects.get(key="file/roses").article == article
    assert FormerKey.objects.get(key=old).comment == by("hiker", "file/flowers")
    assert is_like_a_clean_import(tmp_path / "in", tmp_path)


def test_a_changed_closing_link_gives_the_thread_a_new_key_and_keeps_all_else(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    article, comments = Article.objects.get(), ids()
    hide(by("brewer"))
    moderation.relink(by("baker"), by("brewer"), by=None)

    replace(ROSES, number=9).write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")

    new = Article.objects.get()
    assert (new.pk, new.key) == (article.pk, "garden.example/article/9")
    assert ids() == comments
    assert FormerKey.objects.get(key=ROSES.key).article == new
    assert by("brewer", new.key).visibility == Visibility.HIDDEN
    assert by("baker", new.key).answers == by("brewer", new.key)


def test_a_file_that_gets_a_closing_link_keeps_its_thread(tmp_path: Path) -> None:
    replace(ROSES, number=None).write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    article, comments = Article.objects.get(), ids()

    ROSES.write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")

    assert (Article.objects.get().pk, Article.objects.get().key) == (article.pk, ROSES.key)
    assert ids() == comments
    assert is_like_a_clean_import(tmp_path / "in", tmp_path)


def test_a_changed_closing_link_to_a_thread_that_is_there_joins_the_two(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "in" / "roses.md")
    other = replace(ROSES, number=9, lastmod="2020-12-01T00:00:00+00:00").with_comments(
        MARCH, FileComment("walker", "In May.")
    )
    other.write(tmp_path / "in" / "other.md")
    run_import(tmp_path / "in")
    assert Article.objects.count() == 2
    hide(by("hiker"))
    hidden, kept = by("hiker"), by("brewer")
    moderation.relink(by("baker"), kept, by=None)

    replace(ROSES, number=9).write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")

    article = Article.objects.get()
    assert article.key == other.key
    assert FormerKey.objects.get(key=ROSES.key).article == article
    assert by("hiker", other.key).visibility == Visibility.HIDDEN
    assert FormerKey.objects.get(key=hidden.key).comment == by("hiker", other.key)
    assert by("brewer", other.key).pk == kept.pk
    assert by("baker", other.key).answers == kept
    assert article.comment_count == 3
    assert SourceFile.objects.filter(article=article).count() == 2
    assert Author.objects.get(name="baker").comment_count == 1


@pytest.mark.parametrize("told_by", ["title", "body"])
def test_a_thread_under_a_new_key_is_known_by_its_title_or_its_opening_text_alone(tmp_path: Path, told_by: str) -> None:
    ROSES.write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    article = Article.objects.get()

    other = replace(ROSES, number=9, title="About roses", body="Is it too late?").with_comments(
        FileComment("walker", "In May.")
    )
    replace(other, **{told_by: getattr(ROSES, told_by)}).write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")

    assert (Article.objects.get().pk, Article.objects.get().key) == (article.pk, other.key)


def test_what_points_at_a_thread_or_its_comments_follows_them_into_the_thread_they_join(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "in" / "roses.md")
    other = replace(ROSES, number=9, lastmod="2020-12-01T00:00:00+00:00").with_comments(
        MARCH, FileComment("walker", "In May.")
    )
    other.write(tmp_path / "in" / "other.md")
    run_import(tmp_path / "in")
    roses, twin = Article.objects.get(key=ROSES.key), by("hiker", ROSES.key)
    moderation.receive_report(roses, reason=Reason.SPAM, message="", contact="")
    moderation.receive_report(twin, reason=Reason.ABUSE, message="", contact="")
    moderation.relink(by("brewer"), twin, by=None)
    moderation.relink(twin, roses, by=None)
    (hiding,) = moderation.hide(Article.objects.filter(pk=roses.pk), by=None)
    moderation.undo(hiding, by=None)
    run_row = ImportRun.objects.latest("pk")
    ImportProblem.objects.create(run=run_row, path="roses.md", severity="warning", message="odd", article=roses)

    replace(ROSES, number=9).write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")

    article, kept = Article.objects.get(), by("hiker", other.key)
    assert kept.pk != twin.pk
    assert Report.objects.get(reason=Reason.SPAM).article == article
    assert Report.objects.get(reason=Reason.ABUSE).comment == kept
    assert by("brewer", other.key).answers == kept
    assert kept.answers_article
    commented = ModerationAction.objects.filter(comment__isnull=False).values_list("comment", flat=True)
    assert set(commented) == {kept.pk, by("brewer", other.key).pk}
    assert set(ModerationAction.objects.values_list("article", flat=True)) == {article.pk}
    assert set(ImportProblem.objects.filter(message="odd").values_list("article", flat=True)) == {article.pk}


def test_a_key_that_is_left_a_second_time_leads_to_where_it_was_left_for_last(tmp_path: Path) -> None:
    for number in (8, 9):
        replace(TEA, number=number, title=f"Tea {number}").write(tmp_path / "in" / f"tea-{number}.md")
    for number in (8, 9):
        ROSES.write(tmp_path / "in" / "roses.md")
        run_import(tmp_path / "in")
        replace(ROSES, number=number).write(tmp_path / "in" / "roses.md")
        assert run_import(tmp_path / "in") == 0

    assert FormerKey.objects.get(key=ROSES.key).article == Article.objects.get(key="garden.example/article/9")


def test_one_of_two_files_that_moves_to_a_new_thread_takes_its_own_comments_along(tmp_path: Path) -> None:
    replace(ROSES, lastmod="2020-10-05T08:00:00+00:00").with_comments(MARCH).write(tmp_path / "in" / "a.md")
    ROSES.with_comments(MARCH, NEVER).write(tmp_path / "in" / "b.md")
    run_import(tmp_path / "in")
    hide(by("hiker"))
    moved = by("brewer")

    replace(ROSES, number=9).with_comments(MARCH, NEVER).write(tmp_path / "in" / "b.md")
    run_import(tmp_path / "in")

    assert by("brewer", "garden.example/article/9").pk == moved.pk
    assert Comment.objects.filter(article__key=ROSES.key).count() == 1
    hikers = Comment.objects.filter(author__name="hiker")
    assert set(hikers.values_list("visibility", flat=True)) == {Visibility.HIDDEN}
    assert hikers.count() == 2


@pytest.mark.parametrize("there", [False, True], ids=["new thread", "known thread"])
def test_a_file_of_a_hidden_thread_that_moves_is_hidden_where_it_comes_to(tmp_path: Path, there: bool) -> None:
    ROSES.with_comments(MARCH).write(tmp_path / "in" / "a.md")
    ROSES.with_comments(MARCH, NEVER).write(tmp_path / "in" / "b.md")
    if there:
        replace(ROSES, number=9).with_comments(FileComment("walker", "In May.")).write(tmp_path / "in" / "c.md")
    run_import(tmp_path / "in")
    moderation.hide(Article.objects.filter(key=ROSES.key), by=None, reason=Reason.LEGAL)

    replace(ROSES, number=9).with_comments(MARCH, NEVER).write(tmp_path / "in" / "b.md")
    run_import(tmp_path / "in")

    came = Article.objects.get(key="garden.example/article/9")
    assert (came.visibility, came.reason) == (Visibility.HIDDEN, Reason.LEGAL)
    assert came.comments.count() == 2 + there
    assert not Comment.objects.visible().exists()
    assert not SearchEntry.objects.exists()
    assert not Author.objects.filter(Q(article_count__gt=0) | Q(comment_count__gt=0)).exists()
    assert run_import(tmp_path / "in", force=True) == 0
    assert not Article.objects.visible().exists()
    assert run("verify_archive", tmp_path / "in") == 0


def test_a_comment_that_is_hidden_in_one_thread_is_hidden_for_the_same_reason_in_the_other(tmp_path: Path) -> None:
    ROSES.with_comments(MARCH).write(tmp_path / "in" / "a.md")
    ROSES.with_comments(MARCH, NEVER).write(tmp_path / "in" / "b.md")
    run_import(tmp_path / "in")
    hide(by("hiker"))

    replace(ROSES, number=9).with_comments(MARCH, NEVER).write(tmp_path / "in" / "b.md")
    run_import(tmp_path / "in")

    there = by("hiker", "garden.example/article/9")
    assert (there.visibility, there.reason) == (Visibility.HIDDEN, Reason.PRIVACY)


@pytest.mark.parametrize("redacted", ["hiker", "brewer", "opening"])
def test_destroyed_words_do_not_come_back_with_a_file_that_moves_to_a_new_thread(tmp_path: Path, redacted: str) -> None:
    ROSES.with_comments(MARCH).write(tmp_path / "in" / "a.md")
    ROSES.with_comments(MARCH, NEVER).write(tmp_path / "in" / "b.md")
    run_import(tmp_path / "in")
    if redacted == "opening":
        moderation.redact(Article.objects.all(), by=None, reason=Reason.LEGAL)
    else:
        moderation.redact(Comment.objects.filter(author__name=redacted), by=None, reason=Reason.LEGAL)
    words = {"hiker": MARCH.body, "brewer": NEVER.body, "opening": ROSES.body}[redacted]

    moved = replace(ROSES, number=9).with_comments(MARCH, NEVER)
    for file in (moved, moved, moved.with_comments(MARCH, NEVER, FileComment("walker", "In May."))):
        file.write(tmp_path / "in" / "b.md")
        assert run_import(tmp_path / "in", force=True) == 0
        assert Article.objects.get(key="garden.example/article/9").comments.count() == len(file.comments)
        assert not Comment.objects.filter(body__contains=words).exists()
        assert not Article.objects.filter(body__contains=words).exists()
        assert all(words.encode() not in zlib.decompress(source.content) for source in SourceFile.objects.all())
        assert run("verify_archive", tmp_path / "in") == 0
    assert (redacted == "opening") == (not Article.objects.visible().exists())


def test_a_file_that_moves_while_the_other_is_gone_takes_its_thread_along(tmp_path: Path) -> None:
    ROSES.with_comments(MARCH).write(tmp_path / "in" / "a.md")
    ROSES.with_comments(MARCH, NEVER).write(tmp_path / "in" / "b.md")
    for number in (2, 3, 4):
        replace(TEA, number=number).write(tmp_path / "in" / f"tea{number}.md")
    run_import(tmp_path / "in")
    before = dict(Comment.objects.filter(article__key=ROSES.key).values_list("author__name", "pk"))
    moderation.redact(Comment.objects.filter(author__name="brewer"), by=None, reason=Reason.LEGAL)

    (tmp_path / "in" / "a.md").unlink()
    replace(ROSES, number=9).with_comments(MARCH, NEVER).write(tmp_path / "in" / "b.md")
    assert run_import(tmp_path / "in", prune=True) == 0

    came = Article.objects.get(key="garden.example/article/9")
    assert dict(came.comments.values_list("author__name", "pk")) == before
    assert FormerKey.objects.get(key=ROSES.key).article == came
    assert by("brewer", came.key).visibility == Visibility.REDACTED
    assert came.source_files.get(withdrawn_at=None).path == "b.md"
    assert run("verify_archive", tmp_path / "in") == 0


def test_another_thread_under_an_old_path_leaves_the_old_one_with_its_file(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "in" / "thread.md")
    run_import(tmp_path / "in")
    article, comments = Article.objects.get(), ids()

    TEA.write(tmp_path / "in" / "thread.md")
    run_import(tmp_path / "in")

    assert set(Article.objects.values_list("key", flat=True)) == {ROSES.key, TEA.key}
    assert comments.items() < ids().items()
    aside = article.source_files.get()
    assert aside.path.startswith("thread~")
    assert aside.path.endswith(".md")

    ROSES.write(tmp_path / "in" / "thread.md")
    run_import(tmp_path / "in")
    assert article.source_files.get().path == "thread.md"
    assert SourceFile.objects.count() == 2


def test_a_file_that_is_gone_stays_until_it_is_pruned_and_comes_back_whole(tmp_path: Path) -> None:
    for number in range(1, 4):
        replace(TEA, number=number, title=f"Tea {number}").write(tmp_path / f"{number}.md")
    run_import(tmp_path)
    hiker, tea = Author.objects.get(name="hiker"), Comment.objects.first()
    assert hiker.comment_count == 3
    version = ArchiveState.objects.get().version

    (tmp_path / "1.md").unlink()
    run_import(tmp_path)
    assert Article.objects.visible().count() == 3

    run_import(tmp_path, prune=True)
    assert Article.objects.visible().count() == 2
    hiker.refresh_from_db()
    assert hiker.comment_count == 2
    assert SourceFile.objects.get(path="1.md").withdrawn_at is not None
    assert not SearchEntry.objects.filter(article__withdrawn_at__isnull=False).exists()
    assert ArchiveState.objects.get().version > version, "pages are kept for one version"

    replace(TEA, number=1, title="Tea 1").write(tmp_path / "1.md")
    run_import(tmp_path)
    assert Article.objects.visible().count() == 3
    hiker.refresh_from_db()
    assert hiker.comment_count == 3
    assert Comment.objects.first() == tea


def test_pruning_one_of_two_files_withdraws_only_what_it_alone_said(tmp_path: Path) -> None:
    ROSES.with_comments(MARCH, NEVER).write(tmp_path / "in" / "b.md")
    replace(ROSES, lastmod="2020-10-05T08:00:00+00:00").with_comments(MARCH, NORTH).write(tmp_path / "in" / "a.md")
    run_import(tmp_path / "in")
    (tmp_path / "in" / "b.md").unlink()

    assert run_import(tmp_path / "in", prune=True) == 0

    assert [c.author and c.author.name for c in Comment.objects.current().order_by("position")] == ["hiker", "baker"]
    assert is_like_a_clean_import(tmp_path / "in", tmp_path)


def test_pruning_most_of_the_archive_must_be_insisted_on(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "in" / "roses.md")
    TEA.write(tmp_path / "in" / "tea.md")
    run_import(tmp_path / "in")
    replace(TEA, number=5).write(tmp_path / "other" / "x.md")

    assert run_import(tmp_path / "other", prune=True) == 2
    assert Article.objects.count() == 2
    assert run_import(tmp_path / "other", prune=True, force=True) == 0
    assert Article.objects.visible().get().key == "garden.example/article/5"


def test_nothing_is_pruned_where_a_folder_could_not_be_looked_into(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "in" / "roses.md")
    TEA.write(tmp_path / "in" / "tea.md")
    run_import(tmp_path / "in")
    (tmp_path / "in" / "tea.md").unlink()

    assert run_import(tmp_path / "in", tmp_path / "nowhere", prune=True) == 1

    assert Article.objects.visible().count() == 2


def test_a_link_to_a_pruned_thread_leads_outside_again(tmp_path: Path) -> None:
    for number in (3, 4):
        replace(TEA, number=number).write(tmp_path / f"{number}.md")
    replace(ROSES, body="See [tea](https://garden.example/article/3).").write(tmp_path / "roses.md")
    run_import(tmp_path)
    assert "/t/garden.example/article/3/" in shown_opening(Article.objects.get(key=ROSES.key))
    (tmp_path / "3.md").unlink()

    run_import(tmp_path, prune=True)

    assert "/t/garden.example/article/3/" not in shown_opening(Article.objects.get(key=ROSES.key))


@pytest.mark.parametrize("refused", ["garden.example/article/9", "garden.example/article/3"])
def test_threads_between_which_a_file_moved_are_stored_together_if_the_database_refuses_one(
    refused: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ROSES.with_comments(MARCH, NORTH).write(tmp_path / "roses.md")
    ROSES.with_comments(MARCH, NEVER).write(tmp_path / "more.md")
    run_import(tmp_path)
    moved = by("brewer")

    # One file of the thread goes to another thread, and a third thread is new.
    replace(ROSES, number=3, title="Roses in autumn").with_comments(MARCH, NEVER).write(tmp_path / "more.md")
    replace(TEA, number=9).write(tmp_path / "tea.md")
    write_rows = row_writing.write_rows

    def refuse(plans: Sequence[ThreadPlan], people: Mapping[str | None, Person]) -> None:
        if any(plan.record.key == refused for plan in plans):
            raise ValueError("a value out of range")
        write_rows(plans, people)

    monkeypatch.setattr(row_writing, "write_rows", refuse)
    assert run_import(tmp_path) == 1
    own_family = refused.endswith("/9")
    assert {problem.path for problem in ImportProblem.objects.filter(code="not-stored")} == (
        {"tea.md"} if own_family else {"roses.md", "more.md"}
    )
    monkeypatch.undo()
    moved.refresh_from_db()
    assert moved.article.key == ("garden.example/article/3" if own_family else ROSES.key)
    assert run_import(tmp_path) == 0
    assert by("brewer", "garden.example/article/3") == moved
    assert Comment.objects.filter(body=NEVER.body).count() == 1
