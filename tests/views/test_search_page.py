"""The search page, the suggestions and the feed of a search."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from lxml import etree, html

from tests.factories import make_article, make_author, make_comment, make_comments, make_quote, make_tag
from threads.database.versions import bump_versions
from threads.models import Article, Author, Comment, FormerKey, Script, Tag, Visibility
from threads.search import indexing, ranking, results
from threads.search.facets import TagCache

if TYPE_CHECKING:
    from django.test import Client, RequestFactory
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def ask(client: Client, text: str, **more: str) -> html.HtmlElement:
    """Return the search page for a query."""
    response = client.get("/search/", {"q": text, **more})
    assert response.status_code == 200
    return html.fromstring(response.content.decode())


def titles(page: html.HtmlElement) -> list[str]:
    return [heading.text_content() for heading in page.cssselect(".hits h3")]


def links(page: html.HtmlElement) -> list[str]:
    return [str(link.get("href")) for link in page.cssselect(".hits h3 a")]


def text_of(page: html.HtmlElement) -> str:
    return " ".join(page.cssselect("main")[0].text_content().split())


def indexed(*articles: Article) -> None:
    indexing.update_articles([article.pk for article in articles])


def test_a_result_shows_its_match_author_date_and_number(client: Client) -> None:
    article = make_article("喝茶的地方", author="gardener", body="城裏哪家好？", script=Script.HANT)
    comment = make_comment(
        article, author="hiker", body="我常去臺灣人開的那家", script=Script.HANT, posted_on=date(2021, 3, 4)
    )
    indexed(article)
    page = ask(client, "台湾")
    assert titles(page) == ["喝茶的地方"]
    result = page.cssselect(".hits li")[0]
    assert [mark.text for mark in result.cssselect("mark")] == ["臺灣"]
    assert result.cssselect(".snippet")[0].get("lang") == "zh-Hant"
    for words in ("hiker", "2021-03-04", "#1"):
        assert words in result.text_content()
    address = urlsplit(links(page)[0])
    assert (address.path, address.fragment) == (article.get_absolute_url(), f"c-{comment.key}")
    assert parse_qs(address.query)["q"] == ["台湾"]


def test_the_text_of_a_result_is_escaped(client: Client) -> None:
    article = make_article("<b>{}& <i>kettle</i>", body="`<s>&amp;` kettle")
    reply = make_comment(article, author="<u>", body="`<s>`")
    make_quote(reply, None, "<b>kettle")
    indexed(article)
    shown = client.get("/search/", {"q": "kettle"}).content.decode()
    assert "&lt;b&gt;{}&amp; &lt;i&gt;<mark>kettle</mark>&lt;/i&gt;</a>" in shown
    assert "&lt;s&gt;&amp; <mark>kettle</mark>" in shown
    quoted = client.get("/search/", {"q": "quoted:kettle"}).content.decode()
    assert '<q dir="auto">&lt;b&gt;<mark>kettle</mark></q>' in quoted
    assert "&lt;u&gt;</bdi></a>" in quoted
    client.cookies["script"] = "zh-Hans"
    assert "&lt;s&gt;&amp; <mark>kettle</mark>" in client.get("/search/", {"q": "kettle"}).content.decode()


def test_a_result_without_author_and_date_has_labels(client: Client) -> None:
    indexed(make_article("Tea", author=None, published_at=None))
    result = ask(client, "tea").cssselect(".hits li")[0].text_content()
    assert "unknown author" in result
    assert "article" in result


def test_a_result_links_to_the_page_with_the_comment(client: Client) -> None:
    article = make_article()
    comments = make_comments(article, [None] * 60)
    places = {"kettle": 55, "teapot": 49, "saucer": 50}
    for word, place in places.items():
        Comment.objects.filter(pk=comments[place].pk).update(body=word)
    indexed(article)
    for word, place in places.items():
        response = client.get(links(ask(client, word))[0])
        assert response.status_code == 200
        assert f'id="c-{comments[place].key}"' in response.content.decode()


def test_the_page_describes_the_query_and_shows_notes(client: Client) -> None:
    page = ask(client, '"tea -coffee author:nobody in:kitchen')
    assert "Everything with “tea -coffee author:nobody in:kitchen”." in text_of(page)
    assert "quotation mark is missing" in page.cssselect(".notes")[0].text_content()
    assert "No author is called “nobody”." in text_of(ask(client, "author:nobody"))
    assert "No tag is called “x”." in text_of(ask(client, "tag:x"))
    assert "No thread has the key “x”." in text_of(ask(client, "thread:x"))


@pytest.mark.parametrize(
    "text",
    [
        "。。。",
        '"',
        "“",
        "-",
        "*",
        "\x00\x01\x1b",
        "�",
        "a" * 10000,
        "茶" * 10000,
        '"' * 10000,
        "- " * 5000,
        "author:",
        "author:nobody",
        "after:9999-99-99",
        "in:",
        "OR OR",
        "NEAR(a b)",
        "a AND",
        "title:x {title}:y ^z",
        "' OR 1=1 --",
        "a & b | !c <-> d:*",
        "%_\\",
        "()",
        "<script>alert(1)</script>",
    ],
)
def test_any_query_gets_a_page(client: Client, text: str) -> None:
    make_article("Tea")
    response = client.get("/search/", {"q": text})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("query", ["after=x", "after=1.99999999999999999999", "sort=x&by=y", "q=%ff", "q=tea&q=milk"])
def test_invalid_parameters_get_a_page(client: Client, query: str) -> None:
    indexed(make_article("Tea"))
    assert client.get(f"/search/?q=tea&{query}").status_code == 200


def test_without_a_query_the_page_explains_the_syntax(client: Client) -> None:
    assert "Search syntax" in text_of(ask(client, ""))


def test_a_page_without_results_shows_advice(client: Client) -> None:
    assert text_of(ask(client, "tea after:2020")).count("No results") == 1


def test_the_advanced_form_redirects_to_the_url_of_its_query(client: Client) -> None:
    response = client.get("/search/", {"all": "tea", "none": "milk", "author": "hiker", "sort": "date"})
    assert response.status_code == 302
    assert parse_qs(urlsplit(response["Location"]).query) == {"q": ["tea -milk author:hiker"], "sort": ["date"]}


def test_pages_of_results_have_no_gaps_or_repetitions(client: Client) -> None:
    article = make_article("Leaves", body="none")
    make_comments(article, [None] * 45)
    indexed(article)
    for sort in ("date", "relevance"):
        seen: list[str] = []
        page = ask(client, "early", sort=sort)
        for size in (20, 20, 5):
            assert len(links(page)) == size
            seen += links(page)
            following = page.cssselect("a[rel=next]")
            page = html.fromstring(client.get(f"/search/{following[0].get('href')}").content) if following else page
        assert len(set(seen)) == 45


def test_pages_continue_after_the_counted_matches(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threads.search.results.MAX_COUNTED", 25)
    article = make_article("Leaves", body="none")
    make_comments(article, [None] * 45)
    indexed(article)
    page = ask(client, "early", sort="date")
    assert "More than 25 results" in text_of(page)
    seen = links(page)
    while following := page.cssselect("a[rel=next]"):
        page = html.fromstring(client.get(f"/search/{following[0].get('href')}").content)
        seen += links(page)
    assert len(seen) == len(set(seen)) == 45
    monkeypatch.setattr("threads.search.results.MAX_COUNTED", 45)
    assert "More than" not in text_of(ask(client, "early", sort="date"))


def test_results_are_sorted_by_date_or_relevance(client: Client) -> None:
    best = make_article("Tea, tea and tea", body="tea", published_at=datetime(2019, 1, 1, tzinfo=UTC))
    newest = make_article("Kitchen", body="I once had tea there", published_at=datetime(2021, 1, 1, tzinfo=UTC))
    indexed(best, newest)
    assert titles(ask(client, "tea")) == ["Tea, tea and tea", "Kitchen"]
    assert titles(ask(client, "tea", sort="date")) == ["Kitchen", "Tea, tea and tea"]


@pytest.mark.parametrize("text", ["kettle", "kettle OR pot", "kettle -pan"])
def test_an_old_title_comes_before_newer_mentions(client: Client, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("threads.search.results.MAX_COUNTED", 5)
    old = make_article("Kettle", published_at=datetime(2010, 1, 1, tzinfo=UTC), body="x")
    article = make_article("Kitchen", body="x")
    for comment in make_comments(article, [None] * 9):
        Comment.objects.filter(pk=comment.pk).update(body="a kettle")
    indexed(old, article)
    assert titles(ask(client, text))[0] == "Kettle"


def test_results_can_be_grouped_by_thread(client: Client) -> None:
    many, one = make_article("Many", body="x"), make_article("One", body="early")
    make_comments(many, [None] * 5)
    indexed(many, one)
    page = ask(client, "early", by="thread")
    assert sorted(titles(page)) == ["Many", "One"]
    (rest,) = [link for link in page.cssselect(".hits p > a") if link.text_content() == "2 more results in this thread"]
    response = client.get(f"/search/{rest.get('href')}")
    assert titles(html.fromstring(response.content)) == ["Many"] * 5


def test_the_rest_of_a_group_is_not_linked_if_the_query_is_full(client: Client) -> None:
    many = make_article("Many", body="x")
    for _ in range(5):
        make_comment(many, body="茶" * 30)
    indexed(many)
    page = ask(client, "茶" * 30, by="thread")
    assert "2 more results in this thread" in text_of(page)
    assert "more results" not in " ".join(link.text_content() for link in page.cssselect(".hits a"))


def test_facets_count_years_tags_and_authors_and_link_to_their_results(client: Client) -> None:
    first = make_article("Tea one", author="hiker", tags=["leaf"], published_at=datetime(2019, 1, 1, tzinfo=UTC))
    second = make_article(
        "Tea two", author="tea lover", tags=["leaf", "pot"], published_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    indexed(first, second)
    page = ask(client, "tea", sort="date")
    facets = {entry.cssselect("a")[0].text_content(): entry for entry in page.cssselect(".aside .entry")}
    assert {label: entry.cssselect(".n")[0].text for label, entry in facets.items()} == {
        "2020": "1", "2019": "1", "leaf": "2", "pot": "1", "hiker": "1", "tea lover": "1",
    }  # fmt: skip
    for label, expected in {
        "2020": ["Tea two"],
        "pot": ["Tea two"],
        "tea lover": ["Tea two"],
        "hiker": ["Tea one"],
    }.items():
        response = client.get(f"/search/{facets[label].cssselect('a')[0].get('href')}")
        assert titles(html.fromstring(response.content)) == expected


def test_tags_are_cached_until_the_archive_changes(settings: Settings) -> None:
    settings.PAGE_CACHE = True
    article, other = make_article("Tea", tags=["garden"]), make_article("Cake")
    bump_versions([article.pk])
    garden = Tag.objects.get(name="garden").pk
    cache = TagCache()
    assert cache.tag_ids({article.pk, other.pk}) == {article.pk: (garden,), other.pk: ()}
    with CaptureQueriesContext(connection) as queries:
        assert cache.tag_ids({other.pk})[other.pk] == ()
    assert len(queries) == 1
    other.tags.add("garden")
    bump_versions([other.pk])
    assert cache.tag_ids({other.pk}) == {other.pk: (garden,)}


def test_merged_names_count_as_one_in_facets_and_operators(client: Client) -> None:
    make_author("hiker")
    article = make_article("Tea", author="hiker", tags=["leaf"])
    other = make_article("Tea again", author="walker", tags=["leaves"])
    Author.objects.filter(name="walker").update(merged_into=Author.objects.get(name="hiker"))
    Tag.objects.filter(name="leaves").update(merged_into=Tag.objects.get(name="leaf"))
    make_tag("junk", ignored=True)
    indexed(article, other)
    page = ask(client, "tea")
    assert [entry.text_content() for entry in page.cssselect(".aside .entry")][-2:] == ["leaf2", "hiker2"]
    for text in ("author:walker", "author:HIKER", "tag:leaves", "tag:leaf"):
        assert len(titles(ask(client, text))) == 2


def choices(page: html.HtmlElement) -> dict[str, tuple[int, str]]:
    """Return the count and URL of each facet choice, by its label."""
    return {
        entry.cssselect("a")[0].text_content(): (
            int(entry.cssselect(".n")[0].text or 0), f"/search/{entry.cssselect('a')[0].get('href')}"
        )
        for entry in page.cssselect(".aside .entry")
    }  # fmt: skip


def counts_and_results(client: Client, text: str) -> dict[str, tuple[int, int]]:
    """Return the count of each facet choice and the number of its results, by label."""
    return {
        label: (count, len(html.fromstring(client.get(address).content).cssselect(".hits li")))
        for label, (count, address) in choices(ask(client, text)).items()
    }


def test_a_facet_has_as_many_results_as_it_counts_for_merged_names_and_both_scripts(
    client: Client,
) -> None:
    many = [make_article(f"Tea {number}", author=f"guest {number}", tags=["pot"]) for number in range(16)]
    both = make_article("Tea both", author="绿茶", tags=["leaf", "leaves"])
    make_comment(both, author="绿茶", body="tea")
    other = make_article("Tea other", author="綠茶", tags=["leaves", "junk"])
    last = make_article("Tea last", author="walker", tags=["junk mail", "leaf"])
    Author.objects.filter(name="walker").update(merged_into=Author.objects.get(name="绿茶"))
    Tag.objects.filter(name="leaves").update(merged_into=Tag.objects.get(name="leaf"))
    Tag.objects.filter(name="junk mail").update(merged_into=Tag.objects.get(name="junk"))
    Tag.objects.filter(name="junk").update(ignored=True)
    indexed(*many, both, other, last)
    facets = counts_and_results(client, "tea")
    assert facets["绿茶"] == (4, 4)
    assert facets["leaf"] == (4, 4)
    assert facets["pot"] == (16, 16)
    assert not facets.keys() & {"綠茶", "walker", "leaves", "junk", "junk mail"}
    assert all(count == results for count, results in facets.values())


@pytest.mark.parametrize("name", ['Joe "Tea" Smith', "「茶」", "tea—time", "OR", "a：b (c)", "👩‍🔧", "-x", "author:y"])
def test_a_facet_with_any_name_has_as_many_results_as_it_counts(client: Client, name: str) -> None:
    indexed(make_article("Tea", author=name, tags=[name]), make_article("Tea too", author="hiker", tags=["leaf"]))
    facets = counts_and_results(client, "tea")
    assert facets.pop("2020", (2, 2)) == (2, 2)
    # The same name is a tag and an author.
    assert facets[name] == facets["leaf"] == facets["hiker"] == (1, 1)
    assert counts_and_results(client, f"-{'x' * 3} tea")[name] == (1, 1)


@pytest.mark.parametrize(
    "text", ["tea OR", '"tea', "tea |", "tea NOT", "tea author:", "“tea", "tea OR -", "milk OR tea"]
)
def test_a_facet_can_be_added_to_an_unfinished_query(client: Client, text: str) -> None:
    indexed(
        make_article("Tea", author="hiker", tags=["leaf"], published_at=datetime(2019, 1, 1, tzinfo=UTC)),
        make_article("Tea and milk", author="walker", tags=["pot"], published_at=datetime(2020, 1, 1, tzinfo=UTC)),
        make_article("Cake", author="hiker", tags=["leaf"], published_at=datetime(2020, 1, 1, tzinfo=UTC)),
    )
    facets = counts_and_results(client, text)
    assert facets == dict.fromkeys(["2019", "2020", "leaf", "pot", "hiker", "walker"], (1, 1))


def test_facets_that_do_not_fit_into_a_full_query_are_left_out(client: Client) -> None:
    indexed(make_article("茶" * 40, author="hiker", tags=["leaf"], published_at=datetime(2020, 1, 1, tzinfo=UTC)))
    assert counts_and_results(client, "茶" * 30) == {"2020": (1, 1)}
    assert counts_and_results(client, "茶 " * 30) == {"2020": (1, 1)}
    assert counts_and_results(client, "茶" * 29) == dict.fromkeys(["2020", "leaf", "hiker"], (1, 1))
    assert counts_and_results(client, "茶" + "，" * 988 + "茶") == {"leaf": (1, 1)}


def test_tag_takes_a_slug_if_no_tag_has_the_name(client: Client) -> None:
    indexed(make_article("One", tags=["green tea"]))
    assert titles(ask(client, "tag:green_tea")) == ["One"]
    indexed(make_article("Two", tags=["green_tea"]))
    assert titles(ask(client, "tag:green_tea")) == ["Two"]


def test_results_are_shown_in_the_readers_script(client: Client) -> None:
    indexed(make_article("臺灣的茶", body="臺灣", script=Script.HANT))
    client.cookies["script"] = "zh-Hans"
    page = ask(client, "臺灣")
    assert titles(page) == ["台湾的茶"]
    assert [mark.text for mark in page.cssselect(".snippet mark")] == ["台湾"]
    assert page.cssselect(".snippet")[0].get("lang") == "zh-Hans"


def test_quoted_shows_the_matching_quotes(client: Client) -> None:
    article = make_article()
    reply = make_comment(article, body="Yes.")
    make_quote(reply, None, "Prune roses in spring")
    indexed(article)
    page = ask(client, "quoted:roses")
    assert page.cssselect(".quotes mark")[0].text == "roses"


def test_hidden_texts_are_not_shown_if_the_index_is_outdated(client: Client) -> None:
    article = make_article("Secret", body="secret")
    comment = make_comment(article, body="secret")
    indexed(article)
    Comment.objects.filter(pk=comment.pk).update(visibility=Visibility.HIDDEN)
    assert links(ask(client, "secret in:comments")) == []
    article.visibility = Visibility.HIDDEN
    article.save()
    assert links(ask(client, "secret")) == []
    assert suggested(client, "secret") == []


def test_a_hidden_thread_has_the_same_note_as_an_unknown_one(client: Client) -> None:
    article = make_article("Secret")
    former = FormerKey.objects.create(key="file/secret", article=article)
    Article.objects.update(visibility=Visibility.HIDDEN)
    for key in (article.key, former.key):
        assert f"No thread has the key “{key}”." in text_of(ask(client, f"thread:{key}"))


def test_undated_texts_are_in_no_date_range(client: Client) -> None:
    article = make_article("Kettles", published_at=datetime(2020, 9, 30, tzinfo=UTC))
    make_comment(article, body="kettle", posted_on=None)
    indexed(article)
    assert len(links(ask(client, "kettle OR kettles"))) == 2
    for span in ("before:2021", "after:2020"):
        assert len(links(ask(client, f"kettle OR kettles {span}"))) == 1


def test_a_page_takes_the_same_queries_for_many_results_as_for_few(client: Client) -> None:
    few, many = make_article("Few", body="x"), make_article("Many", body="x")
    make_comments(few, [None] * 3)
    make_comments(many, [None] * 300)
    indexed(few, many)

    def cost(article: Article) -> int:
        with CaptureQueriesContext(connection) as queries:
            ask(client, f"early thread:{article.key}")
        return len(queries)

    cost(few)
    assert cost(few) == cost(many)


def test_robots_are_excluded_from_searches_and_links_to_them(client: Client) -> None:
    indexed(make_article("Tea", tags=["garden"]))
    page = ask(client, "tea")
    assert page.cssselect("meta[name=robots]")[0].get("content") == "noindex, nofollow"
    more = page.cssselect(".choices li:not(.narrow) a, .aside a")
    assert len(more) == 4 + 3
    assert {link.get("rel") for link in more} == {"nofollow"}
    asked = client.get("/robots.txt").content.decode().splitlines()
    assert {"Disallow: /search/", "Disallow: /feeds/search/", "Disallow: /*?q=", "Disallow: /*&q="} <= {*asked}


def suggested(client: Client, text: str) -> list[tuple[str, str]]:
    """Return the kind and label of each suggestion."""
    response = client.get("/search/suggest", {"q": text})
    assert response.status_code == 200
    return [(entry["kind"], entry["label"]) for entry in json.loads(response.content)["suggestions"]]


def test_titles_tags_and_authors_are_suggested_in_any_script_and_case(client: Client) -> None:
    indexed(
        make_article("臺灣的茶園", author="茶園主人", tags=["茶園"]),
        make_article("Gardening at home", author="Garden friend"),
    )
    Tag.objects.filter(name="茶園").update(folded="茶园")
    assert suggested(client, "茶园") == [("tag", "茶園"), ("author", "茶園主人"), ("thread", "臺灣的茶園")]
    assert suggested(client, "GARD") == [("author", "Garden friend"), ("thread", "Gardening at home")]


def test_titles_tags_and_authors_are_suggested_in_other_forms_and_spellings(client: Client) -> None:
    indexed(make_article("明年計畫：ﬁne tea", author="Chloé", tags=["ﬁne"]))
    assert suggested(client, "计划") == [("thread", "明年計畫：ﬁne tea")]
    assert suggested(client, "FIN") == [("tag", "ﬁne"), ("thread", "明年計畫：ﬁne tea")]
    assert suggested(client, "chloé") == suggested(client, "chloe\u0301") == [("author", "Chloé")]


def test_names_that_start_with_the_text_are_suggested_first(client: Client) -> None:
    for name in ("ice tea", "tea", "ice tea"):
        indexed(make_article("Kettles", author=name))
    assert [label for _kind, label in suggested(client, "tea")] == ["tea", "ice tea"]


def test_hidden_texts_are_not_suggested(client: Client) -> None:
    article = make_article("Secret", author="secret keeper", tags=["secret"])
    indexed(article)
    assert len(suggested(client, "secret")) == 3
    article.visibility = Visibility.HIDDEN
    article.save()
    indexed(article)
    Author.objects.update(article_count=0, comment_count=0)
    Tag.objects.update(article_count=0)
    assert suggested(client, "secret") == []


@pytest.mark.parametrize("text", ["", " ", "。", "\x00", '"', "%", "x" * 10_000, "茶" * 10_000, "'"])
def test_any_text_gets_suggestions_without_an_error(client: Client, text: str) -> None:
    assert suggested(client, text) == []


def test_a_search_has_a_feed_of_its_newest_results(client: Client) -> None:
    article = make_article("Tea", author="gardener", body="leaf")
    comment = make_comment(article, body="A leaf & more", author="hiker", posted_on=date(2021, 3, 4))
    indexed(article)
    response = client.get("/feeds/search/", {"q": "leaf"})
    assert response["Content-Type"].startswith("application/atom+xml")
    feed = etree.fromstring(response.content)
    atom = "{http://www.w3.org/2005/Atom}"
    assert [entry.findtext(f"{atom}title") for entry in feed.iter(f"{atom}entry")] == ["Tea #1", "Tea"]
    entry = next(feed.iter(f"{atom}entry"))
    (link,) = entry.findall(f"{atom}link")
    assert str(link.get("href")).endswith(f"{article.get_absolute_url()}#c-{comment.key}")
    assert entry.findtext(f"{atom}summary") == "A leaf &amp; more"  # HTML, as its type says
    assert "/feeds/search/?q=leaf" in client.get("/search/", {"q": "leaf"}).content.decode()


def test_the_feed_of_an_empty_search_is_empty(client: Client) -> None:
    response = client.get("/feeds/search/")
    assert response.status_code == 200
    assert b"<entry>" not in response.content


def result_bar_links(rf: RequestFactory, address: str) -> dict[str, str]:
    """Return the links of the result bar for a URL, by their labels."""
    shown = Template("{% load search_bar %}{% result_bar %}").render(Context({"request": rf.get(address)})).strip()
    if not shown:
        return {}
    return {link.text_content(): str(link.get("href")) for link in html.fromstring(shown).cssselect("a")}


@pytest.mark.parametrize("sort", ["date", "relevance"])
def test_the_result_bar_links_to_the_previous_and_next_result(client: Client, rf: RequestFactory, sort: str) -> None:
    articles = [
        make_article(f"Tea {day}", body="x", published_at=datetime(2020, 1, day, tzinfo=UTC)) for day in (1, 2, 3)
    ]
    indexed(*articles)
    addresses = links(ask(client, "tea", sort=sort))
    walked = [addresses[0]]
    while following := result_bar_links(rf, walked[-1]).get("Next result"):
        walked.append(following)
    assert walked == addresses
    assert result_bar_links(rf, walked[-1])["Previous result"] == addresses[1]
    assert result_bar_links(rf, walked[0])["All results for “tea”"] == f"/search/?q=tea&sort={sort}"


@pytest.mark.parametrize(
    ("more", "is_cut"),
    [({}, True), ({"by": "thread"}, True), ({"sort": "date", "by": "thread"}, True), ({"sort": "date"}, False)],
)
def test_a_truncated_list_links_to_all_results(
    client: Client, monkeypatch: pytest.MonkeyPatch, more: dict[str, str], is_cut: bool
) -> None:
    monkeypatch.setattr(results, "MAX_COUNTED", 2)
    monkeypatch.setattr(ranking, "MAX_OLDER_TITLES", 0)
    indexed(*[make_article(f"Tea {number}", body="x") for number in range(4)])
    page = ask(client, "tea", **more)
    urls = [link.get("href") for link in page.cssselect(".columns p a") if "newest first" in link.text_content()]
    assert urls == (["?q=tea&sort=date"] if is_cut else [])
    monkeypatch.setattr(results, "MAX_COUNTED", 4)
    assert "Show all" not in text_of(ask(client, "tea", **more))


@pytest.mark.parametrize("sort", ["date", "relevance"])
def test_the_result_bar_of_grouped_results_finishes_a_thread_first(
    client: Client, rf: RequestFactory, sort: str
) -> None:
    one, two = make_article("One", body="x"), make_article("Two", body="x")
    for day in range(1, 6):
        make_comment(one, body="tea", posted_on=date(2020, 1, 2 * day))
        make_comment(two, body="tea", posted_on=date(2020, 1, 2 * day + 1))
    indexed(one, two)
    walked = [links(ask(client, "tea", sort=sort, by="thread"))[0]]
    while following := result_bar_links(rf, walked[-1]).get("Next result"):
        walked.append(following)
    threads = [urlsplit(address).path for address in walked]
    assert threads == [two.get_absolute_url()] * 5 + [one.get_absolute_url()] * 5
    assert result_bar_links(rf, walked[0])["All results for “tea”"] == f"/search/?q=tea&sort={sort}&by=thread"


def test_the_result_bar_continues_after_the_counted_matches_by_date(
    client: Client, rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MAX_COUNTED", 1)
    indexed(*[make_article(f"Tea {day}", author="hiker", body="x") for day in range(5)])
    walked = [links(ask(client, "author:hiker"))[0]]
    while following := result_bar_links(rf, walked[-1]).get("Next result"):
        walked.append(following)
    assert len(walked) == 5


def test_only_the_page_of_a_result_has_the_result_bar(client: Client) -> None:
    article = make_article("Tea", body="x")
    indexed(article, make_article("Tea too", body="x"))
    (address,) = [link for link in links(ask(client, "tea")) if link.startswith(article.get_absolute_url() + "?")]
    assert "All results for “<bdi>tea</bdi>”" in client.get(address).content.decode()
    assert "result-bar" not in client.get(article.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    "query", ["", "?q=tea", "?r=5", "?q=tea&r=x", f"?q=tea&r={10**20}", f"?q=tea&r={'0' * 5000}", "?q=...&r=5"]
)
def test_invalid_parameters_show_no_result_bar_or_only_the_link_back(rf: RequestFactory, query: str) -> None:
    assert len(result_bar_links(rf, f"/t/x/{query}")) == (1 if query == "?q=...&r=5" else 0)


def test_a_result_that_no_longer_matches_has_no_neighbours(rf: RequestFactory) -> None:
    indexed(make_article("Tea"))
    assert list(result_bar_links(rf, "/t/x/?q=tea&r=5")) == ["All results for “tea”"]
