"""Error pages."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from lxml import html as lxml_html

from tests.factories import make_article
from threads.models import Report
from threads.views import errors

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import RequestFactory

pytestmark = pytest.mark.django_db


def test_error_pages_have_the_site_design_and_a_search_box(rf: RequestFactory) -> None:
    views = {400: errors.bad_request, 403: errors.permission_denied, 404: errors.not_found}
    views |= {status: partial(errors.render_error, status=status) for status in (410, 429)}
    for status, view in views.items():
        response = view(rf.get("/"))
        html = response.content.decode()
        assert response.status_code == status
        assert 'class="top"' in html
        assert 'role="search"' in html
        assert 'content="noindex"' in html


def test_error_pages_are_translated(client: Client) -> None:
    response = client.get("/nothing/", headers={"accept-language": "zh-TW"})
    assert '<html lang="zh-hant"' in response.content.decode()


def test_a_failed_csrf_check_is_403_in_the_site_design() -> None:
    article = make_article()
    response = Client(enforce_csrf_checks=True).post(f"/report/?t={article.key}", {"reason": "spam"})
    assert response.status_code == 403
    assert 'class="top"' in response.content.decode()
    assert "the form expired" in response.content.decode()
    assert not Report.objects.exists()


def test_the_page_500_needs_neither_database_nor_request() -> None:
    html = render_to_string("500.html")
    assert "Something went wrong" in html
    assert "/static/css/site.css" in html


def test_an_exception_is_500_in_the_site_design(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr("threads.views.home.read_totals", lambda: 1 / 0)
    response = client.get("/")
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()


def test_a_query_error_is_500(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("no such column: tea")

    client.raise_request_exception = False
    monkeypatch.setattr("threads.views.home.read_totals", fail)
    assert client.get("/").status_code == 500


def test_a_failed_write_is_503(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def write() -> None:
        path = tmp_path / "tea.sqlite3"
        path.touch()
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            try:
                database.execute("CREATE TABLE tea (name)")
            except sqlite3.OperationalError as error:
                raise OperationalError(*error.args) from error

    client.raise_request_exception = False
    monkeypatch.setattr("threads.views.home.read_totals", write)
    assert client.get("/").status_code == 503


@pytest.mark.parametrize("host", ["elsewhere.example", "bad\r\nhost", "e" * 5000])
def test_a_request_for_another_host_is_one_short_line_of_the_log(
    client: Client, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    for path in ("/", "/nothing/", "/admin/login/"):
        caplog.clear()
        assert client.get(path, headers={"host": host}).status_code == 400
        (record,) = caplog.records
        assert errors.shorten_record(record)
        line = logging.Formatter("%(message)s").format(record)
        assert line.startswith("Invalid HTTP_HOST header")
        assert "\n" not in line
        assert len(line) <= 300


@pytest.mark.parametrize(
    "query",
    [
        "page=%ff",
        "after=%00",
        "view=" + "x" * 5000,
        "a[]=1&a[]=2",
        "page=1&page=2",
        "%",
        "&&&=",
        "order=newest",
    ],
)
def test_hostile_query_strings_are_never_500(client: Client, query: str) -> None:
    for path in ("/", "/authors/", "/tags/", "/dates/", "/t/x/", "/c/x/", "/nothing/"):
        assert client.get(f"{path}?{query}", follow=True).status_code in {200, 400, 404}


def test_read_only_pages_allow_get_and_head_only() -> None:
    strict = Client(enforce_csrf_checks=True)
    form_views = {"report", "preferences"}
    for pattern in get_resolver("threads.urls").url_patterns:
        if not isinstance(pattern, URLPattern) or pattern.name in form_views:
            continue
        values = {name: 1 if name in {"year", "month", "day", "number"} else "a" for name in pattern.pattern.converters}
        address = reverse(f"threads:{pattern.name}", kwargs=values)
        for method in ("post", "put", "delete", "patch"):
            response = getattr(strict, method)(address)
            assert (response.status_code, response["Allow"]) == (405, "GET, HEAD"), address


def test_djangos_language_form_is_404(client: Client) -> None:
    assert client.post("/i18n/setlang/", {"language": "zh-hans"}).status_code == 404


def test_no_search_landmark_is_inside_another(client: Client) -> None:
    for path in ("/", "/search/", "/search/?q=tea", "/nothing/"):
        page = lxml_html.fromstring(client.get(path).content.decode())
        landmarks = page.xpath("//search | //*[@role='search']")
        assert len(landmarks) == 1, path


def test_browsers_that_ask_for_an_icon_get_the_icon_of_the_site(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert response["Location"].endswith(".svg")
