from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from threads.models import Article, Comment, Visibility

pytestmark = pytest.mark.django_db

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def titles(client: Client, name: str, *args: object) -> list[str]:
    answer = client.get(reverse(f"threads:{name}", args=args))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/atom+xml")
    return [entry.findtext("a:title", "", ATOM) for entry in ET.fromstring(answer.content).findall("a:entry", ATOM)]


def test_the_site_feed_lists_the_newest_threads_first(client: Client) -> None:
    for day in (1, 3, 2):
        factories.make_article(f"Day {day}", published_at=datetime(2021, 5, day, tzinfo=UTC))
    assert titles(client, "feed_threads") == ["Day 3", "Day 2", "Day 1"]


def test_feeds_of_author_tag_and_thread_hold_only_their_own(client: Client) -> None:
    roses = factories.make_article("Roses", author="gardener", tags=["garden"])
    factories.make_article("Trains", author="conductor", tags=["rail"])
    factories.make_comment(roses, author="hiker")
    assert titles(client, "feed_author", "conductor") == ["Trains"]
    assert titles(client, "feed_tag", "garden") == ["Roses"]
    assert titles(client, "feed_thread", roses.key) == ["#1"]
    assert titles(client, "feed_comments") == ["Roses #1"]
    assert titles(client, "feed_author_comments", "hiker") == ["Roses #1"]


def test_what_is_hidden_is_in_no_feed(client: Client) -> None:
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
def test_a_feed_of_what_is_not_there_is_a_404(client: Client, name: str, argument: str) -> None:
    assert client.get(reverse(f"threads:{name}", args=[argument])).status_code == 404


def test_a_thread_without_author_or_day_is_in_the_feed_all_the_same(client: Client) -> None:
    factories.make_article("Unsigned", author=None, published_at=None)
    assert titles(client, "feed_threads") == ["Unsigned"]


def test_a_feed_costs_the_same_queries_at_3_and_at_30_threads(
    client: Client, django_assert_num_queries: object
) -> None:
    for many in (3, 27):
        for _ in range(many):
            factories.make_article(tags=["garden"])
        with django_assert_num_queries(1):  # type: ignore[operator]
            client.get(reverse("threads:feed_threads"))
