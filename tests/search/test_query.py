"""The search syntax: meaning of each part, and notes about parts that cannot be read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.search.query import (
    MAX_QUERY_LENGTH,
    MAX_QUERY_WORDS,
    WORDS,
    Scope,
    compose_query,
    describe_query,
    format_operator,
    parse_date_span,
    parse_query,
)
from threads.text import fold


def read_clauses(text: str) -> list[list[str]]:
    """Return the terms of each clause: `-` if negated, the operator, the phrases."""
    return [
        [
            ("-" if term.negated else "")
            + ("" if term.kind == WORDS else f"{term.kind}:")
            + (
                "|".join("".join(phrase) if len(phrase[0]) == 1 else " ".join(phrase) for phrase in term.phrases)
                or term.value
            )
            + ("*" if term.prefix else "")
            for term in clause
        ]
        for clause in parse_query(text).clauses
    ]


@pytest.mark.parametrize(
    "name",
    [
        'Joe "Tea" Smith',
        "「茶」",
        "tea—time",
        "a：b",
        '"',
        "👩‍🔧 mender",
        "«»",
        "a” ”b",
        "🫨",
        "｢茶｣",
        "ｔｅａ－ｔｉｍｅ",
        "㈱茶",
        "ﬁne e\u0301",
    ],
)
@pytest.mark.parametrize("field", ["author", "answers", "tag"])
def test_a_name_may_contain_any_characters(field: str, name: str) -> None:
    query = parse_query(f"tea {format_operator(field, name)} milk")
    assert [[(term.kind, term.value) for term in clause] for clause in query.clauses] == [
        [(WORDS, "tea")], [(field, name)], [(WORDS, "milk")],
    ]  # fmt: skip
    assert query.notes == ()


@pytest.mark.parametrize(
    "text",
    ["tea OR", "tea |", "tea NOT", "tea AND", "tea author:", '"green tea', "“green tea", "tea ，", "tea in:x",
     'author:"tea', "tea before:x", "tea OR milk -", "author:甲，", 'author:"a""', "OR tea OR"],
)  # fmt: skip
def test_an_operator_can_be_appended_to_an_unfinished_query(text: str) -> None:
    query = parse_query(text)
    longer = parse_query(f"{query.complete_text} tag:garden")
    assert longer.clauses[:-1] == query.clauses
    assert [term.value for term in longer.clauses[-1]] == ["garden"]


def test_invisible_characters_of_pasted_words_are_removed() -> None:
    assert read_clauses("\u200bgreen\u200btea\u200e \ufeffauthor:hiker") == [["greentea"], ["author:hiker"]]


@pytest.mark.parametrize("text", ["OR", "NOT", "AND", "| |", "NOT OR"])
def test_a_query_of_connectors_alone_gets_a_note(text: str) -> None:
    query = parse_query(text)
    assert query.is_empty
    assert query.notes == (f"“{text}” needs search terms.",)


@pytest.mark.parametrize("text", ['author:""', "tag:“ ”", 'answers:"'])
def test_an_empty_name_gets_a_note(text: str) -> None:
    query = parse_query(text)
    assert query.is_empty
    assert f"“{text.partition(':')[0]}:” needs a value." in query.notes


def test_characters_unknown_to_python_are_searched() -> None:
    assert read_clauses("🫨") == [["🫨"]]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("茶", [["茶"]]),
        ("綠茶", [["绿茶"]]),
        ("green tea", [["green"], ["tea"]]),
        ('"green tea"', [["green tea"]]),
        ("“green tea”", [["green tea"]]),
        ("「綠茶 好」", [["绿茶好"]]),
        ("『綠茶』", [["绿茶"]]),
        ("＂綠茶＂", [["绿茶"]]),
        ('綠茶"black tea"紅茶', [["绿茶"], ["black tea"], ["红茶"]]),
        ("綠茶，紅茶", [["绿茶|红茶"]]),
        ("-coffee tea", [["-coffee"], ["tea"]]),
        ("－coffee tea", [["-coffee"], ["tea"]]),
        ("茶　－咖啡", [["茶"], ["-咖啡"]]),
        ("tea ＯＲ coffee ＡＮＤ milk", [["tea", "coffee"], ["milk"]]),
        ("tea ＮＯＴ coffee", [["tea"], ["-coffee"]]),
        ("tea ｜｜ coffee ＆ milk", [["tea", "coffee"], ["milk"]]),
        ("（tea ＯＲ coffee）", [["tea", "coffee"]]),
        ("ａｕｔｈｏｒ：hiker －ｔａｇ︓茶", [["author:hiker"], ["-tag:茶"]]),
        ("作者︰hiker、茶", [["author:hiker"], ["茶"]]),
        ("author:hiker､茶", [["author:hiker"], ["茶"]]),
        ("｢綠茶 好｣ ﹁紅茶﹂", [["绿茶好"], ["红茶"]]),
        ("ｇａｒｄｅｎ＊ ga﹡", [["garden*"], ["ga"]]),
        ("ﬁne author:ﬁne e\u0301 author:x", [["fine"], ["author:ﬁne"], ["é"], ["author:x"]]),
        ('-"black tea"', [["-black tea"]]),
        ("NOT coffee", [["-coffee"]]),
        ("tea AND milk", [["tea"], ["milk"]]),
        ("tea OR coffee milk", [["tea", "coffee"], ["milk"]]),
        ("tea｜coffee", [["tea ¶ coffee"]]),
        ("tea ｜ coffee", [["tea", "coffee"]]),
        ("OR tea OR", [["tea"]]),
        ("author:hiker tea", [["author:hiker"], ["tea"]]),
        ("author: hiker", [["author:hiker"]]),
        ("作者：hiker，茶", [["author:hiker"], ["茶"]]),
        ('AUTHOR:"tea lover"', [["author:tea lover"]]),
        ("-author:hiker", [["-author:hiker"]]),
        ("標籤：茶", [["tag:茶"]]),
        ("answers:hiker", [["answers:hiker"]]),
        ("thread:example.org/article/1", [["thread:example.org/article/1"]]),
        ("quoted:茶", [["quoted:茶"]]),
        ('quoted:"green tea"', [["quoted:green tea"]]),
        ("garden*", [["garden*"]]),
        ("garden＊", [["garden*"]]),
        ("ga*", [["ga"]]),
        ("don't", [["don ¶ t"]]),
        ("3.14", [["3¶14"]]),
        ("colour:red", [["colour ¶ red"]]),
        ('colour:"dark red"', [["colour"], ["dark red"]]),
        ("a-b", [["a¶b"]]),
        ("--", []),
        ("", []),
    ],
)
def test_a_query_is_parsed_as_documented(text: str, read: list[list[str]]) -> None:
    assert read_clauses(text) == read


@pytest.mark.parametrize(
    ("text", "after", "before"),
    [
        ("after:2020", date(2020, 1, 1), None),
        ("before:2020-09", None, date(2020, 9, 1)),
        ("after：２０２０－９－３０", date(2020, 9, 30), None),
        ("after:2020年9月 before:2021/1/2", date(2020, 9, 1), date(2021, 1, 2)),
        ("ａｆｔｅｒ：２０２０／９　ｂｅｆｏｒｅ：２０２１", date(2020, 9, 1), date(2021, 1, 1)),
        ("after:2019 after:2020", date(2020, 1, 1), None),
        ("before:2019 before:2020", None, date(2019, 1, 1)),
    ],
)
def test_a_date_range_applies_to_the_whole_query(text: str, after: date | None, before: date | None) -> None:
    query = parse_query(text)
    assert (query.after, query.before, query.clauses, query.notes) == (after, before, (), ())


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("in:title", {Scope.TITLE}),
        ("in:标题 in:comments", {Scope.TITLE, Scope.COMMENTS}),
        ("in:ARTICLE", {Scope.ARTICLE}),
        ("ｉｎ：ｔｉｔｌｅ", {Scope.TITLE}),
    ],
)
def test_in_sets_the_scope(text: str, scopes: set[Scope]) -> None:
    assert parse_query(text).scopes == scopes


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('"tea', "quotation mark is missing"),
        ("。。。", "no letter"),
        ('""', "no letter"),
        ("author:", "needs a value"),
        ("in:garden", "title, article or comments"),
        ("after:spring", "is not a date"),
        ("after:2020-13", "is not a date"),
        ("after:9999", ""),
        ("tea OR after:2020", "whole query"),
        ("-in:title", "whole query"),
        ("ga*", "at least 3 letters"),
        ("tea " * (MAX_QUERY_WORDS + 1), "Only the first 30 words"),
        ("茶" * (MAX_QUERY_WORDS + 1), "Only the first 30 words"),
        ("茶" * (MAX_QUERY_LENGTH + 1), "Only the first 1000 characters"),
    ],
)
def test_parts_that_cannot_be_read_get_a_note(text: str, note: str) -> None:
    notes = parse_query(text).notes
    assert any(note in message for message in notes) if note else notes


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("茶" * 1000, [("茶",) * 30]),
        ("茶" * 29 + "，園花", [("茶",) * 29, ("园",)]),
        ('"' + "茶" * 29 + '，園" tea', [("茶",) * 29, ("tea",)]),
        ("tea " * 20 + "茶園花" * 5, [("tea",), ("茶", "园", "花", "茶", "园", "花", "茶", "园", "花", "茶")]),
    ],
)
def test_a_query_has_at_most_30_words_or_characters(text: str, phrases: list[tuple[str, ...]]) -> None:
    assert [phrase for term in parse_query(text).text_terms for phrase in term.phrases] == phrases


@given(st.text(alphabet=st.sampled_from('tea茶:-|*"() !?0123'), max_size=40), st.booleans())
def test_a_query_in_full_width_signs_has_the_same_meaning(text: str, has_operator: bool) -> None:
    text = f"tag:{text}" if has_operator else text
    wide = text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000})
    clauses, wide_clauses = parse_query(text).clauses, parse_query(wide).clauses
    assert [[(term.kind, term.phrases, term.prefix, term.negated, fold(term.value)) for term in clause]
            for clause in wide_clauses] == [
        [(term.kind, term.phrases, term.prefix, term.negated, fold(term.value)) for term in clause]
        for clause in clauses
    ]  # fmt: skip


def test_repeated_terms_count_once() -> None:
    assert parse_query("tea tea OR tea coffee tea").clauses == parse_query("tea coffee").clauses


@given(st.text(alphabet=st.sampled_from('茶a-:："“”「」*|OR author:in:after:2020 \n\0\ud800。，'), max_size=80))
def test_any_text_can_be_parsed(text: str) -> None:
    query = parse_query(text)
    assert describe_query(query) or query.is_empty
    assert all(token for clause in query.clauses for term in clause for phrase in term.phrases for token in phrase)


@given(st.text(alphabet=st.sampled_from('茶園a-:"“”* 。，'), max_size=40))
def test_the_cleaned_text_of_a_query_has_the_same_meaning(text: str) -> None:
    query = parse_query(text)
    assert parse_query(query.text).clauses == query.clauses


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", ""),
        ("tea -coffee", "Everything with “tea”, without “coffee”."),
        ("tea OR coffee", "Everything with “tea” or with “coffee”."),
        ("author:hiker tag:tea in:title", "Everything by hiker, in threads tagged tea, in titles."),
        ("answers:hiker quoted:tea", "Everything in reply to hiker, that quotes “tea”."),
        (
            "-author:hiker -tag:tea -answers:x -quoted:y -thread:z",
            (
                "Everything not by hiker, in threads not tagged tea, not in reply to x, that does not quote “y”, "
                "outside the thread z."
            ),
        ),
        ("thread:z after:2020 before:2021", "Everything in the thread z, since 2020-01-01, before 2021-01-01."),
        ("in:article in:comments", "Everything in articles or in comments."),
    ],
)
def test_a_query_is_described_in_a_sentence(text: str, sentence: str) -> None:
    assert describe_query(parse_query(text)) == sentence


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        ({}, ""),
        ({"all": "green  tea"}, "green tea"),
        ({"phrase": 'green "tea"'}, '"green tea"'),
        ({"phrase": "他说“好”"}, '"他说 好"'),
        ({"none": "－milk —酒"}, "-milk -酒"),
        ({"any": "茶，酒、水", "none": "-milk, sugar"}, "茶 OR 酒 OR 水 -milk -sugar"),
        ({"author": 'Joe "Tea" Smith'}, 'author:"Joe ""Tea"" Smith"'),
        ({"any": "tea coffee", "none": "milk sugar"}, "tea OR coffee -milk -sugar"),
        ({"author": "hiker", "answers": "tea lover", "tag": "茶"}, 'author:hiker answers:"tea lover" tag:茶'),
        ({"in": "title"}, "in:title"),
        ({"from": "2020-09", "to": "2020-09"}, "after:2020-09-01 before:2020-10-01"),
        ({"from": "spring", "to": "autumn"}, "after:spring before:autumn"),
    ],
)
def test_the_advanced_form_composes_a_query(fields: dict[str, str], query: str) -> None:
    assert compose_query(fields) == query


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("2020", date(2020, 1, 1), date(2021, 1, 1)),
        ("2020-12", date(2020, 12, 1), date(2021, 1, 1)),
        ("2020-02-29", date(2020, 2, 29), date(2020, 3, 1)),
        ("2020年2月29日", date(2020, 2, 29), date(2020, 3, 1)),
        ("2020年", date(2020, 1, 1), date(2021, 1, 1)),
    ],
)
def test_years_months_and_days_are_parsed(text: str, first: date, end: date) -> None:
    assert parse_date_span(text) == (first, end)


@pytest.mark.parametrize("text", ["", "20", "2020-", "2021-02-29", "0000", "9999", "9999-12-31", "2020-1-1-1"])
def test_an_invalid_date_is_none(text: str) -> None:
    assert parse_date_span(text) is None
