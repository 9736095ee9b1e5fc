"""Names merged into one author are one person on every page. Texts keep the name as written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import html as lxml_html

from tests.factories import count_again, make_article, make_author, make_comment
from threads import moderation

if TYPE_CHECKING:
    from django.test import Client

    from threads.models import Article

pytestmark = pytest.mark.django_db


@pytest.fixture
def article() -> Article:
    """Return a thread by `gardener`, with comments under the merged names `gardener` and `gardener 2`."""
    article = make_article(author="gardener")
    question = make_comment(article, author="baker", body="When?")
    answer = make_comment(article, author="gardener 2", answers=question, body="In March.")
    make_comment(article, author="gardener", answers=answer, body="Or in April.")
    make_comment(article, author="baker", answers=answer, body="Thanks.")
    for _ in range(2):
        make_comment(article, author="hiker", body="Never.")
    count_again()
    moderation.merge_authors(make_author("gardener 2"), [make_author("gardener")], by=None)
    return article


def test_every_name_of_the_author_of_the_article_is_marked(client: Client, article: Article) -> None:
    comments = client.get(article.get_absolute_url()).context["comments"]
    written = [(comment.author, comment.is_article_author) for comment in comments]
    assert written == [
        ("baker", False),
        ("gardener 2", True),
        ("gardener", True),
        ("baker", False),
        ("hiker", False),
        ("hiker", False),
    ]
    one, other = (comment for comment in comments if comment.is_article_author)
    assert (one.author_url, one.color) == (other.author_url, other.color) == ("/authors/gardener%202/", one.color)


def test_participants_are_people(client: Client, article: Article) -> None:
    participants = client.get(f"{article.get_absolute_url()}?view=people").context["participants"]
    counted = [(row.name, row.url, row.comment_count) for row in participants.shown]
    assert sorted(counted) == [
        ("baker", "/authors/baker/", 2),
        ("gardener 2", "/authors/gardener%202/", 2),
        ("hiker", "/authors/hiker/", 2),
    ]
    pairs = [(pair.author, pair.target, pair.reply_count) for pair in participants.pairs]
    assert sorted(pairs) == [("baker", "gardener 2", 1), ("gardener 2", "baker", 1)]


def test_lists_counts_feeds_and_facets_have_one_person(client: Client, article: Article) -> None:
    authors = [row["author"].name for row in client.get("/authors/").context["rows"]]
    assert sorted(authors) == ["baker", "gardener 2", "hiker"]
    page = client.get("/authors/gardener%202/")
    assert (page.context["comment_count"], page.context["thread_count"]) == ("2 comments", "1 thread")
    assert [(row["name"], row["replies"]) for row in page.context["replies_from"]] == [("baker", 1)]
    for path in ("/authors/gardener/", "/feeds/author/gardener/comments/"):
        assert client.get(path, follow=True).status_code == 200
    feed = client.get("/feeds/author/gardener%202/comments/").content.decode()
    assert ("In March." in feed, "Or in April." in feed, "Never." in feed) == (True, True, False)
    assert "Pruning roses" in client.get("/feeds/author/gardener%202/").content.decode()
    search = lxml_html.document_fromstring(client.get("/search/?q=in").content.decode())
    facets = [link.text_content().split() for link in search.xpath("//a[contains(@href, 'author%3A')]")]
    assert [words for words in facets if "gardener" in words and "2" not in words] == []
