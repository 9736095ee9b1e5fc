"""Markdown files: the fields that are read, the segments they are cut into, texts replaced in them."""

from __future__ import annotations

import pickle
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.real_files import WHY_NOT, real_files
from threads.formats import markdown_files
from threads.formats.backup_format import Changes
from threads.parsing.problem_severities import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from threads.parsing.document import Document

FRONT = (
    "---\nlayout: default\nLastmod: 2021-05-02T08:00:00+02:00\ndate: 2021-05-01T00:00:00.000Z\n"
    'title: "Tea in the morning"\nauthor: "kettle"\ntags: [tea,morning]\n---\n'
)
BODY = "\nWhich tea do you drink first?\n"
CLOSING = "\n\n\n\n> [点击茶馆原文参与讨论](https://tea.example/article/7)\n\n"


def block(heading: str, words: str = "Green.") -> str:
    """Return a comment with the converter's framing."""
    return f"\n            \n### 茶馆用户 {heading}\n        \n{words}\n        \n\n"


def parse(text: str, name: str = "tea.md") -> Document:
    return markdown_files.read_document(text.encode("utf-8", "surrogateescape"), name)


def people(*blocks: str, front: str = FRONT) -> list[tuple[str | None, str | None]]:
    comments = parse(front + BODY + "".join(blocks) + CLOSING).comments
    return [(comment.author, comment.addressee) for comment in comments]


def segments_of(text: str) -> list[markdown_files.Segment]:
    return list(markdown_files.read_segments(text.encode("utf-8", "surrogateescape"), "tea.md"))


def joined(segments: Iterable[markdown_files.Segment]) -> bytes:
    return "".join(segment.text for segment in segments).encode("utf-8", "surrogateescape")


# --- The file as a whole


def test_an_article_gives_all_its_fields() -> None:
    thread = parse(FRONT + BODY + block("**saucer** 评论于 2021-05-03") + CLOSING)
    assert thread.key == "tea.example/article/7"
    assert thread.kind == "article"
    assert thread.title == "Tea in the morning"
    assert thread.author == "kettle"
    assert thread.published_at == datetime(2021, 5, 1, tzinfo=UTC)
    assert thread.modified_at == datetime(2021, 5, 2, 6, tzinfo=UTC)
    assert thread.source_url == "https://tea.example/article/7"
    assert thread.tags == ("tea", "morning")
    assert thread.front_matter["layout"] == "default"
    assert thread.body == "Which tea do you drink first?"
    assert thread.problems == ()
    (comment,) = thread.comments
    assert (comment.author, comment.addressee, comment.posted_on) == ("saucer", None, date(2021, 5, 3))
    assert (comment.body, comment.line, comment.removed_at_source) == ("Green.", 13, False)


def test_segments_are_cut_so_that_words_stand_alone() -> None:
    text = FRONT + BODY + block("**saucer** 评论于") + block("**spoon** 评论于", "Black.") + CLOSING
    assert segments_of(text)[1:] == [
        ("body", BODY),
        ("heading", "\n            \n### 茶馆用户 **saucer** 评论于\n        \n"),
        ("comment", "Green.\n"),
        ("heading", "        \n\n\n            \n### 茶馆用户 **spoon** 评论于\n        \n"),
        ("comment", "Black.\n"),
        ("closing", "        \n\n" + CLOSING),
    ]


def test_a_comment_is_replaced_without_a_change_to_its_neighbours() -> None:
    text = FRONT + BODY + block("**saucer** 评论于") + block("**spoon** 评论于", "Black.") + CLOSING
    rewritten = markdown_files.rewrite(text.encode(), "tea.md", Changes(bodies={0: "[removed]"})).decode()
    assert rewritten == text.replace("Green.", "[removed]")
    assert [comment.body for comment in parse(rewritten).comments] == ["[removed]", "Black."]


def test_a_replaced_comment_keeps_the_line_ends_of_its_file() -> None:
    text = (FRONT + BODY + block("**saucer** 评论于", "Green.\nBlack.")).replace("\n", "\r\n")
    rewritten = markdown_files.rewrite(text.encode(), "tea.md", Changes(bodies={0: "White.\nRed."})).decode()
    assert rewritten == text.replace("Green.\r\nBlack.", "White.\r\nRed.")


