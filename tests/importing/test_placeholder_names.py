"""Placeholder names are not one person: shown as written, without author, page, count or link by name alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from lxml import html as lxml_html

from tests.thread_files import FileComment, ThreadFile, exported, is_like_a_clean_import, quoting, run, run_import
from threads import moderation
from threads.models import Article, Author, Comment, FormerKey, Reason, SearchEntry, Visibility

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

NOBODY = "匿名用户"
GONE = "[已注销]"
KETTLE = FileComment(NOBODY, "A kettle with a thermometer helps a great deal.")
STOVE = FileComment(NOBODY, "The stove in the library is too hot for green tea.", "2020-09-30")
CLOSED = FileComment(GONE, "The library closes at eight.", "2020-10-01")
SURE = FileComment("hiker", quoting("The stove in the library is...", "Then wait."), "2020-10-01", addressee=NOBODY)
BARE = FileComment("baker", "Agreed.", "2020-10-02", addressee=NOBODY)
TEA = ThreadFile(
    2, "Green tea", "How hot may the water be?", NOBODY, tags="tea", comments=(KETTLE, STOVE, CLOSED, SURE, BARE)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with TEA."""
    TEA.write(tmp_path / "in" / "tea.md")
    return tmp_path / "in"


def by_name() -> set[str]:
    return set(Author.objects.values_list("name", flat=True))


def written() -> list[tuple[str | None, str | None]]:
    """Return author and placeholder name of each comment."""
    rows = Comment.objects.current().order_by("position")
    return list(rows.values_list("author__name", "placeholder_name"))


def test_placeholder_names_have_no_author(folder: Path) -> None:
    assert run_import(folder) == 0

    assert by_name() == {"hiker", "baker"}
    assert written() == [(None, NOBODY), (None, NOBODY), (None, GONE), ("hiker", None), ("baker", None)]
    article = Article.objects.get()
    assert (article.author, article.placeholder_name, article.written_name) == (None, NOBODY, NOBODY)
    assert set(SearchEntry.objects.values_list("author__name", flat=True)) == {None, "hiker", "baker"}


def test_only_certain_words_are_linked(folder: Path) -> None:
    run_import(folder)

    kettle, stove, closed, sure, bare = Comment.objects.order_by("position")
    assert (sure.answers, sure.link_method) == (stove, "excerpt")
    assert (bare.answers, bare.answers_article, bare.link_method) == (None, False, None)
    assert not any(comment.answers_id for comment in (kettle, stove, closed))


def test_every_page_shows_the_name_as_text(client: Client, folder: Path) -> None:
    run_import(folder)
    key, stove = TEA.key, Comment.objects.get(position=1)
    pages = [
        "/",
        f"/t/{key}/",
        f"/t/{key}/?view=flat",
        f"/t/{key}/?view=people",
        f"/c/{stove.key}/card/",
        "/dates/2020/09/30/",
        "/tags/tea/",
        "/search/?q=library",
        "/authors/hiker/",
        "/feeds/threads/",
        "/feeds/comments/",
        f"/feeds/thread/{key}/",
        "/feeds/search/?q=library",
        f"/cite/thread/{key}/",
        f"/cite/comment/{stove.key}/",
        f"/report/?c={stove.key}",
    ]
    shown = {path: client.get(path) for path in pages}
    missing = [path for path, page in shown.items() if page.status_code == 404]
    assert missing == []
    without = [path for path, page in shown.items() if NOBODY not in page.content.decode()]
    assert without == []
    people = shown[f"/t/{key}/?view=people"].context["participants"].shown
    assert [person.name for person in people] == ["baker", "hiker"]
    for path, page in shown.items():
        links = lxml_html.fromstring(page.content).xpath("//@href")
        assert not [link for link in links if "author" in link and ("%E5%8C%BF" in link or NOBODY in link)], path
    comments = shown[f"/t/{key}/"].context["comments"]
    assert [(comment.author, comment.is_article_author) for comment in comments][:3] == [
        (NOBODY, False),
        (NOBODY, False),
        ("hiker", False),
    ]


def test_no_page_is_of_a_placeholder_name(client: Client, folder: Path) -> None:
    run_import(folder)
    assert client.get(f"/authors/{NOBODY}/").status_code == 404
    assert NOBODY not in client.get("/authors/").content.decode()
    assert client.get(f"/search/suggest?q={NOBODY}").json() == {"suggestions": []}
    assert "No author is called" in client.get(f"/search/?q=author:{NOBODY}").content.decode()
    facets = client.get("/search/?q=library+OR+wait").context["facets"]
    assert [link.label for link in facets["Authors"]] == ["hiker"]


