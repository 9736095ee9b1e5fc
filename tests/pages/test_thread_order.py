"""The order of time: by known source ids, else by file order and parents."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from threads.pages.thread_order import order_oldest_first


def test_without_source_ids_the_file_is_in_order_of_time() -> None:
    assert order_oldest_first([(1, None, None), (2, None, 1), (3, None, None)]) == [1, 2, 3]
    assert order_oldest_first([]) == []


def test_growing_source_ids_keep_file_order_even_if_a_parent_comes_later() -> None:
    assert order_oldest_first([(1, 10, None), (2, None, 3), (3, 20, None)]) == [1, 2, 3]


def test_in_a_file_sorted_by_votes_source_ids_decide() -> None:
    assert order_oldest_first([(1, 30, None), (2, 10, None), (3, 20, None)]) == [2, 3, 1]


def test_in_a_file_sorted_by_votes_a_reply_without_a_source_id_follows_its_parent() -> None:
    assert order_oldest_first([(1, None, 3), (2, 30, None), (3, 10, None), (4, None, 1)]) == [3, 1, 4, 2]


def test_in_a_file_sorted_by_votes_other_comments_follow_the_comment_before_them() -> None:
    assert order_oldest_first([(1, 30, None), (2, None, None), (3, 10, None), (4, None, None)]) == [3, 4, 1, 2]


COMMENTS = st.lists(st.tuples(st.none() | st.integers(1, 9), st.none() | st.integers(0, 20)), max_size=12)


@given(COMMENTS)
def test_each_comment_is_listed_once_and_source_ids_ascend(drafts: list[tuple[int | None, int | None]]) -> None:
    comments = [
        (pk, number, parent % len(drafts) if parent is not None and parent % len(drafts) < pk else None)
        for pk, (number, parent) in enumerate(drafts)
    ]
    ordered = order_oldest_first(comments)
    assert sorted(ordered) == [pk for pk, _, _ in comments]
    numbers = {pk: number for pk, number, _ in comments}
    known = [number for pk in ordered if (number := numbers[pk]) is not None]
    assert known == sorted(known)
