from __future__ import annotations

from unicodedata import normalize

import pytest

from tests.parsed_comments import CUT, LONG, links_of, make_comment, quote
from threads.replies.linking import CONFIDENCE, ReplyLink, resolve_links


class TestByWords:
    def test_an_excerpt_is_the_beginning_of_what_the_addressee_wrote(self) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("fern", "Shade will do."),
            make_comment("moss", "True.", "rose", quote(7, CUT, cut=True)),
        ]
        links = resolve_links(comments, None)
        assert links[2] == ReplyLink(0, "excerpt", CONFIDENCE["excerpt"], (0,), None)
        assert links[0].source_id == 7

    def test_white_space_does_not_count(self) -> None:
        comments = [
            make_comment("rose", "Water them.  In the\u3000evening."),
            make_comment("moss", "", "rose", quote(1, "Water them.In the evening. ")),
        ]
        assert links_of(comments)[1] == (0, "excerpt")

    def test_a_whole_excerpt_prefers_the_comment_that_says_no_more(self) -> None:
        comments = [
            make_comment("rose", "Yes, of course."),
            make_comment("rose", "Yes"),
            make_comment("moss", "", "rose", quote(1, "Yes")),
        ]
        assert links_of(comments)[2] == (1, "excerpt")

    def test_an_excerpt_in_the_other_script_is_found(self) -> None:
        comments = [
            make_comment("茶友", "這種烏龍要用滾水泡"),
            make_comment("moss", "", "茶友", quote(1, "这种乌龙要用滚水", cut=True)),
        ]
        assert links_of(comments)[1] == (0, "folded")

    @pytest.mark.parametrize(
        ("written", "quoted"),
        [
            ("甚麼茶適合明年的計畫", "什么茶适合明年的计"),
            ("新的傢俱放在裡面，身分不拘", "新的家具放在里面，身份"),
            ("Le cafe\u0301 est ﬁn et noir", "Le café est fin et"),
            ("ﾃｨｰｶﾞｰﾃﾞﾝで㈱茶屋と", "ティーガーデンで(株)茶"),
        ],
    )
    def test_an_excerpt_with_other_spellings_or_forms_is_found(self, written: str, quoted: str) -> None:
        comments = [make_comment("茶友", written), make_comment("moss", "", "茶友", quote(1, quoted, cut=True))]
        assert links_of(comments)[1] == (0, "folded")

    def test_an_excerpt_in_another_normal_form_is_the_same_text(self) -> None:
        text = "Une tasse de the\u0301 apre\u0300s le de\u0301jeuner, s'il vous plai\u0302t, et de la cre\u0300me"
        comments = [make_comment("rose", text), make_comment("moss", "", "rose", quote(1, normalize("NFC", text)))]
        assert links_of(comments)[1] == (0, "excerpt")

    def test_of_two_spellings_the_one_quoted_is_meant(self) -> None:
        comments = [
            make_comment("茶友", "這種烏龍"),
            make_comment("茶友", "这种乌龙"),
            make_comment("moss", "", "茶友", quote(1, "这种乌龙")),
        ]
        assert links_of(comments)[2] == (1, "excerpt")

    def test_dots_after_a_few_words_may_be_a_cut(self) -> None:
        comments = [make_comment("rose", LONG), make_comment("moss", "", "rose", quote(1, "Roses want sun, water..."))]
        assert links_of(comments)[1] == (0, "excerpt")

    def test_a_comment_edited_at_its_end_is_known_by_its_beginning(self) -> None:
        edited = "Roses want sun, water in pots only; what I wrote here before was wrong."
        comments = [
            make_comment("rose", edited),
            make_comment("rose", "Shade?"),
            make_comment("moss", "", "rose", quote(1, CUT, cut=True)),
        ]
        assert links_of(comments)[2] == (0, "prefix")

    def test_a_comment_edited_at_its_beginning_is_known_by_the_rest(self) -> None:
        edited = "[Edited, with thanks to everybody who wrote to me about what stood here before.] " + LONG
        comments = [
            make_comment("rose", edited),
            make_comment("rose", "Shade?"),
            make_comment("moss", "", "rose", quote(1, CUT, cut=True)),
        ]
        assert links_of(comments)[2] == (0, "prefix")

    @pytest.mark.parametrize(
        "words",
        [
            "https://video.example/watch?v=aaaaaaaaaaa",
            "Look: https://video.example/watch?v=aaaaaaaaaaa",
            "At https://forum.example/question/item_id-57511 I said all that there is to say of mulch.",
        ],
    )
    def test_two_addresses_of_one_site_do_not_make_two_comments_one(self, words: str) -> None:
        for excerpt in (
            "https://video.example/watch?v=bbbbbbbbbbb",
            "Said so. https://forum.example/question/item_id-57",
        ):
            comments = [make_comment("rose", words), make_comment("moss", "", "rose", quote(7, excerpt))]
            assert links_of(comments)[1] == (None, None)

    @pytest.mark.parametrize(
        ("words", "excerpt"),
        [
            ("Update: https://video.example/watch?v=aaaaaaaaaaa", "https://video.example/watch?v=aaaaaaaaaaa"),
            ("https://video.example/watch?v=aaaaaaaaaaa (gone)", "https://video.example/watch?v=aaaaaaaaaaa"),
            (LONG.replace("sun", "the sun") + " https://video.example/b", CUT + " https://video.example/a"),
        ],
    )
    def test_a_comment_edited_around_an_address_is_known_by_the_rest(self, words: str, excerpt: str) -> None:
        comments = [make_comment("rose", words), make_comment("moss", "", "rose", quote(7, excerpt))]
        assert links_of(comments)[1] == (0, "prefix")

    def test_posts_made_after_one_pattern_are_not_taken_for_each_other(self) -> None:
        comments = [
            make_comment("rose", "Bloom report, week 21: two red, one white, none lost"),
            make_comment("rose", "Bloom report, week 22: two red, one white, one lost"),
            make_comment("moss", "", "rose", quote(1, "My notes: Bloom report, week 20: two red, one white")),
        ]
        assert links_of(comments)[2] == (None, None)

    def test_an_excerpt_of_nothing_the_addressee_wrote_is_unresolved(self) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("moss", "", "rose", quote(1, "Turnips can be sown again in August")),
        ]
        assert links_of(comments)[1] == (None, None)

    @pytest.mark.parametrize(("excerpt", "expected"), [("prune late", (0, "prefix")), ("late", (None, None))])
    def test_a_short_excerpt_is_found_again_only_as_a_whole_and_if_it_says_something(
        self, excerpt: str, expected: tuple[int | None, str | None]
    ) -> None:
        comments = [make_comment("rose", "Edited: prune late."), make_comment("moss", "", "rose", quote(1, excerpt))]
        assert links_of(comments)[1] == expected

    def test_a_short_beginning_in_common_says_nothing(self) -> None:
        comments = [make_comment("rose", "Well, no."), make_comment("moss", "", "rose", quote(1, "Well, turnips"))]
        assert links_of(comments)[1] == (None, None)

    @pytest.mark.parametrize("addressee", [None, "somebody not here", "fern"])
    def test_words_alone_decide_where_the_name_leads_nowhere(self, addressee: str | None) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("fern", "Shade."),
            make_comment("moss", "", addressee, quote(1, CUT, cut=True)),
        ]
        assert links_of(comments)[2] == (0, "text")

    def test_words_alone_do_not_decide_between_two_comments(self) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("fern", LONG),
            make_comment("moss", "", None, quote(1, CUT, cut=True)),
        ]
        assert links_of(comments)[2] == (None, None)

    def test_few_words_alone_decide_nothing(self) -> None:
        comments = [make_comment("rose", "Yes"), make_comment("moss", "", None, quote(1, "Yes"))]
        assert links_of(comments)[1] == (None, None)

    def test_nobody_quotes_what_they_are_just_writing(self) -> None:
        assert links_of([make_comment("rose", LONG, "rose", quote(1, CUT, cut=True))]) == [(None, None)]
        assert links_of([make_comment("rose", LONG, None, quote(1, CUT, cut=True))]) == [(None, None)]

    def test_an_unknown_author_can_be_quoted(self) -> None:
        comments = [make_comment(None, LONG), make_comment(None, "", None, quote(None, CUT, cut=True))]
        assert links_of(comments)[1] == (0, "text")

    def test_each_quote_has_its_target_and_the_addressees_is_answered(self) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("fern", "Ferns grow where roses would not want to be."),
            make_comment(
                "moss",
                "Both.",
                "fern",
                quote(1, CUT, cut=True),
                quote(2, "Not in here at all, this one"),
                quote(3, "Ferns grow where roses would not want to be."),
            ),
        ]
        link = resolve_links(comments, None)[2]
        assert link.targets == (0, None, 1)
        assert (link.answers, link.method) == (1, "excerpt")

    def test_without_an_addressee_the_first_quote_found_is_answered(self) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("moss", "", None, quote(1, "Not in here at all"), quote(2, CUT, cut=True)),
        ]
        assert links_of(comments)[1] == (0, "text")


