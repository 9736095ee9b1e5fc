"""Quotes and lists end where CommonMark ends them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from threads.rendering import render

COMMONMARK = MarkdownIt("commonmark", {"html": False})
LINES = ["字", "文  ", "* 甲", "  * 乙", "    * 丙", "1. 一", "   字", "> 引", "> * 列", ">", "## 題", "***", ""]


def outline(html: str) -> list[str]:
    """Return depth, tag and text of each element of `html`, without paragraphs and line ends."""
    elements: list[str] = []
    for element in lxml_html.fragment_fromstring(f"<div>{html}</div>").iter():
        depth = sum(ancestor.tag != "p" for ancestor in element.iterancestors())
        text = "".join(element.xpath("text() | p/text()"))
        if element.tag not in {"p", "br"}:
            elements.append(f"{depth} {element.tag!s} {''.join(text.split())}")
    return elements


@pytest.mark.parametrize(
    "body",
    [
        "- 甲\n  - 乙\n    - 丙\n- 丁",
        "1. 甲\n   - 乙\n2. 丙",
        "10. 甲\n    - 乙\n11. 丙",
        "- 甲\n\n  - 乙\n- 丙",
        "* 甲\n\n  字\n\n* 乙\n\n字",
        "- - 甲\n  - 乙",
        "* 甲\n1. 一",
        "1. 一\n* 甲\n* 乙",
        "* 甲\n> 引",
        "* 甲\n## 題",
        "* 甲\n***\n* 乙",
        "* 甲\n字",
        "* 甲\n===",
        "> 引\n字",
        "> 引\n* 甲",
        "> 引\n2. 二",
        "> 引\n## 題",
        "> 引\n***\n字",
        "> 引\n---",
        "> 引\n===",
        "> > 雙\n> 引",
        "> > 雙\n* 甲",
        "> > 雙\n--",
        "> * 列\n* 甲",
        "> * 列\n>   - 內\n> 字",
        "> 引\n\n> 另",
        "> ```\n> 碼\n字",
        "```\n* 甲\n> 引\n```\n字",
        "* 甲\n  ```\n  碼\n   內\n  ```\n* 乙",
        "字\n    * 不是列表",
        "字\n2. 不是列表",
        "字\n***\n字",
        "字\n---\n字",
        "* 甲\n  ```\n  碼\n\n   內\n  ```\n\n  字\n* 乙",
        "* ```\n  碼\n  ```\n* 乙",
        "> 1. 甲\n>    ~~~\n>    碼\n>\n>    內\n>    ~~~",
    ],
)
def test_blocks_end_where_commonmark_ends_them(body: str) -> None:
    expected = COMMONMARK.render(body).replace("<h2>", "<h4>").replace("<h1>", "<h3>")
    assert outline(render(body).html) == outline(expected)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=8).map("\n".join))
def test_any_lines_keep_their_text_and_the_text_of_their_quotes(body: str) -> None:
    ours = lxml_html.fragment_fromstring(f"<div>{render(body).html}</div>")
    theirs = lxml_html.fragment_fromstring(f"<div>{COMMONMARK.render(body)}</div>")
    assert without_markers(ours.xpath("//blockquote//text()")) == without_markers(theirs.xpath("//blockquote//text()"))
    assert without_markers(ours.xpath("//text()")) == without_markers(theirs.xpath("//text()"))


def without_markers(texts: list[str]) -> str:
    """Return `texts` joined, without white space and list markers."""
    return "".join("".join(texts).replace("*", "").split())
