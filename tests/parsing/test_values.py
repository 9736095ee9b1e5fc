"""Values of front matter are cleaned."""

from __future__ import annotations

import pytest

from threads.parsing import values


@pytest.mark.parametrize("sign", "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_titles_and_tags_have_no_characters_that_change_the_direction_of_text(sign: str) -> None:
    assert values.line_of_text(f"{sign}綠{sign}茶 tea{sign}") == "綠茶 tea"
