"""The form pincong-jekyll: a Markdown file for each question, answer, article and news."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.memory_folder import MemoryFolder, find, members, read, read_fixture
from threads.formats import pincong_jekyll
from threads.formats.backup_format import Changes
from threads.formats.packs import Member, pack
from threads.parsing.document import DocumentComment
from threads.parsing.problem_severities import UnreadableError

KEY = "pin-cong.com/p/1007"
ANSWER = "_answers/1007/1012.md"
HEAD = "---\ntitle: Tea\ndate: '2018-07-04'\nupvote: 0\ndownvote: 0\ncomments: []\n---\n"
ANSWER_HEAD = "---\ndate: '2018-07-04'\nuser_name: Bert\nupvote: 0\ndownvote: 0\ncomments: []\n---\n"


@pytest.fixture(scope="module")
def packs() -> dict[str, bytes]:
    return find(pincong_jekyll, read_fixture("pincong-jekyll"))[0]


def pack_of(*answers: str, question: str = HEAD) -> bytes:
    files = [Member("_p/5.md", question.encode())]
    return pack([*files, *(Member(f"_answers/5/{n}.md", text.encode()) for n, text in enumerate(answers, 6))])


def body_of(text: str) -> str:
    return read(pincong_jekyll, pack_of(f"{ANSWER_HEAD}\n{text}\n")).comments[0].body


# --- Recognition


def test_the_folder_is_recognized_by_the_fields_of_its_threads() -> None:
    folder = read_fixture("pincong-jekyll")
    assert pincong_jekyll.claim_entries(folder) == {"_p", "_answers", "_articles", "_news"}
    assert not pincong_jekyll.claim_entries(MemoryFolder({"_p/1.md": "---\ntitle: Tea\ndate: 2018\n---\n"}))
    answers = {path: content for path, content in folder.files.items() if path.startswith("_answers/")}
    assert not pincong_jekyll.claim_entries(MemoryFolder(answers))


def test_answers_belong_to_the_thread_with_their_number(packs: dict[str, bytes]) -> None:
    assert list(packs) == [KEY, "pin-cong.com/p/1020", "pin-cong.com/p/1031"]
    assert list(members(packs[KEY])) == ["_p/1007.md", "_answers/1007/1010.md", ANSWER]


def test_an_answer_to_news_belongs_to_them_and_others_are_named() -> None:
    more = {"_answers/1031/1.md": ANSWER_HEAD, "_answers/8/2.md": ANSWER_HEAD, "_answers/a.md": "", "_p/b.md": HEAD}
    found, refused = find(pincong_jekyll, MemoryFolder({**read_fixture("pincong-jekyll").files, **more}))
    assert list(members(found["pin-cong.com/p/1031"])) == ["_news/1031.md", "_answers/1031/1.md"]
    assert [(entry.path, entry.problem.code) for entry in refused] == [
        ("_answers/a.md", "not-a-thread"),
        ("_p/b.md", "not-a-thread"),
        ("_answers/8/2.md", "posts-without-thread"),
    ]


# --- Reading


def test_a_question_has_its_answers_in_order(packs: dict[str, bytes]) -> None:
    document = read(pincong_jekyll, packs[KEY])
    assert (document.key, document.kind, document.title) == (KEY, "question", "哪一种水壶最好用？")
    assert (document.author, document.tags, document.votes) == (None, ("水壶", "kitchen"), 4)
    assert document.published_at == datetime(2018, 7, 4, 0, 58, 34, 112000, tzinfo=UTC)
    assert document.source_url == "https://pin-cong.com/p/1007/"
    assert (document.front_matter["follow"], "comments" in document.front_matter) == ("3", False)
    assert document.comments == (
        DocumentComment(None, None, None, "I have the same question: which one?", 12, container="thread"),
        DocumentComment(
            "Anna Tan", None, date(2018, 7, 4),
            "The red one. It boils **fast**.  \nBut it is heavy.\n\n1\\. See [this page](https://pin-cong.com/p/1009/).",
            1, posted_at=datetime(2018, 7, 4, 8, 10, tzinfo=UTC),
            source_kind="answer", source_id=1012, container="thread", votes=-2,
        ),
        DocumentComment(
            "茶壺", None, date(2018, 7, 5), "藍色的比較輕。", 1,
            source_kind="answer", source_id=1010, container="thread", votes=0,
        ),
    )  # fmt: skip
    assert document.problems == ()


def test_comments_without_a_text_are_counted_as_missing(packs: dict[str, bytes]) -> None:
    assert [read(pincong_jekyll, content).missing_comments for content in packs.values()] == [3, 0, 1]


def test_a_comment_of_an_answer_is_nested_below_it() -> None:
    document = read(pincong_jekyll, pack_of(ANSWER_HEAD.replace("[]", "['', 'Yes.']") + "\nTea.\n", ANSWER_HEAD))
    assert [(comment.body, comment.container) for comment in document.comments] == [
        ("Tea.", "thread"), ("Yes.", "answer/6"), ("", "thread"),
    ]  # fmt: skip


def test_articles_and_news_are_articles(packs: dict[str, bytes]) -> None:
    article, news = (read(pincong_jekyll, packs[f"pin-cong.com/p/{number}"]) for number in (1020, 1031))
    assert (article.kind, article.author, article.body) == ("article", "林子", "Vinegar, one night.")
    assert (news.kind, news.author) == ("article", None)
    assert news.body == "Three **new** kettles.\n\n\\# 4 is blue."


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("a < b and <3, <https://tea.example>", "a < b and <3, <https://tea.example>"),
        ("<span style='x'>red</span> <strike>blue</strike>", "red ~~blue~~"),
        ("```\n<u>code</u>\n```", "```\n<u>code</u>\n```"),
        ("One\n\n<p>Two</p>\n\n<i>Three</i>", "One\n\nTwo\n\n<i>Three</i>"),
        ("    indented <br> code", "    indented  \ncode"),
    ],
)
def test_html_in_markdown_becomes_markdown(text: str, body: str) -> None:
    assert body_of(text) == body
    assert body_of(body) == body


# --- Bad input


def test_an_unreadable_answer_is_told_with_file_and_line_and_the_rest_is_read() -> None:
    document = read(pincong_jekyll, pack_of(ANSWER_HEAD + "Tea.", "---\ndate: [\n---\n", "no front matter"))
    assert [comment.body for comment in document.comments] == ["Tea."]
    assert [(problem.code, problem.message.partition(" The")[0]) for problem in document.problems] == [
        ("record-unreadable", "_answers/5/7.md:3:"),
        ("record-unreadable", "_answers/5/8.md:1:"),
    ]


def test_an_account_without_a_name_is_told() -> None:
    document = read(pincong_jekyll, pack_of(ANSWER_HEAD.replace("user_name: Bert", "user_id: 7\nuser_name: ''")))
    assert [problem.message for problem in document.problems] == ["_answers/5/6.md:4: The account has no name."]


def test_an_unreadable_question_is_refused_with_file_and_line() -> None:
    with pytest.raises(UnreadableError) as refused:
        read(pincong_jekyll, pack_of(ANSWER_HEAD, question=HEAD.replace("Tea", "'Tea")))
    assert refused.value.problem.message.startswith("_p/5.md:3: ")


# --- Rewriting


@given(st.lists(st.text("ab <>/p#*1.'\":", max_size=12), max_size=4).map("\n".join))
def test_a_text_that_was_read_can_be_written_and_all_else_stays(text: str) -> None:
    body = body_of(text)
    content = pack_of(f"{ANSWER_HEAD}\nSecret\n", ANSWER_HEAD + "Tea.", question=HEAD.replace("[]", "['Secret']"))
    after = read(pincong_jekyll, pincong_jekyll.rewrite(content, "a", Changes(bodies={0: "[gone]", 1: body})))
    assert [comment.body for comment in after.comments] == ["[gone]", body, "Tea."]
    assert after.title == "Tea"


def test_only_the_bytes_of_the_text_change(packs: dict[str, bytes]) -> None:
    rewritten = pincong_jekyll.rewrite(packs[KEY], "a", Changes(bodies={0: "[gone]", 2: "[gone]"}))
    expected = members(packs[KEY])
    expected["_p/1007.md"] = expected["_p/1007.md"].replace("'I have the same question: which one?'", '"[gone]"')
    expected["_answers/1007/1010.md"] = expected["_answers/1007/1010.md"].replace("藍色的比較輕。", "[gone]")
    assert members(rewritten) == expected


def test_a_removed_author_leaves_no_field_that_tells_who_it_was(packs: dict[str, bytes]) -> None:
    rewritten = pincong_jekyll.rewrite(packs[KEY], "a", Changes(authors={1: "", 2: "茶壺"}))
    document = read(pincong_jekyll, rewritten)
    assert [comment.author for comment in document.comments] == [None, None, "茶壺"]
    assert [comment.body for comment in document.comments] == [
        c.body for c in read(pincong_jekyll, packs[KEY]).comments
    ]
    assert document.problems == ()
    assert not any(word in members(rewritten)[ANSWER] for word in ("Anna", "anna", "Drinks", "user_id: 7"))


def test_the_opening_is_taken_out(packs: dict[str, bytes]) -> None:
    for content in packs.values():
        document = read(pincong_jekyll, pincong_jekyll.rewrite(content, "a", Changes(title="[redacted]")))
        before = read(pincong_jekyll, content)
        assert (document.title, document.author, document.body, document.tags) == ("[redacted]", None, "", ())
        assert document.key == before.key
        assert [comment._replace(line=0) for comment in document.comments] == [
            comment._replace(line=0) for comment in before.comments
        ]
