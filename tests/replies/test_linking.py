from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parsed_comments import CUT, LONG, links_of, make_comment, quote
from threads.replies.answers import ARTICLE, NOBODY, Answer
from threads.replies.linking import CONFIDENCE, ReplyLink, resolve_links
from threads.replies.parsed_comments import ParsedComment


class TestByNumber:
    def test_a_number_quoted_twice_is_one_comment(self) -> None:
        comments = [
            make_comment("rose", LONG),
            *[make_comment(name, "", "rose", quote(7, CUT, cut=True)) for name in ("moss", "fern")],
        ]
        assert links_of(comments)[1:] == [(0, "excerpt"), (0, "id")]

    def test_a_number_learnt_late_serves_an_earlier_quote(self) -> None:
        old = quote(7, "Roses: sun, water and patience, in this order")
        comments = [
            make_comment("rose", LONG),
            make_comment("rose", "!"),
            make_comment("moss", "", "rose", old),
            make_comment("fern", "", "rose", quote(7, CUT, cut=True)),
        ]
        assert links_of(comments)[2:] == [(0, "id"), (0, "excerpt")]

    def test_a_number_does_not_serve_a_quote_of_other_words(self) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("moss", "", "rose", quote(7, CUT, cut=True)),
            make_comment("fern", "", "rose", quote(7, "Turnips? Fill my kitchen every August")),
        ]
        assert links_of(comments)[2] == (None, None)

    def test_a_number_does_not_serve_a_quote_of_somebody_else(self) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("moss", "", "rose", quote(7, CUT, cut=True)),
            make_comment("fern", "", "moss", quote(7, "Roses need sun")),
        ]
        assert links_of(comments)[2] == (None, None)

    def test_a_number_serves_a_quote_of_who_has_another_name_by_now(self) -> None:
        comments = [
            make_comment("rose", "In March"),
            make_comment("moss", "", "rose", quote(7, "In March")),
            make_comment("fern", "", "rosebud", quote(7, "In March")),
            make_comment("ivy", "", "rosebud", quote(7, "Not before May")),
        ]
        assert links_of(comments)[2:] == [(0, "id"), (None, None)]

    def test_words_that_are_surely_of_another_comment_outweigh_the_number(self) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("rose", "Water in the evening, never at noon."),
            make_comment("moss", "", "rose", quote(7, CUT, cut=True)),
            make_comment("fern", "", "rose", quote(7, "Water in the evening, never at noon.")),
        ]
        assert links_of(comments)[2:] == [(0, "excerpt"), (None, None)]

    def test_a_number_serves_a_quote_whose_words_were_taken_out(self) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("moss", "", "rose", quote(7, CUT, cut=True)),
            make_comment("fern", "", "rose", quote(7, "")),
        ]
        assert links_of(comments)[2] == (0, "id")

    def test_a_comment_does_not_answer_itself_by_its_number(self) -> None:
        comments = [
            make_comment("rose", LONG, None, quote(7, "")),
            make_comment("moss", "", "rose", quote(7, CUT, cut=True)),
        ]
        links = resolve_links(comments, None)
        assert [(link.answers, link.targets) for link in links] == [(None, (None,)), (0, (0,))]

    @pytest.mark.parametrize(
        ("now", "excerpt"),
        [
            (LONG, "A little patience, and then the frost took all"),
            ("Roses want sun, water in pots only", "One evening, in the evening"),
        ],
    )
    def test_a_number_serves_a_quote_of_some_words_that_are_or_were_there(self, now: str, excerpt: str) -> None:
        comments = [
            make_comment("rose", now),
            make_comment("moss", "", "rose", quote(7, LONG[:36], cut=True)),
            make_comment("fern", "", "rose", quote(7, excerpt)),
        ]
        assert links_of(comments)[2] == (0, "id")

    def test_one_comment_has_one_number_and_the_surest_has_it(self) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("moss", "", "rose", quote(7, "Roses want sun, water in buckets and nothing else", cut=True)),
            make_comment("fern", "", "rose", quote(8, CUT, cut=True)),
        ]
        links = resolve_links(comments, None)
        assert [link.answers for link in links] == [None, None, 0]
        assert links[0].source_id == 8

    def test_quotes_of_one_number_together_tell_equal_beginnings_apart(self) -> None:
        comments = [
            make_comment("rose", "Well done! Now the hedge."),
            make_comment("rose", "Well done! Now the lawn, and the paths around it."),
            make_comment("moss", "", "rose", quote(7, "Well done!", cut=True)),
            make_comment("fern", "", "rose", quote(7, "Oh, well done! Now the lawn, and the paths around it.")),
        ]
        assert links_of(comments)[2:] == [(1, "excerpt"), (1, "id")]


