"""Values of front matter are cleaned."""

from __future__ import annotations

import pytest

from threads.parsing import values


@pytest.mark.parametrize("sign", "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_titles_and_tags_have_no_characters_that_change_the_direction_of_text(sign: str) -> None:
    assert values.line_of_text(f"{sign}綠{sign}茶 tea{sign}") == "綠茶 tea"


@pytest.mark.parametrize(
    "blank", ["\u200b", "\u3164 \u3164", "\u2800", "\u115f\u1160", "\uffa0", "\u2063\ufeff", "\u061c"]
)
def test_titles_and_tags_of_invisible_characters_are_empty(blank: str) -> None:
    assert values.line_of_text(blank) == ""
    assert values.read_tags(["tea", blank], 1, []) == ("tea",)


def test_two_spellings_of_an_accent_are_one_tag() -> None:
    assert values.read_tags(["caf\u00e9", "cafe\u0301"], 1, []) == ("caf\u00e9",)
