"""Quote marks and own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.parsing import fences, quotes

WORDS = "I pour the first cup away, as my grandmother did, and drink the second one while it is still too hot."
SIGN = '> [\\>>]( "/article/item_id-505921#")'
LINKED = "https://tea.example/article/item_id-319639#answer_list_319639"


def only(body: str) -> quotes.QuoteMark:
    (mark,) = quotes.find_quotes(body)
    return mark


@pytest.mark.parametrize(
    ("body", "source_id"),
    [
        (f"{SIGN}{WORDS[:50]}...\n\n  \nSo do I.", 505921),
        (f"{SIGN} {WORDS[:50]}...\n\n  \nSo do I.", 505921),
        (f"{SIGN} {WORDS[:47]}..\n\nSo do I.", 505921),
        (f'> [\\>>](https://tea.example/article/item_id-5# "x"){WORDS[:50]}...\n\nSo do I.', 5),
        (f'[\n\n> {WORDS[:50]}...\n\n]({LINKED} "{LINKED}")  \nSo do I.', 319639),
        (f'[\n\n> {WORDS[:50]}...\n\n](https://tea.example/question/5#answer_list_7 "x")  \nSo do I.', 7),
        (f'[\n\n> {WORDS[:50]}...\n\n]( "/article/item_id-437345#")\nSo do I.', 437345),
        (f">[>>](https://tea.example/article/7){WORDS[:50]}...\n\nSo do I.", None),
        (f'> [\\>>]( "/article/item_id-{"9" * 19}#"){WORDS[:50]}...\n\nSo do I.', None),
    ],
)  # fmt: skip
def test_every_form_of_quote_is_found(body: str, source_id: int | None) -> None:
    mark = only(body)
    assert mark.source_id == source_id
    assert mark.excerpt in {WORDS[:50], WORDS[:47]}
    assert (mark.cut, mark.leading, mark.start) == (True, True, 0)
    assert quotes.own_text(body, (mark,)) == "So do I."


def test_a_short_excerpt_keeps_dots_that_are_the_writers() -> None:
    mark = only(f"{SIGN}Well, if you say so...\n\nI do.")
    assert (mark.excerpt, mark.cut) == ("Well, if you say so...", False)


def test_an_excerpt_is_cut_where_javascript_counts_fifty() -> None:
    assert only(f"{SIGN}{'🍵' * 25}...\n\nx").cut
    assert not only(f"{SIGN}{'🍵' * 9}...\n\nx").cut


def test_an_excerpt_is_plain_text() -> None:
    mark = only(
        f'{SIGN}1\\. **tea** \\[green\\] [pot]( "https://tea.example") ![cup](https://tea.example/c.jpg) snake\\_case'
    )
    assert mark.excerpt == "1. tea [green] pot  snake_case"


def test_an_excerpt_goes_on_to_the_end_of_its_block_quote() -> None:
    mark = only(f"{SIGN}one  \n>   \n> two\n\nthree")
    assert (mark.excerpt, mark.end) == ("onetwo", len(f"{SIGN}one  \n>   \n> two"))


def test_an_ordinary_block_quote_and_a_link_with_one_inside_are_no_quotes() -> None:
    assert quotes.find_quotes("> Tea is served.\n\nReally?") == ()
    assert quotes.find_quotes("[\n\n> Tea is served.\n\n](https://tea.example/article/7)\nReally?") == ()


def test_quotes_inside_fenced_code_are_text() -> None:
    body = f"```\n{SIGN}a\n```\n{SIGN}b\n\n~~~\n{SIGN}c\n\n{SIGN}d\n~~~\n"
    assert [mark.excerpt for mark in quotes.find_quotes(body)] == ["b"]


def test_only_quotes_before_all_words_are_leading() -> None:
    linked = '[\n\n> three\n\n]( "/article/item_id-3#")'
    body = f"{SIGN}one\n\n  \n{SIGN}two\n\n{linked}\n\nWell.\n\n{SIGN}four\n\n{SIGN}five\n"
    marks = quotes.find_quotes(body)
    assert [(mark.excerpt, mark.leading) for mark in marks] == [
        ("one", True), ("two", True), ("three", True), ("four", False), ("five", False)
    ]  # fmt: skip
    assert quotes.own_text(body, marks) == "Well."


def test_a_quote_inside_a_quote_belongs_to_the_outer_one() -> None:
    body = f'[\n\n{SIGN}inner\n> outer\n\n]( "/article/item_id-9#")\nWell.'
    assert [mark.source_id for mark in quotes.find_quotes(body)] == [9]


def test_no_more_marks_are_read_than_a_comment_can_hold() -> None:
    assert len(quotes.find_quotes(f"{SIGN}a\n\n" * (quotes.MOST_MARKS + 5))) == quotes.MOST_MARKS


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("one  \ntwo\n  \nthree", "onetwothree"),
        ("  one line ", "one line"),
        ("> quoted\n> more\n\nown", "own"),
        ("![pot](https://tea.example/pot_(1).jpg)own", "own"),
        ('[own]( "https://tea.example") words', "own words"),
        ("[![pot](a.jpg)](b) own", "own"),
        ("**own** _words_ `here`", "own words here"),
        ("~struck~ ~~out~~", "struck out"),
        ("so~ it~ goes", "so~ it~ goes"),
        ("\\*own\\* \\_words\\_ \\~", "*own* _words_ ~"),
        ("1\\. own\n2\\. words", "1. own2. words"),
        ("- own\n* words\n+ here\n3. there", "ownwordsherethere"),
        ("## own\nwords\n===", "ownwords"),
        ("own\n\n* * *\n\nwords\n---\n___", "ownwords"),
        ("```python\nown_words\n```", "ownwords"),
        ("see <https://tea.example/a> and \\[b\\](c)", "see https://tea.example/a and [b](c)"),
        ("a < b, c -- d, 3.5 > 2", "a < b, c -- d, 3.5 > 2"),
        ("", ""),
    ],
)
def test_own_words_are_what_a_reader_sees(body: str, words: str) -> None:
    assert quotes.own_text(body, ()) == words


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("@kettle:yes", "kettle"),
        ("  @old\\_kettle ：yes", "old_kettle"),
        ("@cafe\u0301 :yes", "caf\u00e9"),
        ("@\u3164:yes", None),
        ("@kettle yes", None),
        ("yes @kettle:", None),
        ("@https://tea.example", None),
        ("@ :yes", None),
        ("@a\nb:yes", None),
    ],
)
def test_plain_addressing_names_whom_it_answers(body: str, name: str | None) -> None:
    assert quotes.find_addressee(body) == name


# --- Properties

PIECES = [
    SIGN,
    "word",
    "\n",
    "\n\n",
    "> ",
    "```\n",
    "[\n",
    "\n](",
    '( "/article/item_id-5#")',
    LINKED,
    "](",
    "~",
    "*",
    "\\",
    "字",
    "...",
]


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_marks_lie_in_order_and_apart_and_words_hold_no_line_breaks(body: str) -> None:
    marks = quotes.find_quotes(body)
    place = 0
    for mark in marks:
        assert place <= mark.start < mark.end <= len(body)
        assert "item_id" in body[mark.start : mark.end] or mark.source_id is None or "answer_list" in body
        place = mark.end
    assert [mark.leading for mark in marks] == sorted((mark.leading for mark in marks), reverse=True)
    assert "\n" not in quotes.own_text(body, marks)


@given(st.text(alphabet="aZ字。，!? ()", max_size=80))
def test_words_without_signs_are_their_own_excerpt(words: str) -> None:
    own = quotes.own_text(words, ())
    assert own == words.strip(" ")
    if own:
        assert only(f"{SIGN}{words}\n\nx").excerpt == own


# --- Fences


def spanned(text: str) -> list[str]:
    return [text[start:end] for start, end in fences.find_fences(text)]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("no code", []),
        ("a\n```\nb\n```\nc\n~~~ x\nd\n~~~~\n", ["```\nb\n```", "~~~ x\nd\n~~~~"]),
        ("```\n~~~\n```\n", ["```\n~~~\n```"]),
        ("````\n```\n````", ["````\n```\n````"]),
        ("```\nnever closed\n~~~\nclosed\n~~~", ["~~~\nclosed\n~~~"]),
        ("```\n``` not a closer\n```", ["```\n``` not a closer\n```"]),
        ("``` a`b\n```\nx\n```", ["```\nx\n```"]),
        ("    ```\nx\n    ```", []),
    ],
)
def test_fenced_code_is_found_where_it_is_closed(text: str, blocks: list[str]) -> None:
    assert spanned(text) == blocks


def test_a_text_of_nothing_but_fences_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fences, "MOST", 3)
    assert spanned("```\nx\n```\n") == ["```\nx\n```"]
    assert spanned("```\nx\n```\n" * 2) == []