class TestEquals:
    def test_the_nearest_before_is_guessed(self) -> None:
        comments = [
            *[make_comment("rose", "Yes")] * 3,
            make_comment("moss", "", "rose", quote(7, "Yes")),
            make_comment("rose", "Yes"),
        ]
        links = resolve_links(comments, None)
        assert (links[3].answers, links[3].method) == (2, "nearest")
        assert links[2].source_id is None

    def test_the_nearest_after_is_guessed_where_none_stands_before(self) -> None:
        comments = [
            make_comment("moss", "", "rose", quote(7, "Yes")),
            make_comment("rose", "Yes"),
            make_comment("rose", "Yes"),
        ]
        assert links_of(comments)[0] == (1, "nearest")

    def test_one_number_is_guessed_once(self) -> None:
        comments = [
            make_comment("rose", "Yes"),
            make_comment("rose", "Yes"),
            *[make_comment("moss", "", "rose", quote(7, "Yes"))] * 2,
        ]
        comments.insert(3, make_comment("rose", "Yes"))
        assert [link.answers for link in resolve_links(comments, None)] == [None, None, 1, None, 1]

    def test_a_guess_does_not_serve_a_quote_of_other_words(self) -> None:
        comments = [
            make_comment("rose", "Yes"),
            make_comment("rose", "Yes"),
            make_comment("moss", "", "rose", quote(7, "Yes")),
        ]
        comments.append(make_comment("moss", "", "rose", quote(7, "Turnips can be sown again in August")))
        assert links_of(comments)[2:] == [(1, "nearest"), (None, None)]

    @pytest.mark.parametrize(("number", "expected"), [(8, (0, "excerpt")), (None, (1, "nearest"))])
    def test_the_comment_of_another_number_is_left_out(self, number: int | None, expected: tuple[int, str]) -> None:
        comments = [
            make_comment("rose", "Yes"),
            make_comment("rose", "Yes, and water."),
            make_comment("moss", "", "rose", quote(7, "Yes, and water.")),
            make_comment("moss", "", "rose", quote(number, "Yes", cut=True)),
        ]
        assert links_of(comments)[3] == expected

    def test_a_number_settled_so_settles_another(self) -> None:
        comments = [
            make_comment("rose", "Yes, and sun."),
            make_comment("rose", "Yes, and water."),
            make_comment("rose", "Yards of hedge."),
            make_comment("moss", "", "rose", quote(7, "Yes, and water.")),
            make_comment("moss", "", "rose", quote(8, "Yes", cut=True)),
            make_comment("moss", "", "rose", quote(9, "Y", cut=True)),
        ]
        assert links_of(comments)[3:] == [(1, "excerpt"), (0, "excerpt"), (2, "excerpt")]

    def test_nothing_is_guessed_where_all_equals_have_other_numbers(self) -> None:
        comments = [
            make_comment("rose", "Yes, and sun."),
            make_comment("rose", "Yes, and water."),
            make_comment("moss", "", "rose", quote(7, "Yes, and water.")),
            make_comment("moss", "", "rose", quote(8, "Yes, and sun.")),
            make_comment("moss", "", "rose", quote(9, "Yes, and", cut=True)),
        ]
        assert links_of(comments)[4] == (None, None)

    @pytest.mark.parametrize(
        ("number", "expected"),
        [(15, (1, "excerpt")), (25, (3, "excerpt")), (35, (5, "excerpt")), (None, (5, "nearest"))],
    )
    def test_numbers_that_rise_through_the_file_tell_equals_apart(
        self, number: int | None, expected: tuple[int, str]
    ) -> None:
        posts = [make_comment(f"gardener {i}", f"Post number {i} of this thread.") for i in range(3)]
        twin = make_comment("rose", "Yes")
        comments = [posts[0], twin, posts[1], twin, posts[2], twin]
        comments += [
            make_comment("moss", "", f"gardener {i}", quote(10 * (i + 1), f"Post number {i} of this thread."))
            for i in range(3)
        ]
        comments.append(make_comment("fern", "", "rose", quote(number, "Yes")))
        assert links_of(comments)[-1] == expected

    def test_where_numbers_do_not_rise_the_order_decides_nothing(self) -> None:
        posts = [make_comment(f"gardener {i}", f"Post number {i} of this thread.") for i in range(3)]
        comments = [posts[0], make_comment("rose", "Yes"), posts[2], make_comment("rose", "Yes"), posts[1]]
        comments += [
            make_comment("moss", "", f"gardener {i}", quote(10 * (i + 1), f"Post number {i} of this thread."))
            for i in range(3)
        ]
        comments.append(make_comment("fern", "", "rose", quote(35, "Yes")))
        assert links_of(comments)[-1] == (3, "nearest")

    def test_where_an_answer_stands_before_its_question_the_order_decides_nothing(self) -> None:
        posts = [make_comment(f"gardener {i}", f"Post number {i} of this thread.") for i in range(3)]
        answers = [
            make_comment("moss", "", f"gardener {i}", quote(10 * (i + 1), f"Post number {i} of this thread."))
            for i in range(3)
        ]
        comments = [
            answers[0],
            posts[0],
            make_comment("rose", "Yes"),
            posts[1],
            make_comment("rose", "Yes"),
            posts[2],
            *answers[1:],
        ]
        comments.append(make_comment("fern", "", "rose", quote(15, "Yes")))
        assert links_of(comments)[-1] == (4, "nearest")