def test_a_question_has_its_author_and_day_from_its_heading() -> None:
    front = FRONT.replace('"kettle"', '""').replace("2021-05-01T00:00:00.000Z", "2021-05-09")
    asked = "\n\n### 茶馆用户 **pot** 提问于 5/12/2021\n    \nWhich pot?\n    \n                \n\n"
    answer = "### 茶馆用户 **lid** 评论于 2021-05-13\n        \nThe blue one.\n"
    thread = parse(front + asked + answer)
    assert (thread.kind, thread.author, thread.body) == ("question", "pot", "Which pot?")
    assert thread.published_at == datetime(2021, 5, 12, tzinfo=UTC)
    assert [comment.author for comment in thread.comments] == ["lid"]
    assert [segment.kind for segment in segments_of(front + asked + answer)] == [
        "front_matter", "heading", "body", "heading", "comment", "closing"
    ]  # fmt: skip


def test_a_questions_hour_in_the_front_matter_is_kept_when_the_day_agrees() -> None:
    front = FRONT.replace("2021-05-01T00:00:00.000Z", "2021-05-12T09:30:00Z").replace("2021-05-02T", "2021-05-12T")
    assert parse(front + "\n### 茶馆用户 **pot** 提问于 5/12/2021\n\nWhich?\n").published_at == datetime(
        2021, 5, 12, 9, 30, tzinfo=UTC
    )
    assert parse(front + "\n### 茶馆用户 **pot** 提问于\n\nWhich?\n").published_at == datetime(
        2021, 5, 12, 9, 30, tzinfo=UTC
    )
    strange = parse(front + "\n### 茶馆用户 **** 提问于 never\n\nWhich?\n")
    assert (strange.author, [problem.code for problem in strange.problems]) == ("kettle", ["date-unreadable"])


def test_the_heading_of_a_question_further_down_is_a_comment() -> None:
    thread = parse(FRONT + BODY + "\n### 茶馆用户 **pot** 提问于 5/12/2021\n    \nWhich pot?\n")
    assert (thread.kind, thread.body) == ("article", "Which tea do you drink first?")
    assert [(comment.author, comment.posted_on) for comment in thread.comments] == [("pot", date(2021, 5, 12))]


def test_answers_have_names_with_spaces_and_no_dates() -> None:
    answer = "\n    \n### 问答用户  old kettle  发表\n    \nBoil it twice.\n    \n    \n    "
    thread = parse(FRONT + answer + answer.replace("old kettle", "pot"))
    assert (thread.kind, thread.body) == ("answers", "")
    assert [(c.author, c.addressee, c.posted_on) for c in thread.comments] == [
        ("old kettle", None, None),
        ("pot", None, None),
    ]


def test_a_question_is_known_by_its_closing_link_too() -> None:
    assert parse(FRONT + BODY + CLOSING.replace("article", "question")).kind == "question"


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("# Tea *of* the day\n\nGreen.", "Tea of the day"),
        ("\n> [Green](https://tea.example) tea, of course.\n", "Untitled: Green tea, of course."),
        ("word " * 40, "Untitled: word word word word word word word word word word word word…"),
        ("---\n\nGreen", "Untitled: Green"),
        ("***\n___\n", "Untitled: all of it"),
        ("这种茶怎么泡？", "无题：这种茶怎么泡？"),
        ("![](https://tea.example/a.png)\n\n這種茶怎麼泡？", "無題：這種茶怎麼泡？"),
        ("See below.\n\n## Water\n\nHot.", "Untitled: See below."),
    ],
)
def test_a_thread_without_title_is_called_by_its_first_words(body: str, title: str) -> None:
    thread = parse(f"---\nauthor: kettle\n---\n{body}\n", "notes/all of it.md")
    assert thread.title == title
    assert [problem.code for problem in thread.problems] == ["title-missing"]


