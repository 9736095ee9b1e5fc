"""Which comments of a file repeat others, and which only have the same words."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from threads.replies.repeats import Answer, find_repeats, words_of

DAY, NEXT = date(2020, 9, 29), date(2020, 9, 30)
PAGE = ["龙井要用八十度的水，不然叶子就老了。", "我用玻璃杯，看叶子落下去。", "好", "冷泡一夜，第二天带去上班。"]

answers = st.builds(
    Answer,
    st.sampled_from(["hiker", "baker", None]),
    st.sampled_from([DAY, None]),
    st.sampled_from(["a", "b", "c", "bicycle" * 10, "tea" * 20, ""]),
)


def repeats(*comments: tuple[str | None, str], day: date | None = None) -> list[int]:
    """Return the index that stands for each comment, given as name and text."""
    words = words_of([text for _, text in comments])
    return find_repeats([Answer(name, day, text) for (name, _), text in zip(comments, words, strict=True)])


def test_a_page_without_names_and_with_other_signs_repeats_the_page_with_names() -> None:
    named = list(zip(("小满", "竹簍", "rye42", "青团"), PAGE, strict=True))
    nameless = [(None, text.replace("，", " ,  ").replace("龍", "龙")) for text in PAGE]
    assert repeats(*named, *nameless, *nameless) == [0, 1, 2, 3] * 3


def test_traditional_and_full_width_copies_are_repeats() -> None:
    assert repeats(
        ("小满", "龍井茶要用８０度的水,不然葉子就老了。"), (None, "龙井茶要用80度的水，不然叶子就老了。")
    ) == [0, 0]


def test_the_copy_with_a_name_stands_for_those_before_it() -> None:
    assert repeats((None, PAGE[0]), ("小满", PAGE[0]), (None, PAGE[0])) == [1, 1, 1]


def test_a_page_repeats_also_where_one_of_its_comments_was_edited() -> None:
    edited = [PAGE[0], PAGE[1], "很好", PAGE[3]]
    named = list(zip("ABCD", PAGE, strict=True))
    assert repeats(*named, *((None, text) for text in edited)) == [0, 1, 2, 3, 0, 1, 6, 3]


def test_the_first_comments_of_a_repeated_page_may_have_other_names() -> None:
    named = list(zip("ABCD", PAGE, strict=True))
    copies = list(zip(("E", None, None, None), PAGE, strict=True))
    assert repeats(*named, *copies) == [0, 1, 2, 3, 0, 1, 2, 3]


def test_short_comments_of_equal_words_are_comments_of_their_own() -> None:
    assert repeats(("A", "+1"), ("B", "+1"), (None, "+1"), ("A", "+1"), (None, "好")) == [0, 1, 2, 3, 4]
    assert repeats(*[("A", "顶")] * 30) == list(range(30))


def test_a_person_who_writes_the_same_twice_on_a_day_wrote_two_comments() -> None:
    assert repeats(("A", PAGE[0]), ("A", PAGE[0]), day=DAY) == [0, 1]
    assert repeats(("A", PAGE[0]), (None, PAGE[0]), day=DAY) == [0, 0]
    assert repeats(("A", PAGE[0]), ("A", PAGE[0])) == [0, 0], "an answer without a day says nothing of a second one"


def test_a_page_with_all_names_and_days_is_repeated_if_five_comments_are() -> None:
    page = list(zip("ABCDE", [*PAGE, "第二泡最好。"], strict=True))
    assert repeats(*page, *page, day=DAY) == [0, 1, 2, 3, 4] * 2
    assert repeats(*page[:4], *page[:4], day=DAY) == list(range(8)), "people may answer each other with the same words"


def test_equal_words_of_two_people_or_days_are_two_comments() -> None:
    assert repeats(("A", PAGE[0]), ("B", PAGE[0])) == [0, 1]
    words = words_of([PAGE[0]])[0]
    assert find_repeats([Answer("A", DAY, words), Answer("A", NEXT, words)]) == [0, 1]
    assert find_repeats([Answer("A", DAY, words), Answer(None, NEXT, words)]) == [0, 1]


def test_texts_of_signs_alone_have_these_as_words() -> None:
    assert words_of(["👍 👍", "……", "  "]) == ["👍👍", "……", ""]


@given(st.lists(answers, max_size=40))
def test_what_is_left_has_no_repeats_and_every_comment_is_stood_for_by_its_words(comments: list[Answer]) -> None:
    standing = find_repeats(comments)
    assert all(comments[index].words == comment.words for index, comment in zip(standing, comments, strict=True))
    assert all(standing[index] == index for index in standing)
    left = [comments[index] for index in dict.fromkeys(standing)]
    assert find_repeats(left) == list(range(len(left)))
