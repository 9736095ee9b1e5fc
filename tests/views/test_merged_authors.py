"""Names merged into one author are one person on every page. Texts keep the name as written."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html as lxml_html

from tests.factories import add_tag, count_again, make_article, make_author, make_comment
from threads import moderation
from threads.models import Author
from threads.views.sitemaps import IDS_PER_PAGE

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


PERSON = "/authors/gardener%202/"
NAME = re.compile(r"/authors/gardener/")
SURFACES = (
    "/", "/dates/2020/9/30/", "/authors/", PERSON, f"{PERSON}?show=threads", "/tags/garden/", "/authors/baker/",
    "/search/?q=in", "/search/?q=in&by=thread",
)  # fmt: skip


def test_every_page_links_to_the_person_and_shows_the_name_as_written(client: Client, article: Article) -> None:
    make_comment(article, author="gardener", body="In June too.", posted_on=date(2020, 9, 30))
    add_tag(article, "garden")
    count_again()
    thread = article.get_absolute_url()
    sitemap = f"/sitemaps/authors-{Author.objects.get(name='gardener 2').pk // IDS_PER_PAGE}.xml"
    of_thread = (thread, f"{thread}?view=people", f"{thread}?view=flat")
    pages = {path: client.get(path) for path in (*SURFACES, sitemap, *of_thread)}
    assert {path: response.status_code for path, response in pages.items() if response.status_code != 200} == {}
    bodies = {path: response.content.decode() for path, response in pages.items()}
    assert [path for path, body in bodies.items() if NAME.search(body)] == []
    assert [path for path, body in bodies.items() if PERSON not in body and path != "/authors/baker/"] == []
    for path in ("/", "/dates/2020/9/30/", "/tags/garden/", "/search/?q=in", thread):
        assert "<bdi>gardener</bdi>" in bodies[path], path


def test_structured_data_of_a_thread_links_to_the_person(client: Client, article: Article) -> None:
    (data,) = lxml_html.fromstring(client.get(article.get_absolute_url()).content.decode()).xpath(
        "//script[@type='application/ld+json']/text()"
    )
    assert json.loads(data)["author"] == {
        "@type": "Person", "name": "gardener", "url": f"http://testserver{PERSON}",
    }  # fmt: skip


def test_a_merged_name_costs_no_queries_for_its_links(client: Client, article: Article) -> None:
    for path in ("/", article.get_absolute_url(), "/dates/2020/9/30/", "/search/?q=in"):
        client.get(path)  # totals of the archive are cached
        with CaptureQueriesContext(connection) as merged:
            client.get(path)
        Author.objects.update(merged_into=None)
        with CaptureQueriesContext(connection) as single:
            client.get(path)
        Author.objects.filter(name="gardener").update(merged_into=make_author("gardener 2"))
        assert len(merged) <= len(single), path


def test_search_totals_suggestions_and_charts_count_one_person(client: Client, article: Article) -> None:
    for name in ("gardener", "gardener 2"):
        results = client.get("/search/", {"q": f'in author:"{name}"'}).context["results"]
        assert (results.total, [(choice.label, choice.match_count) for choice in results.facets.authors]) == (
            2, [("gardener 2", 2)],
        )  # fmt: skip
    assert client.get("/").context["totals"].authors == 3
    suggestions = client.get("/search/suggest", {"q": "gardener"}).json()["suggestions"]
    assert [row["url"] for row in suggestions if row["kind"] == "author"] == [PERSON]


def test_the_chart_of_the_person_counts_all_names(client: Client, article: Article) -> None:
    for number in range(1, 9):
        name = "gardener" if number % 2 else "gardener 2"
        make_comment(article, author=name, body="Soon.", posted_on=date(2020, 10, number))
    chart = client.get(PERSON).context["chart"]
    assert sum(int(bar.title.rpartition(" ")[2]) for bar in chart.bars) == 2 + 8


def test_feeds_of_the_person_have_all_names_and_entries_the_name_as_written(client: Client, article: Article) -> None:
    entries = client.get("/feeds/author/gardener%202/comments/").content.decode()
    assert re.findall("<name>(.*?)</name>", entries) == ["gardener", "gardener 2"]
    threads = client.get("/feeds/author/gardener%202/").content.decode()
    assert re.findall("<name>(.*?)</name>", threads) == ["gardener"]
