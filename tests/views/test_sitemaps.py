"""The sitemap and robots.txt."""

import re
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from threads.models import Article, Comment, Tag, Visibility
from threads.views import sitemaps

pytestmark = pytest.mark.django_db


def list_addresses(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    return re.findall(r"<loc>(.*?)</loc>", response.content.decode())


def list_all_addresses(client: Client) -> list[str]:
    return [address for page in list_addresses(client, "/sitemap.xml") for address in list_addresses(client, page)]


def test_all_pages_of_visible_threads_are_listed(client: Client) -> None:
    long = factories.make_article("Long", tags=["garden", "junk"])
    Tag.objects.filter(name="junk").update(ignored=True)
    factories.make_comments(long, [None] * 101)
    hidden = factories.make_article("Hidden", author="nobody")
    Article.objects.filter(pk=hidden.pk).update(visibility=Visibility.HIDDEN)
    factories.count_again()
    addresses = list_all_addresses(client)
    path = f"http://testserver{long.get_absolute_url()}"
    assert [address for address in addresses if "/t/" in address] == [path, f"{path}?page=2", f"{path}?page=3"]
    assert [address for address in addresses if "/tags/" in address] == ["http://testserver/tags/garden/"]
    assert not any("nobody" in address for address in addresses)


def test_a_hidden_comment_counts_for_the_number_of_pages(client: Client) -> None:
    article = factories.make_article()
    rows = factories.make_comments(article, [None] * 51)
    Comment.objects.filter(pk=rows[0].pk).update(visibility=Visibility.HIDDEN)
    factories.place_thread(article)
    assert f"http://testserver{article.get_absolute_url()}?page=2" in list_all_addresses(client)


def test_a_thread_stays_on_its_page_of_the_sitemap(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "IDS_PER_PAGE", 2)
    articles = [factories.make_article(f"Thread {n}") for n in range(5)]
    for article in articles:
        page = reverse("threads:sitemap_page", args=["threads", article.pk // 2])
        assert f"http://testserver{article.get_absolute_url()}" in list_addresses(client, page)
        assert f"http://testserver{page}" in list_addresses(client, "/sitemap.xml")
        assert list_all_addresses(client).count(f"http://testserver{article.get_absolute_url()}") == 1


def test_empty_sections_have_no_page(client: Client) -> None:
    assert list_addresses(client, "/sitemap.xml") == []
    factories.make_article()
    sections = {re.sub(r"-\d+\.xml$", "", page) for page in list_addresses(client, "/sitemap.xml")}
    assert sections == {f"http://testserver/sitemaps/{section}" for section in ("threads", "authors")}


def test_an_emptied_site_has_no_empty_page(client: Client) -> None:
    factories.make_article(tags=["garden"])
    pages = list_addresses(client, "/sitemap.xml")
    assert len(pages) == 3
    Article.objects.update(visibility=Visibility.HIDDEN)
    factories.count_again()
    assert list_addresses(client, "/sitemap.xml") == []
    assert {client.get(page).status_code for page in pages} == {404}


def test_only_pages_with_entries_are_listed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "IDS_PER_PAGE", 1)
    first, second = factories.make_article("First"), factories.make_article("Second")
    Article.objects.filter(pk=first.pk).update(visibility=Visibility.HIDDEN)
    threads = [page for page in list_addresses(client, "/sitemap.xml") if "threads-" in page]
    assert threads == [f"http://testserver/sitemaps/threads-{second.pk}.xml"]


def test_a_page_of_long_threads_has_fewer_addresses_than_the_protocol_allows() -> None:
    assert sitemaps.IDS_PER_PAGE * 2500 / settings.THREAD_PAGE_SIZE <= 50_000


def test_an_unknown_section_is_404(client: Client) -> None:
    assert client.get("/sitemaps/plants-0.xml").status_code == 404


def test_dates_are_in_utc_in_any_time_zone_of_the_site(client: Client) -> None:
    factories.make_article(published_at=datetime(2020, 9, 30, 1, tzinfo=UTC))
    factories.make_article(published_at=None)
    with timezone.override("America/New_York"):
        pages = [client.get(page).content.decode() for page in list_addresses(client, "/sitemap.xml")]
    assert re.findall(r"<lastmod>(.*?)</lastmod>", "".join(pages)) == ["2020-09-30"]


def test_robots_txt_names_the_sitemap(client: Client) -> None:
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").content.decode().splitlines()


def test_robots_txt_excludes_other_views_of_threads(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    assert {"Disallow: /admin/", "Disallow: /cite/", "Disallow: /*?view="} <= {*response.content.decode().splitlines()}
