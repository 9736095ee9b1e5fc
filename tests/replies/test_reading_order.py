from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.replies.reading_order import ReadingPlace, order_comments, page_number


@st.composite
def forests(draw: st.DrawFn) -> list[int | None]:
    """Parents of comments without circles, in any file order: a parent may stand after its answer."""
    size = draw(st.integers(0, 40))
    grown = [draw(st.none() | st.integers(0, index - 1)) if index else None for index in range(size)]
    shuffled = draw(st.permutations(range(size)))
    parents: list[int | None] = [None] * size
    for index, parent in enumerate(grown):
        parents[shuffled[index]] = None if parent is None else shuffled[parent]
    return parents


def lineage(parents: list[int | None], index: int) -> list[int]:
    found = []
    parent = parents[index]
    while parent is not None:
        found.append(parent)
        parent = parents[parent]
    return found


def test_answers_follow_what_they_answer_and_siblings_keep_the_order_of_the_file() -> None:
    assert order_comments([None, 0, None, 0, 1]) == [
        ReadingPlace(order=0, depth=0, nth=0, answer_count=2, descendant_count=3),
        ReadingPlace(order=1, depth=1, nth=0, answer_count=1, descendant_count=1),
        ReadingPlace(order=4, depth=0, nth=1, answer_count=0, descendant_count=0),
        ReadingPlace(order=3, depth=1, nth=1, answer_count=0, descendant_count=0),
        ReadingPlace(order=2, depth=2, nth=0, answer_count=0, descendant_count=0),
    ]


def test_a_parent_may_stand_after_its_answer() -> None:
    assert [at.order for at in order_comments([1, None])] == [1, 0]


def test_a_thread_without_comments_has_no_places() -> None:
    assert order_comments([]) == []


@pytest.mark.parametrize("parents", [[0], [1, 0], [None, 2, 3, 1]])
def test_a_cycle_is_refused(parents: list[int | None]) -> None:
    with pytest.raises(ValueError, match="cycle"):
        order_comments(parents)


@given(forests())
def test_orders_are_a_permutation(parents: list[int | None]) -> None:
    assert sorted(at.order for at in order_comments(parents)) == list(range(len(parents)))


@given(forests())
def test_each_branch_is_one_stretch_of_the_reading_order(parents: list[int | None]) -> None:
    places = order_comments(parents)
    for index, at in enumerate(places):
        below = {other for other in range(len(parents)) if index in lineage(parents, other)}
        assert at.descendant_count == len(below)
        assert {places[other].order for other in below} == set(range(at.order + 1, at.order + 1 + len(below)))


@given(forests())
def test_depth_place_and_answers_are_those_of_the_tree(parents: list[int | None]) -> None:
    for index, at in enumerate(order_comments(parents)):
        assert at.depth == len(lineage(parents, index))
        assert at.nth == parents[:index].count(parents[index])
        assert at.answer_count == parents.count(index)


@given(forests())
def test_siblings_stand_in_the_order_of_the_file(parents: list[int | None]) -> None:
    places = order_comments(parents)
    for parent in {None, *parents}:
        orders = [places[index].order for index in range(len(parents)) if parents[index] == parent]
        assert orders == sorted(orders)


def test_a_chain_of_ten_thousand_answers_is_placed() -> None:
    places = order_comments([None, *range(9_999)])
    assert [at.depth for at in places] == list(range(10_000))
    assert places[0].descendant_count == 9_999


def test_a_comment_with_thousands_of_answers_is_placed() -> None:
    places = order_comments([None, *[0] * 34_000])
    assert places[0].answer_count == 34_000
    assert [at.nth for at in places[1:]] == list(range(34_000))


@given(st.integers(0, 10_000), st.integers(1, 100))
def test_every_comment_stands_on_a_page_that_is_there(order: int, size: int) -> None:
    page = page_number(order, size)
    assert size * (page - 1) <= order < size * page
