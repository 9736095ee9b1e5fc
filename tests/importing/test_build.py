"""The files of a thread become one record: keys, union, links, places, HTML; whatever the order of the files."""

from __future__ import annotations

import pickle
import zlib
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.thread_files import FileComment, ThreadFile, quoting
from threads import redaction
from threads.formats import markdown_files
from threads.importing import build
from threads.importing.build import SourceBytes, build_thread, relink_record, rerender_record
from threads.parsing import problem_severities
from threads.parsing.values import storable_text
from threads.replies.answers import ARTICLE, Answer
from threads.replies.parsed_comments import parse_comments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threads.importing.build import ThreadRecord

MARCH = FileComment("hiker", "In March, when the forsythia blooms, and not before.")
NORTH = FileComment("baker", quoting("In March, when the forsythia...", "Later in the north."), addressee="hiker")
NEVER = FileComment("brewer", "Never prune in the rain, whatever the month may be.", "2020-10-02")
ROSES = ThreadFile(comments=(MARCH, NORTH, NEVER))
OLDER = replace(ROSES, title="Roses", lastmod="2020-09-28T12:00:00+00:00").with_comments(
    FileComment("walker", "Ask your neighbour."),
    MARCH,
    replace(NEVER, body=NEVER.body + " Never."),
    FileComment("walker", "So do I."),
)


def source(file: ThreadFile, path: str = "roses.md") -> SourceBytes:
    return SourceBytes(path, file.text().encode())


def record_of(*files: ThreadFile) -> ThreadRecord:
    record = build_thread([source(file, f"{n}.md") for n, file in enumerate(files)]).record
    assert record is not None
    return record


def authors(record: ThreadRecord) -> list[str | None]:
    return [comment.author for comment in record.comments]


def test_a_file_is_refused_if_one_of_its_problems_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    untitled = source(replace(ROSES, title=""))
    assert build_thread([untitled]).record is not None
    monkeypatch.setattr(problem_severities, "WARNINGS", problem_severities.WARNINGS - {"title-missing"})
    built = build_thread([untitled])
    assert built.record is None
    assert [(path, problem.code, problem.severity) for path, problem in built.refused] == [
        ("roses.md", "title-missing", "error")
    ]


def test_a_file_becomes_a_record() -> None:
    record = record_of(ROSES)
    assert (record.key, record.kind, record.title, record.author) == (ROSES.key, "article", ROSES.title, "gardener")
    assert [tag.spelling for tag in record.tags] == ["roses", "pruning"]
    assert [(c.answers, c.order, c.depth) for c in record.comments] == [(None, 0, 0), (0, 1, 1), (None, 2, 0)]
    assert record.comments[1].quotes[0].target == 0
    assert any(comment.posted_on for comment in record.comments)
    kept = record.sources[0].content
    assert kept is not None
    assert zlib.decompress(kept) == ROSES.text().encode()


@pytest.mark.parametrize("body", ["", "![](https://pictures.example/1.jpg)", "2020"])
def test_where_the_opening_text_has_no_script_the_title_tells_it(body: str) -> None:
    assert record_of(replace(ROSES, title="什麼時候剪玫瑰", body=body)).script == "zh-Hant"
    assert record_of(replace(ROSES, title="什麼時候剪玫瑰", body="什么时候剪枝")).script == "zh-Hans"


def test_keys_are_short_and_do_not_depend_on_the_place() -> None:
    keys = [comment.key for comment in record_of(ROSES).comments]
    assert all(len(key) == 13 and key.isalnum() and key.islower() for key in keys)
    moved = record_of(ROSES.with_comments(NEVER, MARCH, NORTH))
    assert [comment.key for comment in moved.comments] == [keys[2], keys[0], keys[1]]


def test_keys_depend_on_author_day_words_and_thread() -> None:
    others = [
        ROSES.with_comments(replace(MARCH, author="walker")),
        ROSES.with_comments(replace(MARCH, day="2020-09-28")),
        ROSES.with_comments(replace(MARCH, body="In April.")),
        replace(ROSES, number=2).with_comments(MARCH),
    ]
    keys = {record_of(file).comments[0].key for file in (ROSES.with_comments(MARCH), *others)}
    assert len(keys) == 5


def test_a_comment_without_words_of_its_own_is_known_by_its_body() -> None:
    one, two = (FileComment("hiker", f"![a rose](https://pictures.example/{n}.png)") for n in (1, 2))
    first, second = record_of(ROSES.with_comments(one, two)).comments
    assert first.key != second.key
    assert record_of(ROSES.with_comments(two)).comments[0].key == second.key


@pytest.mark.parametrize("order", list(permutations([ROSES, OLDER, replace(OLDER, lastmod=ROSES.lastmod)])))
def test_files_are_united_whatever_their_order(order: Sequence[ThreadFile]) -> None:
    paths = {file: f"{n}.md" for n, file in enumerate([ROSES, OLDER, replace(OLDER, lastmod=ROSES.lastmod)])}
    made = build_thread([source(file, paths[file]) for file in order])
    again = build_thread([source(file, path) for file, path in paths.items()])
    assert made == again


def test_the_newest_file_is_shown_and_comments_keep_their_neighbours() -> None:
    record = record_of(OLDER, ROSES)
    assert record.title == ROSES.title
    assert authors(record) == ["walker", "hiker", "baker", "brewer", "walker"]
    assert [path for path, _ in [(s.path, s) for s in record.sources]] == ["1.md", "0.md"]
    assert [problem.code for _, problem in record.problems] == ["united"]


def test_a_comment_edited_between_two_files_is_one_with_two_keys() -> None:
    record = record_of(ROSES, OLDER)
    brewer = record.comments[3]
    assert brewer.body == NEVER.body
    assert brewer.former_keys == (record_of(OLDER).comments[2].key,)


