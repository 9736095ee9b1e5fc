"""Chinese conversion of stored HTML: its text changes, its markup does not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.html_policy import breaches
from threads.rendering import InlineQuote, complete, convert_script, render

QUOTE = InlineQuote("發展", "發仔", "k1")

PIECES = [
    "台灣",
    "台湾",
    "頭髮",
    "头发",
    "發展",
    "后",
    "<b>",
    "*",
    "**",
    "`",
    "\n",
    "\n\n",
    "&",
    "[發](https://發.example/發)",
    " ",
    "a",
]
PIECES += ["![發](https://tea.example/發)", "> ", "* ", "```\n發\n```\n", "https://tea.example/發", "#"]


def tags(html: str) -> list[str]:
    return re.findall(r"<[^>]*>", html)


@pytest.mark.parametrize(
    ("text", "simplified"),
    [("臺灣的頭髮發展得很好", "台湾的头发发展得很好"), ("裡面的乾隆乾燥", "里面的乾隆干燥"), ("軟體", "软体")],
)
def test_traditional_text_is_converted_by_phrases(text: str, simplified: str) -> None:
    assert convert_script(f"<p>{text}</p>", "zh-Hans") == f"<p>{simplified}</p>"


@pytest.mark.parametrize(
    ("text", "traditional"), [("头发发展", "頭髮發展"), ("皇后在后面", "皇后在後面"), ("软件", "軟件")]
)
def test_simplified_text_is_converted_by_phrases(text: str, traditional: str) -> None:
    assert convert_script(f"<p>{text}</p>", "zh-Hant") == f"<p>{traditional}</p>"


def test_code_names_addresses_and_titles_are_not_converted() -> None:
    html = render('[發](https://發.example/發 "發") `發 <b>` *發*\n\n```\n發\n```').html
    converted = convert_script(html, "zh-Hans")
    assert tags(converted) == tags(html)
    assert "<code>發 &lt;b&gt;</code> <em>发</em>" in converted
    assert "<pre><code>發\n</code></pre>" in converted


def test_the_name_of_a_quoted_author_is_not_converted() -> None:
    quote = complete('<blockquote class="quote" data-quote="0"></blockquote>', {0: QUOTE}, ())
    assert "<cite>發仔</cite> <q>发展</q>" in convert_script(quote, "zh-Hans")


def test_text_in_the_same_script_or_without_chinese_is_unchanged() -> None:
    assert convert_script("<p>台湾 tea &amp; 1&nbsp;<br>\n2</p>", "zh-Hans") == "<p>台湾 tea &amp; 1&nbsp;<br>\n2</p>"
    assert convert_script("", "zh-Hant") == ""


def test_other_scripts_raise_an_error() -> None:
    with pytest.raises(KeyError):
        convert_script("<p>茶</p>", "en")


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join), st.sampled_from(["zh-Hans", "zh-Hant"]))
def test_conversion_never_changes_markup(body: str, script: str) -> None:
    html = render(body).html
    converted = convert_script(html, script)
    assert tags(converted) == tags(html)
    assert re.sub(r"<[^>]*>", "<>", converted).count("<") == re.sub(r"<[^>]*>", "<>", html).count("<")
    assert re.findall(r"&[a-z]+;", converted) == re.findall(r"&[a-z]+;", html)
    assert breaches(converted) == []


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.sampled_from(["zh-Hans", "zh-Hant"]))
def test_conversion_of_any_text_adds_no_markup(body: str, script: str) -> None:
    assert tags(convert_script(render(body).html, script)) == tags(render(body).html)
