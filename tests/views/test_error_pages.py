"""Pages for what is not there, not allowed or went wrong."""

from __future__ import annotations

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
    from django.test import RequestFactory

pytestmark = pytest.mark.django_db


def test_each_is_in_the_sites_design_and_offers_a_way_on(rf: RequestFactory) -> None:
    views = (errors.bad_request, errors.permission_denied, errors.not_found, errors.gone, errors.too_many_requests)
    for status, view in zip((400, 403, 404, 410, 429), views, strict=True):
        response = view(rf.get("/"))
        html = response.content.decode()
        assert response.status_code == status
        assert 'class="top"' in html
        assert 'role="search"' in html
        assert 'content="noindex"' in html


def test_they_speak_the_readers_language(client: Client) -> None:
    response = client.get("/nothing/", headers={"accept-language": "zh-TW"})
    assert '<html lang="zh-hant"' in response.content.decode()


def test_a_form_without_its_token_is_refused_in_the_sites_design() -> None:
    article = make_article()
    response = Client(enforce_csrf_checks=True).post(f"/report/?t={article.key}", {"reason": "spam"})
    assert response.status_code == 403
    assert 'class="top"' in response.content.decode()
    assert "the form expired" in response.content.decode()
    assert not Report.objects.exists()


def test_500_needs_neither_database_nor_request() -> None:
    html = render_to_string("500.html")
    assert "Something went wrong" in html
    assert "/static/css/site.css" in html


def test_a_fault_of_ours_is_500_in_our_design(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr("threads.views.home.read_totals", lambda: 1 / 0)
    response = client.get("/")
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()


def test_a_query_that_the_database_refuses_is_a_fault_of_ours(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("no such column: tea")

    client.raise_request_exception = False
    monkeypatch.setattr("threads.views.home.read_totals", refuse)
    assert client.get("/").status_code == 500


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
        assert client.get(f"{path}?{query}").status_code in {200, 400, 404}


def test_pages_that_are_only_read_answer_nothing_else() -> None:
    strict = Client(enforce_csrf_checks=True)
    written = {"report", "preferences"}
    for pattern in get_resolver("threads.urls").url_patterns:
        if not isinstance(pattern, URLPattern) or pattern.name in written:
            continue
        values = {name: 1 if name in {"year", "month", "day", "number"} else "a" for name in pattern.pattern.converters}
        address = reverse(f"threads:{pattern.name}", kwargs=values)
        for method in ("post", "put", "delete", "patch"):
            response = getattr(strict, method)(address)
            assert (response.status_code, response["Allow"]) == (405, "GET, HEAD"), address


def test_there_is_no_page_for_djangos_language_form(client: Client) -> None:
    assert client.post("/i18n/setlang/", {"language": "zh-hans"}).status_code == 404


def test_no_search_landmark_is_inside_another(client: Client) -> None:
    for path in ("/", "/search/", "/search/?q=tea", "/nothing/"):
        page = lxml_html.fromstring(client.get(path).content.decode())
        landmarks = page.xpath("//search | //*[@role='search']")
        assert len(landmarks) == 1, path
