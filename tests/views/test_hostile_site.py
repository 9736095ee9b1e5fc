"""Hostile source files, imported by the command and read on every page, feed and list."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from lxml import html as lxml_html

from tests.hostile_site import WORDS, answer_breaches, crawl, page_breaches, write
from tests.thread_files import run_import
from threads.models import Article, Author, Comment, ImportProblem, SourceFile, Tag

pytestmark = pytest.mark.django_db

OF_DJANGO = {
    "element img",
    *(f"a comment:  {part} " for part in ("Container", "Header", "END Header", "Content", "END Content")),
    *(f"a comment:  {part} " for part in ("END Container", "SVGs", "END SVGs", "DIV needed for valid HTML")),
}
"""Markup of Django's admin templates."""


@pytest.fixture(scope="module", autouse=True)
def _archive(module_database: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    write(folder)
    assert run_import(folder, workers=2) == 0


@pytest.fixture
def client(client: Client) -> Client:
    """Return a client that returns an error page for an exception, as a browser would see it."""
    client.raise_request_exception = False
    return client


@pytest.fixture(scope="module")
def pages(_archive: None) -> dict[str, Any]:
    """Return the responses to every address that a link leads to."""
    client = Client(raise_request_exception=False)
    return crawl(client, ["/", "/sitemap.xml", "/feeds/comments/", *every_comment()])


def test_every_page_and_feed_of_a_hostile_archive_is_safe(pages: dict[str, Any]) -> None:
    assert [line for address, response in pages.items() for line in answer_breaches(response, address)] == []
    assert [address for address, response in pages.items() if response.status_code not in {200, 301, 302}] == []
    assert {article.get_absolute_url() for article in Article.objects.all()} <= pages.keys()


def every_comment() -> list[str]:
    """Return the addresses that lead from one comment on."""
    keys = list(Comment.objects.values_list("key", flat=True))
    reports = [f"{reverse('threads:report')}?c={key}" for key in keys[::5]]
    return [*reports, *(reverse(f"threads:{name}", args=[key]) for key in keys for name in ("comment", "card"))]


def test_hostile_names_have_pages(client: Client, pages: dict[str, Any]) -> None:
    for row in [*Author.objects.visible(), *Tag.objects.visible()]:
        address = row.get_absolute_url()
        response = pages[address] if address in pages else client.get(address)
        assert response.status_code == 200
        (heading,) = lxml_html.document_fromstring(response.content.decode()).xpath("//h1")
        assert row.name in heading.text_content()


@pytest.mark.parametrize("path", ["/search/", "/search/suggest", "/feeds/search/"])
def test_a_search_for_hostile_text_is_safe(client: Client, path: str) -> None:
    for word in WORDS:
        for asked in (f'"{word}"', f"frost author:{word} tag:{word}", f"-{word} OR quoted:{word}"):
            address = f"{path}?{urlencode({'q': asked.encode('utf-8', 'surrogatepass')})}"
            assert answer_breaches(client.get(address), address) == []


def test_admin_pages_of_a_hostile_archive_are_safe(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    for model in (Article, Comment, Author, Tag, ImportProblem, SourceFile):
        table = reverse(f"admin:threads_{model.__name__.lower()}_changelist")
        rows = list(model.objects.values_list("pk", flat=True))
        chosen = {"action": "hide", "_selected_action": rows}
        answers = [client.get(table, {"q": "alert(1)"}), *(client.get(f"{table}{pk}/change/") for pk in rows[:40])]
        if model in {Article, Comment}:
            answers.append(client.post(table, chosen))
        for answer in answers:
            assert answer.status_code == 200
            assert [found for found in page_breaches(answer.content) if found not in OF_DJANGO] == []


def test_an_action_on_an_invalid_row_is_400(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    for model in ("article", "comment", "author", "tag"):
        for chosen in ("abc", "-1", "9" * 30, "\0"):
            form = {"action": "hide", "_selected_action": chosen}
            assert client.post(reverse(f"admin:threads_{model}_changelist"), form).status_code in {302, 400}
