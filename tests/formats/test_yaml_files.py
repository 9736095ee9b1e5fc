"""Front matter as data, with the place of every value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.formats.yaml_files import quoted, read_yaml_file

FILE = b"---\nempty:\nnone: null\nword: 'null'\nlist: [a, b]\nlast: x # a comment\n---\n\n  Body.  \n"


def test_values_are_text_and_a_plain_null_is_none() -> None:
    fields = read_yaml_file(FILE).fields
    assert [fields.field(name).text for name in ("empty", "none", "word", "missing")] == ["", "", "null", ""]
    assert [(item.text, item.line) for item in fields.field("list").items] == [("a", 5), ("b", 5)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("name", ["empty", "none", "word", "list", "last"])
def test_each_kind_of_value_can_be_replaced(name: str, start: str, line_end: str) -> None:
    content = (start + FILE.decode().replace("\n", line_end)).encode()
    file = read_yaml_file(content)
    rewritten = file.replace([(file.fields.field(name), quoted("茶 #1\n\U0001f375"))])
    assert read_yaml_file(rewritten).fields.field(name).text == "茶 #1\n\U0001f375"
    old, new = content.split(line_end.encode()), rewritten.split(line_end.encode())
    assert sum(before != after for before, after in zip(old, new, strict=True)) == 1


def test_a_value_that_is_missing_is_not_written() -> None:
    file = read_yaml_file(FILE)
    assert file.replace([(file.fields.field("missing"), "1")]) == FILE


def test_a_new_body_stands_between_the_same_blank_lines() -> None:
    assert read_yaml_file(FILE).replace([], body="New") == FILE.replace(b"  Body.", b"New")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_can_be_quoted(text: str) -> None:
    content = f"---\na: {quoted(text)}\nb: 1\n---\n".encode()
    fields = read_yaml_file(content).fields
    assert (fields.field("a").content, fields.field("b").text) == (text, "1")
