"""Quote marks inside bodies: leading ones leave, others become links where they stand."""

from __future__ import annotations

from threads.rendering import InlineQuote, render


def quote(body: str, mark: str, **fields: object) -> InlineQuote:
    """Return the quote that stands at `mark` in `body`: of gardener's comment k1, unless `fields` say otherwise."""
    start = body.index(mark)
    given = {"leading": False, "excerpt": "先鬆土", "author": "gardener", "target_key": "k1"} | fields
    return InlineQuote(start=start, end=start + len(mark), **given)  # type: ignore[arg-type]


def test_a_leading_quote_is_left_out() -> None:
    body = '> [\\>>]( "/article/item_id-5#")先鬆土\n\n  \n然後澆水'
    mark = body.split("\n", 1)[0]
    assert render(body, [quote(body, mark, leading=True)]).html == "<p>然後澆水</p>"


def test_what_remains_after_leading_quotes_is_rendered_whole() -> None:
    body = "QQ然後**澆水**"
    quotes = [quote(body, "QQ", leading=True)]
    assert render(body, quotes).html == "<p>然後<strong>澆水</strong></p>"
    assert render("QQ", quotes).html == ""


def test_a_quote_among_words_is_drawn_where_it_stands() -> None:
    body = "*同意*\n\nQQ\n\n但是太早"
    assert render(body, [quote(body, "QQ")]).html == (
        "<p><em>同意</em></p>\n"
        '<blockquote class="quote"><a href="/c/k1/"><cite>gardener</cite> <q>先鬆土</q></a></blockquote>\n'
        "<p>但是太早</p>"
    )


def test_quotes_come_in_the_order_they_stand_in() -> None:
    body = "一QQ二RR三"
    quotes = [quote(body, "RR", excerpt="後"), quote(body, "QQ", excerpt="前", leading=True)]
    html = render(body, quotes).html
    assert html.startswith("<p>一</p>\n<p>二</p>\n<blockquote")
    assert html.endswith("</blockquote>\n<p>三</p>")
    assert "前" not in html


def test_a_quote_whose_target_is_not_here_is_no_link() -> None:
    html = render("QQ", [quote("QQ", "QQ", target_key=None)]).html
    assert html == '<blockquote class="quote missing"><cite>gardener</cite> <q>先鬆土</q></blockquote>'


def test_a_withheld_quote_shows_neither_name_nor_words() -> None:
    html = render("QQ", [quote("QQ", "QQ", withheld=True)]).html
    assert html == '<blockquote class="quote withheld"><a href="/c/k1/">…</a></blockquote>'
    html = render("QQ", [quote("QQ", "QQ", target_key=None, withheld=True)]).html
    assert html == '<blockquote class="quote missing">…</blockquote>'


def test_a_quote_of_nobody_known_shows_its_words_alone() -> None:
    html = render("QQ", [quote("QQ", "QQ", author=None)]).html
    assert html == '<blockquote class="quote"><a href="/c/k1/"><q>先鬆土</q></a></blockquote>'


def test_an_excerpt_as_long_as_the_source_cuts_them_says_that_it_goes_on() -> None:
    assert "<q>" + "土" * 47 + "…</q>" in render("QQ", [quote("QQ", "QQ", excerpt="土" * 47)]).html
    assert "<q>" + "土" * 46 + "</q>" in render("QQ", [quote("QQ", "QQ", excerpt="土" * 46)]).html


def test_an_excerpt_is_text_and_a_key_is_part_of_an_address() -> None:
    html = render("QQ", [quote("QQ", "QQ", excerpt="<b>*x*&amp;\x00", author="<i>", target_key="a b")]).html
    assert '<a href="/c/a%20b/"><cite>&lt;i&gt;</cite> <q>&lt;b&gt;*x*&amp;amp;</q></a>' in html


def test_quotes_are_drawn_also_where_the_text_cannot_be_rendered() -> None:
    body = "- " * 600 + "x\nQQ"
    made = render(body, [quote(body, "QQ")])
    assert made.warning is not None
    assert made.html.endswith(
        '<blockquote class="quote"><a href="/c/k1/"><cite>gardener</cite> <q>先鬆土</q></a></blockquote>'
    )
