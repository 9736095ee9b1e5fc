"""The pages of years, months and days."""

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
    """Make a thread of September with comments of September and October."""
    article = make_article("Pears", published_at=datetime(2020, 9, 30, 23, 59, tzinfo=UTC))
    make_comment(article, posted_on=date(2020, 9, 30), body="First frost")
    make_comment(article, posted_on=date(2020, 10, 2), body="Second frost")
    make_comment(article, posted_on=None, body="Undated")


@pytest.mark.usefixtures("_archive")
def test_years_are_listed_with_counts(client: Client) -> None:
    html = " ".join(client.get("/dates/").content.decode().split())
    assert 'href="/dates/2020/">2020</a>' in html
    assert "1 thread · 2 comments" in html


def test_an_archive_without_dates_has_no_years(client: Client) -> None:
    page = client.get("/dates/").content.decode()
    assert "No threads." in page
    assert "years" not in page.partition("<h1>")[2].partition("<footer")[0]


@pytest.mark.parametrize(("language", "heading"), [("en", "2020"), ("zh-hans", "2020 年"), ("zh-hant", "2020 年")])
@pytest.mark.usefixtures("_archive")
def test_the_heading_of_a_year_is_translated(language: str, heading: str, client: Client) -> None:
    page = client.get("/dates/2020/", headers={"accept-language": language}).content.decode()
    assert f"<h1>{heading}</h1>" in page


@pytest.mark.usefixtures("_archive")
def test_a_year_links_to_its_months_and_a_month_to_its_days(client: Client) -> None:
    year = client.get("/dates/2020/").content.decode()
    assert 'href="/dates/2020/9/">September</a>' in year
    assert 'href="/dates/2020/8/"' not in year
    assert "<bdi>Pears</bdi></a>" in year
    month = client.get("/dates/2020/9/").content.decode()
    assert 'href="/dates/2020/9/30/"' in month
    assert 'href="/dates/2020/9/29/"' not in month
    assert 'href="/dates/2020/10/" rel="next"' in " ".join(month.split()) or 'rel="next"' in month
    assert "<bdi>Pears</bdi></a>" not in client.get("/dates/2020/10/").content.decode()


@pytest.mark.usefixtures("_archive")
def test_a_month_may_have_a_leading_zero(client: Client) -> None:
    assert client.get("/dates/2020/09/").status_code == 200


@pytest.mark.usefixtures("_archive")
def test_a_day_shows_new_threads_and_comments(client: Client) -> None:
    html = client.get("/dates/2020/9/30/").content.decode()
    assert "<bdi>Pears</bdi></a>" in html
    assert "First frost" in html
    assert "Second frost" not in html


@pytest.mark.usefixtures("_archive")
def test_an_empty_year_links_to_the_nearest_year(client: Client) -> None:
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
def test_invalid_dates_are_404(client: Client, path: str) -> None:
    assert client.get(f"/dates/{path}").status_code == 404


def test_hidden_comments_are_not_shown(client: Client) -> None:
    make_comment(make_article(), posted_on=date(2020, 9, 30), body="a secret", visibility=Visibility.HIDDEN)
    assert "a secret" not in client.get("/dates/2020/9/30/").content.decode()
    assert 'href="/dates/2020/9/30/"' in client.get("/dates/2020/9/").content.decode()


def test_hidden_threads_are_on_no_page_of_their_dates(client: Client) -> None:
    make_article("A secret garden", published_at=datetime(2020, 9, 30, tzinfo=UTC), visibility=Visibility.HIDDEN)
    make_article("Pears", published_at=datetime(2020, 9, 29, tzinfo=UTC))
    for path in ("/dates/", "/dates/2020/", "/dates/2020/9/", "/dates/2020/9/30/"):
        html = client.get(path).content.decode()
        assert "secret" not in html
        assert 'href="/dates/2020/9/30/"' not in html


def test_december_ends_at_the_end_of_the_year(client: Client) -> None:
    make_article("Frost", published_at=datetime(2020, 12, 31, 23, 59, tzinfo=UTC))
    make_article("Thaw", published_at=datetime(2021, 1, 1, tzinfo=UTC))
    for path in ("/dates/2020/", "/dates/2020/12/"):
        assert [row.article.title for row in client.get(path).context["threads"].rows] == ["Frost"]


def test_the_second_page_of_comments_of_a_day_has_no_threads(client: Client, settings: Settings) -> None:
    settings.LIST_PAGE_SIZE = 2
    article = make_article("Pears", published_at=datetime(2020, 9, 30, tzinfo=UTC))
    for number in range(3):
        make_comment(article, posted_on=date(2020, 9, 30), body=f"Frost {number}")
    first = client.get("/dates/2020/9/30/")
    second = client.get("/dates/2020/9/30/", {"after": first.context["comments"].after}).content.decode()
    assert "Frost 0" in second
    assert "Frost 1" not in second
    assert "New threads" not in second


def test_the_second_page_of_threads_of_a_day_has_no_comments(client: Client, settings: Settings) -> None:
    settings.LIST_PAGE_SIZE = 2
    for name in ("Pears", "Plums", "Quinces"):
        article = make_article(name, published_at=datetime(2020, 9, 30, tzinfo=UTC))
    make_comment(article, posted_on=date(2020, 9, 30), body="Frost")
    first = client.get("/dates/2020/9/30/")
    second = client.get("/dates/2020/9/30/", {"after": first.context["threads"].after}).content.decode()
    assert "Pears" in second
    assert "Plums" not in second
    assert "Frost" not in second
