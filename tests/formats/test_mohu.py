"""The form mohu: a JSON file for each post, person and topic."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.memory_folder import MemoryFolder, find, members, read, read_fixture
from threads.formats import mohu
from threads.formats.backup_format import Changes
from threads.formats.packs import Member, pack, unpack
from threads.parsing.problem_severities import Problem, UnreadableError
from threads.parsing.values import body_text

QUESTION = "mohu.rocks/question/12"
ARTICLE = "mohu.rocks/article/12"


@pytest.fixture(scope="module")
def folder() -> MemoryFolder:
    return read_fixture("mohu")


@pytest.fixture(scope="module")
def question(folder: MemoryFolder) -> bytes:
    return find(mohu, folder)[0][QUESTION]


@pytest.fixture(scope="module")
def article(folder: MemoryFolder) -> bytes:
    return find(mohu, folder)[0][ARTICLE]


def with_member(content: bytes, path: str, text: bytes) -> bytes:
    """Return a pack with another content of a member."""
    return pack(member._replace(content=text) if member.path == path else member for member in unpack(content))


# --- Recognition and threads


def test_the_folder_is_recognized_by_the_type_of_its_records(folder: MemoryFolder) -> None:
    assert mohu.claim_entries(folder) == folder.entries
    other = {
        "question/12.json": '{"question_id":"12"}',
        "article/12.json": '{"type":"article","id":13}',
        "people/1.json": "",
    }
    assert not mohu.claim_entries(MemoryFolder(other))
    assert not mohu.claim_entries(MemoryFolder({"people/7.json": folder.files["people/7.json"]}))


def test_a_thread_has_its_posts_with_their_people_and_topics(folder: MemoryFolder) -> None:
    packs, _refused = find(mohu, folder)
    assert list(packs) == [QUESTION, "mohu.rocks/question/13", ARTICLE, "mohu.rocks/video/5"]
    assert list(members(packs[QUESTION])) == [
        "question/12.json",
        *("answer/12/101.json", "answer/12/102.json", "answer/12/103.json"),
        *("answer_discussion/101/201.json", "answer_discussion/101/202.json", "question_discussion/12/31.json"),
        *("people/7.json", "people/8.json", "people/9.json", "topic/3.json", "topic/4.json", "topic/5.json"),
    ]


def test_files_without_a_thread_are_named(folder: MemoryFolder) -> None:
    more = {"answer/77/5.json": "{}", "answer_discussion/78/5.json": "{}", "people/list.html": ""}
    _packs, refused = find(mohu, MemoryFolder({**folder.files, **more}))
    assert [(entry.path, entry.problem.code, entry.problem.severity) for entry in refused] == [
        ("people/list.html", "no-thread", "warning"),
        ("answer/77", "posts-without-thread", "error"),
        ("answer_discussion/78", "posts-without-thread", "error"),
        ("people", "people-unused", "warning"),
        ("topic", "people-unused", "warning"),
        ("answer/12", "threads-merged", "warning"),
        ("answer/13", "threads-merged", "warning"),
    ]
    assert "question/77" in refused[1].problem.message
    assert refused[3].problem.message.startswith("1 ")


def test_merged_questions_name_each_other_and_stay_two_threads(folder: MemoryFolder) -> None:
    packs, refused = find(mohu, folder)
    merged = {entry.path: entry.problem.message for entry in refused if entry.problem.code == "threads-merged"}
    assert "answer/13" in merged["answer/12"]
    assert "answer/12" in merged["answer/13"]
    first, second = (read(mohu, packs[key]).comments for key in (QUESTION, "mohu.rocks/question/13"))
    assert [comment.source_id for comment in second] == [101, 201, 202]
    assert {comment.body for comment in second} <= {comment.body for comment in first}


class UnreadableFile(MemoryFolder):
    """A folder with a file that cannot be read."""

    def read(self, path: str) -> bytes:
        if path == "answer/12/101.json":
            raise UnreadableError(Problem(None, "not-readable", "cannot be read"))
        return super().read(path)


def test_a_file_that_cannot_be_read_is_refused_without_its_thread(folder: MemoryFolder) -> None:
    packs, refused = find(mohu, UnreadableFile(folder.files))
    assert refused[0].path == "answer/12/101.json"
    document = read(mohu, packs[QUESTION])
    assert len(document.comments) == 5
    assert [problem.code for problem in document.problems] == ["parent-missing", "parent-missing"]


# --- Reading


def test_the_fields_of_a_question_are_read(question: bytes) -> None:
    document = read(mohu, question)
    assert (document.key, document.kind, document.author) == (QUESTION, "question", "木棉")
    assert (document.title, document.tags) == ("冷泡茶要泡多久？", ("冷泡", "夏天"))
    assert document.published_at == datetime(2019, 6, 1, tzinfo=UTC)
    assert document.source_url == "https://mohu.rocks/question/12"
    assert document.body == "放进冰箱，**四个小时**够吗？  \n1\\. 绿茶  \n2\\. 红茶"
    assert (document.votes, document.missing_comments) == (5, 1)
    assert (document.front_matter["topics"], "contents" in document.front_matter) == ([3, 4], False)


def test_posts_are_in_the_order_of_writing_and_know_what_they_stand_below(question: bytes) -> None:
    comments = read(mohu, question).comments
    assert [(comment.source_kind, comment.source_id, comment.container) for comment in comments] == [
        ("answer", 101, "thread"),
        ("answer", 102, "thread"),
        ("answer_discussion", 201, "answer/101"),
        ("answer_discussion", 202, "answer/101"),
        ("answer", 103, "thread"),
        ("question_discussion", 31, "thread"),
    ]
    assert [comment.votes for comment in comments] == [3, -1, None, None, 0, None]
    assert comments[0].posted_on == date(2019, 6, 2)


def test_a_uid_is_shown_as_a_name_if_the_backup_has_the_person(question: bytes) -> None:
    comments = read(mohu, question).comments
    assert comments[2].body == "@茶\\_壶:洗茶會不會太淡？"
    assert comments[3].body == "@99:不会，多放一点茶叶。"


def test_bodies_become_markdown(question: bytes) -> None:
    comments = read(mohu, question).comments
    assert comments[0].body == (
        "六小時。茶葉先用[冷水](https://tea.example/wash?a=1&b=2)洗一次。  \n![](https://pic.example/jar.jpg)"
    )
    assert comments[5].body == "<https://tea.example/>"


def test_deleted_posts_and_accounts_are_marked(question: bytes) -> None:
    comments = read(mohu, question).comments
    assert (comments[1].author, comments[1].body, comments[1].removed_at_source) == ("rye42", "~~已删除~~", True)
    assert (comments[4].author, comments[4].account_deleted, comments[4].body) == (
        None,
        True,
        "Eight hours <3 and no sugar",
    )
    assert not comments[0].account_deleted


def test_a_quote_of_the_site_is_marked_and_a_block_quote_of_the_writer_is_not(article: bytes) -> None:
    comments = read(mohu, article).comments
    assert comments[1].body == '> [\\>>]( "")洗鏈條用煤油就可以，不要用水。\n\n煤油味道太大了。'
    assert comments[2].body == "> Clean it first.  \n> Then count.\n\nAs I wrote."
    assert [comment.container for comment in comments] == ["thread", "", ""]


def test_the_address_of_a_video_is_in_its_text(folder: MemoryFolder) -> None:
    document = read(mohu, find(mohu, folder)[0]["mohu.rocks/video/5"])
    assert (document.kind, document.body) == ("article", "<https://video.example/embed/5>")


# --- Bad input


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("answer/12/101.json", b'{"type":"answer",\n"id"', "answer/12/101.json:2: "),
        ("answer/12/101.json", b"[]", "answer/12/101.json:1: "),
        ("answer/12/101.json", b'{"type":"answer","id":102,"contents":"x"}', "answer/12/101.json: "),
        ("answer/12/101.json", b'{"type":"answer","id":101,"contents":{}}', "answer/12/101.json: "),
        ("answer/12/101.json", b'{"type":"answer","id":101,"agreeCount":NaN}', "answer/12/101.json:1: "),
        ("answer/12/101.json", b'{"type":"answer","id":101,"uid":[]}', "answer/12/101.json: "),
        ("answer/12/101.json", b'{"a":' * 30_000, "answer/12/101.json:1: "),
    ],
)
def test_a_record_that_cannot_be_read_is_a_problem_and_the_rest_is_read(
    question: bytes, path: str, text: bytes, problem: str
) -> None:
    document = read(mohu, with_member(question, path, text))
    assert [comment.source_id for comment in document.comments if comment.source_kind == "answer"] == [102, 103]
    assert document.problems[0].message.startswith(problem)
    assert {problem.severity for problem in document.problems} == {"warning"}
    assert len(document.comments) == 5


@pytest.mark.parametrize(
    "text", [b'{"type":"question",', b"[]", b'{"type":"article","id":12}', b'{"type":"question","id":12,"title":1}']
)
def test_a_thread_whose_own_file_cannot_be_read_is_refused_with_its_path(question: bytes, text: bytes) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(mohu, with_member(question, "question/12.json", text))
    assert refused.value.problem.message.startswith("question/12.json:")
    assert refused.value.problem.severity == "error"


def test_people_and_topics_that_cannot_be_read_leave_the_thread_readable(question: bytes) -> None:
    content = with_member(with_member(question, "people/7.json", b"{"), "topic/5.json", b"")
    document = read(mohu, content)
    assert (document.author, document.tags, len(document.comments)) == (None, ("冷泡", "夏日"), 6)
    assert [problem.code for problem in document.problems] == ["detail-unreadable"] * 2 + ["author-unknown"] * 2


def test_topics_that_are_merged_in_a_circle_have_an_end(question: bytes) -> None:
    content = with_member(question, "topic/5.json", b'{"type":"topic","id":5,"title":"summer","mergedId":4}')
    assert len(read(mohu, content).tags) == 2
    folder = MemoryFolder({member.path: member.content for member in unpack(content)})
    assert list(find(mohu, folder)[0]) == [QUESTION]


def test_characters_that_no_database_stores_are_replaced(question: bytes) -> None:
    text = b'{"type":"question","id":12,"title":"\\u0000a","note":["\\ud800"],"contents":"\\u0000b\xff"}'
    document = read(mohu, with_member(question, "question/12.json", text))
    assert (document.title, document.body) == ("a", "b\N{REPLACEMENT CHARACTER}")
    json.dumps(document.front_matter, ensure_ascii=False).encode()
    assert "\0" not in str(document.front_matter)


# --- Rewriting


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(body_text))
def test_a_new_text_is_read_again_and_all_other_bytes_stay(text: str) -> None:
    content = find(mohu, read_fixture("mohu"))[0][QUESTION]
    rewritten = mohu.rewrite(content, "question/12.json", Changes(bodies={2: text}))
    before, after = read(mohu, content), read(mohu, rewritten)
    assert after.comments[2].body == text
    assert [c for n, c in enumerate(after.comments) if n != 2] == [c for n, c in enumerate(before.comments) if n != 2]
    path = "answer_discussion/101/201.json"
    old, new = members(content), members(rewritten)
    start, end = (part + '"' for part in old.pop(path).split('"@8:洗茶會不會太淡？"'))
    assert new[path].startswith(start)
    assert new.pop(path).endswith(end.removesuffix('"'))
    assert old == new


def test_an_author_is_removed_with_the_file_of_the_person(question: bytes) -> None:
    once = mohu.rewrite(question, "question/12.json", Changes(authors={0: ""}))
    assert "people/8.json" in members(once)
    rewritten = mohu.rewrite(question, "question/12.json", Changes(authors={0: "", 3: ""}))
    comments = read(mohu, rewritten).comments
    assert [comment.author for comment in comments] == [None, "rye42", "木棉", None, None, "rye42"]
    assert comments[2].body.startswith("@8:")
    assert "茶_壶" not in rewritten.decode()


def test_the_opening_is_taken_out(question: bytes, folder: MemoryFolder) -> None:
    document = read(mohu, mohu.rewrite(question, "question/12.json", Changes(title="[redacted]")))
    assert (document.title, document.author, document.body) == ("[redacted]", None, "")
    assert document.comments == read(mohu, question).comments
    video = find(mohu, folder)[0]["mohu.rocks/video/5"]
    assert "video.example" not in mohu.rewrite(video, "video/5.json", Changes(title="x")).decode()


def test_a_repeated_field_is_replaced_everywhere(question: bytes) -> None:
    path = "answer/12/103.json"
    twice = b'\xef\xbb\xbf{ "contents" : "first words", "type":"answer", "id":103, "date":"2019-06-03",'
    twice += b'\n "contents":"last words" }'
    rewritten = mohu.rewrite(with_member(question, path, twice), "question/12.json", Changes(bodies={4: ""}))
    assert members(rewritten)[path] == twice.decode().replace("first words", "").replace("last words", "")


def test_a_pack_without_a_path_of_a_record_is_refused() -> None:
    with pytest.raises(UnreadableError):
        read(mohu, pack([Member("question/x.json", b"{}")]))
