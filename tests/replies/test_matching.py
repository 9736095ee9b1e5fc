"""Which comments of two lists are the same: exact, edited, in the same place; and never more than once."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from threads.replies import matching
from threads.replies.matching import Said, likeness, pair

DAY, NEXT = date(2020, 9, 29), date(2020, 9, 30)
MARCH = Said("hiker", DAY, "In March, when the forsythia blooms, and not before.")
EDITED = MARCH._replace(words=MARCH.words + " Really.")
NORTH = Said("baker", DAY, "Later in the north.")
NEVER = Said("brewer", NEXT, "Never prune in the rain.")

said = st.builds(
    Said, st.sampled_from(["hiker", "baker", None]), st.sampled_from([DAY, NEXT, None]), st.text("abc ", max_size=12)
)


def test_equal_comments_are_the_same_wherever_they_stand() -> None:
    assert pair([MARCH, NORTH], [NEVER, NORTH, MARCH]) == {1: 1, 2: 0}


def test_twins_are_taken_in_their_order() -> None:
    assert pair([NORTH, NORTH], [NORTH, NORTH, NORTH]) == {0: 0, 1: 1}


def test_an_edited_comment_is_the_same_if_author_and_day_are() -> None:
    assert pair([MARCH], [EDITED]) == {0: 0}
    assert pair([MARCH], [EDITED._replace(author="baker")]) == {}
    assert pair([MARCH], [EDITED._replace(posted_on=NEXT)]) == {}


def test_the_most_alike_are_taken_first() -> None:
    worse = MARCH._replace(words=MARCH.words[:30])
    assert pair([worse, MARCH], [EDITED]) == {0: 1}
    assert pair([MARCH], [worse, EDITED]) == {1: 0}


def test_other_words_are_another_comment_unless_the_place_tells() -> None:
    other = MARCH._replace(words="Ask elsewhere!")
    assert pair([MARCH, NORTH], [other, NORTH]) == {1: 1}
    assert pair([MARCH, NORTH], [other, NORTH], by_place=True) == {0: 0, 1: 1}
    assert pair([NORTH, MARCH], [NORTH, other], by_place=True) == {0: 0, 1: 1}
    assert pair([MARCH], [other], by_place=True) == {0: 0}


def test_the_place_does_not_tell_between_other_neighbours_or_of_another_author() -> None:
    other = MARCH._replace(words="Ask elsewhere!")
    assert pair([MARCH, NORTH], [other, NEVER, NORTH], by_place=True) == {2: 1}
    assert pair([MARCH, NORTH], [NEVER, NORTH], by_place=True) == {1: 1}
    assert pair([NORTH], [NORTH, other], by_place=True) == {0: 0}
    assert pair([NEVER, MARCH, NORTH], [EDITED._replace(words="?"), NORTH], by_place=True) == {1: 2}


def test_large_groups_are_compared_rank_by_rank() -> None:
    number = matching.MOST_COMPARED // 20
    old = [MARCH._replace(words=f"{n} {MARCH.words}") for n in range(number)]
    new = [one._replace(words=one.words + "!") for one in old]
    assert pair(old, new) == {n: n for n in range(number)}


def test_likeness_is_a_share() -> None:
    assert likeness("abcd", "abcd") == 1
    assert likeness("abcd", "efgh") == 0
    assert likeness("", "") == 1
    assert likeness("a", "b") == 0
    assert 0 < likeness("abcdef", "abcxyz") < 1


@given(st.lists(said, max_size=8), st.lists(said, max_size=8), st.booleans())
def test_no_comment_is_two_and_equal_ones_are_never_missed(old: list[Said], new: list[Said], by_place: bool) -> None:
    pairs = pair(old, new, by_place=by_place)
    assert len(set(pairs.values())) == len(pairs)
    assert all((old[i].author, old[i].posted_on) == (new[j].author, new[j].posted_on) for j, i in pairs.items())
    for one in set(old) & set(new):
        exact = sum(new[j] == old[i] == one for j, i in pairs.items())
        assert exact == min(old.count(one), new.count(one))
