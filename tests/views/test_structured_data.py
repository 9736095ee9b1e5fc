"""The JSON-LD of a thread page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html as lxml_html

from tests.factories import make_article

if TYPE_CHECKING:
    from django.test import Client

    from threads.models import Article

pytestmark = pytest.mark.django_db

HOSTILE = "</script><b>\"\\ \u2028 & '"


def read_posting(client: Client, article: Article) -> dict[str, Any]:
    """Return the JSON-LD object of a thread page."""
    page = lxml_html.fromstring(client.get(article.get_absolute_url()).content.decode())
    (script,) = page.xpath("//script[@type='application/ld+json']/text()")
    posting: dict[str, Any] = json.loads(script)
    return posting


def test_it_describes_a_thread(client: Client) -> None:
    article = make_article(
        HOSTILE,
        author="a & b",
        script="zh-Hant",
        published_at=datetime(2020, 9, 30, 1, 2, 3, tzinfo=UTC),
        modified_at=datetime(2020, 10, 1, tzinfo=UTC),
        source_url="https://forum.example/article/1?a=1&b=2",
        body_html="<p>Prune &amp; water</p>",
    )
    assert article.author is not None
    assert read_posting(client, article) == {
        "@context": "https://schema.org",
        "@type": "DiscussionForumPosting",
        "headline": HOSTILE,
        "url": f"http://testserver{article.get_absolute_url()}",
        "text": "Prune & water",
        "inLanguage": "zh-Hant",
        "datePublished": "2020-09-30T01:02:03+00:00",
        "dateModified": "2020-10-01T00:00:00+00:00",
        "author": {
            "@type": "Person",
            "name": "a & b",
            "url": f"http://testserver{article.author.get_absolute_url()}",
        },
        "sameAs": "https://forum.example/article/1?a=1&b=2",
        "commentCount": 0,
        "isPartOf": {"@type": "WebSite", "name": "Discussion Archive", "url": "http://testserver/"},
    }


def test_unknown_values_have_what_validators_require(client: Client) -> None:
    article = make_article("Tea", author=None, published_at=None, body_html="", script="", source_url="x:1")
    posting = read_posting(client, article)
    assert {*posting} == {"@context", "@type", "headline", "url", "text", "author", "commentCount", "isPartOf"}
    assert (posting["@type"], posting["text"]) == ("Article", "Tea")
    assert posting["author"] == {"@type": "Person", "name": "unknown author"}


def test_a_thread_known_by_its_change_alone_is_published_then(client: Client) -> None:
    article = make_article("Tea", published_at=None, modified_at=datetime(2020, 10, 1, tzinfo=UTC))
    posting = read_posting(client, article)
    assert posting["@type"] == "DiscussionForumPosting"
    assert posting["datePublished"] == "2020-10-01T00:00:00+00:00"


def test_link_previews_and_reference_managers_find_their_fields(client: Client) -> None:
    article = make_article(HOSTILE, author="a & b", published_at=datetime(2020, 9, 30, 1, tzinfo=UTC))
    page = lxml_html.fromstring(client.get(article.get_absolute_url()).content.decode())
    fields = {meta.get("name") or meta.get("property"): meta.get("content") for meta in page.iterfind(".//meta")}
    assert fields["citation_title"] == HOSTILE
    assert fields["citation_author"] == "a & b"
    assert fields["citation_date"] == "2020/09/30"
    assert fields["article:published_time"] == "2020-09-30T01:00:00+00:00"
    assert (fields["og:image"] or "").startswith("http://testserver/static/card")


def test_fields_of_unknown_values_are_absent(client: Client) -> None:
    article = make_article("Tea", author=None, published_at=None)
    page = client.get(article.get_absolute_url()).content.decode()
    for name in ("citation_author", "citation_date", "article:published_time", "article:modified_time"):
        assert name not in page
