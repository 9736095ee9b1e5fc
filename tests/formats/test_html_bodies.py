"""Bodies in HTML and plain text as Markdown."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from threads import rendering
from threads.formats.html_bodies import as_field, from_plain_text, to_markdown

SIGNS = st.text(st.sampled_from("茶a1 .)#*_-+=|:>`~[]()<>!\\&;\n/@"), max_size=30)
BASE = "https://forum.example/"


def shown(markdown: str) -> list[str]:
    """Return the lines that readers see of a Markdown body."""
    text = re.sub(r"\s*(?:<br>|</?p>)\s*", "\n", rendering.render(markdown, ()).html)
    return [line for line in (" ".join(line.split()) for line in text.split("\n")) if line]


def lines_of(text: str) -> list[str]:
    return [line for line in (" ".join(html.escape(line, quote=False).split()) for line in text.split("\n")) if line]


@given(SIGNS)
@example("1. tea\n2) tea\n# tea\n- tea\n+ tea\n> tea\n===\n---\n|a|b|\n|-|-|")
@example("&amp; &#33; <b> <3 `x` *y* __z__ ~~w~~ [u](v) ![u](v) \\*")
@example('> [\\>>]( "")tea\n```\ntea')
def test_signs_of_markdown_in_plain_text_stay_text(text: str) -> None:
    assert shown(from_plain_text(text)) == lines_of(text)


@given(SIGNS)
def test_signs_of_markdown_in_html_stay_text(text: str) -> None:
    source = "<br>\n".join(html.escape(line) for line in text.split("\n"))
    assert shown(to_markdown(source)) == lines_of(text)


@given(
    st.lists(
        st.sampled_from(["茶", "<br>\n", "<br/>", "1. ", "# x", " ", "\n", "&lt;b&gt;", "&nbsp;", "a*b"]), max_size=12
    )
)
def test_text_without_tags_is_read_as_if_it_had_some(pieces: list[str]) -> None:
    source = "".join(pieces)
    assert to_markdown(source) == to_markdown(f"<u></u>{source}")


@given(st.text(max_size=60))
@example("[redacted:abc]\n\n> <pre>&amp;")
def test_a_field_is_read_as_the_markdown_that_was_written(markdown: str) -> None:
    assert to_markdown(as_field(markdown)) == from_plain_text(as_field(markdown)) == markdown


@pytest.mark.parametrize(
    ("source", "markdown"),
    [
        ("one<br>\ntwo<br>\n<br>\nthree", "one  \ntwo\n\nthree"),
        ("<blockquote>kettle </blockquote><br>\nthe red one", "> kettle\n\nthe red one"),
        ("<blockquote>a<br>\n<br>\nb</blockquote>", "> a  \n>   \n> b"),
        ("<b>重點：</b>說明 <i>x</i> <s>y</s> <u>z</u>", "**重點：**說明 *x* ~~y~~ z"),
        ("<b>a<br>\n<br>\nb</b>", "**a**\n\n**b**"),
        ("<b>a <b>b</b></b>", "**a b**"),
        ("<ul><li>green</li><li>black</li></ul>after", "- green\n- black\n\nafter"),
        ("<ol><li>boil</li><li>pour</li></ol>", "1. boil\n2. pour"),
        ("a<hr>b", "a\n\n---\n\nb"),
        ("<pre>x = 1<br>\ny* = 2&nbsp;</pre>", "```\nx = 1\ny* = 2 \n```"),
        ("<pre>```</pre>", "````\n```\n````"),
        ("<pre>a<br>\n<br>\n<br>\nb</pre><br>\n<br>\nc", "```\na\n\n\nb\n```\n\nc"),
        ('<a href="https://a.example/x_y">https://a.example/x_y</a>', "<https://a.example/x_y>"),
        ('<a href="https://a.example/(x)">[1] tea</a>.', "[\\[1\\] tea](https://a.example/%28x%29)."),
        ('<a href="https://a.example/"></a>', "<https://a.example/>"),
        ('<a href="question/12">tea</a>', "[tea](https://forum.example/question/12)"),
        ('<a href="url/link/aHR0" title="https://a.example/x">tea</a>', "[tea](https://a.example/x)"),
        ('<a href="https://a.example/?a=1&amp;copy;">x</a>', "[x](https://a.example/?a=1\\&copy;)"),
        ('<img src="https://a.example/1.jpg" alt="https://a.example/1.jpg">', "![](https://a.example/1.jpg)"),
        (
            '<a href="X"><img src="https://a.example/1.jpg" alt="a red] kettle"></a>',
            "![a red\\] kettle](https://a.example/1.jpg)",
        ),
        ('<img src="data:image/png;base64,AAAA" alt="kettle">', "kettle"),
        ('a<video src="https://a.example/v.mp4"></video>', "a\n\n<https://a.example/v.mp4>"),
        ('[url]<a href="https://a.example/">https://a.example/</a>[/url]', "<https://a.example/>"),
        ('<div class="box">\n\t\t\ttea<br/>\nmilk\t\t<button>more</button></div>', "tea  \nmilk"),
        ("<script>x</script><style>y</style>tea", "tea"),
        ("tea <b>", "tea"),
        ("tea <3 <!-- green -->milk <b x", "tea <3 milk \\<b x"),
        ("<!-- a <!-- b -->tea<b>1 < 2</b>", "\\<!-- a tea**1 < 2**"),
    ],
)
def test_each_tag_has_its_markdown(source: str, markdown: str) -> None:
    assert to_markdown(source, BASE) == markdown


def test_a_body_that_is_nested_too_deep_is_plain_text() -> None:
    assert to_markdown("<b>" * 20_000 + "1. tea") == "1\\. tea"


def test_lines_of_plain_text_stay_lines() -> None:
    assert from_plain_text("  one\r\ntwo <3 & 3\n\n\nthree") == "one  \ntwo <3 & 3\n\nthree"
