"""Atom feeds."""

from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from threads.models import Article, Author, Comment, FormerKey, Tag, Visibility
from threads.moderation import merge_authors, merge_tags
from threads.search import indexing
from threads.views import feeds

pytestmark = pytest.mark.django_db

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def titles(client: Client, name: str, *args: object) -> list[str]:
    response = client.get(reverse(f"threads:{name}", args=args))
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/atom+xml")
    return [entry.findtext("a:title", "", ATOM) for entry in ET.fromstring(response.content).findall("a:entry", ATOM)]


def test_the_site_feed_lists_the_newest_threads_first(client: Client) -> None:
    for day in (1, 3, 2):
        factories.make_article(f"Day {day}", published_at=datetime(2021, 5, day, tzinfo=UTC))
    assert titles(client, "feed_threads") == ["Day 3", "Day 2", "Day 1"]


def test_feeds_of_author_tag_and_thread_have_only_their_entries(client: Client) -> None:
    roses = factories.make_article("Roses", author="gardener", tags=["garden"])
    factories.make_article("Trains", author="conductor", tags=["rail"])
    factories.make_comment(roses, author="hiker")
    assert titles(client, "feed_author", "conductor") == ["Trains"]
    assert titles(client, "feed_tag", "garden") == ["Roses"]
    assert titles(client, "feed_thread", roses.key) == ["#1"]
    assert titles(client, "feed_comments") == ["Roses #1"]
    assert titles(client, "feed_author_comments", "hiker") == ["Roses #1"]


def test_hidden_threads_and_comments_are_in_no_feed(client: Client) -> None:
    shown = factories.make_article("Shown", author="gardener", tags=["garden"])
    hidden = factories.make_article("Hidden", author="gardener", tags=["garden"])
    factories.make_comment(hidden)
    comment = factories.make_comment(shown)
    Article.objects.filter(pk=hidden.pk).update(visibility=Visibility.HIDDEN)
    Comment.objects.filter(pk=comment.pk).update(visibility=Visibility.HIDDEN)
    for feed in (("feed_threads",), ("feed_author", "gardener"), ("feed_tag", "garden")):
        assert titles(client, *feed) == ["Shown"]
    assert titles(client, "feed_comments") == []
    assert titles(client, "feed_thread", shown.key) == []
    assert client.get(reverse("threads:feed_thread", args=[hidden.key])).status_code == 404


@pytest.mark.parametrize(
    ("name", "argument"), [("feed_author", "nobody"), ("feed_tag", "none"), ("feed_thread", "x/y/1")]
)
def test_the_feed_of_an_unknown_page_is_404(client: Client, name: str, argument: str) -> None:
    assert client.get(reverse(f"threads:{name}", args=[argument])).status_code == 404


def fetch_all_feeds(client: Client) -> list[ET.Element]:
    """Return all feeds of a small archive."""
    paths = [
        reverse("threads:feed_threads"),
        reverse("threads:feed_comments"),
        reverse("threads:feed_author", args=["gardener"]),
        reverse("threads:feed_author_comments", args=["gardener"]),
        reverse("threads:feed_tag", args=["garden"]),
        *(reverse("threads:feed_thread", args=[article.key]) for article in Article.objects.all()),
        reverse("threads:search_feed", query={"q": "roses"}),
        reverse("threads:search_feed", query={"q": "nothing"}),
    ]
    return [ET.fromstring(client.get(path).content) for path in paths]


def test_feeds_have_all_elements_that_the_rfc_requires(client: Client) -> None:
    signed = factories.make_article("Roses", author="gardener", tags=["garden"])
    factories.make_comment(signed, author="gardener", body="roses in spring")
    nameless = factories.make_article("Roses too", author=None, published_at=None)
    factories.make_comment(nameless, author=None, posted_on=None, body="roses in autumn")
    indexing.update_articles([signed.pk, nameless.pk])
    all_feeds = fetch_all_feeds(client)
    ids = [feed.findtext("a:id", "", ATOM) for feed in all_feeds]
    assert len(set(ids)) == len(ids)
    entries = [entry for feed in all_feeds for entry in feed.findall("a:entry", ATOM)]
    assert not {entry.findtext("a:id", "", ATOM) for entry in entries} & {*ids}
    assert "unknown author" in {entry.findtext("a:author/a:name", "", ATOM) for entry in entries}
    for element in [*all_feeds, *entries]:
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", ATOM)) == 1
    for entry in entries:
        assert len(entry.findall("a:author", ATOM)) == 1


def test_a_feed_without_dates_is_the_same_at_each_request(client: Client) -> None:
    undated = factories.make_article(published_at=None)
    path = reverse("threads:feed_thread", args=[undated.key])
    assert client.get(path).content == client.get(path).content
    factories.make_comment(undated, posted_on=None)
    assert client.get(path).content == client.get(path).content


def test_an_undated_comment_has_the_date_of_its_thread(client: Client) -> None:
    article = factories.make_article(published_at=datetime(2021, 5, 1, tzinfo=UTC))
    factories.make_comment(article, posted_on=None)
    feed = ET.fromstring(client.get(reverse("threads:feed_thread", args=[article.key])).content)
    assert feed.findtext("a:entry/a:updated", "", ATOM) == "2021-05-01T00:00:00+00:00"
    assert feed.find("a:entry/a:published", ATOM) is None


def test_a_comment_has_the_same_id_in_all_feeds(client: Client) -> None:
    comment = factories.make_comment(factories.make_article(), body="roses in spring")
    indexing.update_articles([comment.article_id])
    ids = [
        ET.fromstring(client.get(path).content).findtext("a:entry/a:id", "", ATOM)
        for path in (reverse("threads:feed_comments"), reverse("threads:search_feed", query={"q": "spring"}))
    ]
    assert ids == [f"http://testserver{comment.get_absolute_url()}"] * 2