class TestSilence:
    def test_a_quote_of_words_removed_at_the_source_goes_to_the_comment_that_lost_them(self) -> None:
        gone = make_comment("rose", "deleted", removed=True)
        comments = [
            make_comment("rose", LONG),
            gone,
            *[make_comment("moss", "", "rose", quote(7, "Turnips can be sown in August"))] * 2,
        ]
        assert links_of(comments)[2:] == [(1, "sole"), (1, "id")]

    def test_a_quote_without_words_goes_to_the_comment_without_words(self) -> None:
        comments = [
            make_comment("rose", LONG),
            make_comment("rose", ""),
            make_comment("moss", "", "rose", quote(7, "")),
        ]
        assert links_of(comments)[2] == (1, "sole")

    def test_a_comment_that_only_shows_a_picture_contradicts_an_excerpt(self) -> None:
        comments = [
            make_comment("rose", ""),
            make_comment("moss", "", "rose", quote(7, "Turnips can be sown in August")),
        ]
        assert links_of(comments)[1] == (None, None)

    def test_a_quote_of_nothing_by_nobody_is_unresolved(self) -> None:
        assert links_of([make_comment("rose", ""), make_comment("moss", "", None, quote(7, ""))])[1] == (None, None)
        assert links_of([make_comment("fern", LONG), make_comment("moss", "", "rose", quote(7, ""))])[1] == (None, None)
