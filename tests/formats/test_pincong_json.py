"""The form pincong-json: questions and articles with their comments in JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.memory_folder import MemoryFolder, find, members, read, read_fixture
from threads.formats import pincong_json
from threads.formats.backup_format import Changes
from threads.formats.packs import pack, unpack
from threads.parsing.problem_severities import UnreadableError
from threads.parsing.values import body_text

QUESTION = "pincong.rocks/question/64258"
PATH = "question/64258.json"
ANSWERS = "question_answer/64258.json"


@pytest.fixture(scope="module")
def folder() -> MemoryFolder:
    return read_fixture("pincong-json")


@pytest.fixture(scope="module")
def question(folder: MemoryFolder) -> bytes:
    return find(pincong_json, folder)[0][QUESTION]


def with_member(content: bytes, path: str, text: bytes) -> bytes:
    """Return a pack with another content of a member."""
    return pack(member._replace(content=text) if member.path == path else member for member in unpack(content))


def with_answer(content: bytes, **fields: Any) -> bytes:
    """Return a pack in which the first answer has other fields."""
    answers = json.loads(members(content)[ANSWERS])
    answers["answers"][0] |= fields
    return with_member(content, ANSWERS, json.dumps(answers, indent=1).encode())


# --- Recognition and threads


def test_each_entry_is_recognized_by_its_fields(folder: MemoryFolder) -> None:
    assert pincong_json.claim_entries(folder) == {"question", "question_answer", "article"}
    other = {path.replace("question/", "article/"): text for path, text in read_fixture("mohu").files.items()}
    assert not pincong_json.claim_entries(MemoryFolder(other))
    answers = {path: text for path, text in folder.files.items() if path.startswith("question_answer")}
    assert not pincong_json.claim_entries(MemoryFolder(answers))


def test_a_question_has_its_answers(folder: MemoryFolder) -> None:
    packs, _refused = find(pincong_json, folder)
    assert {key: list(members(content)) for key, content in packs.items()} == {
        QUESTION: [PATH, ANSWERS],
        "pincong.rocks/question/64259": ["question/64259.json"],
        "pincong.rocks/question/64261": ["question/64261.json", "question_answer/64261.json"],
        "pincong.rocks/article/64258": ["article/64258.json"],
    }


def test_files_without_a_thread_are_named(folder: MemoryFolder) -> None:
    _packs, refused = find(pincong_json, MemoryFolder({**folder.files, "question_answer/1.json": "{}"}))
    assert [(entry.path, entry.problem.code, entry.problem.severity) for entry in refused] == [
        ("question/64260.json", "no-thread", "warning"),
        ("question/question_64258.html", "no-thread", "warning"),
        ("question_answer/1.json", "posts-without-thread", "error"),
        ("question_answer/64258.json", "threads-merged", "warning"),
        ("question_answer/64261.json", "threads-merged", "warning"),
    ]
    assert "question_answer/64261.json" in refused[3].problem.message


# --- Reading


def test_the_fields_of_a_question_are_read(question: bytes) -> None:
    document = read(pincong_json, question)
    assert (document.key, document.kind, document.author) == (QUESTION, "question", "麵粉罐")
    assert document.tags == ("烘焙", "麵包")
    assert document.published_at == datetime(2022, 11, 15, tzinfo=UTC)
    assert document.source_url == "https://pincong.rocks/question/64258"
    assert document.body == "我用了乾酵母，等了兩個小時。  \n![](https://pic.example/dough.jpg)"
    assert document.votes == 3
    assert document.front_matter["view_count"] == 120
    assert not {"content", "discussions"} & document.front_matter.keys()


def test_an_empty_title_is_recovered(question: bytes, folder: MemoryFolder) -> None:
    assert read(pincong_json, question).title == "麵包為什麼不發？"
    nothing = json.dumps({"question_id": "64258", "title": "", "meta_description": " - ", "date": "2022-11-15"})
    document = read(pincong_json, with_member(question, PATH, nothing.encode()))
    assert document.title == "Untitled: 64258"
    assert [problem.code for problem in document.problems] == ["post-repeated", "title-missing"]


def test_posts_are_in_the_order_of_writing_and_know_what_they_stand_below(question: bytes) -> None:
    comments = read(pincong_json, question).comments
    assert [(comment.source_kind, comment.source_id, comment.container) for comment in comments] == [
        ("question_discussion", 501, "thread"),
        ("answer", 901, "thread"),
        ("question_discussion", 502, "thread"),
        ("answer", 902, "thread"),
        ("answer", 903, "thread"),
        ("answer_discussion", 801, "answer/902"),
        ("answer_discussion", 802, "answer/901"),
    ]
    assert [comment.votes for comment in comments] == [None, -2, None, 9, 0, None, None]
    assert comments[0].posted_on == date(2022, 11, 15)


def test_plain_text_keeps_its_lines_and_signs(question: bytes) -> None:
    comments = read(pincong_json, question).comments
    assert comments[0].body == "水太熱了嗎？  \n酵母怕熱 <3"
    assert comments[2].body == "@木棉:40 度。  \n1\\. 應該還好"


def test_links_through_the_site_have_their_real_address(question: bytes) -> None:
    assert (
        read(pincong_json, question).comments[3].body
        == "Try fresh yeast. See [this page](https://bread.example/yeast)."
    )


def test_deleted_posts_and_accounts_are_marked(question: bytes, folder: MemoryFolder) -> None:
    comments = read(pincong_json, question).comments
    assert [comment.source_id for comment in comments if comment.removed_at_source] == [903, 802]
    assert (comments[4].author, comments[4].body) == ("小满", "~~已删除~~")
    assert [(comment.author, comment.account_deleted) for comment in comments[5:]] == [(None, True), ("木棉", False)]
    assert read(pincong_json, find(pincong_json, folder)[0]["pincong.rocks/question/64259"]).author is None


def test_a_notice_of_the_site_and_the_text_below_it_stay(folder: MemoryFolder) -> None:
    document = read(pincong_json, find(pincong_json, folder)[0]["pincong.rocks/article/64258"])
    assert document.body == "\\*\\*该用户被封禁，内容已自动替换\\*\\*\n\nMonday: *sour*."


def test_posts_that_the_site_counts_and_the_backup_does_not_have_are_counted(folder: MemoryFolder) -> None:
    packs, _refused = find(pincong_json, folder)
    assert {key: read(pincong_json, content).missing_comments for key, content in packs.items()} == {
        QUESTION: 2,
        "pincong.rocks/question/64259": 7,
        "pincong.rocks/question/64261": 0,
        "pincong.rocks/article/64258": 96,
    }


def test_an_answer_that_begins_with_a_quote_is_not_said_to_answer_the_question(question: bytes) -> None:
    document = read(pincong_json, with_answer(question, contents="<blockquote>tea</blockquote>yes"))
    assert document.comments[3].container == ""


# --- Bad input


def test_a_post_that_stands_twice_is_shown_once(question: bytes) -> None:
    problems = read(pincong_json, question).problems
    assert [problem.code for problem in problems] == ["post-repeated"]
    assert problems[0].message.startswith("question_answer/64258.json:50: The post 802 ")
    other = read(pincong_json, with_answer(question, id="901"))
    assert [comment.source_id for comment in other.comments if comment.source_kind == "answer"] == [901, 903]
    assert {comment.container for comment in other.comments} == {"thread", "answer/901"}
    assert "901" in other.problems[0].message


@pytest.mark.parametrize(
    "fields",
    [{"id": None}, {"id": "x"}, {"contents": 5}, {"answerer": "x"}, {"date": []}, {"answerer": {"username": 1}}],
)
def test_an_answer_that_cannot_be_read_is_a_problem_and_the_rest_is_read(
    question: bytes, fields: dict[str, Any]
) -> None:
    document = read(pincong_json, with_answer(question, **fields))
    assert [comment.source_id for comment in document.comments if comment.source_kind == "answer"] == [901, 903]
    assert (document.comments[4].source_id, document.comments[4].container) == (801, "")
    assert document.problems[0].message.startswith("question_answer/64258.json:6: ")
    assert {problem.severity for problem in document.problems} == {"warning"}


@pytest.mark.parametrize("answers", [b'{"answers":\n[', b"[]", b'{"answers":{}}', b'{"answers":[5]}', b"\xff"])
def test_answers_that_cannot_be_read_leave_the_question_readable(question: bytes, answers: bytes) -> None:
    document = read(pincong_json, with_member(question, ANSWERS, answers))
    assert [comment.source_id for comment in document.comments] == [501, 502]
    assert document.problems[0].message.startswith("question_answer/64258.json")


@pytest.mark.parametrize("text", [b"{", b'{"question_id":"1"}', b'{"question_id":"64258","title":{}}'])
def test_a_question_whose_own_file_cannot_be_read_is_refused_with_its_path(question: bytes, text: bytes) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(pincong_json, with_member(question, PATH, text))
    assert refused.value.problem.message.startswith(PATH)
    assert refused.value.problem.severity == "error"


# --- Rewriting


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(body_text), st.sampled_from([0, 1, 2, 3, 5]))
def test_a_new_text_is_read_again_and_all_other_bytes_stay(text: str, number: int) -> None:
    content = find(pincong_json, read_fixture("pincong-json"))[0][QUESTION]
    rewritten = pincong_json.rewrite(content, PATH, Changes(bodies={number: text}))
    before, after = read(pincong_json, content), read(pincong_json, rewritten)
    assert after.comments[number].body == text
    assert [c for n, c in enumerate(after.comments) if n != number] == [
        c for n, c in enumerate(before.comments) if n != number
    ]
    path = PATH if before.comments[number].source_kind == "question_discussion" else ANSWERS
    old, new = (members(pack_).pop(path).split("\n") for pack_ in (content, rewritten))
    assert [n for n, line in enumerate(new) if line != old[n]] in (
        [],
        [n for n, line in enumerate(old) if line != new[n]],
    )
    assert len([n for n, line in enumerate(new) if line != old[n]]) == 1
    other = {PATH, ANSWERS} - {path}
    assert all(members(content)[name] == members(rewritten)[name] for name in other)


def test_each_copy_of_a_post_is_rewritten(question: bytes) -> None:
    rewritten = pincong_json.rewrite(question, PATH, Changes(bodies={6: "gone"}, authors={6: ""}))
    discussions = json.loads(members(rewritten)[ANSWERS])["answers"][1]["discussions"]
    assert discussions[0] == discussions[1]
    assert discussions[0]["replier"] == {"username": "", "uid": None}
    assert read(pincong_json, rewritten).comments[6]._replace(line=0)[:4] == (None, None, date(2022, 11, 18), "gone")


def test_a_removed_author_is_no_deleted_account(question: bytes) -> None:
    document = read(pincong_json, pincong_json.rewrite(question, PATH, Changes(authors={1: "", 0: ""})))
    assert [(comment.author, comment.account_deleted) for comment in document.comments[:3]] == [
        (None, False),
        (None, False),
        ("麵粉罐", False),
    ]
    assert [comment.body for comment in document.comments] == [
        comment.body for comment in read(pincong_json, question).comments
    ]


def test_the_opening_is_taken_out_with_its_description(question: bytes) -> None:
    rewritten = pincong_json.rewrite(question, PATH, Changes(title="[redacted]", authors={2: ""}))
    document = read(pincong_json, rewritten)
    assert (document.title, document.author, document.body) == ("[redacted]", None, "")
    text = members(rewritten)[PATH]
    assert not [word for word in ("不發", "乾酵母", "麵粉罐", "dough") if word in text]
    assert [comment.body for comment in document.comments] == [
        comment.body for comment in read(pincong_json, question).comments
    ]
