"""Marking what was looked for in a text as it was written, and choosing the stretch to show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.search.marking import LENGTH, Piece, drawn, marked, pattern, phrases_of, snippet
from threads.search.query import parse
from threads.search.tokens import BREAK, spaced


def show(pieces: list[Piece]) -> str:
    """Return pieces as text, the marked ones in brackets."""
    return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("query", "text", "shown"),
    [
        ("綠茶", "我喝绿茶", "我喝[绿茶]"),
        ("绿茶", "我喝綠茶", "我喝[綠茶]"),
        ("tea", "Tea, TEA, teapot, ｔｅａ", "[Tea], [TEA], teapot, [ｔｅａ]"),
        ("tea", "喝tea茶", "喝[tea]茶"),
        ("garden*", "Gardens and a garden", "[Gardens] and a [garden]".replace("[Gardens]", "[Garden]s")),
        ('"green tea"', "green\n tea, green-tea", "[green\n tea], [green-tea]"),
        ("喝tea", "喝 tea", "[喝 tea]"),
        ("綠茶", "綠\n茶 綠，茶", "[綠\n茶] 綠，茶"),
        ("don't", "Don’t", "[Don’t]"),
        ("a.b", "a b a.b", "[a b] [a.b]"),
        ("茶 綠茶", "綠茶和茶", "[綠茶]和[茶]"),
        ("-tea", "tea", "tea"),
        ("author:tea", "tea", "tea"),
        ("tea", "", ""),
    ],
)
def test_words_are_marked_however_they_are_spelt(query: str, text: str, shown: str) -> None:
    assert show(marked(text, pattern(phrases_of(parse(query).words)))) == shown


def test_a_snippet_of_a_short_text_is_the_text() -> None:
    assert show(snippet("I  drink\ntea.", pattern([(("tea",), False)]))) == "I drink [tea]."


def test_a_snippet_shows_the_stretch_with_the_most_different_words() -> None:
    text = "tea " * 5 + "water " * 100 + "Now green tea, and milk. " + "water " * 100
    words = pattern([((word,), False) for word in ("tea", "milk", "green")])
    assert "[green] [tea], and [milk]" in show(snippet(text, words))


def test_a_snippet_of_words_near_the_beginning_begins_there() -> None:
    assert show(snippet("我喝茶。" + "水" * 300, pattern([(("茶",), False)]))).startswith("我喝[茶]。水")


def test_a_snippet_begins_with_a_sentence_where_one_is_near() -> None:
    text = "水" * 300 + "。今天我們喝茶。" + "水" * 300
    assert show(snippet(text, pattern([(("茶",), False)]))).startswith("…今天我們喝[茶]。水")


def test_a_snippet_does_not_begin_or_end_within_a_latin_word() -> None:
    words = " ".join(f"word{number}" for number in range(200))
    pieces = snippet(words, pattern([(("word100",), False)]))
    shown = "".join(piece.text for piece in pieces).strip("…")
    assert set(shown.split()) <= set(words.split())


def test_a_snippet_leaves_out_the_marks_at_the_beginning_of_lines() -> None:
    assert show(snippet("# Tea\n> quoted\n- item", pattern([]))) == "Tea quoted item"


def test_a_snippet_of_chinese_takes_no_more_room_than_one_of_english() -> None:
    chinese = snippet("水" * 300 + "茶" + "水" * 300, pattern([(("茶",), False)]))
    english = snippet("water " * 60 + "tea " + "water " * 60, pattern([(("tea",), False)]))
    wide, narrow = (len("".join(piece.text for piece in pieces).strip("…")) for pieces in (chinese, english))
    assert wide == LENGTH * 2 // 3
    assert LENGTH - len("water ") <= narrow <= LENGTH
    assert "[茶]" in show(chinese)


def test_pieces_are_drawn_without_letting_the_text_write_html() -> None:
    assert drawn([Piece("<b>{}&"), Piece("<i>", marked=True)]) == "&lt;b&gt;{}&amp;<mark>&lt;i&gt;</mark>"


@given(
    st.text(alphabet=st.sampled_from("茶綠绿园園 aAb,，\n*"), max_size=80),
    st.text(alphabet="茶绿园ab ，", min_size=1, max_size=6),
)
def test_what_the_index_finds_is_marked(text: str, sought: str) -> None:
    tokens = spaced(sought).strip(f"{BREAK} ")
    found = bool(tokens) and f" {tokens} " in f" {spaced(text)} "
    pieces = marked(text, pattern([(tokens.split(), False)] if tokens else []))
    assert "".join(piece.text for piece in pieces) == text
    if found:
        assert any(piece.marked for piece in pieces)


@given(st.text(alphabet=st.sampled_from("茶水 a.。\n…"), max_size=900))
def test_a_snippet_is_short_and_of_the_text(text: str) -> None:
    pieces = snippet(text, pattern([(("茶",), False)]))
    shown = "".join(piece.text for piece in pieces)
    assert len(shown) <= LENGTH + 2
    assert ("茶" in text) == any(piece.marked for piece in pieces)
