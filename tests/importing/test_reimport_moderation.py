"""What moderators did outlives every import: see docs/identity.md."""

from __future__ import annotations

import threading
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from tests.rendered import shown_text
from tests.thread_files import (
    MARCH,
    NEVER,
    NORTH,
    ROSES,
    SITE,
    TEA,
    FileComment,
    ThreadFile,
    by,
    exported,
    hide,
    quoting,
    run_import,
)
from threads import moderation
from threads.importing import loader, row_writing
from threads.maintenance import verify
from threads.models import (
    Article,
    Author,
    Comment,
    LinkCorrection,
    Quote,
    Reason,
    Report,
    SourceFile,
    Visibility,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from threads.importing.build import ThreadRecord

pytestmark = pytest.mark.django_db


def test_what_is_hidden_stays_hidden_through_every_import(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    hide(by("hiker"))

    for words in ("Ask your neighbour.", "Or his."):
        ROSES.with_comments(FileComment("walker", words), *ROSES.comments).write(tmp_path / "roses.md")
        run_import(tmp_path, force=True)
        assert by("hiker").visibility == Visibility.HIDDEN

    ROSES.with_comments(replace(MARCH, body=MARCH.body + " Really.")).write(tmp_path / "roses.md")
    run_import(tmp_path)
    assert by("hiker").visibility == Visibility.HIDDEN
    assert Article.objects.get().comment_count == 0


def test_an_article_that_is_hidden_stays_hidden(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    moderation.hide(Article.objects.all(), by=None, reason=Reason.LEGAL)

    replace(ROSES, title="Roses again").write(tmp_path / "roses.md")
    run_import(tmp_path)

    assert Article.objects.get().title == "Roses again"
    assert Article.objects.get().visibility == Visibility.HIDDEN


def test_redacted_words_do_not_come_back_with_a_newer_file(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    comment = by("hiker")
    moderation.redact(Comment.objects.filter(pk=comment.pk), by=None, reason=Reason.PRIVACY)

    ROSES.with_comments(FileComment("walker", "Ask your neighbour."), *ROSES.comments).write(tmp_path / "roses.md")
    run_import(tmp_path)

    comment.refresh_from_db()
    assert (comment.visibility, comment.body, comment.body_html) == (Visibility.REDACTED, "", "")
    assert comment.withdrawn_at is None
    assert not Comment.objects.filter(body__contains="forsythia").exists()
    source = SourceFile.objects.get()
    assert source.redacted_at is not None
    assert run_import(tmp_path) == 0
    assert by("baker").answers == comment


SHORT = FileComment("hiker", "Call 555 0142.")
EDITED = replace(SHORT, body="My number: 555 0142!")


@pytest.mark.parametrize(
    "newer",
    [
        (NEVER, EDITED, NORTH),
        (NEVER, EDITED),
        (EDITED, NEVER, NORTH),
        (NEVER, NORTH, FileComment("walker", "I did."), EDITED),
    ],
    ids=["edited", "and the next gone", "moved up", "moved down"],
)
def test_a_possible_copy_of_a_redacted_comment_is_hidden_until_a_moderator_decides(
    tmp_path: Path, newer: Sequence[FileComment]
) -> None:
    ROSES.with_comments(NEVER, SHORT, NORTH).write(tmp_path / "roses.md")
    run_import(tmp_path)
    redacted = by("hiker")
    moderation.redact(Comment.objects.filter(pk=redacted.pk), by=None, reason=Reason.PRIVACY)

    ROSES.with_comments(*newer).write(tmp_path / "roses.md")
    for _ in range(2):
        run_import(tmp_path, force=True)
        held = Comment.objects.get(body=EDITED.body)
        assert held.visibility == Visibility.HIDDEN
        assert [report.comment for report in Report.objects.filter(status="open")] == [held]
    redacted.refresh_from_db()
    assert (redacted.visibility, redacted.body) == (Visibility.REDACTED, "")
    assert verify.verify_archive([str(tmp_path)], 1).differences == []

    moderation.restore(Comment.objects.filter(pk=held.pk), by=None)
    run_import(tmp_path, force=True)
    assert Comment.objects.visible().filter(pk=held.pk).exists()


def test_a_comment_by_whose_words_were_redacted_is_not_taken_for_the_redacted_one(tmp_path: Path) -> None:
    thanks, later = FileComment("hiker", "Thank you."), FileComment("hiker", "See you.", "2020-10-05")
    ROSES.with_comments(NEVER, SHORT, NORTH, thanks).write(tmp_path / "roses.md")
    run_import(tmp_path)
    comment = Comment.objects.get(body=SHORT.body)
    moderation.redact(Comment.objects.filter(pk=comment.pk), by=None, reason=Reason.PRIVACY)

    ROSES.with_comments(NEVER, thanks, later).write(tmp_path / "roses.md")
    run_import(tmp_path)

    assert {row.body for row in Comment.objects.visible()} == {NEVER.body, thanks.body, later.body}
    comment.refresh_from_db()
    assert comment.withdrawn_at is not None


def test_a_quote_of_a_possible_copy_of_a_redacted_comment_is_masked(tmp_path: Path) -> None:
    ROSES.with_comments(NEVER, SHORT, NORTH).write(tmp_path / "roses.md")
    run_import(tmp_path)
    moderation.redact(Comment.objects.filter(pk=by("hiker").pk), by=None, reason=Reason.PRIVACY)

    quoted = FileComment("walker", "I will:\n\n" + quoting(EDITED.body, "Indeed."), addressee="hiker")
    ROSES.with_comments(NEVER, EDITED, NORTH, quoted).write(tmp_path / "roses.md")
    run_import(tmp_path)

    assert "555" not in shown_text(by("walker"))


SUNDAY = FileComment("hiker", "See you on Sunday.")
ON_SUNDAY = replace(SUNDAY, body="See you on Sunday then.")


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ([(NEVER, SHORT)], [(NEVER, SHORT, SUNDAY), (NEVER, SUNDAY)]),
        ([(NEVER, SUNDAY, SHORT), (NEVER, SHORT)], [(NEVER, SUNDAY)]),
        ([(NEVER, SHORT, ON_SUNDAY)], [(NEVER, SHORT, SUNDAY), (NEVER, SUNDAY)]),
    ],
    ids=["new since", "gone once", "edited since"],
)
@pytest.mark.parametrize("number", [1, 8], ids=["same thread", "another key since"])
def test_a_comment_that_the_archive_has_is_not_taken_for_a_copy_of_a_redacted_one(
    tmp_path: Path, earlier: Sequence[Sequence[FileComment]], later: Sequence[Sequence[FileComment]], number: int
) -> None:
    for said in earlier:
        ROSES.with_comments(*said).write(tmp_path / "roses.md")
        run_import(tmp_path)
    moderation.redact(Comment.objects.filter(body=SHORT.body), by=None, reason=Reason.PRIVACY)

    for said in later:
        replace(ROSES, number=number).with_comments(*said).write(tmp_path / "roses.md")
        run_import(tmp_path)

    assert {row.body for row in Comment.objects.visible()} == {NEVER.body, SUNDAY.body}
    assert Comment.objects.get(visibility=Visibility.REDACTED).withdrawn_at is not None
    assert verify.verify_archive([str(tmp_path)], 1).differences == []


def test_an_older_wording_in_another_file_is_not_taken_for_a_redacted_comment(tmp_path: Path) -> None:
    ROSES.with_comments(NEVER, SHORT, ON_SUNDAY).write(tmp_path / "roses.md")
    replace(ROSES, lastmod="2020-09-20T08:00:00+00:00").with_comments(NEVER, SUNDAY).write(tmp_path / "older.md")
    run_import(tmp_path)

    moderation.redact(Comment.objects.filter(body=SHORT.body), by=None, reason=Reason.PRIVACY)

    older = zlib.decompress(SourceFile.objects.get(path="older.md").content).decode()
    assert SUNDAY.body in older
    assert SourceFile.objects.get(path="older.md").redacted_at is None


def test_redacted_words_do_not_come_back_under_another_key(tmp_path: Path) -> None:
    ROSES.with_comments(FileComment("hiker", "In March."), NEVER).write(tmp_path / "roses.md")
    run_import(tmp_path)
    comment = by("hiker")
    moderation.redact(Comment.objects.filter(pk=comment.pk), by=None, reason=Reason.PRIVACY)

    replace(ROSES, number=9).with_comments(FileComment("hiker", "In March."), NEVER).write(tmp_path / "roses.md")
    run_import(tmp_path)

    assert not Comment.objects.filter(body__contains="March").exists()
    comment.refresh_from_db()
    assert (comment.visibility, comment.article.key) == (Visibility.REDACTED, "garden.example/article/9")
    assert comment.withdrawn_at is None


def test_a_corrected_link_stays_corrected(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    moderation.relink(by("baker"), by("brewer"), by=None)

    ROSES.with_comments(FileComment("walker", "Ask your neighbour."), *ROSES.comments).write(tmp_path / "roses.md")
    run_import(tmp_path)

    assert by("baker").answers == by("brewer")
    assert by("baker").link_method == "manual"
    assert LinkCorrection.objects.count() == 1


def test_what_a_person_who_opted_out_writes_is_hidden_from_the_start(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    moderation.opt_out(Author.objects.get(name="hiker"), by=None)

    ROSES.with_comments(*ROSES.comments, FileComment("hiker", "One more word of mine.")).write(tmp_path / "roses.md")
    replace(TEA, author="hiker").with_comments(FileComment("baker", "Hot.")).write(tmp_path / "tea.md")
    run_import(tmp_path)

    mine = Comment.objects.filter(author__name="hiker")
    assert set(mine.values_list("visibility", flat=True)) == {Visibility.HIDDEN}
    assert mine.count() == 2
    assert Article.objects.get(key=TEA.key).visibility == Visibility.HIDDEN
    hiker = Author.objects.get(name="hiker")
    assert (hiker.comment_count, hiker.article_count) == (0, 0)
    assert Author.objects.get(name="baker").comment_count == 1


def test_merged_names_stay_merged(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    moderation.merge_authors(Author.objects.get(name="hiker"), [Author.objects.get(name="baker")], by=None)

    ROSES.with_comments(*ROSES.comments, FileComment("baker", "One more word.")).write(tmp_path / "roses.md")
    replace(TEA, author="baker").with_comments(FileComment("baker", "Hot.")).write(tmp_path / "tea.md")
    run_import(tmp_path)

    hiker, baker = Author.objects.get(name="hiker"), Author.objects.get(name="baker")
    assert (hiker.comment_count, hiker.article_count) == (4, 1)
    assert (baker.comment_count, baker.merged_into) == (0, hiker)


def test_an_excerpt_of_a_hidden_comment_is_not_drawn_after_an_import(tmp_path: Path) -> None:
    inline = FileComment("baker", "So you say:\n\n" + NORTH.body, addressee="hiker")
    ROSES.with_comments(MARCH, inline).write(tmp_path / "roses.md")
    run_import(tmp_path)
    stored = by("baker").body_html
    assert "forsythia" in shown_text(by("baker"))
    hide(by("hiker"))
    assert "forsythia" not in shown_text(by("baker"))

    run_import(tmp_path, force=True)
    assert "forsythia" not in shown_text(by("baker"))
    assert by("baker").body_html == stored


def test_a_quote_inside_a_text_keeps_its_link_to_a_comment_whose_words_are_destroyed(tmp_path: Path) -> None:
    inline = FileComment("baker", "So you say:\n\n" + NORTH.body, addressee="hiker")
    ROSES.with_comments(MARCH, inline).write(tmp_path / "roses.md")
    run_import(tmp_path)
    moderation.redact(Comment.objects.filter(pk=by("hiker").pk), by=None, reason=Reason.PRIVACY)
    drawn = shown_text(by("baker"))
    assert f'href="/c/{by("hiker").key}/"' in drawn

    ROSES.with_comments(MARCH, inline, FileComment("walker", "Ask your neighbour.")).write(tmp_path / "roses.md")
    run_import(tmp_path)
    assert shown_text(by("baker")) == drawn


def test_a_text_that_is_drawn_again_links_to_no_thread_that_is_withdrawn(tmp_path: Path) -> None:
    address = f"{SITE}/article/{TEA.number}"
    inline = FileComment("baker", f"See [there]({address}):\n\n{NORTH.body}", addressee="hiker")
    ROSES.with_comments(MARCH, inline).write(tmp_path / "roses.md")
    TEA.write(tmp_path / "tea.md")
    run_import(tmp_path)
    assert f'href="/t/{TEA.key}/"' in shown_text(by("baker"))
    (tmp_path / "tea.md").unlink()
    run_import(tmp_path, prune=True)
    assert f'href="{address}"' in shown_text(by("baker"))

    hide(by("hiker"))
    assert f'href="{address}"' in shown_text(by("baker"))


def overtake(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> list[int]:
    """Let `act` happen when the next import has read its files and has not stored them yet; return the loads' sizes."""
    load, loads = loader.load_threads, []

    def late(records: Sequence[ThreadRecord], circumstances: loader.Circumstances) -> list[loader.Outcome]:
        loads.append(len(records))
        if len(loads) == 1:
            act()
        return load(records, circumstances)

    monkeypatch.setattr(loader, "load_threads", late)
    return loads


@pytest.mark.parametrize("renumbered", [False, True], ids=["same key", "another key"])
def test_words_redacted_while_their_file_is_read_do_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renumbered: bool
) -> None:
    ROSES.write(tmp_path / "roses.md")
    TEA.write(tmp_path / "tea.md")
    run_import(tmp_path)
    comment = by("hiker")
    loads = overtake(
        monkeypatch,
        lambda: moderation.redact(Comment.objects.filter(pk=comment.pk), by=None, reason=Reason.PRIVACY),
    )
    newer = ROSES.with_comments(FileComment("walker", "Ask your neighbour."), *ROSES.comments)
    replace(newer, number=9 if renumbered else 1).write(tmp_path / "roses.md")
    replace(TEA, title="Black tea").write(tmp_path / "tea.md")

    assert run_import(tmp_path) == 0

    assert loads == [2, 2]
    assert not Comment.objects.filter(body__contains="forsythia").exists()
    assert not Quote.objects.filter(excerpt__contains="forsythia").exists()
    kept = SourceFile.objects.get(path__endswith="roses.md")
    assert b"forsythia" not in zlib.decompress(kept.content)
    assert kept.redacted_at is not None
    comment.refresh_from_db()
    assert (comment.visibility, comment.withdrawn_at) == (Visibility.REDACTED, None)
    assert Comment.objects.filter(author__name="walker").exists()
    assert Article.objects.filter(title="Black tea").exists()


def test_an_opening_redacted_while_its_file_is_read_does_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    overtake(monkeypatch, lambda: moderation.redact(Article.objects.all(), by=None, reason=Reason.PRIVACY))

    replace(ROSES, body="Late winter or early spring? I cannot tell.").write(tmp_path / "roses.md")
    assert run_import(tmp_path) == 0

    assert Article.objects.get().body == ""
    assert b"early spring" not in zlib.decompress(SourceFile.objects.get().content)


def test_what_is_hidden_while_its_file_is_read_stays_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)

    def act() -> None:
        hide(by("brewer"))
        moderation.opt_out(Author.objects.get(name="hiker"), by=None)

    overtake(monkeypatch, act)
    ROSES.with_comments(*ROSES.comments, FileComment("hiker", "One more word of mine.")).write(tmp_path / "roses.md")
    assert run_import(tmp_path) == 0

    hidden = Comment.objects.filter(visibility=Visibility.HIDDEN)
    assert set(hidden.values_list("author__name", flat=True)) == {"hiker", "brewer"}
    assert hidden.count() == 3


@pytest.mark.django_db(transaction=True)
def test_an_opt_out_waits_for_a_batch_that_is_being_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    write, opting_out = row_writing.write_rows, threading.Thread(target=_opt_out_and_close, args=["hiker"])

    def meanwhile(*arguments: Any) -> None:
        opting_out.start()
        opting_out.join(1)  # long enough to be done, were it not made to wait
        write(*arguments)

    monkeypatch.setattr(row_writing, "write_rows", meanwhile)
    replace(TEA, author="hiker").with_comments(FileComment("hiker", "Hot.")).write(tmp_path / "tea.md")
    assert run_import(tmp_path) == 0
    opting_out.join()

    assert Article.objects.get(key=TEA.key).visibility == Visibility.HIDDEN
    assert not Comment.objects.visible().filter(author__name="hiker").exists()


def _opt_out_and_close(name: str) -> None:
    try:
        moderation.opt_out(Author.objects.get(name=name), by=None)
    finally:
        connection.close()


def test_a_redaction_does_not_change_which_file_of_a_thread_is_shown(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    kettle = FileComment("walker", "Boil the kettle twice, and wait a minute after the second time.")
    for number in range(1, 9):
        tea = ThreadFile(number, f"Tea {number}", f"How cool, {number}?", comments=(MARCH, kettle))
        edited = replace(kettle, body=kettle.body.replace("twice", "once").replace("second", "first"))
        # The files have equal dates, and the first and the last have equal sizes.
        tea.write(folder / f"{number}.md")
        replace(tea, body=f"How hot, {number}?", comments=(MARCH, edited)).write(folder / f"{number}-edited.md")
        replace(tea, body=f"How warm, {number}?").write(folder / f"{number}-warm.md")
    run_import(folder)
    before = {line["key"]: (line["body"], line["source_path"]) for line in exported(tmp_path) if "source_path" in line}
    moderation.redact(Comment.objects.filter(author__name="hiker"), by=None, reason=Reason.PRIVACY)
    for _ in range(2):
        lines = exported(tmp_path)
        assert before == {line["key"]: (line["body"], line["source_path"]) for line in lines if "source_path" in line}
        assert verify.verify_archive([], 1).differences == []
        run_import(folder, force=True)


@pytest.mark.parametrize("restored", [1, 2])
@pytest.mark.parametrize("addressee", ["", "hiker"])
@pytest.mark.parametrize("place", ["", ", beside the old garden wall"])
def test_a_short_quote_of_equal_comments_is_masked_with_them_and_restored_as_an_import_links_it(
    place: str, addressee: str, restored: int, tmp_path: Path
) -> None:
    excerpt = f"In March, when the forsythia blooms{place}"
    march = replace(MARCH, body=f"{excerpt}, and not before.")
    quote = FileComment("baker", quoting(f"{excerpt}...", "Later in the north.", 9), addressee=addressee)
    ROSES.with_comments(march, quote, NEVER, march).write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    equal = Comment.objects.filter(body=march.body)
    assert len(equal) == 2
    moderation.hide(equal, by=None, reason=Reason.PRIVACY)
    assert excerpt not in str(exported(tmp_path))
    run_import(tmp_path / "in", force=True)
    assert excerpt not in str(exported(tmp_path))
    moderation.restore(Comment.objects.filter(pk__in=[row.pk for row in equal.order_by("pk")[:restored]]), by=None)
    assert verify.verify_archive([], 1).differences == []