@pytest.mark.parametrize(
    "title", ['title: ""', "title:", "title: '　'", 'title: "“”"', "title: \u200b", "title: ~", "x: y"]
)
@pytest.mark.parametrize(
    ("body", "tags", "expected"),
    [
        ("", "[tea, pots]", "Untitled: tea、pots"),
        ("~已删除~", "[茶叶, 杯]", "无题：茶叶、杯"),
        ("", "[]", "Untitled"),
    ],
)
def test_a_comment_never_gives_a_thread_its_title(title: str, body: str, tags: str, expected: str) -> None:
    text = f"---\n{title}\ntags: {tags}\n---\n{body}\n" + block("**saucer** 评论于 2021-05-03", "# My secret\n\nWords.")
    thread = parse(text, "0f343b0931126a20f133d67c2b018a3b.md")
    assert thread.title == expected
    assert [problem.code for problem in thread.problems] == ["title-missing"]


def test_a_file_without_any_text_is_an_empty_thread() -> None:
    front = '---\ntitle: ""\nauthor: kettle\ndate: 2021-05-01\ntags: [tea]\n---\n'
    thread = parse(front + CLOSING)
    assert (thread.body, thread.comments, thread.title, thread.author) == ("", (), "Untitled: tea", "kettle")
    assert [problem.code for problem in thread.problems] == ["text-missing", "title-missing"]
    assert parse("---\nlayout: default\n---\n" + CLOSING).key == "tea.example/article/7"


@pytest.mark.parametrize(
    ("date", "lastmod", "shown"),
    [
        ("2031-01-11", "2022-03-01T08:00:00Z", "2022-03-01"),
        ("2022-03-03", "2022-03-01T08:00:00Z", "2022-03-01"),
        ("2022-03-02", "2022-03-01T08:00:00Z", "2022-03-02"),
        ("2022-03-03", "1970-01-01T00:00:00Z", "2022-03-03"),
        ("2022-03-03", "", "2022-03-03"),
    ],
)
def test_a_pinned_thread_is_dated_by_lastmod(date: str, lastmod: str, shown: str) -> None:
    thread = parse(f"---\ntitle: Tea\ndate: {date}\nLastmod: {lastmod}\n---\nGreen.")
    assert str(thread.published_at)[:10] == shown
    assert thread.front_matter["date"] == date
    warnings = [(problem.code, problem.line) for problem in thread.problems]
    assert warnings == ([] if shown == date else [("date-after-lastmod", 3)])


def test_a_title_that_is_a_list_is_one_line() -> None:
    assert parse("---\ntitle:\n- green\n- black\n---\n" + BODY).title == "green, black"


def test_a_refusal_can_go_from_one_process_to_another() -> None:
    with pytest.raises(UnreadableError) as refused:
        markdown_files.read_document(b"", "tea.md")
    again = pickle.loads(pickle.dumps(refused.value))
    assert again.problem == refused.value.problem


def test_a_long_title_is_cut_and_kept_whole_in_the_front_matter() -> None:
    thread = parse(FRONT.replace("Tea in the morning", "tea" * 300) + BODY)
    assert (len(thread.title), thread.title[-1]) == (500, "…")
    assert thread.front_matter["title"] == "tea" * 300


# --- Headings


def test_an_addressee_stands_on_a_line_of_its_own() -> None:
    assert people(
        block("**spoon \nsaucer** 评论于 2021-05-03"),
        block("**MasonJar\t\t\t\t\n\t\t\t\t\tmilk** 评论于 2021-05-03"),
        block("**pot\n\t\t\t\t\n\t\t\t\tmilk** 评论于 2021-05-03"),
        block("**cup\t\tmilk** 评论于 2021-05-03"),
    ) == [("spoon", "saucer"), ("MasonJar", "milk"), ("pot", "milk"), ("cup", "milk")]


def test_a_line_is_two_people_only_if_both_are_known() -> None:
    assert people(
        block("**spoon** 评论于 2021-05-03"),
        block("**spoon kettle** 评论于 2021-05-03"),
        block("**spoon teapot** 评论于 2021-05-03"),
        block("**old teapot** 评论于 2021-05-03"),
    ) == [("spoon", None), ("spoon", "kettle"), ("spoon teapot", None), ("old teapot", None)]


