"""Tokens of texts: reading text, tokens, terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.search.backends.conditions import Phrase, TextPart
from threads.search.backends.postgres import stored_form
from threads.search.tokens import (
    BREAK,
    MAX_SPELLINGS,
    MAX_WORD_LENGTH,
    extract_reading_text,
    extract_words,
    is_single_character,
    join_characters,
    list_spellings,
    prepare_entry_text,
    tokenize,
)

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
        ("e\u0301clair ﬁne 5㎏ ㈱茶 ｶﾞ", f"éclair fine 5kg {BREAK} 株 {BREAK} 茶 ガ"),
        ("Tea™ x\u0302y", f"tea {BREAK} xy"),
        ("さくら 벚꽃", "さ く ら 벚 꽃"),
        ("tea🍵time", "tea 🍵 time"),
        ("", ""),
        (" \n\t", ""),
        ("，。！", BREAK),
    ],
)
def test_scripts_without_spaces_become_characters_and_others_words(text: str, tokens: str) -> None:
    assert tokenize(text) == tokens


def test_a_long_word_is_cut() -> None:
    assert tokenize("a" * 1000) == "a" * MAX_WORD_LENGTH


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
        ("[\n![a pot](https://example.org/pot.png)\n\nTea house\n](https://example.org/tea)", "\na pot\n\nTea house\n"),
        ("_cold_ __brew__ _茶_，snake_case _", "cold brew 茶，snake_case _"),
        ("[b]green[/b] [url=https://example.org]tea[/url]", "green    tea  "),
        (r"1\. first \*star\*", "1. first star"),
        ("line  \nnext", "line\n\nnext"),
        ("line\\\nnext", "line\n\nnext"),
    ],
)
def test_reading_text_has_no_markdown(body: str, read: str) -> None:
    assert extract_reading_text(body) == read


def test_an_excluded_span_separates_the_words_around_it() -> None:
    assert tokenize(extract_reading_text("茶QUOTE花", [(1, 6)])) == f"茶 {BREAK} 花"


def test_an_entry_has_title_own_text_and_quoted_text_apart() -> None:
    text = prepare_entry_text("Tea", "green tea", (), ["black tea", "", "white tea"])
    assert (text.title, text.words, text.quoted) == ("tea", "green tea", f"black tea {BREAK} white tea")


def test_joined_characters_have_no_spaces_between_them() -> None:
    assert join_characters(tokenize("喝綠茶，好 tea2 杯green tea茶")) == "喝绿茶¶好 tea2 杯 green tea 茶"


def test_words_are_tokens_of_scripts_with_spaces() -> None:
    assert extract_words(tokenize("喝綠茶，好 tea2, 杯green tea茶")) == {"tea2", "green", "tea"}


def test_a_phrase_has_the_spellings_of_its_words() -> None:
    assert list_spellings(("茶",)) == [("茶",)]
    spellings = {"".join(spelling) for spelling in list_spellings(tokenize("甚麼tea計畫").split())}
    assert spellings == {
        "".join(tokenize(text).split()) for text in ("什么tea计划", "甚么tea计划", "什么tea计画", "甚么tea计画")
    }
    assert len(list_spellings(tokenize("计划" * 10).split())) == MAX_SPELLINGS


@given(TEXTS)
def test_tokenizing_tokens_changes_nothing(text: str) -> None:
    assert tokenize(tokenize(text).replace(BREAK, ",")) == tokenize(text)


@given(TEXTS, TEXTS)
def test_a_text_is_found_in_each_text_that_contains_it_as_words(phrase: str, rest: str) -> None:
    tokens = tokenize(phrase).strip(f"{BREAK} ")
    whole = tokenize(f"{rest} {phrase} {rest}")
    assert f" {tokens} " in f" {whole} " or not tokens


@given(st.text(alphabet=st.sampled_from("茶園花喝好"), max_size=30), st.integers(0, 30), st.integers(1, 5))
def test_any_substring_of_chinese_is_found(text: str, start: int, length: int) -> None:
    part = text[start : start + length]
    assert not part or f" {tokenize(part)} " in f" {tokenize(text)} "


@given(TEXTS)
def test_no_token_has_characters_of_a_query_language(text: str) -> None:
    for token in tokenize(text).split():
        assert token == BREAK or is_single_character(token) or token.isalnum()
        assert token.lower() == token


@given(TEXTS, TEXTS)
def test_a_phrase_is_in_the_joined_text_if_it_is_in_the_spaced_one(phrase: str, rest: str) -> None:
    texts = [f" {tokenize(text)} " for text in (rest, rest + phrase + rest)]
    for start in range(len(tokens := tokenize(phrase).split())):
        wanted = Phrase(TextPart.TEXT, tuple(tokens[start : start + 3]))
        for text in texts:
            assert (wanted.spaced in text) == (stored_form(wanted) in join_characters(text))
