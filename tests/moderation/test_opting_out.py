"""Who opted out: nothing of theirs is shown, said, quoted, found or exported, until they opt in again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from tests.rendered import shown_text
from tests.thread_files import MARCH, NEVER, ROSES, TEA, FileComment, by, quoting, run, run_import
from threads import moderation
from threads.models import Article, Author, Comment, Quote, Reason, SearchEntry, Tag, Visibility

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

pytestmark = pytest.mark.django_db

LOST = "My greenhouse stands at the end of the lane behind the mill."
LEADING = FileComment("baker", quoting(f"{LOST[:47]}...", "May I see it?", 31), addressee="hiker")
INLINE = FileComment(
    "cyclist", f"Is it true?\n\n{quoting(f'{LOST[:47]}...', 'I shall come by.', 31)}", addressee="hiker"
)
NAMED = FileComment("potter", "You are right.", addressee="hiker")
OTHER = FileComment(
    "walker", quoting("Nobody prunes in autumn, whatever they say...", "Why not?", 32), addressee="brewer"
)
THREAD = ROSES.with_comments(LEADING, INLINE, NAMED, OTHER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that was imported: answers to a person whose comments are not there."""
    place = tmp_path / "in"
    THREAD.write(place / "roses.md")
    TEA.with_comments(FileComment("hiker", "70 °C."), FileComment("brewer", "Or 80.")).write(place / "tea.md")
    run_import(place)
    return place


def opt(way: str) -> None:
    author = Author.objects.get(name="hiker")
    (moderation.opt_out if way == "out" else moderation.opt_in)(author, by=None)


def pages(client: Client) -> dict[str, str]:
    """Return what readers see and take away, by its address."""
    key = ROSES.key
    addresses = [f"/t/{key}/", f"/t/{key}/?view=flat", f"/t/{key}/?order=newest", reverse("threads:feed_comments")]
    addresses += [f"/c/{comment.key}/card/" for comment in Comment.objects.filter(article__key=key)]
    return {address: client.get(address).content.decode() for address in addresses}


def exported(tmp_path: Path, *options: str) -> str:
    """Return both kinds of export, as one text."""
    out = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
    call_command("export_archive", str(out / "x.jsonl"), "--format", "jsonl", *options, verbosity=0)
    call_command("export_archive", str(out / "files"), "--format", "source", *options, verbosity=0)
    return "".join(file.read_text(encoding="utf-8") for file in sorted(out.rglob("*")) if file.is_file())


def found(client: Client, word: str) -> bool:
    """Say whether a search finds a comment that quotes a word."""
    return 'class="snippet' in client.get(reverse("threads:search"), {"q": f"quoted:{word}"}).content.decode()


def state() -> list[Any]:
    """Return what readers may come to see of comments."""
    entries = SearchEntry.objects.order_by("article_id", "comment_id").values_list("article_id", "comment_id", "digest")
    comments = Comment.objects.order_by("pk").values_list("pk", "visibility", "addressee", "body", "body_html")
    return [*entries, *comments, *Quote.objects.order_by("pk").values_list("pk", "excerpt", "target")]


def test_neither_name_nor_quoted_words_of_who_opted_out_are_shown(folder: Path, client: Client, tmp_path: Path) -> None:
    shown = pages(client)
    assert sum("greenhouse" in page for page in shown.values()) >= 5
    assert found(client, "greenhouse")
    opt("out")

    for address, page in pages(client).items():
        assert "greenhouse" not in page, address
        assert "hiker" not in page, address
    assert not found(client, "greenhouse")
    assert "a removed comment" in pages(client)[f"/t/{ROSES.key}/"]
    public = exported(tmp_path)
    assert "greenhouse" not in public
    assert "hiker" not in public
    for words in ("May I see it?", "I shall come by.", "You are right.", "Nobody prunes in autumn"):
        assert words in public
    assert "brewer" in public
    everything = exported(tmp_path, "--include-hidden")
    assert everything.count("greenhouse") >= 4
    assert "hiker" in everything


