"""The short cuts for simple text return exactly what the whole pipeline returns."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from threads.rendering import render
from threads.rendering.blocks import render_blocks
from threads.rendering.plain_text import is_plain, normalize, render_line_ends, render_paragraphs
from threads.rendering.sanitizer import sanitize

PLAIN_PARTS = [
    "茶", "种树", "Tea", "a", "7", "12", " ", " ", "  ", "\n", "  \n", "  \n  \n", "\n\n", "   ", "    ", "，", "。",
    "！", "…", "“", "\u3000",
    "\xa0", "\u2028", "\x85", ".", ",", "!", "?", "(", ")", "-", "--", "---", "+", "=", "==", "~", "~~~", ">", "#",
    "# ", "##", "1.", "1. ", "2) ", "- ",
    "+ ", "&", "& ", ";", ":", "://", "/", "'", '"', "|", "]", "{", "}", "@", "%", "^", "$", "\t", "😀", "x://y",
    "www.tea.example",
]  # fmt: skip
MARKED_PARTS = [
    *PLAIN_PARTS, "*", "**", "_", "`", "```", "[", "](", "https://tea.example/a", "https://", "http", "<", "<b>",
    "\\", "\\\n", "&amp;", "&lt;", "![",
    "* ", "***", "* * *", "> ", "[a]: ", "___", "[茶](https://tea.example)", "[a]: https://tea.example",
    '( "https://tea.example")', "| a | b |\n", "| --- | --- |\n", "|:-|", "[b]", "[/b]", "\\[quote\\]", "[\n",
    "\n](https://tea.example)", "\u200b", "****", "![](data:x y)", "\\*\\*",
]  # fmt: skip


def render_without_short_cuts(text: str) -> str:
    """Return what the whole pipeline returns for `text`."""
    return sanitize(render_blocks(text))


def bodies(parts: list[str]) -> st.SearchStrategy[list[str]]:
    """Return four bodies an example, because an example costs Hypothesis more than rendering it."""
    composed = st.lists(st.sampled_from(parts), max_size=14).map("".join)
    return st.lists(composed | st.text(max_size=30), min_size=4, max_size=4)


@settings(max_examples=250, deadline=None)
@given(bodies(PLAIN_PARTS))
@example(["茶  \n種樹", "\n\n   -\n", "a\n    b", "\u3000\n\u3000"])
def test_plain_text_is_rendered_as_by_the_whole_pipeline(bodies: list[str]) -> None:
    for text in filter(is_plain, map(normalize, bodies)):
        assert render_paragraphs(text, render_line_ends) == render_without_short_cuts(text)


@settings(max_examples=500, deadline=None)
@given(bodies(MARKED_PARTS))
@example([" `a \n b`", "a\n\n `b \n c`", "[a]: https://tea.example\n\n[a]"])
@example(["* a\n\n  b\n\nc\n\n  d", "    a\n\n\n    b\n\nc\n\n    d", "> a\n\n\xa0\n\n> b"])
def test_text_with_simple_blocks_is_rendered_as_by_the_whole_pipeline(bodies: list[str]) -> None:
    for body in bodies:
        assert render(body).html == render_without_short_cuts(normalize(body))


@pytest.mark.parametrize(
    "body",
    [
        "今天種樹，明天澆水。", "一  \n二  \n  \n三", "Tea, please!", "a - b + c = d", "五點。\n#話題#", "R & D",
        "(a) 1.5 ~ 2", "-5度", "2035年", "1.5公里", "x > y", "\u3000\u3000段", "她說：“好”", "😀", "a\n   b",
        "+1", "    a", "a | b", "a\n| b |", "見 www.tea.example",
    ],
)  # fmt: skip
def test_common_text_uses_the_short_cut(body: str) -> None:
    assert is_plain(normalize(body))


@pytest.mark.parametrize(
    "body",
    [
        "*", "_", "`", "[", "<", "\\", "&amp;", "AT&T", "http://", "HTTPS://", "> a", "a\n> b", "# a", "- a", "+",
        "1. a", "1) a", "a\n===", "a\n---",
        "~~~", "   - a", "    - a", "- - -", "a | b\n--- | ---", "| a |\n|:-:|",
    ],
)  # fmt: skip
def test_text_that_may_be_markdown_does_not_use_the_short_cut(body: str) -> None:
    assert not is_plain(normalize(body))
