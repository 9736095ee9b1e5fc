"""Highlighting of search terms in texts, and snippets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.search.highlighting import TextPiece, list_phrases, phrase_pattern, split_matches
from threads.search.query import parse_query
from threads.search.snippets import SNIPPET_LENGTH, choose_snippet
from threads.search.tokens import BREAK, tokenize


def show(pieces: list[TextPiece]) -> str:
    """Return pieces as text, with brackets around matches."""
    return "".join(f"[{piece.text}]" if piece.is_match else piece.text for piece in pieces)


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
        ("fine", "ﬁne, ﬁnest, ＦＩＮＥ", "[ﬁne], ﬁnest, [ＦＩＮＥ]"),
        ("éclair", "Un e\u0301clair", "Un [e\u0301clair]"),
        ("e\u0301clair", "Un éclair", "Un [éclair]"),
        ("株 茶屋", "㈱茶屋", "[㈱][茶屋]"),
        ("ガーデン", "ﾃｨｰｶﾞｰﾃﾞﾝへ", "ﾃｨｰ[ｶﾞｰﾃﾞﾝ]へ"),
        ("计划 什麼", "計畫和計劃，甚麼，设计画面", "[計畫]和[計劃]，[甚麼]，设[计画]面"),
        ("画面", "设计画面", "设计[画面]"),
        ("kg", "5 ㎏, 5㎏", "5 [㎏], 5㎏"),
        ("5kg", "5㎏ 茶", "[5㎏] 茶"),
        ("tea", "Tea™ …tea…", "[Tea]™ …[tea]…"),
        ("-tea", "tea", "tea"),
        ("author:tea", "tea", "tea"),
        ("tea", "", ""),
    ],
)
def test_words_are_highlighted_in_each_spelling(query: str, text: str, shown: str) -> None:
    assert show(split_matches(text, phrase_pattern(list_phrases(parse_query(query).text_terms)))) == shown


def test_a_snippet_of_a_short_text_is_the_text() -> None:
    assert show(choose_snippet("I  drink\ntea.", phrase_pattern([(("tea",), False)]))) == "I drink [tea]."


def test_a_snippet_has_the_part_with_the_most_different_terms() -> None:
    text = "tea " * 5 + "water " * 100 + "Now green tea, and milk. " + "water " * 100
    words = phrase_pattern([((word,), False) for word in ("tea", "milk", "green")])
    assert "[green] [tea], and [milk]" in show(choose_snippet(text, words))


def test_a_snippet_with_an_early_match_starts_at_the_beginning() -> None:
    assert show(choose_snippet("我喝茶。" + "水" * 300, phrase_pattern([(("茶",), False)]))).startswith("我喝[茶]。水")


def test_a_snippet_starts_at_a_sentence_near_the_match() -> None:
    text = "水" * 300 + "。今天我們喝茶。" + "水" * 300
    assert show(choose_snippet(text, phrase_pattern([(("茶",), False)]))).startswith("…今天我們喝[茶]。水")


def test_a_snippet_does_not_begin_or_end_within_a_latin_word() -> None:
    words = " ".join(f"word{number}" for number in range(200))
    pieces = choose_snippet(words, phrase_pattern([(("word100",), False)]))
    shown = "".join(piece.text for piece in pieces).strip("…")
    assert set(shown.split()) <= set(words.split())


def test_a_snippet_leaves_out_the_marks_at_the_beginning_of_lines() -> None:
    assert show(choose_snippet("# Tea\n> quoted\n- item", phrase_pattern([]))) == "Tea quoted item"


def test_a_snippet_leaves_out_the_lines_of_a_table() -> None:
    text = "Prices:\n\n| tea | milk |\n|:---|---|\n| 3 | 4 |\n"
    assert show(choose_snippet(text, phrase_pattern([]))) == "Prices: tea milk 3 4"
    assert show(choose_snippet("tea | milk\n\n---", phrase_pattern([]))) == "tea | milk"


def test_a_snippet_of_chinese_takes_no_more_room_than_one_of_english() -> None:
    chinese = choose_snippet("水" * 300 + "茶" + "水" * 300, phrase_pattern([(("茶",), False)]))
    english = choose_snippet("water " * 60 + "tea " + "water " * 60, phrase_pattern([(("tea",), False)]))
    wide, narrow = (len("".join(piece.text for piece in pieces).strip("…")) for pieces in (chinese, english))
    assert wide == SNIPPET_LENGTH * 2 // 3
    assert SNIPPET_LENGTH - len("water ") <= narrow <= SNIPPET_LENGTH
    assert "[茶]" in show(chinese)


@given(
    st.text(alphabet=st.sampled_from("茶綠绿园園計畫 aAbﬁéｶﾞ㈱\u0301,，\n*"), max_size=80),
    st.text(alphabet="茶绿园计划abéfiガ株 ，", min_size=1, max_size=6),
)
def test_each_match_of_the_index_is_highlighted(text: str, sought: str) -> None:
    tokens = tokenize(sought).strip(f"{BREAK} ")
    found = bool(tokens) and f" {tokens} " in f" {tokenize(text)} "
    pieces = split_matches(text, phrase_pattern([(tokens.split(), False)] if tokens else []))
    assert "".join(piece.text for piece in pieces) == text
    if found:
        assert any(piece.is_match for piece in pieces)


@given(st.text(alphabet=st.sampled_from("茶水 a.。\n…"), max_size=900))
def test_a_snippet_is_short_and_contains_the_term(text: str) -> None:
    pieces = choose_snippet(text, phrase_pattern([(("茶",), False)]))
    shown = "".join(piece.text for piece in pieces)
    assert len(shown) <= SNIPPET_LENGTH + 2
    assert ("茶" in text) == any(piece.is_match for piece in pieces)
