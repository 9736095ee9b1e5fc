"""The page cache."""

from __future__ import annotations

import gzip
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import make_article, make_comments
from threads import moderation
from threads.models import ArchiveState, Article, ImportRun, ModerationAction
from threads.web.page_cache import PageCache

if TYPE_CHECKING:
    from django.test import Client, RequestFactory
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def article(settings: Settings) -> Article:
    """Turn the cache on and make a thread."""
    settings.PAGE_CACHE = True
    ArchiveState.objects.create(pk=1, version=1)
    return make_article("Pears")


def test_a_cached_page_costs_one_query_and_is_the_same(client: Client, article: Article) -> None:
    first = client.get(article.get_absolute_url())
    with CaptureQueriesContext(connection) as captured:
        second = client.get(article.get_absolute_url())
    assert len(captured) == 1
    assert second.content == first.content
    assert second["ETag"] == first["ETag"]
    assert second["Content-Type"] == first["Content-Type"]
    assert second["Content-Language"] == "en"


def test_a_new_archive_version_invalidates_the_cache(client: Client, article: Article) -> None:
    assert "Pears" in client.get(article.get_absolute_url()).content.decode()
    Article.objects.update(visibility="hidden")
    ArchiveState.objects.update(version=F("version") + 1)
    assert client.get(article.get_absolute_url()).status_code == 410


def test_a_page_cached_before_a_restore_is_not_served_for_a_repeated_version(client: Client, article: Article) -> None:
    other = make_article("Plums")
    moderation.hide(Article.objects.filter(pk=other.pk), by=None)
    version = ArchiveState.objects.get().version
    assert client.get(article.get_absolute_url()).status_code == 200
    # Restore an older backup, then hide another thread.
    ModerationAction.objects.all().delete()
    Article.objects.update(visibility="visible")
    ArchiveState.objects.update(version=version - 1)
    moderation.hide(Article.objects.filter(pk=article.pk), by=None)
    assert ArchiveState.objects.get().version == version
    assert client.get(article.get_absolute_url()).status_code == 410


def test_a_page_of_a_replaced_archive_is_not_served(client: Client, article: Article) -> None:
    ImportRun.objects.create()
    assert "Pears" in client.get(article.get_absolute_url()).content.decode()
    Article.objects.update(title="Plums")
    ImportRun.objects.all().delete()
    ImportRun.objects.create()
    assert "Plums" in client.get(article.get_absolute_url()).content.decode()