class TestByName:
    def test_the_addressees_only_other_comment_is_answered(self) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("moss", "Thanks.", "rose"),
            make_comment("rose", "For?", "moss"),
            make_comment("rose", "?", "fern"),
        ]
        assert links_of(comments)[2] == (1, "sole")

    def test_it_may_stand_after_its_answer(self) -> None:
        assert links_of([make_comment("moss", "Thanks.", "rose"), make_comment("rose", LONG)])[0] == (1, "sole")

    def test_in_a_file_in_the_order_of_writing_a_later_one_is_a_guess(self) -> None:
        posts = [make_comment(f"gardener {i}", f"Post number {i} of this thread.") for i in range(3)]
        quotes = [
            make_comment("fern", "", f"gardener {i}", quote(10 * (i + 1), f"Post number {i} of this thread."))
            for i in range(3)
        ]
        comments = [*posts, *quotes, make_comment("moss", "Thanks.", "rose"), make_comment("rose", LONG)]
        assert links_of(comments)[6] == (7, "nearest")

    @pytest.mark.parametrize(("at", "expected"), [(0, 1), (1, 0), (2, 1), (3, 2)])
    def test_of_several_the_nearest_before_is_guessed(self, at: int, expected: int) -> None:
        comments = [make_comment("rose", str(i)) for i in range(3)]
        comments.insert(at, make_comment("moss", "Thanks.", "rose"))
        assert links_of(comments)[at] == (expected, "nearest")

    def test_who_answers_themselves_answers_an_earlier_comment(self) -> None:
        comments = [make_comment("rose", "1"), make_comment("rose", "2"), make_comment("rose", "3", "rose")]
        assert links_of(comments)[2] == (1, "nearest")

    def test_the_articles_author_without_a_comment_is_answered_for_the_article(self) -> None:
        assert links_of([make_comment("moss", "Thanks.", "rose")], "rose") == [(ARTICLE, "article")]

    def test_somebody_who_is_not_here_is_not_answered(self) -> None:
        assert links_of([make_comment("moss", "Thanks.", "rose")], "fern") == [(None, None)]

    def test_a_comment_to_nobody_answers_nothing(self) -> None:
        assert links_of([make_comment("moss", "Thanks.")], "moss") == [(None, None)]