def test_a_known_name_with_a_space_is_one_person() -> None:
    assert people(block("**big \nbig spoon** 评论于"), block("**spoon** 评论于"), block("**big spoon** 评论于")) == [
        ("big", "big spoon"),
        ("spoon", None),
        ("big spoon", None),
    ]


def test_a_line_that_can_be_cut_in_two_ways_is_not_cut() -> None:
    clear = [block(f"**{name}** 评论于") for name in ("a", "c")]
    pairs = [block("**a \nb c** 评论于"), block("**a b \nc** 评论于")]
    assert people(*clear, *pairs, block("**a b c** 评论于"))[-1] == ("a b c", None)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("teapot spoon", ("teapot", "spoon")),
        ("old teapot spoon", ("old teapot", "spoon")),
        ("spoon old teapot", ("spoon", "old teapot")),
        ("teapot saucer", ("teapot", "saucer")),
        ("old tea pot", ("old tea pot", None)),
    ],
)
def test_a_comment_that_opens_with_a_quote_names_two(name: str, read: tuple[str, str | None]) -> None:
    quote = '> [\\>>]( "/article/item_id-1#")Green.\n\nNo, white.'
    assert people(block("**spoon** 评论于"), block(f"**{name}** 评论于", quote))[-1] == read


def test_a_name_is_unknown_where_there_is_none() -> None:
    assert people(block("**** 评论于"), block("**  ** 评论于"), front=FRONT.replace("kettle", "")) == [(None, None)] * 2


@pytest.mark.parametrize(
    "heading",
    [
        "### 茶馆用户 **spoon** 评论于 2021-05-03",
        "### 茶馆用户**spoon**评论于2021-05-03",
        "   ###  茶館用戶 **spoon** 評論於 5/3/2021  ",
        "### Tea House 用户 **spoon** 评论于 2021/5/3",
        "### 用户 **spoon** 发表于 2021-05-03",
        "### 茶馆用户 spoon 发表于 2021-05-03",
    ],
)
def test_any_site_and_either_script_make_a_heading(heading: str) -> None:
    (comment,) = parse(f"{FRONT}{BODY}\n{heading}\nGreen.\n").comments
    assert (comment.author, comment.posted_on, comment.body) == ("spoon", date(2021, 5, 3), "Green.")


@pytest.mark.parametrize(
    "line",
    [
        "#### 茶馆用户 **spoon** 评论于 2021-05-03",
        "## 茶馆用户 **spoon** 评论于 2021-05-03",
        "    ### 茶馆用户 **spoon** 评论于 2021-05-03",
        "a ### 茶馆用户 **spoon** 评论于 2021-05-03",
        "###茶馆用户 **spoon** 评论于 2021-05-03",
        "> ### 茶馆用户 **spoon** 评论于 2021-05-03",
        "### 茶馆用户 **spoon** 说于 2021-05-03",
        "### 茶馆用户 **spoon** 评论于 2021-05-03" + " and so on" * 20,
        "### 茶馆用户 **" + "spoon" * 300 + "** 评论于 2021-05-03",
        "### 茶馆用户 **spoon\n\n\n\n\n** 评论于 2021-05-03",
        "### 大家好",
    ],
)
def test_words_that_only_resemble_a_heading_are_text(line: str) -> None:
    thread = parse(f"{FRONT}{BODY}\n{line}\nGreen.\n")
    assert thread.comments == ()
    assert line.partition("\n")[0].strip() in thread.body


def test_a_heading_that_is_cut_short_does_not_swallow_the_next() -> None:
    thread = parse(f"{FRONT}{BODY}\n### 茶馆用户 **saucer\n\n### 茶馆用户 **spoon** 评论于 2021-05-03\nBlack.\n")
    assert [comment.author for comment in thread.comments] == ["spoon"]
    assert thread.body.endswith("### 茶馆用户 **saucer")


