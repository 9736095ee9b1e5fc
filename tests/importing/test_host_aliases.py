"""Threads of a site with several hosts: one thread, also in an archive that is older than the alias."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from tests.rendered import shown_opening, shown_text
from tests.thread_files import (
    MARCH,
    NEVER,
    NORTH,
    ROSES,
    TEA,
    by,
    exported,
    hide,
    is_like_a_clean_import,
    run,
    run_import,
)
from threads import moderation
from threads.importing import scanning
from threads.models import Article, Author, Comment, FormerKey, Reason, Report, SourceFile, Tag, ThreadLink, Visibility

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

OLD = "beds.example/article/1"
"""Key of ROSES on the host that becomes an alias."""


@pytest.fixture
def _aliased(settings: Settings) -> None:
    """Make a second host of the garden known."""
    settings.HOST_ALIASES = {"beds.example": "garden.example"}


def on_host(file: Any, path: Path, host: str = "beds.example") -> Path:
    """Write a file whose closing link has another host."""
    file.write(path)
    path.write_text(path.read_text(encoding="utf-8").replace("//garden.example/", f"//{host}/"), encoding="utf-8")
    return path


def learn_alias(settings: Settings) -> None:
    """Change the setting, as an upgrade does."""
    settings.HOST_ALIASES = {"beds.example": "garden.example"}


@pytest.mark.usefixtures("_aliased")
def test_files_with_several_hosts_are_one_thread(tmp_path: Path) -> None:
    on_host(ROSES.with_comments(MARCH), tmp_path / "in" / "a.md", "www.garden.example")
    on_host(ROSES.with_comments(MARCH, NORTH), tmp_path / "in" / "b.md", "beds.example")
    on_host(ROSES.with_comments(NEVER), tmp_path / "in" / "c.md", "WWW.Beds.Example:443")

    assert run_import(tmp_path / "in") == 0

    assert Article.objects.get().key == ROSES.key
    assert Comment.objects.count() == 3


def test_links_between_hosts_of_one_site_stay_in_the_archive(tmp_path: Path) -> None:
    on_host(ROSES, tmp_path / "in" / "roses.md", "www.garden.example")
    links = "[a](https://garden.example/article/1) [b](http://www.garden.example:80/article/id-1__sort) [c](/article/1)"
    answer = replace(MARCH, body=f"See [d](article/1), and {links}")
    replace(TEA, body=links).with_comments(answer).write(tmp_path / "in" / "tea.md")

    assert run_import(tmp_path / "in") == 0

    tea = Article.objects.get(key=TEA.key)
    assert shown_opening(tea).count(f'href="/t/{ROSES.key}/"') == 3
    assert shown_text(tea.comments.get()).count(f'href="/t/{ROSES.key}/"') == 4
    assert {(link.target_key, link.comment_id) for link in ThreadLink.objects.all()} == {
        (ROSES.key, None),
        (ROSES.key, tea.comments.get().pk),
    }


def test_a_relative_link_of_a_thread_without_an_address_is_text(tmp_path: Path) -> None:
    replace(ROSES, number=None, body="See [the other](/article/2).").write(tmp_path / "roses.md")
    TEA.write(tmp_path / "tea.md")
    assert run_import(tmp_path) == 0
    assert shown_opening(Article.objects.get(key="file/roses")) == "<p>See the other.</p>"


@pytest.mark.parametrize("command", ["import_archive", "reparse"])
def test_an_older_archive_takes_the_canonical_key(
    tmp_path: Path, settings: Settings, client: Client, command: str
) -> None:
    on_host(ROSES, tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    hidden, comment = by("baker", OLD), by("hiker", OLD)
    hide(hidden)
    learn_alias(settings)
    assert run("verify_archive", workers=1) == 1

    assert run(command, *([tmp_path / "in"] if command == "import_archive" else []), workers=1) == 0

    article = Article.objects.get()
    assert article.key == ROSES.key
    assert {row.pk: row.visibility for row in article.comments.all()}[hidden.pk] == Visibility.HIDDEN
    assert set(FormerKey.objects.filter(article=article).values_list("key", flat=True)) == {OLD}
    assert run("verify_archive", tmp_path / "in", workers=1) == 0
    for path in (f"/t/{OLD}/", f"/t/www.{OLD}/", f"/t/www.{ROSES.key}/"):
        assert client.get(path)["Location"] == f"/t/{ROSES.key}/"
    new = Comment.objects.get(pk=comment.pk)
    assert new.key != comment.key
    assert client.get(f"/c/{comment.key}/")["Location"] == f"/c/{new.key}/"
    assert run(command, *([tmp_path / "in"] if command == "import_archive" else []), workers=1) == 0
    moderation.restore(Comment.objects.filter(pk=hidden.pk), by=None)
    assert is_like_a_clean_import(tmp_path / "in", tmp_path)


@pytest.mark.parametrize("command", ["import_archive", "reparse"])
def test_two_threads_that_become_one_are_united_with_all_decisions(
    tmp_path: Path, settings: Settings, command: str
) -> None:
    on_host(ROSES.with_comments(MARCH, NEVER), tmp_path / "in" / "old.md")
    newer = replace(ROSES, title="Roses", body="Now?", lastmod="2020-10-05T08:00:00+00:00")
    newer.with_comments(MARCH, NORTH).write(tmp_path / "in" / "new.md")
    on_host(ROSES.with_comments(NEVER), tmp_path / "in" / "third.md", "www.beds.example:8080")
    settings.HOST_ALIASES = {}
    run_import(tmp_path / "in")
    assert Article.objects.count() == 3
    hide(by("hiker", OLD))
    moderation.redact(Comment.objects.filter(author__name="brewer", article__key=OLD), by=None, reason=Reason.LEGAL)
    Report.objects.create(comment=by("hiker", OLD), reason="other")
    settings.HOST_ALIASES = {"beds.example": "garden.example", "beds.example:8080": "garden.example"}

    assert run(command, *([tmp_path / "in"] if command == "import_archive" else []), workers=1) == 0

    article = Article.objects.get()
    assert (article.key, article.title) == (ROSES.key, "Roses")
    assert SourceFile.objects.filter(article=article).count() == 3
    shown = {comment.author.name: comment for comment in article.comments.current() if comment.author}
    assert shown["hiker"].visibility == Visibility.HIDDEN
    assert shown["baker"].visibility == Visibility.VISIBLE
    assert Report.objects.get().comment == shown["hiker"]
    assert "Never prune" not in str(exported(tmp_path))
    assert run("verify_archive", workers=1) == 0


def test_a_dry_run_changes_nothing_and_says_what_would_change(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    on_host(ROSES, tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    learn_alias(settings)
    assert run("reparse", dry_run=True, workers=1, verbosity=2) == 0
    assert Article.objects.get().key == OLD
    assert "1 changed" in capsys.readouterr().out


def test_a_withdrawn_thread_takes_the_canonical_key_and_stays_hidden(tmp_path: Path, settings: Settings) -> None:
    on_host(ROSES, tmp_path / "in" / "roses.md")
    TEA.write(tmp_path / "in" / "tea.md")
    run_import(tmp_path / "in")
    hide(by("hiker", OLD))
    (tmp_path / "in" / "roses.md").unlink()
    run_import(tmp_path / "in", prune=True)
    learn_alias(settings)
    run_import(tmp_path / "in")
    assert set(Article.objects.values_list("key", flat=True)) == {ROSES.key, TEA.key}

    replace(ROSES, title="Roses, once more").write(tmp_path / "in" / "again.md")
    run_import(tmp_path / "in")

    assert by("hiker").visibility == Visibility.HIDDEN
    assert Article.objects.count() == 2


def test_an_archive_without_outdated_keys_pays_one_query(tmp_path: Path, django_assert_max_num_queries: Any) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    with django_assert_max_num_queries(1):
        assert list(scanning.rekeyed_tasks()) == []


@pytest.mark.usefixtures("_aliased")
def test_a_jsonl_export_of_an_older_archive_is_imported_under_the_canonical_key(
    tmp_path: Path, settings: Settings
) -> None:
    settings.HOST_ALIASES = {}
    on_host(ROSES, tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    run("export_archive", tmp_path / "out.jsonl", format="jsonl")
    for model in (Article, Author, Tag):
        model.objects.all().delete()
    learn_alias(settings)

    assert run_import(tmp_path / "out.jsonl") == 0
    assert run_import(tmp_path / "out.jsonl") == 0

    assert Article.objects.get().key == ROSES.key
    assert Comment.objects.count() == 3
    assert run("verify_archive", tmp_path / "out.jsonl", workers=1) == 0


@pytest.mark.usefixtures("_aliased")
def test_search_in_a_thread_knows_every_host_of_its_site(tmp_path: Path, client: Client) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    for key in (ROSES.key, OLD, f"https://www.{OLD}", "https://www.garden.example:443/article/1"):
        page = client.get(reverse("threads:search"), {"q": f"forsythia thread:{key}"}).content.decode()
        assert f"/t/{ROSES.key}/" in page
