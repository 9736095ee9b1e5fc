"""The first page, and what the site says of itself."""

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


def test_it_says_what_the_archive_is_and_how_big(client: Client, settings: Settings) -> None:
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
    ("said", "lang"), [("關於茶的討論", ' lang="zh-Hant"'), ("关于茶的讨论", ' lang="zh-Hans"'), ("茶", "")]
)
def test_what_the_site_says_of_itself_is_set_in_its_own_script(
    path: str, said: str, lang: str, client: Client, settings: Settings
) -> None:
    settings.SITE_DESCRIPTION = said
    assert f"<p{lang}>{said}</p>" in client.get(path).content.decode()


def test_an_empty_archive_says_so(client: Client) -> None:
    html = client.get("/").content.decode()
    assert "The archive is empty" in html
    assert "Most discussed" not in html, "a heading with nothing below it"
    assert 'id="tags"' not in html
    assert "No threads." in html


def test_threads_stand_newest_first_with_a_line_of_their_text(client: Client) -> None:
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
    assert ">Garden</a>" in main


def test_it_goes_on_by_key(client: Client, settings: Settings) -> None:
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


def test_what_is_hidden_is_neither_shown_nor_counted(client: Client) -> None:
    hidden = make_article("A secret garden", visibility=Visibility.HIDDEN, tags=["secrets"])
    make_comment(hidden, body="a secret")
    shown = make_article()
    make_comment(shown, visibility=Visibility.HIDDEN, body="a secret")
    response = client.get("/")
    assert "secret " not in response.content.decode()
    assert (response.context["totals"].threads, response.context["totals"].comments) == (1, 0)


def test_activity_is_a_chart_with_its_meaning_in_words(client: Client) -> None:
    article = make_article()
    for month, times in ((1, 1), (3, 3), (5, 2)):
        for _ in range(times):
            make_comment(article, posted_on=date(2020, month, 9))
    html = client.get("/").content.decode()
    assert 'aria-label="From 2020-01 to 2020-05; maximum in 2020-03: 3"' in html
    assert "<title>2020-05: 2</title>" in html


def test_counts_are_taken_once_for_each_version_of_the_archive(client: Client) -> None:
    ArchiveState.objects.create(pk=1, version=1)
    make_article()
    with CaptureQueriesContext(connection) as first:
        client.get("/")
    with CaptureQueriesContext(connection) as second:
        client.get("/")
    assert len(second) < len(first)
    make_article()
    assert client.get("/").context["totals"].threads == 1
    ArchiveState.objects.update(version=2)
    assert client.get("/").context["totals"].threads == 2


def test_it_costs_the_same_number_of_queries_for_one_thread_and_for_twenty(client: Client) -> None:
    costs = set()
    for size in (1, 19):
        for _ in range(size):
            make_comments(make_article(tags=["roses", "pears"]), [None])
        client.get("/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/")
        costs.add(len(captured))
    assert costs == {8}


def test_about_says_how_replies_are_found(client: Client, settings: Settings) -> None:
    settings.SITE_CONTACT = "post@garden.example"
    html = client.get("/about/").content.decode()
    assert "marked as a guess" in html
    assert "post@garden.example" in html


def test_robots_are_asked_to_read_threads_not_every_view_of_them(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    assert {"Disallow: /admin/", "Disallow: /cite/", "Disallow: /*?view="} <= {*response.content.decode().splitlines()}


def test_healthz_asks_the_database_and_is_never_kept(client: Client) -> None:
    response = client.get("/healthz")
    assert response.content == b"ok\n"
    assert "no-store" in response["Cache-Control"]