def test_admin_shows_and_finds_the_name(admin_client: Client, folder: Path) -> None:
    run_import(folder)
    for model, count in (("comment", 2), ("article", 1)):
        page = admin_client.get(f"/admin/threads/{model}/", {"q": NOBODY}).content.decode()
        assert page.count(f'<td class="field-author_name">{NOBODY}</td>') == count
    comment = Comment.objects.get(position=2)
    assert GONE in admin_client.get(f"/admin/threads/comment/{comment.pk}/change/").content.decode()


def test_an_export_keeps_the_names(folder: Path, tmp_path: Path) -> None:
    run_import(folder)
    first = exported(tmp_path)
    assert [row["author"] for row in first] == [NOBODY, NOBODY, NOBODY, GONE, "hiker", "baker"]
    call_command("export_archive", str(tmp_path / "dump.jsonl"), "--format", "jsonl", verbosity=0)
    for model in (Article, Author, FormerKey):
        model._default_manager.all().delete()

    assert run_import(tmp_path / "dump.jsonl") == 0

    assert [{**row, "source_path": ""} for row in exported(tmp_path)] == [{**row, "source_path": ""} for row in first]
    assert by_name() == {"hiker", "baker"}


def older_archive(folder: Path, settings: Settings, names: list[str]) -> None:
    """Import as with other placeholder names."""
    today = settings.PLACEHOLDER_NAMES
    settings.PLACEHOLDER_NAMES = names
    run_import(folder)
    settings.PLACEHOLDER_NAMES = today


def test_reparse_separates_the_people_of_an_older_archive(folder: Path, tmp_path: Path, settings: Settings) -> None:
    older_archive(folder, settings, [])
    assert by_name() == {NOBODY, GONE, "hiker", "baker"}
    keys = list(Comment.objects.order_by("pk").values_list("pk", "key"))
    moderation.hide(Comment.objects.filter(position=0), by=None, reason=Reason.PRIVACY)

    assert run("reparse", workers=1) == 0

    assert list(Comment.objects.order_by("pk").values_list("pk", "key")) == keys
    assert Comment.objects.get(position=0).visibility == Visibility.HIDDEN
    assert written()[:3] == [(None, NOBODY), (None, NOBODY), (None, GONE)]
    assert set(Author.objects.visible().values_list("name", flat=True)) == {"hiker", "baker"}
    moderation.restore(Comment.objects.filter(position=0), by=None)
    assert run("verify_archive", folder, workers=1) == 0
    assert is_like_a_clean_import(folder, tmp_path)


@pytest.mark.parametrize("command", ["relink", "rerender", "reparse"])
def test_rules_run_again_change_nothing(folder: Path, command: str) -> None:
    run_import(folder)
    before = list(Comment.objects.order_by("pk").values()), list(Article.objects.values())
    assert run(command, workers=1) == 0
    assert (list(Comment.objects.order_by("pk").values()), list(Article.objects.values())) == before


def test_a_hidden_comment_stays_hidden_when_it_is_edited(folder: Path) -> None:
    run_import(folder)
    stove = Comment.objects.get(position=1)
    moderation.hide(Comment.objects.filter(pk=stove.pk), by=None, reason=Reason.PRIVACY)
    edited = replace(STOVE, body=f"{STOVE.body} And so is the tea.")
    TEA.with_comments(KETTLE, edited, CLOSED, SURE, BARE).write(folder / "tea.md")

    run_import(folder)

    stove.refresh_from_db()
    assert (stove.body, stove.visibility, stove.placeholder_name) == (edited.body, Visibility.HIDDEN, NOBODY)
    assert Comment.objects.count() == 5


def test_redaction_erases_the_name_of_an_article(folder: Path) -> None:
    run_import(folder)
    moderation.redact(Article.objects.all(), by=None, reason=Reason.PRIVACY)
    assert Article.objects.get().written_name is None
    run("reparse", workers=1)
    assert Article.objects.get().written_name is None


def test_a_name_that_opted_out_before_stays_hidden(folder: Path, settings: Settings) -> None:
    older_archive(folder, settings, [])
    moderation.opt_out(Author.objects.get(name=GONE), by=None)
    TEA.with_comments(*TEA.comments, FileComment(GONE, "Or at nine.", "2020-10-09")).write(folder / "tea.md")

    run("reparse", workers=1)
    run_import(folder)

    assert {row.visibility for row in Comment.objects.filter(author__name=GONE)} == {Visibility.HIDDEN}
    assert Comment.objects.filter(author__name=GONE).count() == 2


def test_a_name_is_a_placeholder_in_any_case_but_not_in_part(tmp_path: Path, settings: Settings) -> None:
    settings.PLACEHOLDER_NAMES = ["Nobody", " somebody  else "]
    names = ["NOBODY", "nobody ", "Nobody in particular", "Somebody Else"]
    TEA.with_comments(*(FileComment(name, "Good.") for name in names)).write(tmp_path / "tea.md")
    run_import(tmp_path)
    assert by_name() == {NOBODY, "Nobody in particular"}
