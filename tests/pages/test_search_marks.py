"""The words a reader searched for, marked in the thread that a result led to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from tests.factories import make_article, make_comment, make_comments
from threads.pages.minimap import WORTH_A_MAP
from threads.pages.search_marks import MOST
from threads.rendering import highlight, render
from threads.search import index, marking
from threads.search.query import Kind, parse

if TYPE_CHECKING:
    from django.test import Client

    from threads.models import Article

SIGNS = st.text(st.sampled_from("ab茶臺台 \n*_`<>&;\"'()[]!#"), max_size=60)


def shown(client: Client, article: Article, text: str) -> html.HtmlElement:
    """Return the thread's page as one sees it who comes from a search."""
    return html.fromstring(client.get(article.get_absolute_url(), {"q": text}).content.decode())


def marks(page: html.HtmlElement, of: str) -> list[str]:
    return [found.text_content() for found in page.cssselect(f"{of} mark")]


@pytest.mark.django_db
def test_the_words_searched_for_are_marked_where_they_stand(client: Client) -> None:
    article = make_article("Tea", body_html="<p>Kettles, and a <code>kettle</code>.</p>")
    sought = make_comment(article, body_html="<p>臺灣的茶 &amp; kettle</p>")
    other = make_comment(article, body_html="<p>nothing of it</p>")
    page = shown(client, article, "台湾 kettle -nothing")
    assert marks(page, "#article") == ["kettle"]
    assert marks(page, f"#c-{sought.key}") == ["臺灣", "kettle"]
    assert marks(page, f"#c-{other.key}") == []
    assert b"<mark>" not in client.get(article.get_absolute_url()).content


@pytest.mark.django_db
def test_a_result_in_an_opening_text_leads_to_its_first_word_there(client: Client) -> None:
    article = make_article("Tea", body="Kettles.\n\nA kettle, a kettle.")
    article.body_html = "<p>Kettles.</p><p>A kettle, a kettle.</p>"
    article.save()
    index.update([article.pk])
    (result,) = html.fromstring(client.get("/search/", {"q": "kettle"}).content.decode()).cssselect(".hits h3 a")
    address, _, anchor = str(result.get("href")).partition("#")
    page = html.fromstring(client.get(address).content.decode())
    assert [found.get("id") for found in page.cssselect("mark")] == [anchor, None]
    assert page.get_element_by_id(anchor).text == "kettle"


@pytest.mark.django_db
def test_words_are_marked_in_the_script_the_reader_chose(client: Client) -> None:
    comment = make_comment(make_article("Tea"), body_html="<p>臺灣的茶</p>")
    client.cookies["script"] = "zh-Hans"
    assert marks(shown(client, comment.article, "臺灣"), f"#c-{comment.key}") == ["台湾"]


@pytest.mark.django_db
def test_the_map_shows_in_which_comments_the_words_are(client: Client) -> None:
    article = make_article("Tea")
    comments = make_comments(article, [None] * WORTH_A_MAP)
    article.comments.filter(pk=comments[7].pk).update(body_html="<p>kettle</p>")
    lines = shown(client, article, "kettle").cssselect(".map a")
    assert [line.get("href") for line in lines if line.cssselect(".hit")] == [f"#c-{comments[7].key}"]


@pytest.mark.django_db
def test_words_are_looked_for_in_so_much_of_a_page_and_no_more(client: Client) -> None:
    article = make_article("Tea", body_html=f"<p>{'leaf ' * MOST}</p>")
    comment = make_comment(article, body_html="<p>a leaf</p>")
    page = shown(client, article, "leaf")
    assert marks(page, "#article") == []
    assert marks(page, f"#c-{comment.key}") == ["leaf"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "。", "\x00", '"', "author:nobody", "-leaf", "(" * 500, "leaf " * 500])
def test_whatever_was_searched_for_the_thread_is_shown(client: Client, text: str) -> None:
    article = make_article("Tea", body_html="<p>a leaf</p>")
    assert "a leaf" in shown(client, article, text).cssselect("#article")[0].text_content()


@given(SIGNS, st.lists(st.sampled_from(["a", "b", "p", "amp", "lt", "href", "mark", "台", "茶"]), min_size=1))
def test_marks_change_no_word_and_no_tag(body: str, words: list[str]) -> None:
    stored = f"<div>{render(f'{body} [b](https://a.example/?p=a&b=1)').html}</div>"
    marked = highlight(stored, marking.words_of(parse(" OR ".join(words)), Kind.WORDS))
    before, after = html.fromstring(stored), html.fromstring(marked)
    assert after.text_content() == before.text_content()
    for found in after.cssselect("mark"):
        found.drop_tag()
    assert html.tostring(after) == html.tostring(before)
