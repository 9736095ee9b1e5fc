"""Which comments of two lists are the same: exact, edited, in the same place; and never more than once."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from threads.replies import matching
from threads.replies.matching import CommentFingerprint, match_comments, similarity

DAY, NEXT = date(2020, 9, 29), date(2020, 9, 30)
MARCH = CommentFingerprint("hiker", DAY, "In March, when the forsythia blooms, and not before.")
EDITED = MARCH._replace(text=MARCH.text + " Really.")
NORTH = CommentFingerprint("baker", DAY, "Later in the north.")
NEVER = CommentFingerprint("brewer", NEXT, "Never prune in the rain.")

fingerprints = st.builds(
    CommentFingerprint,
    st.sampled_from(["hiker", "baker", None]),
    st.sampled_from([DAY, NEXT, None]),
    st.text("abc ", max_size=12),
)


def test_equal_comments_are_the_same_wherever_they_stand() -> None:
    assert match_comments([MARCH, NORTH], [NEVER, NORTH, MARCH]) == {1: 1, 2: 0}


def test_twins_are_taken_in_their_order() -> None:
    assert match_comments([NORTH, NORTH], [NORTH, NORTH, NORTH]) == {0: 0, 1: 1}


def test_an_edited_comment_is_the_same_if_author_and_day_are() -> None:
    assert match_comments([MARCH], [EDITED]) == {0: 0}
    assert match_comments([MARCH], [EDITED._replace(author="baker")]) == {}
    assert match_comments([MARCH], [EDITED._replace(posted_on=NEXT)]) == {}


def test_a_placeholder_name_and_no_name_are_the_same_nobody() -> None:
    nobody, placeholder = MARCH._replace(author=None), EDITED._replace(author="[已注销]")
    assert match_comments([nobody, NORTH], [placeholder]) == {0: 0}
    assert match_comments([placeholder._replace(text=MARCH.text)], [nobody]) == {0: 0}
    assert match_comments([MARCH], [placeholder]) == {}


def test_the_most_alike_are_taken_first() -> None:
    worse = MARCH._replace(text=MARCH.text[:30])
    assert match_comments([worse, MARCH], [EDITED]) == {0: 1}
    assert match_comments([MARCH], [worse, EDITED]) == {1: 0}


def test_other_words_are_another_comment_unless_the_place_tells() -> None:
    other = MARCH._replace(text="Ask elsewhere!")
    assert match_comments([MARCH, NORTH], [other, NORTH]) == {1: 1}
    assert match_comments([MARCH, NORTH], [other, NORTH], by_position=True) == {0: 0, 1: 1}
    assert match_comments([NORTH, MARCH], [NORTH, other], by_position=True) == {0: 0, 1: 1}
    assert match_comments([MARCH], [other], by_position=True) == {0: 0}


def test_the_place_does_not_tell_between_other_neighbours_or_of_another_author() -> None:
    other = MARCH._replace(text="Ask elsewhere!")
    assert match_comments([MARCH, NORTH], [other, NEVER, NORTH], by_position=True) == {2: 1}
    assert match_comments([MARCH, NORTH], [NEVER, NORTH], by_position=True) == {1: 1}
    assert match_comments([NORTH], [NORTH, other], by_position=True) == {0: 0}
    assert match_comments([NEVER, MARCH, NORTH], [EDITED._replace(text="?"), NORTH], by_position=True) == {1: 2}


def test_large_groups_are_compared_rank_by_rank() -> None:
    number = matching.MOST_COMPARED // 20
    old = [MARCH._replace(text=f"{n} {MARCH.text}") for n in range(number)]
    new = [one._replace(text=one.text + "!") for one in old]
    assert match_comments(old, new) == {n: n for n in range(number)}


def test_similarity_is_a_share() -> None:
    assert similarity("abcd", "abcd") == 1
    assert similarity("abcd", "efgh") == 0
    assert similarity("", "") == 1
    assert similarity("a", "b") == 0
    assert 0 < similarity("abcdef", "abcxyz") < 1


@given(st.lists(fingerprints, max_size=8), st.lists(fingerprints, max_size=8), st.booleans())
def test_no_comment_is_two_and_equal_ones_are_never_missed(
    old: list[CommentFingerprint], new: list[CommentFingerprint], by_position: bool
) -> None:
    pairs = match_comments(old, new, by_position=by_position)
    assert len(set(pairs.values())) == len(pairs)
    assert all((old[i].author, old[i].posted_on) == (new[j].author, new[j].posted_on) for j, i in pairs.items())
    for one in set(old) & set(new):
        exact = sum(new[j] == old[i] == one for j, i in pairs.items())
        assert exact == min(old.count(one), new.count(one))
