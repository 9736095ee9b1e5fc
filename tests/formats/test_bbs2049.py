"""The form 2049bbs: posts with comments in YAML, and people in files of their own."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.memory_folder import MemoryFolder, find, members, read, read_fixture
from threads.formats import bbs2049
from threads.formats.backup_format import Changes
from threads.formats.packs import Member, pack
from threads.formats.yaml_files import quoted
from threads.parsing.problem_severities import UnreadableError
from threads.parsing.values import body_text

POST = "_posts/2020-03-01-12.md"
KEY = "2049bbs.xyz/t/12"


@pytest.fixture(scope="module")
def folder() -> MemoryFolder:
    return read_fixture("2049bbs")


@pytest.fixture(scope="module")
def kettle(folder: MemoryFolder) -> bytes:
    return find(bbs2049, folder)[0][KEY]


def post_with(comments: str) -> bytes:
    fields = "---\naid: 5\ncid: 4\nauthorID: 7\naddTime: 2020-03-01T16:00:00.000Z\ntitle: Tea\n"
    return f"{fields}comments:\n{comments}---\n\nWhich?\n".encode()


def comment(content: str) -> str:
    return f"    -\n        authorID: 7\n        addTime: 2020-03-01T16:00:00.000Z\n        content: {content}\n"


def pack_of(comments: str) -> bytes:
    return pack([Member("_posts/2020-03-01-5.md", post_with(comments))])


def body_of(content: str) -> str:
    return read(bbs2049, pack_of(comment(quoted(content)))).comments[0].body


# --- Recognition


def test_the_folder_is_recognized_by_the_fields_of_its_posts(folder: MemoryFolder) -> None:
    assert bbs2049.claim_entries(folder) == {"_posts", "_users", "_category_info"}
    assert not bbs2049.claim_entries(MemoryFolder({"_posts/a.md": "---\ntitle: Tea\nlayout: post\n---\n"}))
    assert not bbs2049.claim_entries(MemoryFolder({"_users/7.md": "---\nuserID: 7\n---\n"}))


def test_a_thread_has_the_files_of_its_people_and_its_category(folder: MemoryFolder) -> None:
    packs, refused = find(bbs2049, folder)
    assert list(packs) == [KEY, "2049bbs.xyz/t/31"]
    assert list(members(packs["2049bbs.xyz/t/31"])) == [
        "_posts/2020-04-12-31.md", "_category_info/4.md", "_users/11.md",
    ]  # fmt: skip
    assert refused == []


def test_files_without_a_thread_are_named(folder: MemoryFolder) -> None:
    more = {"_users/70.md": "---\nuserID: 70\n---\n", "_users/71.md": "", "_posts/a.md": "---\ntitle: x\n---\n"}
    _packs, refused = find(bbs2049, MemoryFolder({**folder.files, **more}))
    assert [(entry.path, entry.problem.code, entry.problem.severity) for entry in refused] == [
        ("_posts/a.md", "not-a-thread", "error"),
        ("_users/70.md", "people-unused", "warning"),
    ]
    assert "thread: 2." in refused[1].problem.message


# --- Reading


def test_the_fields_of_a_thread_are_read(kettle: bytes) -> None:
    document = read(bbs2049, kettle)
    assert (document.key, document.kind, document.author) == (KEY, "article", "Anna Tan")
    assert document.title == "1.0 litre: which kettle?"
    assert document.tags == ("茶与咖啡", "kettle", "水壶")
    assert document.source_url == "https://2049bbs.xyz/t/12"
    assert document.body == "My old kettle leaks. It holds {{1.0}} litre.\n\n*   red\n*   blue"
    assert (document.front_matter["authorID"], "comments" in document.front_matter) == ("7", False)


def test_days_are_those_of_the_site_and_minutes_are_kept_where_they_are_known(kettle: bytes) -> None:
    document = read(bbs2049, kettle)
    assert document.published_at == datetime(2020, 3, 2, tzinfo=UTC)
    assert [comment.posted_on for comment in document.comments[:3]] == [
        date(2020, 3, 2), date(2020, 3, 2), date(2020, 3, 3),
    ]  # fmt: skip
    assert [comment.posted_at for comment in document.comments[:3]] == [
        None,
        datetime(2020, 3, 2, 1, 20, tzinfo=UTC),
        datetime(2020, 3, 2, 18, 40, tzinfo=UTC),
    ]


def test_links_to_people_become_addresses_and_floors_are_left_to_linking(kettle: bytes) -> None:
    comments = read(bbs2049, kettle).comments
    assert comments[1].body == "@茶壶 #1 紅色的太重了。\n\n我比較喜歡藍色的。"
    assert comments[2].body == r"@Anna Tan: Ask the shop: \[email protected\]"
    assert comments[4].body == "@林子 #3 @茶壶 #1 Thanks, the blue one it is."
    assert {comment.floor for comment in comments} == {None}


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("@[Bo (2)](/member/Bo%20(2)) #3more", "@Bo (2) #3 more"),
        ("@[Bo](/member/Bo)", "@Bo:"),
        ("@[Bo](/member/Bo)\n\nYes", "@Bo:\n\nYes"),
        (r"@[a\_b](/member/a_b) #2 Yes", r"@a\_b #2 Yes"),
        ("As @[Bo](/member/Bo) said, and @[Di](/member/Di) #4", "As @Bo said, and @Di #4"),
        ("Not <strike>red</strike> but < blue", "Not ~~red~~ but < blue"),
        ("[Bo](/member/Bo)", "[Bo](/member/Bo)"),
    ],
)
def test_marks_of_the_source_become_plain_markdown(content: str, body: str) -> None:
    assert body_of(content) == body
    assert body_of(body) == body


def test_a_number_is_text(kettle: bytes) -> None:
    assert read(bbs2049, kettle).comments[5].body == "0.0"


def test_a_comment_of_a_closed_account_is_removed_at_the_source(kettle: bytes) -> None:
    closed = read(bbs2049, kettle).comments[3]
    assert (closed.author, closed.removed_at_source, closed.account_deleted) == ("茶壶", True, True)
    assert closed.body == "~~用户已注销，隐藏回帖~~"


def test_a_full_page_may_be_cut(kettle: bytes) -> None:
    assert [problem.code for problem in read(bbs2049, pack_of(comment("x") * 100)).problems] == [
        "first-page",
        "author-unknown",
    ]
    assert "first-page" not in {problem.code for problem in read(bbs2049, pack_of(comment("x") * 99)).problems}


# --- Bad input


def test_unknown_people_are_told_once_with_file_and_line(kettle: bytes) -> None:
    document = read(bbs2049, kettle)
    assert document.comments[2].author is None
    assert [(problem.code, problem.message) for problem in document.problems] == [
        ("author-unknown", f"{POST}:24: The account 21 has no file. Its name is unknown.")
    ]


@pytest.mark.parametrize(
    ("user", "message"),
    [
        ("---\nuserID: 7\nuserName: ''\n---\n", "_users/7.md:1: The account has no name."),
        ("---\nuserID: 7\nuserName: [\n---\n", "_users/7.md:4: The front matter is invalid YAML"),
        ("userID: 7", "_users/7.md:1: The file has no front matter."),
    ],
)
def test_an_account_without_a_readable_name_leaves_the_thread_readable(user: str, message: str) -> None:
    content = pack([Member("_posts/2020-03-01-5.md", post_with(comment("x"))), Member("_users/7.md", user.encode())])
    document = read(bbs2049, content)
    assert (document.author, document.comments[0].author, document.comments[0].body) == (None, None, "x")
    assert [problem.message[: len(message)] for problem in document.problems] == [message]


@pytest.mark.parametrize(
    ("comments", "line"),
    [
        (comment("x")[:-2] + "'open\n", 12),
        (comment("x") + "    -\n        content: a\n        content: b\n", 14),
        (comment("&a x") + comment("*a"), 15),
        (comment("[" * 9), 11),
        (comment("a\udcffb"), 1),
    ],
    ids=["open quotation", "repeated field", "alias", "deep", "not UTF-8"],
)
def test_yaml_that_cannot_be_read_refuses_the_thread_with_file_and_line(comments: str, line: int) -> None:
    post = post_with("").replace(b"comments:\n", b"comments:\n" + comments.encode("utf-8", "surrogateescape"))
    with pytest.raises(UnreadableError) as refused:
        read(bbs2049, pack([Member("_posts/2020-03-01-5.md", post)]))
    assert refused.value.problem.code == "front-matter-invalid"
    assert refused.value.problem.message.startswith(f"_posts/2020-03-01-5.md:{line}: ")


def test_a_bad_time_is_a_warning_of_its_line() -> None:
    document = read(bbs2049, pack_of(comment("x").replace("2020-03-01T16:00:00.000Z", "soon")))
    assert document.comments[0].posted_on is None
    assert document.problems[0].message.startswith("_posts/2020-03-01-5.md:10: ")


# --- Rewriting

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80).map(lambda text: body_text(text).strip())


@given(TEXTS)
def test_a_new_text_is_read_again_and_all_else_stays(text: str) -> None:
    folder = read_fixture("2049bbs")
    content = find(bbs2049, folder)[0][KEY]
    before = read(bbs2049, content)
    rewritten = bbs2049.rewrite(content, POST, Changes(bodies={1: text, 4: "[gone]"}))
    after = read(bbs2049, rewritten)
    assert after.comments[1].body == read(bbs2049, pack_of(comment(quoted(text)))).comments[0].body
    assert after.comments[4].body == "[gone]"
    assert [c._replace(line=0) for n, c in enumerate(after.comments) if n not in {1, 4}] == [
        c._replace(line=0) for n, c in enumerate(before.comments) if n not in {1, 4}
    ]
    old, new = members(content)[POST].split("\n"), members(rewritten)[POST].split("\n")
    changed = next(number for number, line in enumerate(old) if line != new[number])
    assert old[changed].strip() == "content: >-"
    assert old[:changed] == new[:changed]
    assert old[-9:] == new[-9:]


def test_only_the_bytes_of_the_text_change(kettle: bytes) -> None:
    rewritten = bbs2049.rewrite(kettle, POST, Changes(bodies={0: "[gone]"}))
    expected = members(kettle)
    expected[POST] = expected[POST].replace("红色的那个很好用，水开得很快。", '"[gone]"')
    assert members(rewritten) == expected


def test_a_person_whom_nothing_names_any_more_leaves_the_pack(kettle: bytes) -> None:
    once = bbs2049.rewrite(kettle, POST, Changes(authors={1: ""}))
    assert "_users/11.md" in members(once)
    rewritten = bbs2049.rewrite(kettle, POST, Changes(authors={1: "", 5: ""}))
    assert "_users/11.md" not in members(rewritten)
    document = read(bbs2049, rewritten)
    assert [comment.author for comment in document.comments] == ["茶壶", None, None, "茶壶", "Anna Tan", None]
    assert document.problems == read(bbs2049, kettle).problems


def test_the_opening_is_taken_out(kettle: bytes) -> None:
    rewritten = bbs2049.rewrite(kettle, POST, Changes(title="[redacted]", authors={4: ""}))
    document = read(bbs2049, rewritten)
    assert (document.title, document.author, document.body) == ("[redacted]", None, "")
    assert document.tags == ("茶与咖啡",)
    assert [comment.body for comment in document.comments] == [
        comment.body for comment in read(bbs2049, kettle).comments
    ]
    everything = rewritten.decode()
    assert "litre" not in everything
    assert "userName: Anna" not in everything
