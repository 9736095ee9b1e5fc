"""What search sees of a text: reading text, tokens, pairs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.search.tokens import BREAK, WORD_LENGTH, is_single, pairs, prepare, reading_text, spaced

TEXTS = st.text(alphabet=st.sampled_from("茶園园Tt花a1é ,，。\n\t-_*`[]()!\\かな한ก😀\u200b"), max_size=60)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("綠茶", "绿 茶"),
        ("Green TEA", "green tea"),
        ("ＴＥＡ　２０２０", "tea 2020"),
        ("我喝tea，每天2杯", "我 喝 tea ¶ 每 天 2 杯"),
        ("don't", "don ¶ t"),
        ("one\ntwo", "one two"),
        ("one\n\ntwo", "one ¶ two"),
        ("花…… 園", "花 ¶ 园"),
        ("snake_case", "snake ¶ case"),
        ("zero\u200bwidth", "zerowidth"),
        ("さくら 벚꽃", "さ く ら 벚 꽃"),
        ("tea🍵time", "tea 🍵 time"),
        ("", ""),
        (" \n\t", ""),
        ("，。！", BREAK),
    ],
)
def test_a_text_is_cut_into_characters_of_scripts_without_spaces_and_words_of_others(text: str, tokens: str) -> None:
    assert spaced(text) == tokens


def test_a_run_of_letters_counts_by_its_beginning() -> None:
    assert spaced("a" * 1000) == "a" * WORD_LENGTH


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("the **best** tea", "the best tea"),
        ("這是**重點**內容", "這是重點內容"),
        ("~~cold~~ `brew`", "cold brew"),
        ('[a guide](https://example.org/tea "Tea")', "a guide"),
        ('[a guide]( "https://example.org/tea")', "a guide"),
        ("![a teapot](https://example.org/pot.png)", "a teapot"),
        ("see https://example.org/tea?x=1 today", "see   today"),
        (r"1\. first \*star\*", "1. first star"),
        ("line  \nnext", "line\n\nnext"),
        ("line\\\nnext", "line\n\nnext"),
    ],
)
def test_reading_text_is_what_a_reader_reads(body: str, read: str) -> None:
    assert reading_text(body) == read


def test_what_is_cut_out_parts_the_words_around_it() -> None:
    assert spaced(reading_text("茶QUOTE花", [(1, 6)])) == f"茶 {BREAK} 花"


def test_an_entry_keeps_title_words_and_excerpts_apart() -> None:
    text = prepare("Tea", "green tea", (), ["black tea", "", "white tea"])
    assert (text.title, text.words, text.quoted) == ("tea", "green tea", f"black tea {BREAK} white tea")


def test_pairs_begin_with_every_character_and_never_cross_a_break() -> None:
    assert pairs(spaced("喝綠茶，好 tea")) == {"喝绿", "绿茶", "茶", "好", "tea"}


@given(TEXTS)
def test_tokens_are_the_same_of_tokens(text: str) -> None:
    assert spaced(spaced(text).replace(BREAK, ",")) == spaced(text)


@given(TEXTS, TEXTS)
def test_a_text_is_found_in_every_text_that_holds_it_between_spaces(sought: str, rest: str) -> None:
    tokens = spaced(sought).strip(f"{BREAK} ")
    whole = spaced(f"{rest} {sought} {rest}")
    assert f" {tokens} " in f" {whole} " or not tokens


@given(st.text(alphabet=st.sampled_from("茶園花喝好"), max_size=30), st.integers(0, 30), st.integers(1, 5))
def test_any_substring_of_chinese_is_found(text: str, start: int, length: int) -> None:
    part = text[start : start + length]
    assert not part or f" {spaced(part)} " in f" {spaced(text)} "


@given(TEXTS)
def test_no_token_holds_what_a_query_language_reads(text: str) -> None:
    for token in spaced(text).split():
        assert token == BREAK or is_single(token) or token.isalnum()
        assert token.lower() == token


@given(TEXTS)
def test_every_token_is_the_beginning_of_a_pair(text: str) -> None:
    terms = pairs(spaced(text))
    for token in spaced(text).split():
        assert token == BREAK or any(term.startswith(token) for term in terms)
