"""`votes:` in searches: ranges as tokens, and what a search finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_article, make_comment
from threads.search.indexing import rebuild_index
from threads.search.results import run_search
from threads.search.votes import MOST, find_range, token_ids

SIGNS = {
    "": int.__eq__,
    "=": int.__eq__,
    ">": int.__gt__,
    ">=": int.__ge__,
    "<": int.__lt__,
    "<=": int.__le__,
}


@given(st.integers(0, MOST - 1), st.sampled_from(sorted(SIGNS)), st.integers(0, MOST - 1))
def test_a_range_has_a_token_of_exactly_the_numbers_in_it(votes: int, sign: str, number: int) -> None:
    found = set(find_range(f"{sign}{number}"))
    assert bool(found & set(token_ids(votes))) == SIGNS[sign](votes, number)
    assert len(found) <= 47


def test_numbers_beyond_the_greatest_and_below_zero_are_not_told_apart() -> None:
    assert set(token_ids(123_456)) & set(find_range(">5000"))
    assert set(token_ids(-3)) & set(find_range("<0"))
    assert set(token_ids(-3)) & set(find_range("-1"))
    assert not set(token_ids(-3)) & set(find_range(">=0"))
    assert set(token_ids(-3)) & set(find_range("<=7"))
    assert token_ids(None) == []


@pytest.mark.parametrize("text", ["", "many", ">", "1.5", "> 1 2", "12345678901"])
def test_other_texts_are_no_range(text: str) -> None:
    assert find_range(text) == []


@pytest.mark.django_db
def test_a_search_finds_texts_by_their_votes() -> None:
    article = make_article("Soup", body="How much salt?", votes=12)
    few = make_comment(article, body="A pinch.", votes=3)
    none = make_comment(article, body="No salt.")
    disliked = make_comment(article, body="A cup.", votes=-2)
    rebuild_index()

    def found(text: str) -> set[int | None]:
        page = run_search(text, size=100)
        return {result.row.comment_id for group in page.groups for result in group.results}

    assert found("votes:>10") == {None}
    assert found("votes:3") == {few.pk}
    assert found("赞：＜０") == {disliked.pk}
    assert found("-votes:>=0") == {none.pk, disliked.pk}
    assert [*run_search("votes:many").notes] == ["“many” is not a number of votes. Write votes:>10."]
