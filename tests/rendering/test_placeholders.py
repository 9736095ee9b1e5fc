"""Quote marks inside bodies: leading ones are left out, inline ones become placeholders that a page completes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.html_policy import breaches
from threads.parsing.quotes import QuoteMark
from threads.rendering import InlineQuote, complete, linked_threads, render

QUOTE = InlineQuote("先鬆土", "gardener", "k1")
PLACEHOLDER = '<blockquote class="quote" data-quote="0"></blockquote>'


def mark(body: str, text: str, *, leading: bool = False) -> QuoteMark:
    """Return the mark of `text` in `body`."""
    start = body.index(text)
    return QuoteMark(5, "先鬆土", False, start, start + len(text), leading)


def completed(quote: InlineQuote) -> str:
    return complete(PLACEHOLDER, {0: quote}, frozenset())


def test_a_leading_quote_is_left_out() -> None:
    body = '> [\\>>]( "/article/item_id-5#")先鬆土\n\n  \n然後澆水'
    assert render(body, [mark(body, body.split("\n", 1)[0], leading=True)]).html == "<p>然後澆水</p>"


def test_text_after_leading_quotes_is_rendered_whole() -> None:
    body = "QQ然後**澆水**"
    marks = [mark(body, "QQ", leading=True)]
    assert render(body, marks).html == "<p>然後<strong>澆水</strong></p>"
    assert render("QQ", marks).html == ""


def test_an_inline_quote_is_stored_as_its_ordinal() -> None:
    body = "*同意*\n\nQQ\n\n但是太早"
    assert render(body, [mark(body, "QQ")]).html == f"<p><em>同意</em></p>\n{PLACEHOLDER}\n<p>但是太早</p>"


def test_ordinals_count_leading_quotes_too() -> None:
    body = "一QQ二RR三"
    html = render(body, [mark(body, "QQ", leading=True), mark(body, "RR")]).html
    assert html == '<p>一</p>\n<p>二</p>\n<blockquote class="quote" data-quote="1"></blockquote>\n<p>三</p>'


def test_an_inline_quote_is_kept_if_the_text_cannot_be_rendered() -> None:
    body = "- " * 600 + "x\nQQ"
    rendered = render(body, [mark(body, "QQ")])
    assert rendered.warning is not None
    assert rendered.html.endswith(PLACEHOLDER)


@pytest.mark.parametrize(
    ("quote", "html"),
    [
        (QUOTE, '<blockquote class="quote"><a href="/c/k1/"><cite>gardener</cite> <q>先鬆土</q></a></blockquote>'),
        (
            replace(QUOTE, target_key=None),
            '<blockquote class="quote missing"><cite>gardener</cite> <q>先鬆土</q></blockquote>',
        ),
        (replace(QUOTE, author=None), '<blockquote class="quote"><a href="/c/k1/"><q>先鬆土</q></a></blockquote>'),
        (replace(QUOTE, is_masked=True), '<blockquote class="quote withheld"><a href="/c/k1/">…</a></blockquote>'),
        (replace(QUOTE, target_key=None, is_masked=True), '<blockquote class="quote missing">…</blockquote>'),
    ],
    ids=["with its target", "target missing", "author unknown", "masked", "masked and missing"],
)
def test_a_page_completes_an_inline_quote(quote: InlineQuote, html: str) -> None:
    assert completed(quote) == html


def test_a_quote_without_a_row_stays_empty() -> None:
    assert complete(PLACEHOLDER, {}, frozenset()) == '<blockquote class="quote missing">…</blockquote>'


def test_an_excerpt_of_the_source_s_length_ends_in_an_ellipsis() -> None:
    assert "<q>" + "土" * 47 + "…</q>" in completed(replace(QUOTE, excerpt="土" * 47))
    assert "<q>" + "土" * 46 + "</q>" in completed(replace(QUOTE, excerpt="土" * 46))


def test_an_excerpt_is_text_and_a_key_is_part_of_an_address() -> None:
    html = completed(InlineQuote("<b>*x*&amp;\x00", "<i>", "a b"))
    assert '<a href="/c/a%20b/"><cite>&lt;i&gt;</cite> <q>&lt;b&gt;*x*&amp;amp;</q></a>' in html


def test_a_text_cannot_forge_a_placeholder() -> None:
    body = f'{PLACEHOLDER}\n\n[x](https://a.example/article/1" data-thread="b.example/article/2)'
    html = render(body).html
    assert "<q>" not in complete(html, {0: QUOTE}, {"b.example/article/2"})
    assert linked_threads(html) == {"a.example/article/1"}


@given(
    st.text(max_size=60), st.text(max_size=20) | st.none(), st.sampled_from([None, "k1", '"><script>']), st.booleans()
)
def test_completed_quotes_keep_to_policy(text: str, author: str | None, key: str | None, masked: bool) -> None:
    assert breaches(completed(InlineQuote(text, author, key, masked))) == []
