"""The form 1984bbs: pages of a forum as text, with the name of a floor above its heading."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.memory_folder import MemoryFolder, find, members, read, read_fixture
from threads.formats import bbs1984
from threads.formats.backup_format import Changes
from threads.formats.packs import Member, pack, unpack

if TYPE_CHECKING:
    from threads.parsing.document import Document

KETTLE = "_posts/2010-3-2-Which kettle is best？.md"
KEY = "file/2010-3-2-Which kettle is best？"
SCALE = "file/2009-10-21-水壶该怎么洗"
POLL = "file/2010-7-13-你早上喝什麼？"
ZONE = timezone(timedelta(hours=8))


@pytest.fixture(scope="module")
def packs() -> dict[str, bytes]:
    return find(bbs1984, read_fixture("1984bbs"))[0]


def page(*floors: tuple[int, str, str], title: str = "Tea", head: str = "Anna") -> bytes:
    """Return the pack of a page with floors of number, name and text; the name of the first is `head`."""
    lines = [f"# {title}", "", head]
    for place, (number, name, text) in enumerate(floors):
        lines += [name] if place else []
        lines += [
            "",
            f"{number}楼 大 中 小 发表于 2010-3-2 {8 + place:02}:00  只看该作者",
            "",
            *text.split("\n"),
            "  ",
            "",
        ]
    content = "---\nlayout: default\n\ndate: 2010-3-2\n\n---\n\n" + "".join(f"{line}\n\n" for line in lines)
    return pack([Member("_posts/2010-3-2-Tea.md", content.encode())])


def body_of(text: str) -> str:
    return read(bbs1984, page((1, "", "x"), (2, "Bert", text))).comments[0].body


def without_lines(document: Document) -> list[object]:
    return [comment._replace(line=0) for comment in document.comments]


# --- Recognition


def test_the_folder_is_recognized_by_a_floor_in_one_of_its_files() -> None:
    folder = read_fixture("1984bbs")
    assert list(bbs1984.claim_entries(folder)) == ["_posts"]
    polls = MemoryFolder({path: content for path, content in folder.files.items() if "2010-7" in path})
    assert not bbs1984.claim_entries(polls)
    assert not bbs1984.claim_entries(MemoryFolder({"_posts/a.md": "---\ntitle: Tea\n---\n3楼 is a floor."}))


def test_the_key_is_the_name_of_the_file_in_any_folder(packs: dict[str, bytes]) -> None:
    assert list(packs) == [SCALE, KEY, POLL]
    for key, content in packs.items():
        assert read(bbs1984, content).key == key


def test_other_files_are_named() -> None:
    folder = MemoryFolder({**read_fixture("1984bbs").files, "_posts/a.jpg": b"x", "_posts/b.md": b" \n"})
    assert [(entry.path, entry.problem.code) for entry in find(bbs1984, folder)[1]] == [
        ("_posts/a.jpg", "not-a-thread"),
        ("_posts/b.md", "not-a-thread"),
    ]


# --- Reading


def test_the_opening_has_the_whole_title_and_the_first_floor(packs: dict[str, bytes]) -> None:
    document = read(bbs1984, packs[KEY])
    assert (document.title, document.author, document.kind) == ("[video] Which kettle is best?", "Anna Tan", "article")
    assert document.body == "My old one leaks.  \nI need a new one."
    assert document.tags == ("Kitchen", "video")
    assert (document.published_at, document.modified_at) == (datetime(2010, 3, 2, tzinfo=UTC),) * 2
    assert document.front_matter["title"] == "[video]"


def test_the_author_of_a_floor_stands_above_its_heading(packs: dict[str, bytes]) -> None:
    comments = read(bbs1984, packs[KEY]).comments
    assert [(comment.floor, comment.author) for comment in comments] == [
        (2, "Bert"), (3, "Cleo"), (4, "Bert"), (5, "Di_ana"), (6, "Anna Tan"),
    ]  # fmt: skip
    assert [comment.account_deleted for comment in comments] == [False, True, False, False, False]


def test_a_long_signature_does_not_hide_the_name() -> None:
    name = "Bert\n\nA\n\nB\n\nC\n\nD\n\nE"
    assert read(bbs1984, page((1, "", "x"), (2, name, "Tea."))).comments[0].author == "Bert"


def test_minutes_are_those_of_the_forum(packs: dict[str, bytes]) -> None:
    comments = read(bbs1984, packs[KEY]).comments
    assert comments[0].posted_on == date(2010, 3, 2)
    assert comments[0].posted_at == datetime(2010, 3, 1, 17, 16, tzinfo=UTC)


def test_quotes_and_addresses_are_stated_in_plain_marks(packs: dict[str, bytes]) -> None:
    comments = read(bbs1984, packs[KEY]).comments
    assert comments[1].body == "> @Bert 2010-03-02T01:16+08:00:\n>  The red one ...\n\nToo heavy for me."
    assert comments[2].body.startswith("@Cleo #3\n\nI read this")
    assert comments[4].body.startswith("@Di\\_ana #5\n\n![](http://tea.example/kettle.png)  \nThis one?")


def test_a_pasted_heading_is_text(packs: dict[str, bytes]) -> None:
    comments = read(bbs1984, packs[KEY]).comments
    assert "7楼 大 中 小 发表于 2009-1-5 10:00  只看该作者\nA blue one" in comments[2].body


def test_a_blocked_post_is_removed_at_the_source(packs: dict[str, bytes]) -> None:
    blocked = read(bbs1984, packs[KEY]).comments[3]
    assert (blocked.author, blocked.body, blocked.removed_at_source) == ("Di_ana", "", True)


def test_the_note_of_an_edit_is_a_time_if_the_author_made_it() -> None:
    note = "Yes.\n\n[ 本帖最后由 {} 于 2010-3-2 10:05 编辑 ]  "
    floors = (1, "", "x"), (2, "Bert", note.format("Bert")), (3, "Cleo", note.format("Editor"))
    own, other = read(bbs1984, page(*floors)).comments
    assert (own.body, own.edited_at) == ("Yes.", datetime(2010, 3, 2, 10, 5, tzinfo=ZONE))
    assert other.body == note.format("Editor").rstrip()
    assert other.edited_at is None


def test_floors_are_found_where_lines_of_spaces_were_lost(packs: dict[str, bytes]) -> None:
    document = read(bbs1984, packs[SCALE])
    assert document.author == "茶壶"
    assert document.body == "里面有水垢，\n用什么洗比较好？\n\n多谢。"
    assert [(comment.author, comment.body) for comment in document.comments] == [
        ("林子", "用醋，煮開後放一晚。"),
        ("茶壶", "> @林子 2009-10-21T22:40+08:00:\n> 用醋，煮開\n\n谢谢，试过了，很干净。"),
    ]


def test_a_poll_is_a_thread_without_floors(packs: dict[str, bytes]) -> None:
    document = read(bbs1984, packs[POLL])
    assert (document.title, document.author, document.comments) == ("你早上喝什麼？", "林子", ())
    assert document.published_at == datetime(2010, 7, 13, tzinfo=UTC)
    assert document.body.startswith("茶還是咖啡？\n\n投票项目")
    assert "Terminusbot" not in document.body
    assert "林子" not in document.body


@pytest.mark.parametrize(
    ("numbers", "floors"),
    [
        ([1, 2, 3], [2, 3]),
        ([2, 3], [2, 3]),
        ([1, 2, 4, 5], [2, 4, 5]),
        ([1, 2, 1, 3], [2, 3]),
        ([1, 2, 9], [2]),
        ([1, 2, 9, 3], [2, 3]),
        ([1], []),
    ],
)
def test_a_number_that_does_not_continue_the_count_is_pasted(numbers: list[int], floors: list[int]) -> None:
    document = read(bbs1984, page(*((number, "Bert", "Tea.") for number in numbers)))
    assert [comment.floor for comment in document.comments] == floors


def test_a_heading_of_an_earlier_time_is_pasted() -> None:
    old = "Look:\n3楼 大 中 小 发表于 2009-3-2 08:00  只看该作者\nGreen."
    document = read(bbs1984, page((1, "", "x"), (2, "Bert", old), (3, "Cleo", "Red.")))
    assert [comment.author for comment in document.comments] == ["Bert", "Cleo"]
    assert document.comments[0].body.endswith("Green.")


def test_lines_of_a_file_that_was_edited_by_hand_stay() -> None:
    text = "One.\n\nTwo.\n\nThree"
    floors = "".join(f"\n\n\nBert\n\n\n\n{n}楼 大 中 小 发表于 2010-3-2 08:0{n}\n\n{text}" for n in range(1, 4))
    document = read(
        bbs1984, pack([Member("_posts/a.md", f"---\ndate: 2010-3-2\n---\n# Tea\n\nOne\ntwo.{floors}\n".encode())])
    )
    assert [(comment.author, comment.body) for comment in document.comments] == [("Bert", text)] * 2


def test_a_long_text_without_a_gap_at_its_end_is_not_taken_for_a_name() -> None:
    text = "\n\n\n\n> Tea\n\nOne.\n\nTwo.\n\nThree.\n\nFour.\n\n"
    page_text = f"# Tea\nAnna\n\n1楼 大 中 小 发表于 2010-3-2 08:01{text}2楼 大 中 小 发表于 2010-3-2 08:02\n\nYes.\n"
    document = read(bbs1984, pack([Member("_posts/a.md", page_text.encode())]))
    assert document.body.endswith("Four.")
    assert [(comment.author, comment.body) for comment in document.comments] == [(None, "Yes.")]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("回复 12楼 a b 的话题  \n\nYes.", "@a b #12\n\nYes."),
        ("As in 回复 12楼 a 的话题", "As in 回复 12楼 a 的话题"),
        ("> 原帖由 a*b 于 2010-3-2 1:05 发表\n> Tea", "> @a\\*b 2010-03-02T01:05+08:00:\n> Tea"),
        ("> 原帖由 a 于 2010-3-2 12:05 AM 发表\n> Tea", "> @a 2010-03-02T00:05+08:00:\n> Tea"),
        ("> 原帖由 a 于 2010-3-2 11:05 PM 发表\n> Tea", "> @a 2010-03-02T23:05+08:00:\n> Tea"),
        ("> 原帖由 a 于 2010-3-42 1:05 发表\n> Tea", "> 原帖由 a 于 2010-3-42 1:05 发表\n> Tea"),
        ("> > 原帖由 a 于 2010-3-2 1:05 发表", "> > 原帖由 a 于 2010-3-2 1:05 发表"),
        ("引用: none", "引用: none"),
        ("Tea ![](https://a.example/images/common/back.gif)", "Tea"),
    ],
)
def test_marks_of_the_forum_become_plain_markdown(text: str, body: str) -> None:
    assert body_of(text) == body
    assert body_of(body) == body


# --- Bad input


def test_a_floor_without_a_name_is_told_with_file_and_line() -> None:
    document = read(bbs1984, page((1, "", "x"), (2, "", "Tea.")))
    assert document.comments[0].author is None
    assert [problem.message for problem in document.problems] == [
        "_posts/2010-3-2-Tea.md:30: No name stands above the heading."
    ]


def test_a_removed_account_without_a_name_is_no_problem() -> None:
    document = read(bbs1984, page((1, "", "x"), (2, "该用户已被删除", "Tea.")))
    assert (document.comments[0].author, document.comments[0].account_deleted) == (None, True)
    assert document.problems == ()


def test_damage_is_shown_and_told() -> None:
    content = unpack(page((1, "", "x"), (2, "Bert", "A\xe9\0锟斤拷B")))[0].content
    content = content.replace("\xe9".encode(), b"\xe9")
    document = read(bbs1984, pack([Member("_posts/a.md", content)]))
    assert document.comments[0].body == "A\ufffd锟斤拷B"
    assert {problem.code for problem in document.problems} == {"encoding-damaged", "encoding-lost"}


def test_a_full_page_may_be_cut() -> None:
    document = read(bbs1984, page(*((number, "Bert", "Tea.") for number in range(1, 51))))
    assert [problem.code for problem in document.problems] == ["first-page"]


def test_a_page_that_ends_in_the_middle_is_read() -> None:
    member = unpack(page((1, "", "x"), (2, "Bert", "Tea."), (3, "Cleo", "Coffee.")))[0]
    content = member.content
    for size in range(0, len(content), 7):
        document = read(bbs1984, pack([member._replace(content=content[:size])]))
        assert len(document.comments) <= 2


# --- Rewriting

TEXTS = st.lists(st.text("ab> #*-@楼 引用:回复1发表于", max_size=20), max_size=6).map("\n".join)


@given(TEXTS)
def test_a_text_that_was_read_can_be_written_and_all_else_stays(text: str) -> None:
    before = read(bbs1984, page((1, "", "x"), (2, "Bert", text), (3, "Cleo", "Coffee.")))
    content = page((1, "", "x"), (2, "Bert", "Secret"), (3, "Cleo", "Coffee."))
    after = read(bbs1984, bbs1984.rewrite(content, "a", Changes(bodies={0: before.comments[0].body})))
    assert without_lines(after) == without_lines(before)
    assert (after.title, after.body, after.author) == ("Tea", "x", "Anna")


def test_only_the_bytes_of_the_text_change(packs: dict[str, bytes]) -> None:
    for key, number, old in ((KEY, 0, "The red one. It boils fast."), (SCALE, 0, "用醋，煮開後放一晚。")):
        expected = {path: text.replace(old, "[gone]\n\nTea", 1) for path, text in members(packs[key]).items()}
        assert members(bbs1984.rewrite(packs[key], "a", Changes(bodies={number: "[gone]\nTea"}))) == expected


def test_a_removed_name_leaves_no_author(packs: dict[str, bytes]) -> None:
    rewritten = bbs1984.rewrite(packs[KEY], "a", Changes(authors={2: "", 3: "Di_ana"}))
    before, after = read(bbs1984, packs[KEY]).comments, read(bbs1984, rewritten).comments
    assert (after[2].author, after[2].account_deleted) == (None, False)
    assert [comment.body for comment in after] == [comment.body for comment in before]
    assert [comment.author for comment in after] == ["Bert", "Cleo", None, "Di_ana", "Anna Tan"]
    assert "茶是药" not in members(rewritten)[KETTLE]
    assert read(bbs1984, rewritten).problems == ()


def test_a_removed_name_leaves_the_note_of_an_edit() -> None:
    content = page(
        (1, "", "x"), (2, "Bert", "Yes.\n\n[ 本帖最后由 Bert 于 2010-3-2 10:05 编辑 ]  "), (3, "Cleo", "No.")
    )
    rewritten = bbs1984.rewrite(content, "a", Changes(authors={0: ""}))
    assert "Bert" not in rewritten.decode()
    comment = read(bbs1984, rewritten).comments[0]
    assert (comment.body, comment.edited_at) == ("Yes.", datetime(2010, 3, 2, 10, 5, tzinfo=ZONE))


@pytest.mark.parametrize("key", [KEY, SCALE, POLL])
def test_the_opening_is_taken_out_of_file_and_name(packs: dict[str, bytes], key: str) -> None:
    rewritten = bbs1984.rewrite(packs[key], "a", Changes(title="[redacted]", key="file/0f3a"))
    document = read(bbs1984, rewritten)
    assert (document.key, document.title, document.author, document.body) == ("file/0f3a", "[redacted]", None, "")
    assert bbs1984.rewrite(rewritten, "a", Changes(title="[redacted]", key="file/0f3a")) == rewritten
    before = read(bbs1984, packs[key])
    assert (document.published_at, document.modified_at) == (before.published_at, before.modified_at)
    assert without_lines(document) == without_lines(before)
    (path, text), = members(rewritten).items()  # fmt: skip
    assert path == "_posts/0f3a.md"
    assert before.title not in text
    assert all(line not in text for line in before.body.split("\n") if line.strip())
