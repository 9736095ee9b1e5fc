"""The language of searches: what each piece means, and what is said about pieces that mean nothing."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.search.dates import read_span
from threads.search.description import describe
from threads.search.facets import operator
from threads.search.form import compose
from threads.search.query import LONGEST, MOST_WORDS, Kind, Scope, parse


def words(text: str) -> list[list[str]]:
    """Return each clause's terms, written shortly: `-` for what is not wanted, the field, the phrases."""
    return [
        [
            ("-" if term.negated else "")
            + ("" if term.kind is Kind.WORDS else f"{term.kind}:")
            + (
                "|".join("".join(phrase) if len(phrase[0]) == 1 else " ".join(phrase) for phrase in term.phrases)
                or term.value
            )
            + ("*" if term.prefix else "")
            for term in clause
        ]
        for clause in parse(text).clauses
    ]


@pytest.mark.parametrize(
    "name", ['Joe "Tea" Smith', "「茶」", "tea—time", "a：b", '"', "👩‍🔧 mender", "«»", "a” ”b", "🫨"]
)
@pytest.mark.parametrize("field", ["author", "answers", "tag"])
def test_a_name_of_any_characters_can_be_asked_for(field: str, name: str) -> None:
    query = parse(f"tea {operator(field, name)} milk")
    assert [[(term.kind, term.value) for term in clause] for clause in query.clauses] == [
        [(Kind.WORDS, "tea")], [(Kind(field), name)], [(Kind.WORDS, "milk")],
    ]  # fmt: skip
    assert query.notes == ()


@pytest.mark.parametrize(
    "text",
    ["tea OR", "tea |", "tea NOT", "tea AND", "tea author:", '"green tea', "“green tea", "tea ，", "tea in:x",
     'author:"tea', "tea before:x", "tea OR milk -", "author:甲，", 'author:"a""', "OR tea OR"],
)  # fmt: skip
def test_another_piece_can_be_put_after_what_is_unfinished(text: str) -> None:
    query = parse(text)
    longer = parse(f"{query.whole} tag:garden")
    assert longer.clauses[:-1] == query.clauses
    assert [term.value for term in longer.clauses[-1]] == ["garden"]


def test_what_came_along_with_a_pasted_word_is_not_part_of_it() -> None:
    assert words("\u200bgreen\u200btea\u200e \ufeffauthor:hiker") == [["greentea"], ["author:hiker"]]


@pytest.mark.parametrize("text", ["OR", "NOT", "AND", "| |", "NOT OR"])
def test_words_that_only_join_are_explained(text: str) -> None:
    query = parse(text)
    assert query.is_empty
    assert query.notes == (f"“{text}” joins words, and there are none.",)


@pytest.mark.parametrize("text", ['author:""', "tag:“ ”", 'answers:"'])
def test_an_empty_name_is_explained(text: str) -> None:
    query = parse(text)
    assert query.is_empty
    assert f"Nothing stands after “{text.partition(':')[0]}:”." in query.notes


def test_characters_that_are_newer_than_python_knows_are_looked_for() -> None:
    assert words("🫨") == [["🫨"]]


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
def test_a_query_is_read_as_documented(text: str, read: list[list[str]]) -> None:
    assert words(text) == read


