"""Highlighting of search terms in the thread page of a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from tests.factories import make_article, make_comment, make_comments
from threads.pages.comment_view import MIN_COMMENTS_FOR_MAP
from threads.rendering import highlight, render
from threads.search import indexing
from threads.search.highlighting import MAX_PAGE_CHARACTERS, term_pattern
from threads.search.query import WORDS, parse_query

if TYPE_CHECKING:
    from django.test import Client

    from threads.models import Article

SIGNS = st.text(st.sampled_from("ab茶臺台 \n*_`<>&;\"'()[]!#"), max_size=60)


def shown(client: Client, article: Article, text: str) -> html.HtmlElement:
    """Return the thread page with a search."""
    return html.fromstring(client.get(article.get_absolute_url(), {"q": text}, follow=True).content.decode())


def marks(page: html.HtmlElement, of: str) -> list[str]:
    return [found.text_content() for found in page.cssselect(f"{of} mark")]


@pytest.mark.django_db
def test_search_terms_are_highlighted_in_article_and_comments(client: Client) -> None:
    article = make_article("Tea", body_html="<p>Kettles, and a <code>kettle</code>.</p>")
    matching = make_comment(article, body_html="<p>臺灣的茶 &amp; kettle</p>")
    other = make_comment(article, body_html="<p>nothing of it</p>")
    page = shown(client, article, "台湾 kettle -nothing")
    assert marks(page, "#article") == ["kettle"]
    assert marks(page, f"#c-{matching.key}") == ["臺灣", "kettle"]
    assert marks(page, f"#c-{other.key}") == []
    assert b"<mark>" not in client.get(article.get_absolute_url()).content


@pytest.mark.django_db
def test_the_result_of_an_article_links_to_its_first_match(client: Client) -> None:
    article = make_article("Tea", body="Kettles.\n\nA kettle, a kettle.")
    article.body_html = "<p>Kettles.</p><p>A kettle, a kettle.</p>"
    article.save()
    indexing.update_articles([article.pk])
    (result,) = html.fromstring(client.get("/search/", {"q": "kettle"}).content.decode()).cssselect(".hits h3 a")
    address, _, anchor = str(result.get("href")).partition("#")
    page = html.fromstring(client.get(address).content.decode())
    assert [found.get("id") for found in page.cssselect("mark")] == [anchor, None]
    assert page.get_element_by_id(anchor).text == "kettle"


@pytest.mark.django_db
def test_terms_are_highlighted_in_the_readers_script(client: Client) -> None:
    comment = make_comment(make_article("Tea"), body_html="<p>臺灣的茶</p>")
    client.cookies["script"] = "zh-Hans"
    assert marks(shown(client, comment.article, "臺灣"), f"#c-{comment.key}") == ["台湾"]


@pytest.mark.django_db
def test_other_forms_and_spellings_of_a_term_are_highlighted(client: Client) -> None:
    comment = make_comment(
        make_article("Tea"), body_html="<p>㈱茶屋 &amp; ﬁne e\u0301clairs, <b>計畫</b> &lt;ﬁne&gt;</p>"
    )
    page = shown(client, comment.article, "株 fine ÉCLAIRS 计划")
    assert marks(page, f"#c-{comment.key}") == ["㈱", "ﬁne", "e\u0301clairs", "計畫", "ﬁne"]


@pytest.mark.django_db
def test_the_map_shows_comments_with_matches(client: Client) -> None:
    article = make_article("Tea")
    comments = make_comments(article, [None] * MIN_COMMENTS_FOR_MAP)
    article.comments.filter(pk=comments[7].pk).update(body_html="<p>kettle</p>")
    lines = shown(client, article, "kettle").cssselect(".map a")
    assert [line.get("href") for line in lines if line.cssselect(".hit")] == [f"#c-{comments[7].key}"]


@pytest.mark.django_db
def test_highlighting_stops_after_a_number_of_characters(client: Client) -> None:
    article = make_article("Tea", body_html=f"<p>{'leaf ' * MAX_PAGE_CHARACTERS}</p>")
    comment = make_comment(article, body_html="<p>a leaf</p>")
    page = shown(client, article, "leaf")
    assert marks(page, "#article") == []
    assert marks(page, f"#c-{comment.key}") == ["leaf"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "。", "\x00", '"', "author:nobody", "-leaf", "(" * 500, "leaf " * 500])
def test_any_query_shows_the_thread(client: Client, text: str) -> None:
    article = make_article("Tea", body_html="<p>a leaf</p>")
    assert "a leaf" in shown(client, article, text).cssselect("#article")[0].text_content()


@given(SIGNS, st.lists(st.sampled_from(["a", "b", "p", "amp", "lt", "href", "mark", "台", "茶"]), min_size=1))
def test_highlighting_changes_no_text_and_no_tag(body: str, words: list[str]) -> None:
    stored = f"<div>{render(f'{body} [b](https://a.example/?p=a&b=1)').html}</div>"
    marked = highlight(stored, term_pattern(parse_query(" OR ".join(words)), WORDS))
    before, after = html.fromstring(stored), html.fromstring(marked)
    assert after.text_content() == before.text_content()
    for found in after.cssselect("mark"):
        found.drop_tag()
    assert html.tostring(after) == html.tostring(before)