def test_author_feeds_include_merged_names(client: Client) -> None:
    article = factories.make_article("Roses", author="gardener")
    factories.make_article("Trains", author="conductor")
    factories.make_comment(article, author="conductor")
    person, name = (Author.objects.get(name=name) for name in ("gardener", "conductor"))
    merge_authors(person, [name], by=None)
    for slug in ("gardener", "conductor"):
        assert titles(client, "feed_author", slug) == ["Trains", "Roses"]
        assert titles(client, "feed_author_comments", slug) == ["Roses #1"]
    both = [ET.fromstring(client.get(f"/feeds/author/{slug}/").content) for slug in ("gardener", "conductor")]
    assert {feed.findtext("a:id", "", ATOM) for feed in both} == {"http://testserver/feeds/author/gardener/"}


def test_a_tag_feed_includes_merged_tags_and_each_thread_once(client: Client) -> None:
    factories.make_article("Roses", tags=["garden", "gardening"])
    factories.make_article("Tulips", tags=["gardening"])
    tag, name = (Tag.objects.get(name=name) for name in ("garden", "gardening"))
    merge_tags(tag, [name], by=None)
    for slug in ("garden", "gardening"):
        assert titles(client, "feed_tag", slug) == ["Tulips", "Roses"]


def test_a_thread_feed_accepts_a_former_key(client: Client) -> None:
    article = factories.make_article()
    factories.make_comment(article)
    FormerKey.objects.create(key="file/former", article=article)
    assert titles(client, "feed_thread", "file/former") == ["#1"]
    Article.objects.update(visibility=Visibility.HIDDEN)
    assert client.get("/feeds/thread/file/former/").status_code == 404


def test_a_thread_feed_lists_newest_comments_first_in_any_file_order(client: Client) -> None:
    article = factories.make_article()
    for day in (date(2021, 5, 3), date(2021, 5, 4), None, date(2021, 5, 3)):
        factories.make_comment(article, posted_on=day)
    assert titles(client, "feed_thread", article.key) == ["#2", "#4", "#1", "#3"]


def test_pages_link_to_their_feeds(client: Client) -> None:
    article = factories.make_article(author="gardener")
    factories.make_comment(article, author="hiker")
    home, hiker, gardener = (
        client.get(path).content.decode() for path in ("/", "/authors/hiker/", "/authors/gardener/")
    )
    assert 'href="/feeds/threads/"' in home
    assert 'href="/feeds/comments/"' in home
    assert '<a href="/feeds/author/hiker/comments/">Feed</a>' in hiker
    assert 'href="/feeds/author/hiker/"' not in hiker
    assert '<a href="/feeds/author/gardener/">Feed</a>' in gardener
    assert 'href="/feeds/author/gardener/comments/"' not in gardener


def test_authors_and_tags_without_visible_rows_have_no_feed(client: Client) -> None:
    article = factories.make_article(author="gardener", tags=["secret", "junk", "trash"])
    factories.make_comment(article, author="hiker")
    Tag.objects.filter(name="junk").update(ignored=True)
    Tag.objects.filter(name="trash").update(ignored=True, merged_into=factories.make_tag("garden", article_count=1))
    Tag.objects.filter(name="secret").update(article_count=0)
    Author.objects.update(article_count=0, comment_count=0)
    for name in ("feed_author", "feed_author_comments"):
        for slug in ("gardener", "hiker"):
            assert client.get(reverse(f"threads:{name}", args=[slug])).status_code == 404
    for slug in ("secret", "junk", "trash"):
        assert client.get(reverse("threads:feed_tag", args=[slug])).status_code == 404


def test_a_feed_has_a_maximum_length(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "FEED_LENGTH", 2)
    for day in (1, 3, 2):
        article = factories.make_article(f"Day {day}", published_at=datetime(2021, 5, day, tzinfo=UTC))
    for _ in range(3):
        factories.make_comment(article)
    assert titles(client, "feed_threads") == ["Day 3", "Day 2"]
    assert titles(client, "feed_comments") == ["Day 2 #3", "Day 2 #2"]


def test_a_thread_has_the_dates_of_its_file(client: Client) -> None:
    opened, changed = datetime(2021, 5, 1, tzinfo=UTC), datetime(2021, 6, 1, tzinfo=UTC)
    factories.make_article(published_at=opened, modified_at=changed)
    feed = ET.fromstring(client.get(reverse("threads:feed_threads")).content)
    assert feed.findtext("a:entry/a:published", "", ATOM) == opened.isoformat()
    assert feed.findtext("a:entry/a:updated", "", ATOM) == changed.isoformat()


def test_a_thread_without_author_and_date_is_in_the_feed(client: Client) -> None:
    factories.make_article("Unsigned", author=None, published_at=None)
    assert titles(client, "feed_threads") == ["Unsigned"]


def test_the_number_of_queries_is_the_same_for_3_and_30_threads(
    client: Client, django_assert_num_queries: object
) -> None:
    for many in (3, 27):
        for _ in range(many):
            factories.make_article(tags=["garden"])
        with django_assert_num_queries(1):  # type: ignore[operator]
            client.get(reverse("threads:feed_threads"))


def test_an_entry_of_a_comment_names_the_language_of_its_text(client: Client) -> None:
    article = factories.make_article("茶壺")
    factories.make_comment(article, body="這個茶壺應該先用溫水燙過，再放進茶葉。")
    feed = ET.fromstring(client.get(reverse("threads:feed_comments")).content)
    content = feed.find("a:entry", ATOM)
    assert content is not None
    assert '<div class="t" dir="auto" lang="zh-Hant"><p>這個茶壺' in content.findtext("a:summary", "", ATOM)