@pytest.mark.parametrize(
    ("text", "after", "before"),
    [
        ("after:2020", date(2020, 1, 1), None),
        ("before:2020-09", None, date(2020, 9, 1)),
        ("after：２０２０－９－３０", date(2020, 9, 30), None),
        ("after:2020年9月 before:2021/1/2", date(2020, 9, 1), date(2021, 1, 2)),
        ("after:2019 after:2020", date(2020, 1, 1), None),
        ("before:2019 before:2020", None, date(2019, 1, 1)),
    ],
)
def test_a_span_of_days_holds_for_the_whole_query(text: str, after: date | None, before: date | None) -> None:
    query = parse(text)
    assert (query.after, query.before, query.clauses, query.notes) == (after, before, (), ())


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("in:title", {Scope.TITLE}),
        ("in:标题 in:comments", {Scope.TITLE, Scope.COMMENTS}),
        ("in:ARTICLE", {Scope.ARTICLE}),
    ],
)
def test_a_part_of_the_threads_can_be_chosen(text: str, scopes: set[Scope]) -> None:
    assert parse(text).scopes == scopes


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('"tea', "not closed"),
        ("。。。", "no letter"),
        ('""', "no letter"),
        ("author:", "Nothing stands after"),
        ("in:garden", "title, article or comments"),
        ("after:spring", "is not a day"),
        ("after:2020-13", "is not a day"),
        ("after:9999", ""),
        ("tea OR after:2020", "whole query"),
        ("-in:title", "whole query"),
        ("ga*", "3 letters or more"),
        ("tea " * (MOST_WORDS + 1), "Only the first 30 words"),
        ("茶" * (MOST_WORDS + 1), "Only the first 30 words"),
        ("茶" * (LONGEST + 1), "Only the first 1000 characters"),
    ],
)
def test_what_cannot_be_read_is_explained(text: str, note: str) -> None:
    notes = parse(text).notes
    assert any(note in one for one in notes) if note else notes


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("茶" * 1000, [("茶",) * 30]),
        ("茶" * 29 + "，園花", [("茶",) * 29, ("园",)]),
        ('"' + "茶" * 29 + '，園" tea', [("茶",) * 29, ("tea",)]),
        ("tea " * 20 + "茶園花" * 5, [("tea",), ("茶", "园", "花", "茶", "园", "花", "茶", "园", "花", "茶")]),
    ],
)
def test_thirty_words_are_looked_for_whether_letters_or_characters(text: str, phrases: list[tuple[str, ...]]) -> None:
    assert [phrase for term in parse(text).words for phrase in term.phrases] == phrases


def test_what_is_asked_twice_is_looked_for_once() -> None:
    assert parse("tea tea OR tea coffee tea").clauses == parse("tea coffee").clauses


@given(st.text(alphabet=st.sampled_from('茶a-:："“”「」*|OR author:in:after:2020 \n\0\ud800。，'), max_size=80))
def test_any_text_at_all_is_read(text: str) -> None:
    query = parse(text)
    assert describe(query) or query.is_empty
    assert all(token for clause in query.clauses for term in clause for phrase in term.phrases for token in phrase)


@given(st.text(alphabet=st.sampled_from('茶園a-:"“”* 。，'), max_size=40))
def test_a_query_cleaned_up_is_read_the_same(text: str) -> None:
    query = parse(text)
    assert parse(query.text).clauses == query.clauses


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", ""),
        ("tea -coffee", "Everything with “tea”, without “coffee”."),
        ("tea OR coffee", "Everything with “tea” or with “coffee”."),
        ("author:hiker tag:tea in:title", "Everything by hiker, in threads tagged tea, in titles."),
        ("answers:hiker quoted:tea", "Everything that answers hiker, that quotes “tea”."),
        (
            "-author:hiker -tag:tea -answers:x -quoted:y -thread:z",
            (
                "Everything not by hiker, in threads not tagged tea, that does not answer x, that does not quote “y”, "
                "outside the thread z."
            ),
        ),
        ("thread:z after:2020 before:2021", "Everything in the thread z, from 2020-01-01 on, before 2021-01-01."),
        ("in:article in:comments", "Everything in opening texts or in comments."),
    ],
)
def test_a_query_is_said_back_in_a_sentence(text: str, sentence: str) -> None:
    assert describe(parse(text)) == sentence


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        ({}, ""),
        ({"all": "green  tea"}, "green tea"),
        ({"phrase": 'green "tea"'}, '"green tea"'),
        ({"phrase": "他说“好”"}, '"他说 好"'),
        ({"any": "茶，酒、水", "none": "-milk, sugar"}, "茶 OR 酒 OR 水 -milk -sugar"),
        ({"author": 'Joe "Tea" Smith'}, 'author:"Joe ""Tea"" Smith"'),
        ({"any": "tea coffee", "none": "milk sugar"}, "tea OR coffee -milk -sugar"),
        ({"author": "hiker", "answers": "tea lover", "tag": "茶"}, 'author:hiker answers:"tea lover" tag:茶'),
        ({"in": "title"}, "in:title"),
        ({"from": "2020-09", "to": "2020-09"}, "after:2020-09-01 before:2020-10-01"),
        ({"from": "spring", "to": "autumn"}, "after:spring before:autumn"),
    ],
)
def test_the_form_makes_a_query_that_could_have_been_typed(fields: dict[str, str], query: str) -> None:
    assert compose(fields) == query


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
def test_years_months_and_days_are_read(text: str, first: date, end: date) -> None:
    assert read_span(text) == (first, end)


@pytest.mark.parametrize("text", ["", "20", "2020-", "2021-02-29", "0000", "9999", "9999-12-31", "2020-1-1-1"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_span(text) is None
