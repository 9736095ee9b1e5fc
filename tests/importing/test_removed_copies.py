"""What was removed stays removed, however the files around it change: see docs/identity.md."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.rendered import shown_text
from tests.thread_files import NEVER, ROSES, SITE, FileComment, ThreadFile, exported, hide, quoting, run_import
from threads import moderation
from threads.maintenance import verify
from threads.models import Article, Author, Comment, Quote, Reason, RemovedText, Report, Visibility

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from django.test import Client

pytestmark = pytest.mark.django_db

SECRET = "forsythia"
WORDS = f"In March, when the {SECRET} blooms beside the old garden wall, and not before, whatever the calendar says."
SAID = FileComment("hiker", WORDS)
QUOTING = FileComment("baker", quoting(WORDS[:47] + "...", "Later in the north, I would say."), addressee="hiker")
OLD = replace(ROSES, body="Late winter or early spring, that is what my neighbour and I cannot agree about.")

EDITS: dict[str, tuple[FileComment, ...]] = {
    "edited first words": (replace(SAID, body=WORDS.replace("In March, when", "As soon as")),),
    "sentence appended": (replace(SAID, body=WORDS + " My grandmother taught me that, and she knew."),),
    "cut": (replace(SAID, body=WORDS[:50]),),
    "author renamed": (replace(SAID, author="wanderer"),),
    "author anonymised": (replace(SAID, author="匿名用户"),),
    "day shifted": (replace(SAID, day="2020-09-30"),),
    "twice": (SAID, SAID),
    "split in two": (replace(SAID, body=WORDS[:52]), replace(SAID, body=WORDS[52:])),
    "renamed, shifted and edited": (FileComment("wanderer", "I heard: " + WORDS + " Good night.", "2020-09-30"),),
    "copied by another": (FileComment("walker", f"Somebody wrote this yesterday. {WORDS} I agree.", "2020-11-11"),),
    "not in the file": (),
}


def plain(folder: Path, thread: ThreadFile) -> None:
    thread.write(folder / "roses.md")


def another_host(folder: Path, thread: ThreadFile) -> None:
    (folder / "new.md").write_text(thread.text().replace(SITE, "https://meadow.example"), encoding="utf-8")


def mirror(folder: Path, thread: ThreadFile) -> None:
    OLD.with_comments(NEVER).write(folder / "roses.md")
    another_host(folder, thread)


def moved(folder: Path, thread: ThreadFile) -> None:
    replace(thread, number=None).write(folder / "2020" / "roses.md")


def other_number(folder: Path, thread: ThreadFile) -> None:
    replace(thread, number=77).write(folder / "other.md")


MOVES = {
    "same place": plain,
    "another host": another_host,
    "copy under a mirror's host": mirror,
    "moved without a closing link": moved,
    "another number": other_number,
}


def hide_it() -> None:
    hide(Comment.objects.get(body=WORDS))


def redact_it() -> None:
    moderation.redact(Comment.objects.filter(body=WORDS), by=None, reason=Reason.PRIVACY)


def opt_out() -> None:
    moderation.opt_out(Author.objects.get(name="hiker"), by=None)


def replace_files(folder: Path, move: Callable[[Path, ThreadFile], None], comments: Sequence[FileComment]) -> None:
    for path in list(folder.rglob("*.md")):
        path.unlink()
    move(folder, OLD.with_comments(*comments))


def assert_unseen(client: Client, tmp_path: Path, secret: str = SECRET) -> None:
    assert secret not in str(exported(tmp_path))
    for row in Comment.objects.visible():
        assert secret not in shown_text(row)
    for path in ("/search/?q=" + secret, "/feeds/comments/", "/feeds/threads/", "/"):
        assert client.get(path).content.decode().replace(f'value="{secret}"', "").count("blooms") == 0
    for article in Article.objects.visible():
        assert secret not in client.get(article.get_absolute_url()).content.decode()


def bring_changed(
    folder: Path, remove: Callable[[], None], move: Callable[[Path, ThreadFile], None], words: Sequence[FileComment]
) -> None:
    """Import the comment, remove it, import the file without it, then the changed file."""
    OLD.with_comments(NEVER, SAID, QUOTING).write(folder / "roses.md")
    run_import(folder)
    remove()
    OLD.with_comments(NEVER, QUOTING).write(folder / "roses.md")
    run_import(folder)
    replace_files(folder, move, [FileComment("walker", "Ask your neighbour."), NEVER, *words, QUOTING])
    run_import(folder)


@pytest.mark.parametrize("words", EDITS.values(), ids=EDITS.keys())
@pytest.mark.parametrize("move", [plain, another_host])
def test_a_hidden_comment_does_not_come_back(
    tmp_path: Path, client: Client, move: Callable[[Path, ThreadFile], None], words: Sequence[FileComment]
) -> None:
    folder = tmp_path / "in"
    bring_changed(folder, hide_it, move, words)

    assert_unseen(client, tmp_path)
    shown = Comment.objects.visible().filter(article=Article.objects.latest("pk"))
    assert set(shown.values_list("author__name", flat=True)) == {"walker", "brewer", "baker"}
    assert verify.verify_archive([], 1).differences == []


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES.keys())
@pytest.mark.parametrize("remove", [hide_it, redact_it, opt_out])
def test_a_comment_removed_in_any_way_does_not_come_back_by_a_move(
    tmp_path: Path, client: Client, remove: Callable[[], None], move: Callable[[Path, ThreadFile], None]
) -> None:
    bring_changed(tmp_path / "in", remove, move, EDITS["author renamed"])
    assert_unseen(client, tmp_path)


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES.keys())
def test_a_hidden_thread_does_not_come_back(
    tmp_path: Path, client: Client, move: Callable[[Path, ThreadFile], None]
) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER, SAID).write(folder / "roses.md")
    run_import(folder)
    moderation.hide(Article.objects.all(), by=None, reason=Reason.LEGAL)

    edited = replace(OLD, body=OLD.body + " Who knows?", author="somebody", title="Roses, once more")
    replace_files(folder, lambda place, thread: move(place, replace(edited, comments=thread.comments)), [NEVER, SAID])
    run_import(folder)

    assert not Article.objects.visible().exists()
    assert_unseen(client, tmp_path)


def test_a_sure_copy_inherits_the_decision_and_a_doubtful_one_waits_for_a_moderator(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER, SAID).write(folder / "roses.md")
    run_import(folder)
    hide_it()

    replace(OLD, number=5).with_comments(SAID, replace(SAID, author="wanderer")).write(folder / "sure.md")
    run_import(folder)

    sure, doubtful = Comment.objects.filter(article__key__endswith="/5").order_by("position")
    assert (sure.visibility, sure.reason) == (Visibility.HIDDEN, Reason.PRIVACY)
    assert (doubtful.visibility, doubtful.reason) == (Visibility.HIDDEN, Reason.OTHER)
    assert [report.comment for report in Report.objects.all()] == [doubtful]


OTHER = replace(SAID, body="Does anybody know where to find seeds of the blue poppy? Mine never came up.")


def test_another_text_in_the_place_of_a_hidden_comment_waits_for_a_moderator(tmp_path: Path, client: Client) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER, SAID, QUOTING).write(folder / "roses.md")
    run_import(folder)
    hide_it()
    OLD.with_comments(NEVER, OTHER, QUOTING).write(folder / "roses.md")
    run_import(folder)
    replace(OLD, number=5).with_comments(OTHER).write(folder / "copy.md")
    run_import(folder)

    waiting = Comment.objects.filter(body=OTHER.body)
    assert [row.visibility for row in waiting] == [Visibility.HIDDEN, Visibility.HIDDEN]
    assert {report.comment for report in Report.objects.filter(status="open")} == {*waiting}
    assert verify.verify_archive([], 1).differences == []

    moderation.restore(waiting, by=None)
    replace_files(folder, plain, [NEVER, SAID, OTHER, QUOTING])
    run_import(folder)
    assert Comment.objects.visible().filter(body=OTHER.body, article__key=ROSES.key).exists()
    assert_unseen(client, tmp_path)


def test_a_comment_with_a_copy_in_one_of_its_files_keeps_its_row(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    tea = replace(OLD, number=5, title="Tea", body="How hot may the water for green tea be, in your opinion?")
    older = "Tea for two at the door, an hour in the sun: it was hot, so I had it put by the shed and we sip on."
    newer = "We had tea in the shed at one, and it was too hot to sip, so I put it by the door for an hour."
    tea.with_comments(NEVER, replace(SAID, body=older)).write(folder / "older.md")
    OLD.with_comments(NEVER, FileComment("walker", newer)).write(folder / "roses.md")
    run_import(folder)
    hide(Comment.objects.get(body=newer))

    edited = tea.with_comments(NEVER, replace(SAID, body=newer))
    replace(edited, lastmod="2020-10-02T08:00:00+00:00").write(folder / "newer.md")
    run_import(folder)
    row = Comment.objects.get(author__name="hiker")
    assert (row.body, row.visibility, row.withdrawn_at) == (newer, Visibility.HIDDEN, None)
    assert verify.verify_archive([], 1).differences == []


def test_a_hidden_comment_that_is_edited_keeps_its_row_without_a_report(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER, SAID).write(folder / "roses.md")
    run_import(folder)
    hide_it()
    OLD.with_comments(NEVER, replace(SAID, body=WORDS + " Really.")).write(folder / "roses.md")
    run_import(folder)
    assert Comment.objects.filter(author__name="hiker").count() == 1
    assert not Comment.objects.visible().filter(author__name="hiker").exists()
    assert not Report.objects.exists()


def test_what_a_moderator_restores_stays_restored_and_is_remembered_no_more(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER, SAID).write(folder / "roses.md")
    run_import(folder)
    hide_it()
    moderation.restore(Comment.objects.filter(body=WORDS), by=None)
    assert not RemovedText.objects.exists()

    replace_files(folder, other_number, [NEVER, replace(SAID, author="wanderer")])
    run_import(folder)

    assert Comment.objects.visible().filter(author__name="wanderer").exists()


@pytest.mark.parametrize(
    ("short", "is_hidden"),
    [
        (FileComment("hiker", "+1", "2020-10-05"), True),
        (FileComment("walker", "+1"), False),
        (FileComment("walker", "謝謝！", "2020-10-05"), False),
        (FileComment("hiker", "谢谢", "2020-10-05"), True),
        (FileComment("walker", "Not so good"), True),
        (FileComment("walker", "Not so good", "2020-10-05"), False),
    ],
)
def test_a_short_text_is_a_copy_only_with_its_author_or_day_in_the_same_thread(
    tmp_path: Path, short: FileComment, *, is_hidden: bool
) -> None:
    folder = tmp_path / "in"
    removed = [FileComment("hiker", words) for words in ("+1", "谢谢！", "Not so good")]
    OLD.with_comments(NEVER, *removed).write(folder / "roses.md")
    run_import(folder)
    moderation.hide(Comment.objects.filter(author__name="hiker"), by=None, reason=Reason.ABUSE)

    OLD.with_comments(NEVER, *removed, short).write(folder / "roses.md")
    run_import(folder)

    assert Comment.objects.latest("pk").body == short.body
    assert (Comment.objects.latest("pk").visibility == Visibility.HIDDEN) is is_hidden


def test_a_quote_of_a_hidden_comment_of_another_thread_is_shown_when_that_is_restored(
    tmp_path: Path, client: Client
) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER, SAID).write(folder / "roses.md")
    run_import(folder)
    hide_it()
    replace(OLD, number=5, title="Tea", body="How hot may the water for green tea be, in your opinion?").with_comments(
        QUOTING
    ).write(folder / "tea.md")
    run_import(folder)
    assert Quote.objects.get().target == Comment.objects.get(body=WORDS)
    assert_unseen(client, tmp_path)

    moderation.restore(Comment.objects.filter(body=WORDS), by=None)
    assert SECRET in client.get(Article.objects.get(title="Tea").get_absolute_url()).content.decode()


def test_hiding_masks_quotes_in_other_threads_until_it_is_restored(tmp_path: Path, client: Client) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER, SAID, QUOTING).write(folder / "roses.md")
    tea = replace(OLD, number=5, title="Tea", body="How hot may the water for green tea be, in your opinion?")
    tea.with_comments(QUOTING, replace(QUOTING, body=QUOTING.body.replace(WORDS[:47], NEVER.body[:47]))).write(
        folder / "tea.md"
    )
    run_import(folder)
    hide_it()

    assert_unseen(client, tmp_path)
    assert "Never prune in the rain" in client.get(Article.objects.get(title="Tea").get_absolute_url()).content.decode()
    originals = tmp_path / "originals"
    call_command("export_archive", str(originals), "--format", "source", verbosity=0)
    assert SECRET not in (originals / "tea.md").read_text(encoding="utf-8")
    run_import(folder, force=True)
    assert_unseen(client, tmp_path)
    assert verify.verify_archive([], 1).differences == []

    moderation.restore(Comment.objects.filter(body=WORDS), by=None)
    assert SECRET in client.get(Article.objects.get(title="Tea").get_absolute_url()).content.decode()


def test_a_quote_of_a_visible_copy_is_not_masked(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER, SAID).write(folder / "roses.md")
    tea = replace(OLD, number=5, title="Tea", body="How hot may the water for green tea be, in your opinion?")
    tea.with_comments(replace(SAID, author="wanderer"), replace(QUOTING, addressee="wanderer")).write(folder / "tea.md")
    run_import(folder)
    hide(Comment.objects.get(body=WORDS, author__name="hiker"))
    assert Quote.objects.get().target == Comment.objects.get(author__name="wanderer")


def test_a_quote_of_a_withdrawn_copy_is_masked(tmp_path: Path, client: Client) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER, SAID).write(folder / "roses.md")
    tea = replace(OLD, number=5, title="Tea", body="How hot may the water for green tea be, in your opinion?")
    for copies in ((NEVER, replace(SAID, author="wanderer")), (NEVER,)):
        tea.with_comments(*copies, replace(QUOTING, addressee="wanderer")).write(folder / "tea.md")
        run_import(folder)
    hide(Comment.objects.get(body=WORDS, author__name="hiker"))

    assert_unseen(client, tmp_path)
    run_import(folder, force=True)
    assert_unseen(client, tmp_path)
    assert verify.verify_archive([], 1).differences == []


@pytest.mark.parametrize("whole", [False, True], ids=["comment", "thread"])
def test_a_copy_that_was_missing_when_the_text_was_removed_is_hidden_when_it_returns(
    tmp_path: Path, client: Client, *, whole: bool
) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER, SAID).write(folder / "roses.md")
    tea = replace(OLD, number=5, title="Tea", body="How hot may the water for green tea be, in your opinion?")
    copies = [replace(SAID, author="wanderer"), replace(SAID, author="hiker")]
    tea.with_comments(NEVER, *copies).write(folder / "tea.md")
    run_import(folder)
    if whole:
        (folder / "tea.md").unlink()
    else:
        tea.with_comments(NEVER).write(folder / "tea.md")
    run_import(folder, prune=True, force=True)
    hide(Comment.objects.get(body=WORDS, article__key=ROSES.key))

    tea.with_comments(NEVER, *copies).write(folder / "tea.md")
    run_import(folder)
    assert_unseen(client, tmp_path)
    doubtful, sure = Comment.objects.filter(body=WORDS, article__key=tea.key).order_by("position")
    assert (sure.visibility, sure.reason, sure.withdrawn_at) == (Visibility.HIDDEN, Reason.PRIVACY, None)
    assert [report.comment for report in Report.objects.all()] == [doubtful]
    assert verify.verify_archive([], 1).differences == []


def test_a_thread_that_was_missing_when_its_text_was_removed_is_hidden_when_it_returns(
    tmp_path: Path, client: Client
) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER).write(folder / "roses.md")
    replace(OLD, number=5).with_comments(NEVER).write(folder / "copy.md")
    run_import(folder)
    (folder / "copy.md").unlink()
    run_import(folder, prune=True, force=True)
    moderation.hide(Article.objects.filter(key=ROSES.key), by=None, reason=Reason.LEGAL)

    replace(OLD, number=5).with_comments(NEVER).write(folder / "copy.md")
    run_import(folder)
    assert not Article.objects.visible().exists()


def test_a_restored_comment_that_returns_stays_restored(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER, SAID).write(folder / "roses.md")
    run_import(folder)
    hide_it()
    other = replace(OLD, number=5, title="Tea", body="How hot may the water for green tea be, in your opinion?")
    other.with_comments(NEVER, replace(SAID, author="wanderer")).write(folder / "tea.md")
    run_import(folder)
    moderation.restore(Comment.objects.filter(author__name="wanderer"), by=None)
    other.with_comments(NEVER).write(folder / "tea.md")
    run_import(folder)

    other.with_comments(NEVER, replace(SAID, author="wanderer")).write(folder / "tea.md")
    run_import(folder)
    assert Comment.objects.visible().filter(author__name="wanderer").exists()


def test_the_search_for_copies_takes_the_same_queries_for_3_and_for_30_comments(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(NEVER, SAID).write(folder / "roses.md")
    run_import(folder)
    hide_it()
    counts = []
    for number in (3, 30):
        words = [FileComment("walker", f"{day} cups of green tea, and not one more, said I.") for day in range(number)]
        replace(OLD, number=number, title=f"Tea {number}", body="").with_comments(*words).write(folder / "tea.md")
        with CaptureQueriesContext(connection) as queries:
            run_import(folder)
        statements = [query["sql"] for query in queries if not query["sql"].startswith("ANALYZE")]
        counts.append(sum("removedtext" in statement for statement in statements))
    assert counts == [4, 4]


TALK = " Whoever asks in the garden club gets three answers, and a story about somebody's aunt and her tulips."


def published(out: Path, *options: str) -> dict[str, str]:
    """Return the files of a source export by name."""
    call_command("export_archive", str(out), "--format", "source", *options, verbosity=0)
    return {path.name: path.read_text(encoding="utf-8") for path in out.iterdir()}


def test_older_wordings_of_a_united_thread_are_published_without_copies_of_removed_texts(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    OLD.with_comments(SAID).write(folder / "roses.md")
    tulips = ThreadFile(2, "Tulips in pots", "Do they need frost?", lastmod="2020-10-01T08:00:00+00:00")
    tulips.with_comments(FileComment("walker", "They do not." + TALK)).write(folder / "tulips.md")
    quoted = quoting(WORDS[:47] + "...", "They do." + TALK)
    older = replace(tulips, body=f"Do they need frost? Somebody wrote: {WORDS}", lastmod="2020-09-29T08:00:00+00:00")
    older.with_comments(FileComment("walker", WORDS + TALK)).write(folder / "older.md")
    older.with_comments(FileComment("walker", quoted)).write(folder / "quoting.md")
    run_import(folder)
    assert Comment.objects.filter(article__key__endswith="/2").count() == 1
    files = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert published(tmp_path / "before") == files

    hide(Comment.objects.get(body=WORDS))
    after = published(tmp_path / "after")
    assert [name for name, content in after.items() if "In March" in content or SECRET in content] == []
    assert after["tulips.md"] == files["tulips.md"]
    assert published(tmp_path / "all", "--include-hidden") == files
