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


def addresses(client: Client, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.findall(r"<loc>(.*?)</loc>", answer.content.decode())


def everything(client: Client) -> list[str]:
    return [found for page in addresses(client, "/sitemap.xml") for found in addresses(client, page)]


def test_the_sitemap_leads_to_every_page_of_every_visible_thread(client: Client) -> None:
    long = factories.make_article("Long", tags=["garden", "junk"])
    Tag.objects.filter(name="junk").update(ignored=True)
    factories.make_comments(long, [None] * 101)
    hidden = factories.make_article("Hidden", author="nobody")
    Article.objects.filter(pk=hidden.pk).update(visibility=Visibility.HIDDEN)
    factories.count_again()
    found = everything(client)
    path = f"http://testserver{long.get_absolute_url()}"
    assert [address for address in found if "/t/" in address] == [path, f"{path}?page=2", f"{path}?page=3"]
    assert [address for address in found if "/tags/" in address] == ["http://testserver/tags/garden/"]
    assert not any("nobody" in address for address in found)


def test_a_hidden_comment_keeps_the_last_page_in_it(client: Client) -> None:
    article = factories.make_article()
    rows = factories.make_comments(article, [None] * 51)
    Comment.objects.filter(pk=rows[0].pk).update(visibility=Visibility.HIDDEN)
    factories.place_thread(article)
    assert f"http://testserver{article.get_absolute_url()}?page=2" in everything(client)


def test_a_thread_stays_on_its_page_of_the_sitemap(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "IDS_PER_PAGE", 2)
    articles = [factories.make_article(f"Thread {n}") for n in range(5)]
    for article in articles:
        page = reverse("threads:sitemap_page", args=["threads", article.pk // 2])
        assert f"http://testserver{article.get_absolute_url()}" in addresses(client, page)
        assert f"http://testserver{page}" in addresses(client, "/sitemap.xml")
        assert everything(client).count(f"http://testserver{article.get_absolute_url()}") == 1


def test_what_there_is_none_of_has_no_page_in_it(client: Client) -> None:
    assert addresses(client, "/sitemap.xml") == []
    factories.make_article()
    sections = {re.sub(r"-\d+\.xml$", "", page) for page in addresses(client, "/sitemap.xml")}
    assert sections == {f"http://testserver/sitemaps/{section}" for section in ("threads", "authors")}


def test_a_page_of_long_threads_is_no_longer_than_the_protocol_allows() -> None:
    assert sitemaps.IDS_PER_PAGE * 2500 / settings.THREAD_PAGE_SIZE <= 50_000


def test_a_section_that_does_not_exist_is_a_404(client: Client) -> None:
    assert client.get("/sitemaps/plants-0.xml").status_code == 404


def test_a_thread_changed_on_a_day_of_utc_wherever_the_site_is(client: Client) -> None:
    factories.make_article(published_at=datetime(2020, 9, 30, 1, tzinfo=UTC))
    factories.make_article(published_at=None)
    with timezone.override("America/New_York"):
        pages = [client.get(page).content.decode() for page in addresses(client, "/sitemap.xml")]
    assert re.findall(r"<lastmod>(.*?)</lastmod>", "".join(pages)) == ["2020-09-30"]


def test_robots_are_told_where_it_is(client: Client) -> None:
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").content.decode().splitlines()