def test_pages_are_compressed_if_the_client_accepts_gzip(client: Client, article: Article) -> None:
    plain = client.get(article.get_absolute_url())
    packed = client.get(article.get_absolute_url(), headers={"accept-encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] != plain["ETag"]
    assert int(packed["Content-Length"]) == len(packed.content)
    assert {"Accept-Encoding", "Accept-Language", "Cookie"} <= {name.strip() for name in packed["Vary"].split(",")}


def test_a_matching_etag_is_304(client: Client, article: Article) -> None:
    etag = client.get(article.get_absolute_url())["ETag"]
    for condition in (etag, f'"other", W/{etag}', "*"):
        response = client.get(article.get_absolute_url(), headers={"if-none-match": condition})
        assert (response.status_code, response.content) == (304, b"")
        assert (response["ETag"], response["Vary"]) == (etag, "Accept-Encoding, Accept-Language, Cookie")
    assert client.get(article.get_absolute_url(), headers={"if-none-match": '"other"'}).status_code == 200


def test_clients_must_revalidate(client: Client, article: Article) -> None:
    assert client.get(article.get_absolute_url())["Cache-Control"] == "public, max-age=0, must-revalidate"


def test_a_proxy_may_keep_pages_for_the_seconds_of_the_setting(
    client: Client, article: Article, settings: Settings
) -> None:
    client.get(article.get_absolute_url())
    settings.PROXY_CACHE_SECONDS = 5
    response = client.get(article.get_absolute_url())
    stale = "stale-while-revalidate=5, stale-if-error=5"
    assert response["Cache-Control"] == f"public, max-age=0, must-revalidate, s-maxage=5, {stale}"


@pytest.mark.parametrize("path", ["/nothing/", "/search/?q=tea", "/report/", "/healthz"])
def test_a_proxy_may_not_keep_other_responses(client: Client, settings: Settings, path: str) -> None:
    settings.PROXY_CACHE_SECONDS = 5
    assert "s-maxage" not in client.get(path).get("Cache-Control", "")


def test_each_combination_of_preferences_has_its_own_copy(client: Client, article: Article) -> None:
    assert 'lang="en"' in client.get(article.get_absolute_url()).content.decode()
    hant = client.get(article.get_absolute_url(), headers={"accept-language": "zh-Hant"}).content.decode()
    assert '<html lang="zh-hant"' in hant
    client.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in client.get(article.get_absolute_url()).content.decode()
    del client.cookies["theme"]
    assert "data-theme" not in client.get(article.get_absolute_url()).content.decode()
    client.cookies["keys"] = "off"
    assert 'data-keys="off"' in client.get(article.get_absolute_url()).content.decode()
    traditional = make_article("謝謝", script="zh-Hant")
    assert "謝謝" in client.get(traditional.get_absolute_url()).content.decode()
    client.cookies["script"] = "zh-Hans"
    assert "谢谢" in client.get(traditional.get_absolute_url()).content.decode()


def test_each_scheme_and_host_has_its_own_copy(client: Client, article: Article, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["archive.example", "archive.onion"]
    for scheme in ("http", "https"):
        for host in settings.ALLOWED_HOSTS:
            page = client.get(article.get_absolute_url(), headers={"host": host}, secure=scheme == "https")
            assert f'rel="canonical" href="{scheme}://{host}/' in page.content.decode()


def test_a_page_of_an_older_release_is_not_served(client: Client, article: Article, settings: Settings) -> None:
    assert "Pears" in client.get(article.get_absolute_url()).content.decode()
    Article.objects.update(title="Plums")
    assert "Pears" in client.get(article.get_absolute_url()).content.decode()
    settings.RELEASE = "newer"
    assert "Plums" in client.get(article.get_absolute_url()).content.decode()


def test_logged_in_users_bypass_the_cache(client: Client, admin_client: Client, article: Article) -> None:
    assert "/admin/" in admin_client.get(article.get_absolute_url()).content.decode()
    assert "/admin/" not in client.get(article.get_absolute_url()).content.decode()
    assert "/admin/" in admin_client.get(article.get_absolute_url()).content.decode()


def test_responses_to_logged_in_users_are_private(client: Client, admin_client: Client, article: Article) -> None:
    assert "private" in admin_client.get(article.get_absolute_url())["Cache-Control"]
    assert "private" not in client.get(article.get_absolute_url())["Cache-Control"]


def test_unknown_parameters_bypass_the_cache(client: Client, article: Article) -> None:
    assert not client.get(article.get_absolute_url() + "?x=1").has_header("ETag")
    assert not client.get(article.get_absolute_url() + "?page=" + "0" * 700 + "1").has_header("ETag")


def test_errors_redirects_and_forms_are_not_cached(client: Client, article: Article) -> None:
    for path in ("/nothing/", f"/report/?t={article.key}", "/healthz", "/c/x/"):
        assert not client.get(path).has_header("ETag")


def make_response(kind: str = "text/html", control: str = "", cookie: str = "") -> HttpResponse:
    """Return a response of a view."""
    response = HttpResponse("Pears", content_type=kind)
    if control:
        response["Cache-Control"] = control
    if cookie:
        response.set_cookie(cookie, "1")
    return response


@pytest.mark.parametrize(
    ("method", "response", "is_cached"),
    [
        ("GET", {}, True),
        ("GET", {"kind": "application/atom+xml"}, True),
        ("POST", {}, False),
        ("GET", {"kind": "application/json"}, False),
        ("GET", {"control": "private, max-age=60"}, False),
        ("GET", {"control": "no-store"}, False),
        ("GET", {"cookie": "seen"}, False),
    ],
)
def test_personal_responses_and_other_types_are_not_cached(
    rf: RequestFactory, method: str, response: dict[str, str], is_cached: bool
) -> None:
    page = PageCache(lambda _request: make_response(**response))
    assert page(rf.generic(method, "/about/")).has_header("ETag") is is_cached
    assert count_cached_pages() == is_cached


@pytest.mark.parametrize(
    ("header", "is_compressed"),
    [
        ("gzip, deflate, br, zstd", True),
        ("gzip;q=1.0, identity; q=0.5", True),
        ("br, gzip; q=0.001", True),
        ("*", True),
        ("deflate, *;q=0.1", True),
        ("gzip;q=0", False),
        ("br;q=1.0, gzip; q=0.000, *;q=1", False),
        ("*;q=0", False),
        ("identity", False),
        ("x-gzipped", False),
        ("", False),
    ],
)
def test_compression_follows_the_accept_encoding_header(
    client: Client, article: Article, header: str, is_compressed: bool
) -> None:
    for _ in range(2):
        response = client.get(article.get_absolute_url(), headers={"accept-encoding": header})
        assert ("Content-Encoding" in response) is is_compressed
        assert b"Pears" in (gzip.decompress(response.content) if is_compressed else response.content)


def count_cached_pages() -> int:
    """Return the number of pages in the cache."""
    return sum(key.startswith(":1:page:") for key in cache._cache)  # type: ignore[attr-defined]


def test_addresses_that_no_link_has_are_not_cached(client: Client, article: Article) -> None:
    make_comments(article, [None] * 120)
    thread = article.get_absolute_url()
    home, person = reverse("threads:home"), reverse("threads:author", args=["hiker"])
    client.get(thread)
    before = count_cached_pages()
    for address in (
        *(f"{thread}?{query}" for query in ("view=x", "order=x", "show=threads", "after=1", "page=01")),
        *(
            f"{thread}?{query}"
            for query in ("&", "x", "view=flat&", "page=2&view=flat", "view=%66lat", "n=3", "page=1&page=2")
        ),
        *(f"{home}?{query}" for query in ("page=2", "n=1", "view=flat", "show=threads", "show=x")),
        *(f"{person}?{query}" for query in ("show=x", "show=threads&show=threads", "view=flat")),
        f"{reverse('threads:about')}?after=2020-09-30,1",
    ):
        assert client.get(address).status_code in {200, 301, 302, 404}, address
    assert count_cached_pages() == before
    assert client.get("/dates/00000000002020/").status_code == 404


def test_spellings_of_the_host_and_ports_are_not_cached(client: Client, article: Article, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["Archive.Example", ".tea.example", "[::1]"]
    for number, host in enumerate(
        ("archive.example", "archive.example:80", "tea.example", "[::1]", "archive.example"), 1
    ):
        assert client.get(article.get_absolute_url(), headers={"host": host}).has_header("ETag"), host
        assert count_cached_pages() == min(number, 4)
    for host in (
        *("archive.example:81", "archive.example:080", "archive.example:"),
        *("ARCHIVE.example", "archive.example.", "archive.example.:80"),
        *("green.tea.example", "1.tea.example", "TEA.example", "[::1]:8000", "[0::1]"),
    ):
        assert client.get(article.get_absolute_url(), headers={"host": host}).status_code in {200, 400}
    settings.ALLOWED_HOSTS = ["*"]
    assert client.get(article.get_absolute_url(), headers={"host": "any.example"}).status_code == 200
    assert count_cached_pages() == 4


def test_addresses_of_links_are_cached(client: Client, article: Article, settings: Settings) -> None:
    settings.LIST_PAGE_SIZE = 2
    make_comments(article, [None] * 120)
    home, person = reverse("threads:home"), reverse("threads:author", args=["hiker"])
    for _ in range(4):
        make_article(author="hiker")
    thread, expected = article.get_absolute_url(), 0
    for address in (
        *(f"{thread}{query}" for query in ("", "?page=3", "?view=flat", "?view=flat&page=2", "?order=newest&page=2")),
        f"{thread}?view=people", home, person, f"{person}?show=threads",
    ):  # fmt: skip
        page = client.get(address).content.decode()
        expected += 1
        for link in re.findall(r'href="(\?[^"#]*after=[^"#]*)"', page):
            client.get(address.partition("?")[0] + unescape(link))
            expected += 1
    assert expected >= 12
    assert count_cached_pages() == expected