def test_opting_in_brings_all_of_it_back(folder: Path, client: Client) -> None:
    before = state()
    opt("out")
    assert state() != before
    opt("in")
    assert state() == before
    assert sum("greenhouse" in page for page in pages(client).values()) >= 5


@pytest.mark.parametrize("command", ["import_archive", "reparse", "rerender", "relink"])
def test_what_is_withheld_stays_withheld_whatever_is_read_or_drawn_again(folder: Path, command: str) -> None:
    opt("out")
    before = state()
    if command == "import_archive":
        run_import(folder, force=True)
    else:
        call_command(command, "--restart", verbosity=0)
    assert state() == before
    call_command("rebuild_search", verbosity=0)
    assert state() == before
    assert run("verify_archive", folder) == 0


def test_a_thread_that_comes_later_withholds_it_from_the_first_moment(folder: Path, client: Client) -> None:
    opt("out")
    Article.objects.all().delete()
    run_import(folder, force=True)
    assert by("baker").addressee == "hiker"
    assert not Author.objects.visible().filter(name="hiker").exists()
    assert all("greenhouse" not in page and "hiker" not in page for page in pages(client).values())
    assert not found(client, "greenhouse")
    assert found(client, "autumn")


def test_a_public_export_of_it_can_be_imported_elsewhere(folder: Path, tmp_path: Path) -> None:
    opt("out")
    keys = set(Comment.objects.visible().values_list("key", flat=True))
    call_command("export_archive", str(tmp_path / "files"), "--format", "source", verbosity=0)
    Article.objects.all().delete()
    run_import(tmp_path / "files")
    assert keys <= set(Comment.objects.values_list("key", flat=True))


def test_what_was_hidden_for_another_reason_stays_hidden_when_an_opt_out_is_taken_back(folder: Path) -> None:
    tea = Comment.objects.filter(author__name="hiker", article__key=TEA.key)
    moderation.hide(tea, by=None, reason=Reason.ABUSE)
    opt("out")
    opt("in")
    assert (tea.get().visibility, tea.get().reason) == (Visibility.HIDDEN, Reason.ABUSE)


def test_a_comment_that_is_there_is_quoted_without_name_inside_a_text(tmp_path: Path, client: Client) -> None:
    ROSES.with_comments(FileComment("hiker", LOST), INLINE).write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    stored = by("cyclist").body_html
    assert "greenhouse" in shown_text(by("cyclist"))
    opt("out")
    html = shown_text(by("cyclist"))
    assert "greenhouse" not in html
    assert all("greenhouse" not in page and "hiker" not in page for page in pages(client).values())
    assert "hiker" not in exported(tmp_path)
    run_import(tmp_path / "in", force=True)
    assert shown_text(by("cyclist")) == html
    assert by("cyclist").body_html == stored


def test_an_article_is_hidden_when_its_file_names_somebody_who_opted_out(tmp_path: Path, client: Client) -> None:
    ROSES.with_comments(MARCH, NEVER).write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    opt("out")
    replace(ROSES, author="hiker").with_comments(MARCH, NEVER).write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")

    article = Article.objects.get()
    assert (article.visibility, article.reason) == (Visibility.HIDDEN, Reason.REQUEST)
    assert client.get(article.get_absolute_url()).status_code == 410
    assert not Author.objects.visible().exists()
    assert not Tag.objects.visible().exists()
    assert not found(client, "rain")
    assert run("verify_archive", tmp_path / "in") == 0
    opt("in")
    assert list(Article.objects.visible()) == [article]
    assert run("verify_archive", tmp_path / "in") == 0


def test_who_opted_out_is_not_named_where_a_moderator_said_that_the_article_is_answered(
    folder: Path, client: Client, tmp_path: Path
) -> None:
    moderation.relink(by("potter"), Article.objects.get(key=ROSES.key), by=None)
    opt("out")
    for address, page in pages(client).items():
        assert "hiker" not in page, address
    assert '<a href="#article"><bdi>the article</bdi></a>' in pages(client)[f"/t/{ROSES.key}/"]
    assert "hiker" not in exported(tmp_path)
