"""Reply links that the source states: containers, names with floors, and quotes with a name and a minute."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.parsing.document import NO_FACTS
from threads.parsing.quotes import find_addressee, find_floor_addresses, find_quotes
from threads.replies.answers import ARTICLE
from threads.replies.linking import CONFIDENCE, resolve_links
from threads.replies.parsed_comments import ParsedComment, parse_comment

Link = tuple[int | None, str | None]
ZONE = timezone(timedelta(hours=8))
NOON = datetime(2009, 10, 21, 12, tzinfo=ZONE)
RED = "I would take the red one, because it keeps warm."


def post(author: str | None, body: str = "Tea.", **facts: Any) -> ParsedComment:
    return parse_comment(author, find_addressee(body), None, body, facts=NO_FACTS._replace(**facts))


def nested(author: str, body: str, number: int, container: str, kind: str = "discussion") -> ParsedComment:
    return post(author, body, source_kind=kind, source_id=number, container=container)


def at_floor(author: str, body: str, floor: int) -> ParsedComment:
    return post(author, body, floor=floor)


def at_minute(author: str, body: str, minute: int, hours: int = 0) -> ParsedComment:
    return post(author, body, posted_at=NOON + timedelta(minutes=minute, hours=hours))


def quoting(author: str, minute: int, words: str = RED) -> str:
    time = (NOON + timedelta(minutes=minute)).isoformat(timespec="minutes")
    return f"> @{author} {time}:\n> {words}\n\nSo would I."


def links(*comments: ParsedComment, author: str | None = None, body: str = "") -> list[Link]:
    return [(link.answers, link.method) for link in resolve_links(comments, author, article_body=body)]


# --- Containers


def test_a_container_is_the_parent() -> None:
    answer = nested("anna", "Tea.", 1, "thread", "answer")
    assert links(answer, nested("bert", "Which?", 1, "answer/1")) == [(ARTICLE, "source"), (0, "source")]


def test_a_nested_reply_answers_the_only_earlier_post_of_the_person_it_names() -> None:
    answer = nested("anna", "Tea.", 1, "thread", "answer")
    first, reply = nested("bert", "Which?", 2, "answer/1"), nested("cleo", "@bert: The red one.", 3, "answer/1")
    assert links(answer, first, reply)[2] == (1, "sole")
    elsewhere = nested("bert", "Why?", 4, "thread", "answer")
    assert links(answer, elsewhere, reply)[2] == (0, "source")
    assert links(answer, first, first._replace(facts=first.facts._replace(source_id=5)), reply)[3] == (0, "source")
    assert links(answer, reply, first)[1] == (0, "source")


def test_a_container_that_is_not_in_the_thread_leaves_the_reply_unresolved() -> None:
    assert links(post("anna"), nested("bert", "@anna: Which?", 2, "answer/9"))[1] == (None, None)


def test_a_comment_in_itself_and_a_circle_of_containers_are_cut() -> None:
    assert links(nested("anna", "Tea.", 1, "discussion/1")) == [(None, None)]
    circle = links(nested("anna", "Tea.", 1, "discussion/2"), nested("bert", "Tea.", 2, "discussion/1"))
    assert [answers for answers, _method in circle].count(None) == 1


# --- Floors


def test_an_address_with_a_floor_is_read() -> None:
    assert find_floor_addresses("@Anna B\\_1 #12 @Bert #3\n\nYes, @Cleo #4") == (("Anna B_1", 12), ("Bert", 3))
    assert find_floor_addresses("See @Anna #12") == find_floor_addresses("@Anna #12th") == ()


def test_a_stated_floor_is_the_parent_if_its_name_agrees() -> None:
    thread = [at_floor("anna", "Tea.", 2), at_floor("bert", "Milk.", 3), at_floor("anna", "No.", 4)]
    assert links(*thread, at_floor("cleo", "@anna #4\n\nYes.", 5))[3] == (2, "floor")
    assert links(*thread, at_floor("cleo", "@gardener #1\n\nYes.", 5), author="gardener")[3] == (ARTICLE, "floor")


def test_the_name_outweighs_a_stale_floor() -> None:
    thread = [at_floor("anna", "Tea.", 2), at_floor("bert", "Milk.", 3), at_floor("anna", "No.", 4)]
    assert links(*thread, at_floor("cleo", "@bert #9\n\nYes.", 5))[3] == (1, "floor")
    assert links(*thread, at_floor("cleo", "@anna #3\n\nYes.", 5))[3] == (2, "nearest")
    assert links(*thread, at_floor("cleo", "@dora #3\n\nYes.", 5))[3] == (None, None)


def test_floors_without_numbers_are_places_if_nothing_is_missing() -> None:
    assert links(post("anna"), post("bert"), post("cleo", "@bert #2 Yes."))[2] == (1, "floor")


def test_floors_that_count_deleted_comments_are_resolved_by_their_shift() -> None:
    # The file lacks one comment after the first: every floor behind it is one more than the place.
    thread = [post("anna"), post("bert"), post("cleo"), post("anna"), post("dora")]
    found = links(*thread, post("bert", "@cleo #4 Yes."), post("cleo", "@anna #5 No."), post("anna", "@dora #6 Yes."))
    assert found[5:] == [(2, "floor"), (3, "floor"), (4, "floor")]


def test_a_shift_that_one_floor_alone_shows_is_a_guess() -> None:
    assert links(post("anna"), post("bert"), post("cleo", "@bert #9 Yes."))[2] == (1, "nearest")


def test_a_floor_before_every_place_of_its_name_is_unresolved() -> None:
    assert links(post("anna"), post("bert"), post("cleo", "@bert #1 Yes."))[2] == (None, None)


@given(st.lists(st.booleans(), min_size=3, max_size=30), st.data())
def test_certain_floors_are_right_whatever_is_missing(kept: list[bool], data: st.DataObject) -> None:
    """Every author writes once, so that a name is enough to know the truth."""
    places = [floor for floor, is_kept in enumerate(kept, 1) if is_kept]
    comments = [post(f"author{floor}") for floor in places]
    answered = data.draw(st.lists(st.sampled_from(places), max_size=5)) if places else []
    replies = [post("reader", f"@author{floor} #{floor} Yes.") for floor in answered]
    for floor, link in zip(answered, links(*comments, *replies)[len(comments) :], strict=True):
        assert link[0] == places.index(floor)


# --- Minutes


def test_a_quote_with_a_minute_is_a_quote_mark() -> None:
    body = f"{quoting('Anna B', 0)}\n\n> A proverb."
    (mark,) = find_quotes(body)
    assert (mark.author, mark.minute, mark.excerpt, mark.leading) == ("Anna B", NOON, RED, True)
    assert body[mark.end :].startswith("\n\nSo would I.")
    assert find_quotes("> @Anna 2009-10-21T25:31+08:00:\n> Tea.") == ()


def test_a_quote_in_a_quote_is_another_mark() -> None:
    marks = find_quotes("> @anna 2009-10-21T12:00+08:00:\n> Yes.\n> @bert 2009-10-21T11:00+08:00:\n> Tea?\n\nNo.")
    assert [(mark.author, mark.excerpt) for mark in marks] == [("anna", "Yes."), ("bert", "Tea?")]


@pytest.mark.parametrize("words", [RED, RED[:30] + "...", "", "It was edited since."])
def test_author_and_minute_are_enough(words: str) -> None:
    assert links(at_minute("anna", RED, 0), at_minute("cleo", quoting("anna", 0, words), 5))[1] == (0, "minute")


def test_the_text_decides_between_two_comments_of_a_minute() -> None:
    thread = [at_minute("anna", "Tea.", 0), at_minute("anna", RED, 0)]
    assert links(*thread, at_minute("cleo", quoting("anna", 0), 5))[2] == (1, "minute")
    assert links(*thread, at_minute("cleo", quoting("anna", 0, "Neither."), 5))[2] == (None, None)


def test_another_time_zone_is_whole_hours_apart() -> None:
    assert links(at_minute("anna", RED, 0, hours=-8), at_minute("cleo", quoting("anna", 0), 5))[1] == (0, "minute")
    other = links(at_minute("anna", "Milk is better than tea.", 0, -8), at_minute("cleo", quoting("anna", 0), 5))
    assert other[1] == (None, None)


def test_a_renamed_author_is_learned_from_one_quote_for_the_others() -> None:
    thread = [at_minute("anna2", RED, 0), at_minute("anna2", "Milk.", 3)]
    by_text, by_name = at_minute("cleo", quoting("anna", 0), 5), at_minute("dora", quoting("anna", 3, "It changed."), 6)
    assert links(*thread, by_text, by_name)[2:] == [(0, "minute"), (1, "minute")]
    assert links(*thread, by_name)[2] == (None, None)


def test_a_quote_of_the_opening_answers_the_article() -> None:
    found = links(at_minute("cleo", quoting("gardener", 0), 5), author="gardener", body=f"{RED}\n\nAnd you?")
    assert found == [(ARTICLE, "minute")]


def test_a_quote_of_nobody_in_the_thread_is_unresolved() -> None:
    assert links(at_minute("anna", "Tea.", 0), at_minute("cleo", quoting("bert", 1), 5))[1] == (None, None)


def test_every_method_has_a_confidence() -> None:
    assert {"source", "floor", "minute"} <= CONFIDENCE.keys()
    assert CONFIDENCE["source"] < CONFIDENCE["manual"]
