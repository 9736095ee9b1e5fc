"""A comment that is gone from its file is quoted by others still: what was decided about it holds for their quotes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote as escaped

import pytest

from tests.thread_files import (
    MARCH,
    NEVER,
    NORTH,
    ROSES,
    FileComment,
    ThreadFile,
    by,
    exported,
    hide,
    quoting,
    run,
    run_import,
)
from threads import moderation
from threads.maintenance import verify
from threads.models import Author, Comment, LinkMethod, Quote, Reason, Visibility

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

pytestmark = pytest.mark.django_db

SECRET = "forsythia"
INLINE = FileComment(
    "walker", f"I doubt it.\n\n{quoting('In March, when the forsythia blooms...', 'Too late.')}", addressee="hiker"
)


def bring(files: Path, *comments: FileComment) -> None:
    """Import the thread with these comments and no others."""
    ROSES.with_comments(*comments).write(files / "roses.md")
    run_import(files)


def test_what_others_quote_of_a_hidden_comment_stays_unseen_when_its_file_loses_it(
    tmp_path: Path, client: Client
) -> None:
    files = tmp_path / "in"
    bring(files, MARCH, NORTH, INLINE, NEVER)
    hide(by("hiker"))
    assert not seen(client, tmp_path)

    bring(files, NORTH, INLINE, NEVER)

    assert by("hiker").withdrawn_at is not None
    assert not seen(client, tmp_path)
    assert verify.verify_archive([str(files)], 1).differences == []
    for command in ("reparse", "rerender", "relink"):
        run(command, workers=1, restart=True)
        assert not seen(client, tmp_path)


def test_a_quote_of_it_that_comes_later_is_unseen_too(tmp_path: Path, client: Client) -> None:
    files = tmp_path / "in"
    bring(files, MARCH, NEVER)
    hide(by("hiker"))
    bring(files, NEVER)

    bring(files, NEVER, NORTH, INLINE)

    assert Quote.objects.filter(target=by("hiker")).count() == 2
    assert not seen(client, tmp_path)
    assert verify.verify_archive([str(files)], 1).differences == []


def test_to_hide_and_restore_it_once_it_is_gone_reaches_its_quotes(tmp_path: Path, client: Client) -> None:
    files = tmp_path / "in"
    bring(files, MARCH, NORTH, INLINE, NEVER)
    bring(files, NORTH, INLINE, NEVER)
    assert seen(client, tmp_path) == ALL

    hide(by("hiker"))
    assert not seen(client, tmp_path)
    moderation.restore(Comment.objects.filter(pk=by("hiker").pk), by=None)
    assert seen(client, tmp_path) == ALL
    assert verify.verify_archive([str(files)], 1).differences == []


def test_what_others_quote_of_a_person_who_opted_out_stays_unseen_when_its_comment_is_gone(
    tmp_path: Path, client: Client
) -> None:
    files = tmp_path / "in"
    bring(files, MARCH, NORTH, INLINE, NEVER)
    bring(files, NORTH, INLINE, NEVER)

    moderation.opt_out(Author.objects.get(name="hiker"), by=None)
    assert not seen(client, tmp_path)
    moderation.opt_in(Author.objects.get(name="hiker"), by=None)
    assert seen(client, tmp_path) == ALL


OTHER = {
    "all other words": FileComment("hiker", "Ask me again next year."),
    "taken out at the source": FileComment("hiker", "_已隐藏_"),
}


@pytest.mark.parametrize("edited", OTHER.values(), ids=OTHER)
def test_what_others_quote_of_a_hidden_comment_stays_unseen_when_its_file_has_other_words_for_it(
    tmp_path: Path, client: Client, edited: FileComment
) -> None:
    files = tmp_path / "in"
    bring(files, MARCH, NORTH, INLINE, NEVER)
    hide(by("hiker"))

    bring(files, edited, NORTH, INLINE, NEVER)
    later = FileComment("cook", quoting("In March, when the forsythia blooms...", "I see."), addressee="hiker")
    bring(files, edited, NORTH, INLINE, NEVER, later)

    assert not seen(client, tmp_path)
    assert verify.verify_archive([str(files)], 1).differences == []
    moderation.restore(Comment.objects.filter(author__name="hiker"), by=None)
    assert seen(client, tmp_path) == ALL
    assert verify.verify_archive([str(files)], 1).differences == []


def test_older_words_of_a_hidden_comment_are_unseen_as_soon_as_its_number_is_learnt(
    tmp_path: Path, client: Client
) -> None:
    files = tmp_path / "in"
    edited = OTHER["all other words"]
    bring(files, edited, NORTH, INLINE, NEVER)
    hide(by("hiker"))
    assert seen(client, tmp_path) == ALL

    told = FileComment("cook", quoting("Ask me again next year.", "I will."), addressee="hiker")
    bring(files, edited, NORTH, INLINE, NEVER, told)

    assert not seen(client, tmp_path)
    assert verify.verify_archive([str(files)], 1).differences == []


ADDRESS = FileComment("hiker", "我住在湖边的第五座木屋,门前有一棵forsythia,欢迎来喝茶。")
LIKE_IT = {
    "begins alike": FileComment("hiker", "我住在湖边的事谁也不要说。", "2020-10-05"),
    "only a picture": FileComment("hiker", "![](https://garden.example/rose.png)", "2020-10-05"),
    "taken out at the source": FileComment("hiker", "_已删除_", "2020-10-05"),
}
CITED = "我住在湖边的第五座木屋,门前有一棵forsythia..."
LED = FileComment("baker", quoting(CITED, "好的。"), addressee="hiker")
WITHIN = FileComment("walker", f"不行。\n\n{quoting(CITED, '太远了。')}", addressee="hiker")


@pytest.mark.parametrize("other", LIKE_IT.values(), ids=LIKE_IT)
@pytest.mark.parametrize("first", [True, False], ids=["hidden, then gone", "gone, then hidden"])
def test_a_quote_of_a_hidden_comment_that_is_gone_is_not_shown_as_one_of_a_comment_like_it(
    tmp_path: Path, client: Client, other: FileComment, *, first: bool
) -> None:
    files = tmp_path / "in"
    bring(files, ADDRESS, NEVER, other, LED, WITHIN)
    secret = Comment.objects.filter(body=ADDRESS.body)
    if first:
        hide(secret.get())

    bring(files, NEVER, other, LED, WITHIN)
    if not first:
        hide(secret.get())

    assert not seen(client, tmp_path)
    assert verify.verify_archive([str(files)], 1).differences == []
    moderation.restore(secret, by=None)
    assert seen(client, tmp_path) == ALL
    assert verify.verify_archive([str(files)], 1).differences == []


def test_a_quote_of_which_only_words_tell_follows_what_is_decided_about_all_who_say_them(
    tmp_path: Path, client: Client
) -> None:
    files = tmp_path / "in"
    again = FileComment("cook", MARCH.body)
    asked = FileComment(
        "walker", quoting("In March, when the forsythia blooms, and not before...", "Is it so?"), addressee="brewer"
    )
    bring(files, MARCH, again, NEVER, asked)
    assert Quote.objects.get().target is None

    moderation.hide(Comment.objects.filter(body=MARCH.body), by=None, reason=Reason.PRIVACY)
    assert not seen(client, tmp_path)
    assert verify.verify_archive([str(files)], 1).differences == []
    moderation.restore(Comment.objects.filter(body=MARCH.body), by=None)
    assert "quotes found" in seen(client, tmp_path)
    assert verify.verify_archive([str(files)], 1).differences == []


def test_relink_leads_quotes_of_an_archive_that_knew_no_such_rule_to_what_is_gone(
    tmp_path: Path, client: Client
) -> None:
    files = tmp_path / "in"
    bring(files, MARCH, NORTH, INLINE, NEVER)
    hide(by("hiker"))
    bring(files, NORTH, INLINE, NEVER)
    Quote.objects.update(target=None)
    assert "export" in seen(client, tmp_path)

    run("relink", workers=1, restart=True)

    assert not seen(client, tmp_path)
    assert verify.verify_archive([str(files)], 1).differences == []


def test_a_quote_of_what_a_moderator_restored_is_shown_although_a_hidden_comment_has_its_number_or_words(
    tmp_path: Path, client: Client
) -> None:
    files = tmp_path / "in"
    again = FileComment("hiker", MARCH.body, "2020-10-05")
    bring(files, MARCH, NORTH, INLINE, NEVER)
    hide(by("hiker"))

    bring(files, again, NORTH, INLINE, NEVER)
    assert not seen(client, tmp_path)
    moderation.restore(Comment.objects.filter(posted_on=again.day), by=None)

    assert seen(client, tmp_path) == ALL
    assert verify.verify_archive([str(files)], 1).differences == []


@pytest.mark.parametrize("comes_with_it", [(), (MARCH,)], ids=["never in the file", "in the file once"])
def test_what_a_file_quotes_of_a_hidden_comment_stays_unseen_when_it_becomes_another_thread_s(
    tmp_path: Path, client: Client, comes_with_it: tuple[FileComment, ...]
) -> None:
    files = tmp_path / "in"
    ROSES.with_comments(MARCH, NEVER).write(files / "roses.md")
    ROSES.with_comments(*comes_with_it, NORTH, INLINE).write(files / "more.md")
    run_import(files)
    hide(by("hiker"))

    other = replace(ROSES, number=9)
    for _ in range(2):
        other.with_comments(NORTH, INLINE).write(files / "more.md")
        run_import(files, force=True)
        assert not seen(client, tmp_path, other)
        assert verify.verify_archive([str(files)], 1).differences == []
    assert Comment.objects.get(author__name="hiker").article.key == ROSES.key

    other.with_comments(MARCH, NORTH, INLINE).write(files / "more.md")
    run_import(files)
    assert by("hiker", other.key).visibility == Visibility.HIDDEN
    assert not seen(client, tmp_path, other)
    assert verify.verify_archive([str(files)], 1).differences == []


def test_the_comments_of_an_author_are_counted_again_where_a_shown_one_took_the_place_of_a_hidden(
    tmp_path: Path,
) -> None:
    second = FileComment("hiker", "Or in April, if March was a cold one.")
    ROSES.with_comments(MARCH, second, NEVER).write(tmp_path / "roses.md")
    run_import(tmp_path)
    hide(Comment.objects.get(body=MARCH.body))
    assert Author.objects.get(name="hiker").comment_count == 1

    ROSES.with_comments(*OTHER.values(), NEVER).write(tmp_path / "roses.md")
    run_import(tmp_path)

    assert Author.objects.get(name="hiker").comment_count == 2


def test_a_redacted_comment_keeps_what_it_quotes_where_a_moderator_said_what_it_answers(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    moderation.relink(by("baker"), by("brewer"), by=None)

    moderation.redact(Comment.objects.filter(pk=by("baker").pk), by=None, reason=Reason.PRIVACY)

    assert by("baker").answers == by("brewer")
    assert by("baker").link_method == LinkMethod.MANUAL
    assert Quote.objects.get().target == by("hiker")
    assert verify.verify_archive([str(tmp_path)], 1).differences == []


ALL = {"thread", "flat", "own page", "export", "quotes found"}


def seen(client: Client, tmp_path: Path, thread: ThreadFile = ROSES) -> set[str]:
    """Return in which places the words quoted are shown."""
    places = {
        "thread": f"/t/{thread.key}/",
        "flat": f"/t/{thread.key}/?view=flat",
        "own page": f"{by('walker', thread.key).get_absolute_url()}card/"
        if Comment.objects.filter(author__name="walker")
        else "/",
    }
    found = {name for name, path in places.items() if SECRET in client.get(path).content.decode()}
    found |= {"export"} if SECRET in str(exported(tmp_path)) else set()
    results = client.get(f"/feeds/search/?q={escaped(f'quoted:{SECRET}')}").content.decode()
    return found | ({"quotes found"} if "<entry>" in results else set())