class TestCircles:
    def test_the_least_sure_link_of_a_circle_is_cut(self) -> None:
        comments = [
            make_comment("rose", LONG, "moss"),
            make_comment("moss", "Thanks.", "rose", quote(7, CUT, cut=True)),
        ]
        assert links_of(comments) == [(None, None), (0, "excerpt")]

    def test_of_equally_sure_links_the_one_that_points_forward_is_cut(self) -> None:
        comments = [
            make_comment("rose", "1", "moss"),
            make_comment("moss", "2", "fern"),
            make_comment("fern", "3", "rose"),
        ]
        assert links_of(comments) == [(1, "sole"), (None, None), (0, "sole")]

    def test_what_only_leads_into_a_circle_is_kept(self) -> None:
        comments = [
            make_comment("fern", "0", "rose"),
            make_comment("rose", "1", "moss"),
            make_comment("moss", "2", "rose"),
        ]
        comments[2] = comments[2]._replace(quotes=(quote(1, "1"),))
        assert links_of(comments) == [(1, "sole"), (None, None), (1, "excerpt")]


class TestCorrections:
    COMMENTS = (
        make_comment("rose", LONG),
        make_comment("fern", "Shade."),
        make_comment("moss", "", "rose", quote(7, CUT, cut=True)),
    )

    @pytest.mark.parametrize("target", [1, ARTICLE, NOBODY])
    def test_a_moderators_word_outranks_all(self, target: int) -> None:
        link = resolve_links(self.COMMENTS, None, {2: Answer(target, "manual")})[2]
        assert link == ReplyLink(None if target == NOBODY else target, "manual", 1.0, (0,), None)

    def test_it_breaks_a_circle_elsewhere(self) -> None:
        links = resolve_links(self.COMMENTS, None, {0: Answer(2, "manual")})
        assert [(link.answers, link.method) for link in links] == [(2, "manual"), (None, None), (None, None)]

    def test_nothing_answers_itself(self) -> None:
        assert resolve_links(self.COMMENTS, None, {1: Answer(1, "manual")})[1] == ReplyLink(None, None, None, (), None)


NAMES = st.sampled_from([None, "rose", "moss", "fern", "writer"])
WORDS = st.sampled_from(
    [
        "",
        "Yes",
        LONG,
        LONG[::-1],
        "這種烏龍要用滾水泡開才香",
        "这种乌龙要用滚水泡开才香",
        "Roses want sun, but less of it.",
    ]
)
MARKS = st.builds(quote, st.none() | st.integers(1, 4), WORDS.map(lambda words: words[:30]), cut=st.booleans())
COMMENTS = st.lists(
    st.builds(ParsedComment, NAMES, NAMES, WORDS, st.lists(MARKS, max_size=2).map(tuple), st.booleans()), max_size=12
)


