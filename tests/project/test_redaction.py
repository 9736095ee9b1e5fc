"""Words cut out of a file: exactly those, everywhere they are quoted, and known again in another file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads import redaction
from threads.formats.markdown_files import read_document as parse
from threads.parsing import quotes
from threads.replies.parsed_comments import parse_comments

SECRET_KEY = b"a key of digests"
KEY = "forum.example/article/7"
EMPTY = redaction.ThreadDigests(KEY, SECRET_KEY)
SECRET = "My street is the one behind the old station, number twelve, second floor on the left."
ANSWER = f'> [\\>>]( "/article/item_id-41#"){SECRET[:47]}..\n\nThank you, I will come by on Sunday.'
FILE = "\n".join(
    [
        "---",
        "layout: default",
        "Lastmod: 2021-06-26T12:00:00+00:00",
        "title: Seedlings to give away",
        "author: gardener",
        "---",
        "",
        "I have too many tomatoes. {opening}",
        "",
        " " * 12,
        "### 品葱用户 **hiker** 评论于 2021-06-26",
        " " * 8,
        "{secret}",
        "",
        " " * 12,
        "### 品葱用户 **baker",
        "hiker** 评论于 2021-06-27",
        " " * 8,
        "{answer}",
        "",
        " " * 12,
        "### 品葱用户 **hiker** 评论于 2021-06-28",
        " " * 8,
        "Another comment of mine.",
        "",
        "> [点击原文参与讨论](https://forum.example/article/7)",
        "",
    ]
)


def file_with(secret: str = SECRET, answer: str = ANSWER, opening: str = "Who wants some?") -> bytes:
    """Return a file of a thread of three comments."""
    return FILE.format(secret=secret, answer=answer, opening=opening).encode()


def key_of(content: bytes, number: int) -> str:
    """Return the key of a comment in a file."""
    return parse_comments(parse(content, "a.md"))[number].key


def memory_of(content: bytes, number: int = 0) -> redaction.ThreadDigests:
    """Return the memory of one removed comment, as it comes back from the database."""
    draft = parse_comments(parse(content, "a.md"))[number]
    removed = EMPTY.digest_comment([draft.key], draft.author, draft.body)
    return redaction.ThreadDigests(
        KEY, SECRET_KEY, (redaction.CommentDigests.from_json(json.loads(json.dumps(removed.to_json()))),)
    )


def test_exactly_one_comment_and_the_quotes_of_it_are_cut() -> None:
    content = file_with()
    cut = redaction.clean(content, "a.md", memory_of(content)).decode()
    assert SECRET[:20] not in cut
    assert (
        cut
        == file_with(
            secret=f"[redacted:{key_of(content, 0)}]",
            answer='> [\\>>]( "/article/item_id-41#")\n\nThank you, I will come by on Sunday.',
        ).decode()
    )


def test_a_cut_file_is_still_the_same_thread_of_the_same_comments() -> None:
    content = file_with()
    cut = redaction.clean(content, "a.md", memory_of(content))
    before, after = parse(content, "a.md"), parse(cut, "a.md")
    assert (after.key, after.title, len(after.comments)) == (before.key, before.title, 3)
    assert [one.key for one in parse_comments(after, kept=True)] == [one.key for one in parse_comments(before)]


def test_cutting_twice_changes_nothing() -> None:
    content = file_with()
    once = redaction.clean(content, "a.md", memory_of(content))
    assert redaction.clean(once, "a.md", memory_of(content), kept=True) == once


def test_a_second_redaction_in_the_same_file_leaves_the_first_alone() -> None:
    content = file_with()
    once = redaction.clean(content, "a.md", memory_of(content))
    both = redaction.ThreadDigests(KEY, SECRET_KEY, (*memory_of(content).comments, *memory_of(content, 2).comments))
    twice = redaction.clean(once, "a.md", both, kept=True).decode()
    assert twice.count("[redacted:") == 2
    assert "Another comment of mine" not in twice
    assert "Thank you" in twice


def test_a_newer_file_does_not_bring_the_words_back() -> None:
    memory = memory_of(file_with())
    newer = file_with(answer=f"{ANSWER}\n\nEdited: and thanks again.", opening="None are left.")
    cut = redaction.clean(newer, "b.md", memory).decode()
    assert SECRET[:20] not in cut
    assert "and thanks again" in cut
    assert "None are left." in cut


def test_a_comment_edited_at_the_source_is_known_by_its_first_words() -> None:
    memory = memory_of(file_with())
    cut = redaction.clean(file_with(secret=f"{SECRET} Ring twice."), "b.md", memory).decode()
    assert "station" not in cut
    assert f"[redacted:{memory.comments[0].key}]" in cut


def test_a_former_wording_is_known_by_its_former_key() -> None:
    older, newer = file_with(secret="Behind the station."), file_with(secret="Come to the park instead.")
    keys = [key_of(newer, 0), key_of(older, 0)]
    memory = redaction.ThreadDigests(
        KEY,
        SECRET_KEY,
        (EMPTY.digest_comment(keys, "hiker", "Come to the park instead."),),
    )
    cut = redaction.clean(older, "a.md", memory).decode()
    assert "Behind the station" not in cut
    assert f"[redacted:{keys[0]}]" in cut


def test_the_same_words_of_somebody_else_stay() -> None:
    content = file_with(answer=SECRET)
    cut = redaction.clean(content, "a.md", memory_of(content)).decode()
    assert cut.count(SECRET) == 1


def test_a_quote_in_the_other_script_or_of_an_edited_text_is_cut_too() -> None:
    words = "作為一個愛種番茄的人，我家的地址是老車站後面十二號二樓左邊，歡迎大家來拿番茄苗。"
    simplified = "作为一个爱种番茄的人，我家的地址是老车站后面十二号二楼左边"
    content = file_with(secret=words, answer=f'> [\\>>]( "/article/item_id-41#"){simplified}...\n\n谢谢')
    assert "老车站" not in redaction.clean(content, "a.md", memory_of(content)).decode()
    removed = EMPTY.digest_comment(["k"], "hiker", "Something else now.", [SECRET[:47]])
    memory = redaction.ThreadDigests(KEY, SECRET_KEY, (removed,))
    assert "station" not in redaction.without_excerpts(ANSWER, memory)


def test_quotes_of_other_comments_stay() -> None:
    content = file_with(answer='> [\\>>]( "/article/item_id-9#")Another comment of mine.\n\nYes.')
    cut = redaction.clean(content, "a.md", memory_of(content)).decode()
    assert "item_id-9#" in cut
    assert cut.count("Another comment of mine.") == 2


def test_a_comment_of_a_picture_alone_is_cut_without_others_like_it() -> None:
    picture, other = "![](https://img.example/1.png)", "![](https://img.example/2.png)"
    content = file_with(secret=picture, answer=other)
    cut = redaction.clean(content, "a.md", memory_of(content)).decode()
    assert picture not in cut
    assert other in cut


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('> [\\>>]( "/question/item_id-5#") gone\n> gone too\n\nkept', '> [\\>>]( "/article/item_id-5#")\n\nkept'),
        ("[\n\n> gone\n\n](https://forum.example/article/item_id-5#answer_list_5)kept", None),
        ('kept [\n\n> gone\n\n]( "/article/item_id-5#") kept', None),
        ('> [\\>>]( "")gone', '> [\\>>]( "")'),
    ],
)
def test_every_form_of_quote_mark_loses_its_words_and_keeps_its_place(text: str, left: str | None) -> None:
    marks = quotes.find_quotes(text)
    blank = redaction.blank(text, marks, range(len(marks)))
    assert "gone" not in blank
    assert left in {None, blank}
    again = quotes.find_quotes(blank)
    assert [mark.source_id for mark in again] == [mark.source_id for mark in marks]
    assert {mark.excerpt for mark in again} <= {""}
    assert quotes.own_text(blank, again).replace(" ", "") == quotes.own_text(text, marks).replace(" ", "")


def test_an_opening_is_cut_with_title_and_author() -> None:
    memory = redaction.ThreadDigests(KEY, SECRET_KEY, opening=True)
    cut = redaction.clean(file_with(), "a.md", memory)
    document = parse(cut, "a.md")
    assert (document.key, document.title, document.author) == (KEY, "[redacted]", None)
    assert document.body == ""
    assert document.modified_at == parse(file_with(), "a.md").modified_at
    assert b"tomatoes" not in cut
    assert b"gardener" not in cut
    assert len(document.comments) == 3
    assert redaction.clean(cut, "a.md", memory, kept=True) == cut


def test_an_opening_without_lastmod_or_comments_is_cut() -> None:
    content = "---\ntitle: x\n---\nsecret\n\n> [点击原文参与讨论](https://forum.example/article/7)\n".encode()
    cut = redaction.clean(content, "a.md", redaction.ThreadDigests(KEY, SECRET_KEY, opening=True))
    assert b"secret" not in cut
    assert parse(cut, "a.md").key == KEY


def test_a_question_loses_the_name_of_who_asked() -> None:
    content = (
        "---\ntitle: x\n---\n            \n### 品葱用户 **gardener** 提问于 5/12/2021\n        \nsecret\n\n"
        "            \n### 品葱用户 **hiker** 评论于 2021-06-26\n        \nkept\n"
    ).encode()
    cut = redaction.clean(content, "a.md", redaction.ThreadDigests("file/a", SECRET_KEY, opening=True)).decode()
    assert "gardener" not in cut
    assert "secret" not in cut
    assert "kept" in cut


def test_other_words_can_be_put_in_the_place() -> None:
    content = file_with()
    cut = redaction.clean(content, "a.md", memory_of(content), replacement=redaction.REMOVED)
    assert [comment.removed_at_source for comment in parse(cut, "a.md").comments] == [True, False, False]


def test_a_mark_in_a_file_from_outside_is_only_text() -> None:
    content = file_with(secret="[redacted:abcdefghijklm]")
    assert redaction.clean(content, "a.md", EMPTY) == content


@given(st.binary(max_size=300))
def test_a_file_without_anything_removed_stays_as_it_is_to_the_byte(noise: bytes) -> None:
    content = file_with() + noise
    memory = memory_of(file_with(secret="These words are in no file at all, whatever it is."))
    try:
        parse(content, "a.md")
    except Exception:
        return
    assert redaction.clean(content, "a.md", memory) == content


def test_what_is_remembered_holds_no_words() -> None:
    removed = EMPTY.digest_comment(["k"], "hiker", SECRET, [SECRET[:47]])
    assert "street" not in json.dumps(removed.to_json())
