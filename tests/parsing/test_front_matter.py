"""Front matter: where it ends, what it says, what is done with what YAML refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.parsing import front_matter, values

if TYPE_CHECKING:
    from threads.parsing.problem_severities import Problem


def read(block: str) -> front_matter.FrontMatter:
    return front_matter.read_front_matter(f"---\n{block}\n---\nbody")


def codes(found: front_matter.FrontMatter) -> list[str]:
    return [problem.code for problem in found.problems]


def test_every_scalar_is_a_string() -> None:
    found = read("a: 1\nb: no\nc: 2020-01-01\nd: [x, {e: ~}]\nf:\ng: 12:30:45")
    assert found.fields == {
        "a": "1", "b": "no", "c": "2020-01-01", "d": ["x", {"e": "~"}], "f": "", "g": "12:30:45"
    }  # fmt: skip
    assert (found.lines["d"], found.end, found.problems) == (5, 63, ())


def test_blank_lines_and_spaces_around_the_rules_do_not_matter() -> None:
    found = front_matter.read_front_matter("\n  \n---  \n\ntitle: Tea\n--- \nbody")
    assert (found.fields, found.lines) == ({"title": "Tea"}, {"title": 5})
    assert codes(found) == []


def test_an_empty_block_is_no_problem() -> None:
    assert front_matter.read_front_matter("---\n---\n").problems == ()


def test_a_problem_names_the_line_although_blank_lines_come_first() -> None:
    (problem,) = front_matter.read_front_matter("---\n\n\nauthor: x\ntitle: a: b\n---\n").problems
    assert (problem.line, problem.code) == (5, "front-matter-by-line")


def test_a_block_that_yaml_reads_as_words_is_read_line_by_line() -> None:
    found = read("# a comment\ntitle:Tea\ntags: x\nhttp://tea.example")
    assert (found.fields, codes(found)) == ({"title": "Tea", "tags": "x"}, ["front-matter-by-line"])
    assert codes(read("# only a comment")) == ["front-matter-missing"]


def test_lines_yaml_refuses_are_read_one_by_one() -> None:
    found = read(
        "title: 'it''s \"tea\"'\nauthor: @kettle\n# a comment: here\ntags:\n  - green\n  - \"black\"\nnote: a: b\n- c\n"
        'said: "a \\"b\\""\nopen: "x\n  more: words\ncategories: [a, "b]'
    )
    assert found.fields == {
        "title": 'it\'s "tea"',
        "author": "@kettle",
        "tags": ["green", "black"],
        "note": "a: b",
        "said": 'a "b"',
        "open": "x",
        "categories": ["a", "b"],
    }
    assert codes(found) == ["front-matter-by-line"]


def test_a_list_is_not_fields_even_when_some_follow() -> None:
    found = read("- x\ntitle: 'a\nauthor: b")
    assert (found.fields, codes(found)) == ({}, ["front-matter-not-fields"])


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("title: C #3", "C #3"),
        ("title: #3", "#3"),
        ("title: [repost]", "[repost]"),
        ("title: {a: b}", "{a: b}"),
        ("title: 'C #3'", "C #3"),
        ("title: C # 3 # 4", "C # 3 # 4"),
        ("title: >\n  folded #3", "folded #3"),
        ("title: ''", ""),
        ("title: [a,\n  b]", ["a", "b"]),
        ("? title\n: #3", ""),
    ],
)
def test_a_title_keeps_what_yaml_takes_for_something_else(line: str, title: object) -> None:
    value = read(line).fields["title"]
    assert (value.strip() if isinstance(value, str) else value) == title


def test_a_block_without_end_is_taken_as_far_as_it_looks_like_fields() -> None:
    text = "---\ntitle: Tea\ntags:\n- green\n  indented: too\nGreen tea: words\nand prose"
    found = front_matter.read_front_matter(text)
    assert text[found.end :] == "and prose"
    assert found.fields["tags"] == ["green"]
    assert codes(found) == ["front-matter-unterminated"]
    assert codes(front_matter.read_front_matter("---\nno fields")) == ["front-matter-missing"]


def test_a_block_too_long_for_yaml_is_read_line_by_line() -> None:
    found = read("title: Tea\nnote: " + "x" * front_matter.LONGEST_BLOCK)
    assert found.fields["title"] == "Tea"
    assert codes(found) == ["front-matter-too-long"]


@pytest.mark.parametrize("block", ["a: " + "[" * 25_000, "a: " + "{" * 25_000, "x, " * 20_000, "- " * 400, "? " * 999])
def test_hostile_blocks_are_refused_before_they_are_loaded(block: str) -> None:
    assert len(codes(read(block))) == 1


@given(st.text(alphabet=st.sampled_from("ab:-[]{},'\"#&*!|>%@\\ \t\n\x0b?~0"), max_size=80))
def test_no_block_raises(block: str) -> None:
    found = read(block)
    assert found.end == 0 or found.end <= len(block) + 13


# --- Single values


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-05-03", date(2021, 5, 3)),
        ("2021/5/3", date(2021, 5, 3)),
        ("5/12/2021", date(2021, 5, 12)),
    ],
)
def test_days_are_read(text: str, day: date) -> None:
    assert values.read_day(text) == (day, None)


@pytest.mark.parametrize("text", ["2020-09-30T25:61:00Z", "2020-09-30 08:00 CST", "2020-09-30 late"])
def test_what_follows_a_day_and_is_no_time_is_a_problem(text: str) -> None:
    assert values.read_time(text) == (datetime(2020, 9, 30, tzinfo=UTC), "date-cut")
    assert values.read_day(text) == (date(2020, 9, 30), "date-cut")


@pytest.mark.parametrize(
    "text", ["2021-02-29", "13/13/2021", "2021-05/03", "21-05-03", "today", "2021-05-031", "٢٠٢١-٠٥-٠٣"]
)
def test_what_is_no_day_is_not_read(text: str) -> None:
    assert values.read_day(text) == (None, "date-unreadable")


def test_days_outside_of_any_archive_are_clamped() -> None:
    assert values.read_day("0001-01-01") == (date(1970, 1, 1), "date-clamped")
    assert values.read_day("99999-01-01") == (date(2100, 12, 31), "date-clamped")
    assert values.read_time("1969-12-31T23:59:59Z") == (datetime(1970, 1, 1, tzinfo=UTC), "date-clamped")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-09-29T08:05:09.037993+00:00", datetime(2020, 9, 29, 8, 5, 9, 37993, tzinfo=UTC)),
        ("2020-09-30T00:00:00.000Z", datetime(2020, 9, 30, tzinfo=UTC)),
        ("2020-09-30 08:00:00 +0800", datetime(2020, 9, 30, 8, tzinfo=timezone(timedelta(hours=8)))),
        ("2020-09-30 08:00:00 UTC", datetime(2020, 9, 30, 8, tzinfo=UTC)),
        ("2020-09-30", datetime(2020, 9, 30, tzinfo=UTC)),
        ("5/12/2021", datetime(2021, 5, 12, tzinfo=UTC)),
    ],
)
def test_moments_are_read_and_aware(text: str, moment: datetime) -> None:
    assert values.read_time(text) == (moment, None)


def test_tags_are_kept_as_spelt_and_placeholders_dropped() -> None:
    value = [
        "tea",
        " tea ",
        "Tea",
        "茶葉",
        "茶叶",
        "",
        "null",
        "~",
        "添加话题",
        "10",
        ["a", ["b"]],
        {"c": "d"},
        "x" * 200,
    ]
    problems: list[Problem] = []
    tags = values.read_tags(value, 7, problems)
    assert tags == ("tea", "Tea", "茶葉", "茶叶", "10", "a", "b", "c: d", "x" * 100)
    assert [(problem.line, problem.code) for problem in problems] == [(7, "tags-not-a-list"), (7, "tag-cut")]


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ("tea, pot", ("tea", "pot")),
        ("茶，壶、杯；碗;tea", ("茶", "壶", "杯", "碗", "tea")),
        (["茶", "壶，杯"], ("茶", "壶", "杯")),
        ("AT&amp;T, tea", ("AT&amp;T", "tea")),
        (None, ()),
    ],
)
def test_tags_in_one_text_are_split(value: object, tags: tuple[str, ...]) -> None:
    problems: list[Problem] = []
    assert values.read_tags(value, 1, problems) == tags
    assert problems == []


def test_tags_in_a_map_are_its_entries() -> None:
    problems: list[Problem] = []
    assert values.read_tags({"tea": "pot", "cup": ""}, 1, problems) == ("tea: pot", "cup")
    assert [problem.code for problem in problems] == ["tags-not-a-list"]


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("tags: [tea, #green, C#]", ["tea", "#green", "C#"]),
        ("tags: #green", "#green"),
        ("tags:\n- #green\n- tea", ["#green", "tea"]),
        ("tags:\n  - tea\n\n  - #green\nlayout: x", ["tea", "#green"]),
    ],
)
def test_a_hashtag_is_a_tag_and_no_comment(line: str, tags: object) -> None:
    block = read(line)
    assert (block.fields["tags"], block.problems) == (tags, ())


def test_a_comment_beside_a_field_is_a_warning() -> None:
    block = read("title: Tea\ntags: [tea] # for readers\nnote: red #3\n# A comment on its own line")
    assert block.fields == {"title": "Tea", "tags": ["tea"], "note": "red"}
    assert [(problem.line, problem.code) for problem in block.problems] == [
        (3, "front-matter-comment"), (4, "front-matter-comment")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "title", "line"),
    [
        ("title: Tea\nauthor: a\ntitle: Coffee", "Tea", 4),
        ("title: ''\ntitle: Coffee", "Coffee", 3),
        ("Title: Tea\ntitle: Coffee", "Tea", 3),
        ("\ntitle: Tea\ntitle: Coffee", "Tea", 4),
        ("author: @a\ntitle: Tea\ntitle: Coffee", "Tea", 4),
        ('"title": Tea\ntitle: Coffee', "Tea", 3),
    ],
)
def test_the_first_of_two_fields_that_is_not_empty_counts(text: str, title: str, line: int) -> None:
    block = read(text)
    assert block.value("title") == title
    assert (line, "front-matter-repeated") in [(problem.line, problem.code) for problem in block.problems]


def test_the_first_of_two_fields_inside_a_value_counts() -> None:
    block = read("title: Tea\nsource:\n  id: ''\n  name: a\n  name: b\n  id: 7\nmore:\n- x: 1\n  x: 2\nX: 3\nx: 4")
    assert block.fields == {
        "title": "Tea", "source": {"id": "7", "name": "a"}, "more": [{"x": "1"}], "X": "3"
    }  # fmt: skip
    repeated = {problem.line for problem in block.problems if problem.code == "front-matter-repeated"}
    assert repeated == {6, 7, 10, 12}


def test_a_list_or_map_in_place_of_a_text_is_read_as_text_with_a_warning() -> None:
    fields = front_matter.read_article_fields(read("title:\n  Tea: green\nauthor: 'a'\ndate:\n- 2020-09-30"), None)
    assert (fields.title, fields.author, str(fields.published_at)[:10]) == ("Tea: green", "a", "2020-09-30")
    assert sorted((problem.line, problem.code) for problem in fields.problems) == [
        (2, "field-not-text"), (5, "field-not-text")
    ]  # fmt: skip


def test_a_cut_name_or_title_is_a_warning() -> None:
    fields = front_matter.read_article_fields(read(f"title: {'t' * 501}\nauthor: {'a' * 256}"), None)
    assert (len(fields.title), len(fields.author or "")) == (500, 255)
    assert [(problem.line, problem.code) for problem in fields.problems] == [(3, "name-cut"), (2, "title-cut")]


def test_a_field_is_one_line_without_controls() -> None:
    assert values.line_of_text(" a\x0b b\n\tc\x00\ud800 \u3000") == "a b c\ufffd"
