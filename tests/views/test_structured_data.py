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


def test_unknown_values_are_left_out(client: Client) -> None:
    article = make_article("Tea", author=None, published_at=None, body_html="", script="", source_url="x:1")
    assert {*read_posting(client, article)} == {"@context", "@type", "headline", "url", "commentCount", "isPartOf"}
