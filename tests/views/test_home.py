"""The home page and the page About."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_article, make_comment, make_comments
from threads.models import ArchiveState, Visibility

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_it_shows_name_description_and_totals(client: Client, settings: Settings) -> None:
    settings.SITE_NAME, settings.SITE_DESCRIPTION = "Garden talk", "Roses & pears"
    article = make_article(author="gardener")
    make_comment(article, author="hiker", posted_on=date(2018, 5, 1))
    make_comment(article, author="baker", posted_on=date(2021, 5, 1))
    html = " ".join(client.get("/").content.decode().split())
    assert "<h1>Garden talk</h1>" in html
    assert "Roses &amp; pears" in html
    assert "<b>2</b> comments in <b>1</b> threads, by <b>3</b> authors, 2018–2021." in html


@pytest.mark.parametrize("path", ["/", "/about/"])
@pytest.mark.parametrize(
    ("description", "lang"), [("關於茶的討論", ' lang="zh-Hant"'), ("关于茶的讨论", ' lang="zh-Hans"'), ("茶", "")]
)
def test_the_description_has_its_own_language(
    path: str, description: str, lang: str, client: Client, settings: Settings
) -> None:
    settings.SITE_DESCRIPTION = description
    assert f"<p{lang}>{description}</p>" in client.get(path).content.decode()


def test_an_empty_archive_has_no_empty_sections(client: Client) -> None:
    html = client.get("/").content.decode()
    assert "The archive is empty" in html
    assert "Most discussed" not in html, "a heading with nothing below it"
    assert 'id="tags"' not in html
    assert "No threads." in html


def test_threads_are_listed_newest_first_with_snippets(client: Client) -> None:
    for day in (1, 3, 2):
        make_article(
            f"Roses {day}",
            published_at=datetime(2020, 1, day, tzinfo=UTC),
            body_html=f"<p>Cut&nbsp;&lt;low&gt; <b>{day}</b></p><p>Then wait</p>",
            tags=["Garden"],
        )
    html = client.get("/").content.decode()
    main = html.split('id="newest"')[1].split('id="most-discussed"')[0]
    assert re.findall(r">Roses (\d)<", main) == ["3", "2", "1"]
    assert ">Cut &lt;low&gt; 3 Then wait</p>" in main
    assert "<bdi>Garden</bdi></a>" in main


def test_the_list_of_threads_has_pages(client: Client, settings: Settings) -> None:
    settings.LIST_PAGE_SIZE = 2
    for day in (1, 2, 3):
        make_article(f"Roses {day}", published_at=datetime(2020, 1, day, tzinfo=UTC))
    first = client.get("/")
    assert "Roses 1" not in first.content.decode().split('id="most-discussed"')[0]
    second = client.get("/", {"after": first.context["threads"].after}).content.decode()
    main = second.split("<main")[1].split('id="most-discussed"')[0]
    assert "Roses 1" in main
    assert "Roses 2" not in main
    assert "First page" in main
    assert client.get("/?after=nonsense").status_code == 404


def test_hidden_threads_and_comments_are_neither_shown_nor_counted(client: Client) -> None:
    hidden = make_article("A secret garden", visibility=Visibility.HIDDEN, tags=["secrets"])
    make_comment(hidden, body="a secret")
    shown = make_article()
    make_comment(shown, visibility=Visibility.HIDDEN, body="a secret")
    response = client.get("/")
    assert "secret " not in response.content.decode()
    assert (response.context["totals"].threads, response.context["totals"].comments) == (1, 0)


def test_the_chart_has_a_text_alternative(client: Client) -> None:
    article = make_article()
    for month, times in ((1, 1), (3, 3), (5, 2)):
        for _ in range(times):
            make_comment(article, posted_on=date(2020, month, 9))
    html = client.get("/").content.decode()
    assert 'aria-label="From 2020-01 to 2020-05; maximum in 2020-03: 3"' in html
    assert "<title>2020-05: 2</title>" in html


def test_totals_are_counted_once_for_each_archive_version(client: Client) -> None:
    make_article()
    version = ArchiveState.objects.get().version
    with CaptureQueriesContext(connection) as first:
        client.get("/")
    with CaptureQueriesContext(connection) as second:
        client.get("/")
    assert len(second) < len(first)
    make_article()
    ArchiveState.objects.update(version=version)
    assert client.get("/").context["totals"].threads == 1
    ArchiveState.objects.update(version=version + 1)
    assert client.get("/").context["totals"].threads == 2


def test_the_number_of_queries_is_the_same_for_1_and_20_threads(client: Client) -> None:
    costs = set()
    for size in (1, 19):
        for _ in range(size):
            make_comments(make_article(tags=["roses", "pears"]), [None])
        client.get("/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/")
        costs.add(len(captured))
    assert costs == {8}


def test_about_explains_reply_links_and_shows_the_contact(client: Client, settings: Settings) -> None:
    settings.SITE_CONTACT = "post@garden.example"
    html = client.get("/about/").content.decode()
    assert "marked as a guess" in html
    assert "post@garden.example" in html