class TestWhateverIsSaid:
    @given(COMMENTS, st.data())
    def test_links_are_in_range_and_never_run_in_a_circle(
        self, comments: list[ParsedComment], data: st.DataObject
    ) -> None:
        index = st.integers(0, max(0, len(comments) - 1))
        corrections = data.draw(
            st.dictionaries(index, st.builds(Answer, index | st.sampled_from([ARTICLE, NOBODY]), st.just("manual")))
            if comments
            else st.just({})
        )
        links = resolve_links(comments, "writer", corrections)
        assert len(links) == len(comments)
        for at, link in enumerate(links):
            passed = {at}
            answered = link.answers
            while answered is not None and answered != ARTICLE:
                assert answered in range(len(comments))
                assert answered not in passed
                passed.add(answered)
                answered = links[answered].answers

    @given(COMMENTS)
    def test_every_link_says_how_it_was_found_and_how_surely(self, comments: list[ParsedComment]) -> None:
        for at, (comment, link) in enumerate(zip(comments, resolve_links(comments, "writer"), strict=True)):
            assert (link.answers is None) == (link.method is None)
            assert link.confidence == (None if link.method is None else CONFIDENCE[link.method])
            assert len(link.targets) == len(comment.quotes)
            assert at not in link.targets

    @given(COMMENTS)
    def test_one_number_is_one_comment(self, comments: list[ParsedComment]) -> None:
        links = resolve_links(comments, "writer")
        for comment, link in zip(comments, links, strict=True):
            for mark, target in zip(comment.quotes, link.targets, strict=True):
                others = {
                    links_of
                    for other, its in zip(comments, links, strict=True)
                    for its_clue, links_of in zip(other.quotes, its.targets, strict=True)
                    if mark.source_id is not None and its_clue.source_id == mark.source_id and links_of is not None
                }
                assert target is None or mark.source_id is None or others == {target}

    @given(COMMENTS, COMMENTS)
    def test_what_strangers_say_in_between_changes_no_link(
        self, comments: list[ParsedComment], others: list[ParsedComment]
    ) -> None:
        strangers = [
            ParsedComment(f"stranger {other.author}", None, f"Something else: {other.own_text}") for other in others
        ]
        alone = resolve_links(comments, "writer")
        mixed: list[ParsedComment] = []
        moved: list[int] = []
        for at, comment in enumerate(comments):
            mixed += strangers[at : at + 1]
            moved.append(len(mixed))
            mixed.append(comment)
        together = resolve_links(mixed, "writer")
        for at, link in enumerate(alone):
            answers = link.answers if link.answers in {None, ARTICLE} else moved[link.answers]
            assert (together[moved[at]].answers, together[moved[at]].method) == (answers, link.method)

    def test_a_comment_quoted_by_thousands_and_thousands_of_equals_are_linked(self) -> None:
        crowd = [make_comment("rose", LONG, "rose", quote(number, CUT, cut=True)) for number in range(20_000)]
        same = [make_comment("moss", "", "fern", quote(1, CUT, cut=True)) for _ in range(20_000)]
        assert sum(link.answers is not None for link in resolve_links(crowd, None)) == 19_999
        assert {link.answers for link in resolve_links([make_comment("fern", LONG), *same], None)[1:]} == {0}


class TestPlaceholderNames:
    """Names such as 匿名用户 are of many people."""

    def test_the_name_alone_links_nothing(self) -> None:
        for comments in (1, 2, 3):
            written = [make_comment("匿名用户", f"Tea number {number}") for number in range(comments)]
            assert links_of([*written, make_comment("moss", "Yes.", "匿名用户")])[-1] == (None, None)

    def test_the_article_is_not_linked_by_the_name(self) -> None:
        assert links_of([make_comment("moss", "Yes.", "匿名用户")], "匿名用户") == [(None, None)]
        assert links_of([make_comment("moss", "Yes.", "rose")], "rose") == [(ARTICLE, "article")]

    def test_a_comment_without_text_is_not_linked_by_the_name(self) -> None:
        comments = [make_comment("匿名用户", removed=True), make_comment("moss", "", "匿名用户", quote(None, "Tea"))]
        assert links_of(comments)[1] == (None, None)
        comments = [make_comment("rose", removed=True), make_comment("moss", "", "rose", quote(None, "Tea"))]
        assert links_of(comments)[1] == (0, "sole")

    def test_equal_comments_are_no_guess(self) -> None:
        written = [make_comment("匿名用户", LONG), make_comment("匿名用户", LONG)]
        assert links_of([*written, make_comment("moss", "", "匿名用户", quote(7, CUT, cut=True))])[2] == (None, None)

    def test_certain_words_and_ids_are_linked(self) -> None:
        comments = [
            make_comment("匿名用户", "Another word"),
            make_comment("匿名用户", LONG),
            make_comment("moss", "", "匿名用户", quote(7, CUT, cut=True)),
            make_comment("fern", "", "匿名用户", quote(7, "")),
        ]
        assert links_of(comments)[2:] == [(1, "excerpt"), (1, "id")]

    def test_a_quote_of_a_name_given_up_has_its_id(self) -> None:
        comments = [
            make_comment("匿名用户", "Another word"),
            make_comment("rose", LONG),
            make_comment("moss", "", "rose", quote(7, CUT, cut=True)),
            make_comment("fern", "", "匿名用户", quote(7, "Roses want sun, and water")),
        ]
        assert links_of(comments)[2:] == [(1, "excerpt"), (1, "id")]
