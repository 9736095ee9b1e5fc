"""One URL for each page, and what search engines may index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.test import RequestFactory
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from tests.factories import count_again, make_article, make_comments
from threads.web.canonical_urls import PARAMETERS, canonical_query

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def find_robots(client: Client, url: str) -> str:
    """Return what a page tells crawlers, in its HTML or its header; empty if it may be indexed."""
    response = client.get(url)
    assert response.status_code == 200, url
    if not response["Content-Type"].startswith("text/html") or "X-Robots-Tag" in response:
        return str(response.headers.get("X-Robots-Tag", ""))
    (tags,) = [html.fromstring(response.content.decode()).cssselect("meta[name=robots]")]
    assert len(tags) <= 1
    return str(tags[0].get("content")) if tags else ""


def find_canonical(client: Client, url: str) -> list[str]:
    page = html.fromstring(client.get(url).content.decode())
    return [str(link.get("href")).removeprefix("http://testserver") for link in page.cssselect("link[rel=canonical]")]


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("page=1", ""),
        ("page=002", "page=2"),
        ("page=2&", "page=2"),
        ("page=2&page=3", "page=3"),
        ("page=2&view=flat", "view=flat&page=2"),
        ("view=%66lat", "view=flat"),
        ("view=x&order=x&after=1&show=threads", ""),
        ("view=flat&order=oldest", "order=oldest"),
        ("view=people&page=2", "view=people"),
        ("utm_source=tea&page=2", "page=2"),
        ("r=5&q=tea+leaves&sort=x", "q=tea+leaves&r=5"),
        ("&", ""),
        ("x", ""),
    ],
)
def test_other_spellings_of_a_thread_redirect(client: Client, query: str, canonical: str) -> None:
    article = make_article("Tea / 茶")
    make_comments(article, [None] * 120)
    url = article.get_absolute_url()
    response = client.get(f"{url}?{query}")
    assert (response.status_code, response["Cache-Control"]) == (301, "no-cache")
    assert response["Location"] == (f"{url}?{canonical}" if canonical else url)
    assert client.get(response["Location"]).status_code == 200


@pytest.mark.parametrize(
    "url", ["/?utm_source=tea", "/about/?x=1", "/feeds/threads/?x=1", "/sitemap.xml?x", "/tags/?a=1"]
)
def test_pages_without_the_parameter_redirect_to_the_plain_url(client: Client, url: str) -> None:
    assert client.get(url)["Location"] == url.partition("?")[0]


def test_urls_of_links_forms_and_searches_do_not_redirect(client: Client, settings: Settings) -> None:
    settings.LIST_PAGE_SIZE = 2
    article = make_article("Tea", author="hiker")
    make_comments(article, [None] * 120)
    for _ in range(4):
        make_article("Tea", author="hiker")
    count_again()
    thread, person = article.get_absolute_url(), reverse("threads:author", args=["hiker"])
    pages = [
        "/",
        "/tags/",
        "/authors/",
        person,
        f"{person}?show=threads",
        thread,
        f"{thread}?view=flat",
        "/dates/2020/",
    ]
    links = [f"{thread}?view=people", f"{thread}?q=tea&sort=date&r=5", f"/report/?t={article.key}", "/search/?x=1"]
    for url in pages:
        queries = re.findall(r'href="(\?[^"#]+)', client.get(url).content.decode())
        links += [url.partition("?")[0] + query.replace("&amp;", "&") for query in queries]
    assert len(links) > 20
    for link in links:
        assert client.get(link).status_code == 200, link
    assert client.get(f"{thread}?n=3").status_code == 302


def test_a_redirect_never_leaves_the_site(client: Client) -> None:
    response = client.get("/", {"x": "1"}, PATH_INFO="//elsewhere.example/")
    assert response["Location"] == "/%2Felsewhere.example/"


def test_a_form_is_not_redirected(client: Client) -> None:
    assert client.post("/?x=1").status_code == 405


@given(st.sampled_from(sorted(PARAMETERS)), st.text(alphabet="pagevio=&?%1 2f+ordq;#茶\0", max_size=30))
def test_a_canonical_query_is_its_own_canonical_query(part: str, query: str) -> None:
    def make(query: str) -> str:
        return canonical_query(RequestFactory().get(f"/{part}/", QUERY_STRING=query.encode().decode("latin-1")))

    assert make(make(query)) == make(query)


def test_only_paths_and_pages_of_threads_are_indexed(client: Client) -> None:
    article = make_article("Tea", author="hiker", tags=["garden"])
    (comment, *_) = make_comments(article, [None] * 120)
    count_again()
    thread, person = article.get_absolute_url(), reverse("threads:author", args=["hiker"])
    indexed = [
        *("/", thread, f"{thread}?page=2", "/authors/", person, "/tags/", "/tags/garden/"),
        *("/dates/", "/dates/2020/", "/dates/2020/9/", "/dates/2020/9/30/", "/about/"),
    ]
    for url in indexed:
        assert find_robots(client, url) == "", url
        assert find_canonical(client, url) == [url]
    position = "2020-09-30T00%3A00%3A00%2B00%3A00%2C5"
    for url in (
        *(
            f"{thread}?{query}"
            for query in ("view=flat", "order=oldest&page=2", "view=people", "q=tea", "page=2&q=tea")
        ),
        *(f"{person}?show=threads", f"{person}?after=2020-09-30%2C5", f"/?after={position}", "/tags/?after=1%2C5"),
        *("/authors/?after=1%2C5", f"/tags/garden/?after={position}", f"/dates/2020/?after={position}"),
        *("/dates/1920/", "/dates/1920/9/", "/dates/1920/9/30/", "/search/", "/search/?q=tea"),
        *(f"/cite/thread/{article.key}/", f"/cite/thread/{article.key}/?format=bibtex", f"/report/?t={article.key}"),
        *(f"/c/{comment.key}/card/", f"/c/{comment.key}/text/", "/feeds/threads/", "/feeds/search/?q=tea"),
    ):
        assert find_robots(client, url).startswith("noindex"), url


def test_views_of_a_thread_name_the_threaded_page_as_canonical(client: Client) -> None:
    article = make_article("Tea")
    make_comments(article, [None] * 120)
    thread = article.get_absolute_url()
    for query in ("view=flat&page=2", "order=oldest&page=2", "page=2&q=tea"):
        assert find_canonical(client, f"{thread}?{query}") == [f"{thread}?page=2"]
    assert find_canonical(client, f"{thread}?view=flat") == [thread]


def test_a_position_in_a_list_has_no_canonical_url(client: Client) -> None:
    make_article("Tea", tags=["garden"])
    count_again()
    for url in ("/", "/tags/garden/", "/dates/2020/"):
        assert find_canonical(client, f"{url}?after=2021-09-30T00%3A00%3A00%2B00%3A00%2C5") == []


def test_errors_have_no_canonical_url(client: Client) -> None:
    assert "canonical" not in client.get("/nothing/").content.decode()
