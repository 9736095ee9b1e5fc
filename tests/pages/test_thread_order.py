"""The order of time: by numbers at the source where known, else by the file and by what answers what."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from threads.pages.thread_order import oldest_first


def test_without_numbers_the_file_is_the_order_of_time() -> None:
    assert oldest_first([(1, None, None), (2, None, 1), (3, None, None)]) == [1, 2, 3]
    assert oldest_first([]) == []


def test_growing_numbers_leave_the_file_as_it_is_even_where_a_parent_stands_below() -> None:
    assert oldest_first([(1, 10, None), (2, None, 3), (3, 20, None)]) == [1, 2, 3]


def test_in_a_file_sorted_by_votes_known_numbers_decide() -> None:
    assert oldest_first([(1, 30, None), (2, 10, None), (3, 20, None)]) == [2, 3, 1]


def test_in_a_file_sorted_by_votes_an_answer_without_a_number_comes_after_what_it_answers() -> None:
    assert oldest_first([(1, None, 3), (2, 30, None), (3, 10, None), (4, None, 1)]) == [3, 1, 4, 2]


def test_in_a_file_sorted_by_votes_the_rest_stays_beside_its_neighbour() -> None:
    assert oldest_first([(1, 30, None), (2, None, None), (3, 10, None), (4, None, None)]) == [3, 4, 1, 2]


COMMENTS = st.lists(st.tuples(st.none() | st.integers(1, 9), st.none() | st.integers(0, 20)), max_size=12)


@given(COMMENTS)
def test_every_comment_comes_once_and_known_numbers_ascend(made: list[tuple[int | None, int | None]]) -> None:
    comments = [
        (pk, number, parent % len(made) if parent is not None and parent % len(made) < pk else None)
        for pk, (number, parent) in enumerate(made)
    ]
    ordered = oldest_first(comments)
    assert sorted(ordered) == [pk for pk, _, _ in comments]
    numbers = {pk: number for pk, number, _ in comments}
    known = [number for pk in ordered if (number := numbers[pk]) is not None]
    assert known == sorted(known)