# --- Names, marks and dates of comments


@pytest.mark.parametrize("mark", ["~已删除~", "_已隐藏_", "\\*\\*该用户被封禁，内容已自动替换\\*\\*", "~~已刪除~~"])
def test_a_comment_removed_at_the_source_is_marked(mark: str) -> None:
    whole, part = parse(FRONT + BODY + block("**a** 评论于", mark) + block("**b** 评论于", mark + " really")).comments
    assert (whole.removed_at_source, whole.body) == (True, mark)
    assert not part.removed_at_source


def test_a_body_keeps_its_indent_and_its_hard_breaks() -> None:
    words = "  \n    code\n  \nlast  \n\n"
    (comment,) = parse(FRONT + BODY + block("**a** 评论于", words)).comments
    assert comment.body == "    code\n  \nlast"


# --- Properties


PIECES = [
    FRONT, BODY, CLOSING, "---\n", "title: a: b\n", "\ufeff", "```\n", "> ", "[\\>>]( \"/article/item_id-5#\")x\n",
    "            \n", "\n", "\r\n", "\r", "\0", "\x0b", "\ud8c3".encode("utf-16", "surrogatepass").decode("latin-1"),
    block("**saucer** 评论于 2021-05-03"), block("**spoon \nsaucer** 评论于"), block("spoon 发表"),
    "\n### 茶馆用户 **pot** 提问于 5/12/2021\n    \n", "### 茶馆用户 **a b** 评论于 99/99/9999\n", "~已删除~",
    "\udcff", "字",
]  # fmt: skip
FILES = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map(
        lambda pieces: "".join(pieces).encode("utf-8", "surrogateescape")
    ),
    st.lists(st.one_of(st.sampled_from(PIECES).map(lambda p: p.encode("utf-8", "surrogateescape")), st.binary())).map(
        b"".join
    ),
    st.binary(),
)
NAMES = st.one_of(
    st.text(max_size=300), st.sampled_from(["a.md", "b/a.md", "ä?#.md", "0" * 32 + ".md", ".md", "../a.md"])
)


@given(FILES, NAMES)
def test_segments_give_back_every_byte_and_fields_are_fit_to_be_stored(content: bytes, name: str) -> None:
    try:
        thread = markdown_files.read_document(content, name)
    except UnreadableError:
        return
    segments = markdown_files.read_segments(content, name)
    assert joined(segments) == content
    assert markdown_files.identify_thread(content, name) == thread.key
    assert thread.title
    kinds = [segment.kind for segment in segments]
    assert kinds[-1 - 2 * len(thread.comments) : -1] == ["heading", "comment"] * len(thread.comments)
    bodies = [thread.body, *(comment.body for comment in thread.comments)]
    names = [thread.author, *(name for c in thread.comments for name in (c.author, c.addressee))]
    for text in [*bodies, *filter(None, names), *thread.tags, thread.title, thread.key, repr(thread.front_matter)]:
        assert not re.search("[\0-\x08\x0b-\x1f\ud800-\udfff]", text)
    assert all(len(text) <= 255 for text in [*filter(None, names), thread.key])
    assert thread.source_url == "" or thread.source_url.startswith(("https://", "http://"))
    assert all(moment is None or moment.tzinfo for moment in (thread.published_at, thread.modified_at))


@given(st.binary(), NAMES)
def test_identify_never_raises(content: bytes, name: str) -> None:
    assert 0 < len(markdown_files.identify_thread(content, name)) <= 255


# --- The real files, where there are any


@pytest.mark.corpus
@pytest.mark.skipif(not any(real_files()), reason=WHY_NOT)
def test_every_heading_of_the_real_files_is_found_and_every_byte_comes_back() -> None:
    for path in real_files():
        content = path.read_bytes()
        segments = markdown_files.read_segments(content, path.name)
        assert joined(segments) == content
        headings = [segment for segment in segments if segment.kind == "heading"]
        assert len(headings) == len(re.findall(rb"^### .*\xe7\x94\xa8\xe6\x88\xb7", content, re.MULTILINE)), path.name
