"""The archive by date: years, months, days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from tests.factories import make_article, make_comment
from threads.models import Visibility

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def _archive() -> None:
    """A thread of September with comments of September and October."""
    article = make_article("Pears", published_at=datetime(2020, 9, 30, 23, 59, tzinfo=UTC))
    make_comment(article, posted_on=date(2020, 9, 30), body="First frost")
    make_comment(article, posted_on=date(2020, 10, 2), body="Second frost")
    make_comment(article, posted_on=None, body="Undated")


@pytest.mark.usefixtures("_archive")
def test_years_say_how_much_there_is(client: Client) -> None:
    html = " ".join(client.get("/dates/").content.decode().split())
    assert 'href="/dates/2020/">2020</a>' in html
    assert "1 thread · 2 comments" in html


def test_an_archive_without_days_says_so(client: Client) -> None:
    page = client.get("/dates/").content.decode()
    assert "No threads." in page
    assert "years" not in page.partition("<h1>")[2].partition("<footer")[0]


@pytest.mark.parametrize(("language", "heading"), [("en", "2020"), ("zh-hans", "2020 年"), ("zh-hant", "2020 年")])
@pytest.mark.usefixtures("_archive")
def test_a_year_is_called_so_in_the_readers_language(language: str, heading: str, client: Client) -> None:
    page = client.get("/dates/2020/", headers={"accept-language": language}).content.decode()
    assert f"<h1>{heading}</h1>" in page


@pytest.mark.usefixtures("_archive")
def test_a_year_leads_to_its_months_and_a_month_to_its_days(client: Client) -> None:
    year = client.get("/dates/2020/").content.decode()
    assert 'href="/dates/2020/9/">September</a>' in year
    assert 'href="/dates/2020/8/"' not in year
    assert ">Pears</a>" in year
    month = client.get("/dates/2020/9/").content.decode()
    assert 'href="/dates/2020/9/30/"' in month
    assert 'href="/dates/2020/9/29/"' not in month
    assert 'href="/dates/2020/10/" rel="next"' in " ".join(month.split()) or 'rel="next"' in month
    assert ">Pears</a>" not in client.get("/dates/2020/10/").content.decode()


@pytest.mark.usefixtures("_archive")
def test_months_are_read_with_a_zero_before_them_too(client: Client) -> None:
    assert client.get("/dates/2020/09/").status_code == 200


@pytest.mark.usefixtures("_archive")
def test_a_day_shows_what_began_and_what_was_said(client: Client) -> None:
    html = client.get("/dates/2020/9/30/").content.decode()
    assert ">Pears</a>" in html
    assert "First frost" in html
    assert "Second frost" not in html


@pytest.mark.usefixtures("_archive")
def test_empty_dates_say_so_and_offer_the_nearest(client: Client) -> None:
    html = client.get("/dates/2019/").content.decode()
    assert "No threads." in html
    assert 'href="/dates/2020/"' in html


@pytest.mark.parametrize(
    "path",
    [
        "0/",
        "10000/",
        "9999/",
        "2020/13/",
        "2020/0/",
        "2021/2/29/",
        "2020/9/31/",
        "9999/12/",
        "9999/12/31/",
        "9" * 30 + "/",
        f"2020/{'9' * 30}/",
    ],
)
def test_dates_that_the_calendar_does_not_have_are_404(client: Client, path: str) -> None:
    assert client.get(f"/dates/{path}").status_code == 404


def test_hidden_words_are_not_there(client: Client) -> None:
    make_comment(make_article(), posted_on=date(2020, 9, 30), body="a secret", visibility=Visibility.HIDDEN)
    assert "a secret" not in client.get("/dates/2020/9/30/").content.decode()
    assert 'href="/dates/2020/9/30/"' in client.get("/dates/2020/9/").content.decode()


def test_hidden_threads_are_on_no_page_of_their_days(client: Client) -> None:
    make_article("A secret garden", published_at=datetime(2020, 9, 30, tzinfo=UTC), visibility=Visibility.HIDDEN)
    make_article("Pears", published_at=datetime(2020, 9, 29, tzinfo=UTC))
    for path in ("/dates/", "/dates/2020/", "/dates/2020/9/", "/dates/2020/9/30/"):
        html = client.get(path).content.decode()
        assert "secret" not in html
        assert 'href="/dates/2020/9/30/"' not in html


def test_december_ends_with_the_year(client: Client) -> None:
    make_article("Frost", published_at=datetime(2020, 12, 31, 23, 59, tzinfo=UTC))
    make_article("Thaw", published_at=datetime(2021, 1, 1, tzinfo=UTC))
    for path in ("/dates/2020/", "/dates/2020/12/"):
        assert [row.article.title for row in client.get(path).context["threads"].rows] == ["Frost"]


def test_a_full_day_goes_on_by_key_and_names_its_threads_once(client: Client, settings: Settings) -> None:
    settings.LIST_PAGE_SIZE = 2
    article = make_article("Pears", published_at=datetime(2020, 9, 30, tzinfo=UTC))
    for number in range(3):
        make_comment(article, posted_on=date(2020, 9, 30), body=f"Frost {number}")
    first = client.get("/dates/2020/9/30/")
    second = client.get("/dates/2020/9/30/", {"after": first.context["comments"].after}).content.decode()
    assert "Frost 0" in second
    assert "Frost 1" not in second
    assert "New threads" not in second


def test_the_threads_of_a_full_day_go_on_by_key_without_its_comments(client: Client, settings: Settings) -> None:
    settings.LIST_PAGE_SIZE = 2
    for name in ("Pears", "Plums", "Quinces"):
        article = make_article(name, published_at=datetime(2020, 9, 30, tzinfo=UTC))
    make_comment(article, posted_on=date(2020, 9, 30), body="Frost")
    first = client.get("/dates/2020/9/30/")
    second = client.get("/dates/2020/9/30/", {"after": first.context["threads"].after}).content.decode()
    assert "Pears" in second
    assert "Plums" not in second
    assert "Frost" not in second
