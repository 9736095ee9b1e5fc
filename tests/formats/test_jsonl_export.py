"""The jsonl export as a format: files are split into threads, read, and rewritten without a change to other bytes."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.formats import jsonl_export
from threads.formats.backup_format import Changes, Part
from threads.parsing.document import Document, DocumentComment
from threads.parsing.problem_severities import Problem, UnreadableError

KEY = "tea.example/article/7"


def article(**fields: Any) -> str:
    row = {"type": "article", "key": KEY, "kind": "article", "title": "Tea", "author": "kettle", "body": "Which?"}
    return json.dumps({**row, **fields}, ensure_ascii=False, separators=(",", ":"))


def comment(body: str | int = "Green.", **fields: Any) -> str:
    row = {"type": "comment", "article": KEY, "author": "saucer", "posted_on": "2021-05-03", "body": body}
    return json.dumps({**row, "body_html": f"<p>{body}</p>", **fields}, ensure_ascii=False, separators=(",", ":"))


def read(*lines: str) -> Document:
    return jsonl_export.read_document("\n".join(lines).encode(), "dump.jsonl#x")


def problem_of(*lines: str) -> Problem:
    with pytest.raises(UnreadableError) as refused:
        read(*lines)
    return refused.value.problem


def split(content: str | bytes) -> list[Part | Problem]:
    return list(jsonl_export.split_threads(io.BytesIO(content if isinstance(content, bytes) else content.encode())))


# --- Reading


def test_a_thread_has_the_fields_of_its_lines() -> None:
    document = read(
        article(
            kind="question",
            published_at="2021-05-01T00:00:00+00:00",
            modified_at="2021-05-02T08:00:00+02:00",
            tags=["tea", "morning"],
            source_url="https://tea.example/question/7",
            source_path="tea.md",
            front_matter={"layout": "post"},
            mood="calm",
        ),
        comment(addressee="kettle"),
        comment("_已隐藏_", author=None, posted_on=None),
    )
    assert (document.key, document.kind, document.title, document.author) == (KEY, "question", "Tea", "kettle")
    assert document.published_at == datetime(2021, 5, 1, tzinfo=UTC)
    assert document.modified_at == datetime(2021, 5, 2, 6, tzinfo=UTC)
    assert (document.tags, document.body) == (("tea", "morning"), "Which?")
    assert document.source_url == "https://tea.example/question/7"
    assert document.front_matter == {"layout": "post", "mood": "calm"}
    assert document.comments == (
        DocumentComment("saucer", "kettle", date(2021, 5, 3), "Green.", 2),
        DocumentComment(None, None, None, "_已隐藏_", 3, removed_at_source=True),
    )
    assert document.problems == ()


def test_rows_of_an_unknown_type_and_blank_lines_are_left_out() -> None:
    document = read(article(), "", '{"type":"vote","value":1}', comment(), "")
    assert [row.line for row in document.comments] == [4]


def test_an_address_that_is_not_http_is_left_out() -> None:
    assert read(article(source_url="javascript:alert(1)")).source_url == ""


def test_a_thread_without_a_title_is_named_by_its_first_words() -> None:
    document = read(article(title=None))
    assert (document.title, [problem.code for problem in document.problems]) == ("Untitled: Which?", ["title-missing"])


def test_a_date_that_cannot_be_right_is_a_warning_with_its_line() -> None:
    (problem,) = read(article(), comment(posted_on="0001-01-01")).problems
    assert (problem.line, problem.code, problem.severity) == (2, "date-clamped", "warning")


@pytest.mark.parametrize(
    ("lines", "line", "code"),
    [
        ((article(), comment()[:-5]), 2, "json-unreadable"),
        ((article(), comment(), "[" * 100_000), 3, "json-unreadable"),
        ((article(), "[1]"), 2, "json-unreadable"),
        ((article(), comment(body=1)), 2, "json-field"),
        ((article(), comment(article="tea.example/article/8")), 2, "json-field"),
        ((article(key=None),), 1, "json-field"),
        ((article(key="../x\n"),), 1, "json-field"),
        ((article(key="tea.example/../x"),), 1, "json-field"),
        ((article(kind="poem"),), 1, "json-field"),
        (("", comment()), 2, "json-no-article"),
        (("", " "), 1, "empty"),
    ],
)
def test_a_bad_line_refuses_its_thread(lines: tuple[str, ...], line: int, code: str) -> None:
    problem = problem_of(*lines)
    assert (problem.line, problem.code, problem.severity) == (line, code, "error")


@given(st.lists(st.one_of(st.sampled_from([article(), comment(), "", "{", "\x00", '{"type":"article"}']), st.text())))
def test_no_part_raises_another_error_and_fields_are_fit_to_be_stored(lines: list[str]) -> None:
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    assert jsonl_export.identify_thread(content, "a.jsonl")
    try:
        document = jsonl_export.read_document(content, "a.jsonl")
    except UnreadableError:
        return
    for text in (document.body, document.title, *(row.body for row in document.comments)):
        assert not re.search("[\0-\x08\x0b-\x1f\ud800-\udfff]", text)


# --- Splitting


def test_a_file_is_split_into_its_threads_without_a_lost_byte() -> None:
    other = article(key="tea.example/article/8")
    content = "\ufeff\n" + article() + "\r\n" + comment() + "\n\n" + other + "\n"
    parts = [part for part in split(content) if isinstance(part, Part)]
    assert [(part.key, part.first_line) for part in parts] == [(KEY, 1), ("tea.example/article/8", 5)]
    assert b"".join(part.content for part in parts) == content.encode()
    assert all(content.encode()[part.offset :].startswith(part.content) for part in parts)
    assert jsonl_export.read_document(parts[0].content, "x").comments[0].line == 3


def test_articles_are_known_in_any_order_of_fields() -> None:
    line = '{"key": "tea.example/article/8", "kind": "article", "body": "", "title": "B", "type": "article"}'
    assert [getattr(part, "key", None) for part in split(article() + "\n" + line)] == [KEY, "tea.example/article/8"]


@pytest.mark.parametrize(
    "start", ['{"type":"article",', '{"type": "article", ', '{"kind": "article", "type" : "article", ']
)
def test_an_article_that_cannot_be_read_is_a_problem_and_the_other_threads_are_split(start: str) -> None:
    broken = start + '"key": "tea.exam'
    lines = [article(), broken, comment(article="tea.example/article/8"), article(key="tea.example/article/9")]
    first, problem, last = split("\n".join(lines))
    assert isinstance(first, Part)
    assert isinstance(last, Part)
    assert isinstance(problem, Problem)
    assert (problem.line, problem.code) == (2, "json-unreadable")
    assert (first.key, last.key, last.first_line) == (KEY, "tea.example/article/9", 4)


def test_a_damaged_comment_that_shows_an_article_stays_in_its_thread() -> None:
    (part,) = split(article() + "\n" + comment('{"type":"article"}').replace("{", "{ ", 1)[:-1])
    assert isinstance(part, Part)


def test_a_line_that_is_not_json_is_refused_without_the_words_of_python() -> None:
    assert problem_of(article(), '{"type": "comment", 5}').message == "The line is not JSON from character 21 on."
    assert problem_of(article(), "[" * 100_000).message == "The line is not JSON."


def test_a_thread_that_is_repeated_is_refused_the_second_time() -> None:
    _, problem = split(article() + "\n" + article())
    assert isinstance(problem, Problem)
    assert (problem.line, problem.code) == (2, "thread-repeated")


@pytest.mark.parametrize(
    ("start", "recognized"),
    [
        (article().encode(), True),
        (b'\xef\xbb\xbf{ "key": "x", "type" : "article"}', True),
        (comment().encode(), True),
        (b'{"file": "x.md", "pos": 1}\n{"type":"article"}', False),
        (b"", False),
    ],
)
def test_a_file_is_recognized_by_its_first_line(start: bytes, *, recognized: bool) -> None:
    assert jsonl_export.is_format_of(lambda: start) is recognized


# --- Rewriting


def test_only_the_changed_texts_are_rewritten() -> None:
    odd = '{ "body_html":"<p>", "type": "comment", "body" :"Tea\\u002e", "n": 1.0, "quotes": [] , "article":"KEY"}'
    odd = odd.replace("KEY", KEY)
    lines = [article(), comment(), odd, ""]
    content = "\n".join(lines).encode()
    rewritten = jsonl_export.rewrite(content, "x", Changes(bodies={1: "[gone]"})).decode().split("\n")
    assert rewritten == [lines[0], lines[1], odd.replace("Tea\\u002e", "[gone]").replace("<p>", ""), ""]


def test_quotes_of_a_changed_comment_have_the_excerpts_of_its_new_text() -> None:
    marks = '> [\\>>]( "/article/item_id-1#")Secret\n\n> [\\>>]( "/article/item_id-2#")Open\n\nYes.'
    rows = [{"source_id": 1, "excerpt": "Secret", "target": 0}, {"source_id": 2, "excerpt": "Open", "target": 1}]
    content = (article() + "\n" + comment(marks, quotes=rows)).encode()
    rewritten = jsonl_export.rewrite(content, "x", Changes(bodies={0: marks.replace("Secret", "")}))
    row = json.loads(rewritten.split(b"\n")[1])
    assert [quote["excerpt"] for quote in row["quotes"]] == ["", "Open"]
    assert "Secret" not in rewritten.decode()


def test_names_and_the_opening_are_taken_out() -> None:
    opening_line = article(body_html="<p>Which?</p>", front_matter={"author": "kettle"}, mood="calm")
    content = (opening_line + "\n" + comment(addressee="kettle") + "\n").encode()
    rewritten = jsonl_export.rewrite(content, "x", Changes(authors={0: "saucer"}, title="[redacted]"))
    opening, row = (json.loads(line) for line in rewritten.splitlines())
    assert (opening["title"], opening["author"], opening["body"], opening["body_html"]) == ("[redacted]", None, "", "")
    assert (opening["front_matter"], opening["mood"]) == ({}, None)
    assert (row["author"], row["addressee"], row["body"]) == ("saucer", None, "Green.")