def test_a_file_that_cannot_be_read_leaves_the_others() -> None:
    made = build_thread([source(ROSES, "a.md"), SourceBytes("b.md", b"")])
    assert made.record is not None
    assert [problem.path for problem in made.refused] == ["b.md"]
    assert build_thread([SourceBytes("b.md", b"")]).record is None


def test_what_was_removed_is_not_read_again() -> None:
    key = record_of(ROSES).comments[0].key
    memory = redaction.ThreadDigests(ROSES.key, b"secret")
    memory = replace(memory, comments=(memory.digest_comment([key], "hiker", MARCH.body),))
    record = build_thread([source(ROSES)], [memory]).record
    assert record is not None
    first = record.comments[0]
    assert (first.key, first.body, first.body_html) == (key, "", "")
    assert record.sources[0].redacted
    assert "forsythia" not in str(record)


def test_a_mark_of_removal_in_a_file_from_outside_is_only_text() -> None:
    file = ROSES.with_comments(FileComment("hiker", "[redacted:aaaaaaaaaaaaa]"))
    assert record_of(file).comments[0].key != "aaaaaaaaaaaaa"


def test_the_key_of_a_removed_comment_is_not_given_to_its_twin() -> None:
    twins = ROSES.with_comments(
        FileComment("hiker", "Yes."), FileComment("hiker", "Yes."), FileComment("hiker", "Yes.")
    )
    keys = [comment.key for comment in record_of(twins).comments]
    kept = twins.text().replace("Yes.", f"[redacted:{keys[0]}]", 1).encode()
    made = parse_comments(markdown_files.read_document(kept, "roses.md"), kept=True)
    assert [one.key for one in made] == keys


def test_tags_are_one_for_each_folded_name() -> None:
    record = record_of(replace(ROSES, tags="臺灣, 台湾, Roses, roses, 臺灣"))
    assert [tag.spelling for tag in record.tags] == ["臺灣", "Roses"]


def test_links_to_other_threads_are_remembered() -> None:
    record = record_of(
        replace(ROSES, body="See https://garden.example/article/7 and [this](https://garden.example/article/1).")
    )
    assert "garden.example/article/1" not in record.thread_links


def test_corrections_and_hidden_comments_settle_a_record_anew() -> None:
    inline = FileComment(
        "walker", "You say:\n\n" + quoting("In March, when the forsythia...", "I do not."), addressee="hiker"
    )
    record = record_of(ROSES.with_comments(MARCH, inline, NEVER))
    settled = relink_record(record, {2: Answer(1, "manual"), 1: Answer(ARTICLE, "manual")}, {0})

    assert settled.comments[2].answers == 1
    assert settled.comments[1].answers_article
    assert settled.comments[2].link_method == "manual"
    assert settled.comments[1].body_html == record.comments[1].body_html
    assert "forsythia" not in record.comments[1].body_html
    assert settled.comments[1].answer_count == 1
    assert relink_record(settled) == replace(record, comments=tuple(relink_record(record).comments))


def test_hidden_answers_are_not_counted() -> None:
    record = relink_record(record_of(ROSES), None, {1})
    assert [(c.answer_count, c.descendant_count) for c in record.comments] == [(0, 0), (0, 0), (0, 0)]


def test_rendering_again_gives_the_same() -> None:
    record = record_of(ROSES)
    assert rerender_record(record) == record


def test_a_thread_that_takes_too_long_to_render_is_left_as_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "THREAD_SECONDS", 0.0)
    monkeypatch.setattr(build, "SHORTEST", 1e-9)
    slow = FileComment("hiker", "- " * 300 + "*x*")
    record = record_of(replace(ROSES, body="*" * 2000 + "[x](" * 500).with_comments(slow))
    assert "plain-text" in [problem.code for _, problem in record.problems]


def test_a_record_crosses_between_processes_whole() -> None:
    record = record_of(ROSES)
    assert pickle.loads(pickle.dumps(record)) == record


def test_lone_surrogates_and_nul_are_replaced() -> None:
    assert storable_text("a\ud800b\x00c") == "a\ufffdb\ufffdc"
    assert storable_text("a\x00") == "a\ufffd"


def test_damaged_bytes_and_nul_are_storable() -> None:
    content = ROSES.text().encode().replace(b"In March", b"In \x00M\xffarch")
    record = build_thread([SourceBytes("roses.md", content)]).record
    assert record is not None
    str(record).encode("utf-8")
    assert "\x00" not in record.comments[0].body


@given(
    st.lists(
        st.sampled_from([MARCH, NORTH, NEVER, FileComment("hiker", "Yes."), FileComment("hiker", "No.")]), max_size=9
    )
)
def test_every_comment_has_a_key_of_its_own(comments: list[FileComment]) -> None:
    record = record_of(ROSES.with_comments(*comments))
    assert len({comment.key for comment in record.comments}) == len(comments)
    assert sorted(comment.order for comment in record.comments) == list(range(len(comments)))


@given(
    st.lists(st.sampled_from([MARCH, NORTH, NEVER, FileComment("hiker", "Yes.")]), max_size=6),
    st.lists(st.sampled_from([MARCH, NORTH, NEVER, FileComment("hiker", "Yes.")]), max_size=6),
)
def test_a_union_holds_each_comment_as_often_as_the_file_that_has_it_most(
    one: list[FileComment], two: list[FileComment]
) -> None:
    record = record_of(
        ROSES.with_comments(*one), replace(ROSES, lastmod="2020-01-01T00:00:00+00:00").with_comments(*two)
    )
    bodies = [comment.body.strip() for comment in record.comments]
    for said in {*one, *two}:
        assert bodies.count(said.body) == max(one.count(said), two.count(said))
