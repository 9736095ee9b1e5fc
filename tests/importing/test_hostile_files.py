"""Files that are damaged, odd or hostile, each named by its defect: what must become of every one of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.utils import translation

from threads.formats import markdown_files
from threads.importing import source_files
from threads.parsing import encodings
from threads.parsing.problem_severities import UnreadableError

HOSTILE = Path(__file__).parents[1] / "data" / "hostile"
GREEN = ("Green.",)
BOTH = ("Green.", "Black.")


@dataclass(frozen=True)
class Outcome:
    """What one file must become: its comments' words, and what is said of it (line and code)."""

    comments: tuple[str, ...] = ()
    problems: tuple[tuple[int | None, str], ...] = ()
    title: str = "Tea in the morning"
    key: str | None = None
    """None: by the file's name."""


def said(*problems: tuple[int | None, str], title: str = "Tea", comments: tuple[str, ...] = ()) -> Outcome:
    return Outcome(comments, problems, title)


LINKED = "tea.example/article/7"
REFUSED = {
    "empty.md": "empty",
    "only-white-space.md": "empty",
    "front-matter-without-title-and-nothing-else.md": "empty",
    "binary.md": "not-text",
    "nul-without-front-matter.md": "not-text",
    "utf-16.md": "utf-16",
}
READ = {
    "front-matter-and-nothing-else.md": Outcome(problems=((None, "text-missing"),)),
    # Bytes
    "nul-in-body.md": Outcome(BOTH, ((15, "control-characters"),), key=LINKED),
    "damaged-utf-8.md": Outcome(("Gr\ufffd\ufffd\ufffd", "Black."), ((15, "encoding-damaged"),), key=LINKED),
    "byte-order-mark.md": Outcome(BOTH, key=LINKED),
    "gbk.md": Outcome(("喝绿茶最好，清淡，提神，而且便宜。",), ((1, "encoding-converted"),)),
    "windows-line-ends.md": Outcome(BOTH, key=LINKED),
    "lone-carriage-returns.md": Outcome(BOTH, key=LINKED),
    "mixed-line-ends.md": Outcome(("Green.", "Black.\nOr white.\nOr none."), key=LINKED),
    "no-final-line-end.md": Outcome(GREEN),
    "trailing-white-space-stripped.md": Outcome(BOTH, key=LINKED),
    # Where the front matter ends
    "no-front-matter.md": said((1, "front-matter-missing"), (1, "title-missing"), title="Tea of the day"),
    "no-front-matter-but-comments.md": said(
        (1, "front-matter-missing"),
        (1, "title-missing"),
        title="Untitled: Which tea do you drink first?",
        comments=GREEN,
    ),
    "unterminated-front-matter.md": said((1, "front-matter-unterminated")),
    "front-matter-ends-at-a-rule-in-the-text.md": said((1, "front-matter-unterminated")),
    "front-matter-is-a-list.md": said((2, "front-matter-not-fields"), (1, "title-missing"), title="Untitled: Green."),
    "text-between-two-rules.md": said((1, "front-matter-missing"), (1, "title-missing"), title="Untitled: Green tea."),
    # What YAML does with it
    "yaml-alias-bomb.md": said((4, "front-matter-by-line")),
    "yaml-merge-key-bomb.md": said((5, "front-matter-by-line")),
    "yaml-depth.md": said((3, "front-matter-by-line")),
    "yaml-many-events.md": said((3, "front-matter-by-line")),
    "yaml-complex-key.md": said((3, "front-matter-by-line")),
    "yaml-object-tag.md": said(title="!!python/object/apply:os.system [ls]"),
    "yaml-keys-of-the-library.md": said(),
    "yaml-surrogate-escape.md": said((2, "front-matter-by-line"), title="Tea \\ud83c"),
    "tabs-in-tags.md": Outcome(problems=((7, "front-matter-mended"),)),
    # Fields
    "title-with-colon.md": said((3, "front-matter-by-line"), title="Tea: the answer"),
    "title-with-inner-quotes.md": said((2, "front-matter-by-line"), title='The "good" tea'),
    "title-with-unclosed-quote.md": said((3, "front-matter-by-line")),
    "title-with-brackets.md": said(title="[repost]"),
    "title-with-number-sign.md": said(title="Tea house #3"),
    "title-that-yaml-would-convert.md": said(title="no"),
    "title-with-control-characters.md": said((3, "control-characters"), (3, "front-matter-mended"), title="Teapot"),
    "title-empty.md": said((5, "title-missing"), title="Untitled: Which tea do you drink first?"),
    "title-of-70000-characters.md": said((1, "front-matter-too-long"), (3, "title-cut"), title="tea " * 124 + "tea…"),
    "author-empty.md": Outcome(),
    "year-9999.md": Outcome(GREEN, ((4, "date-clamped"), (4, "date-after-lastmod"), (13, "date-clamped"))),
    "year-1.md": Outcome(GREEN, ((4, "date-clamped"), (13, "date-clamped"))),
    "dates-that-are-none.md": Outcome(BOTH, ((4, "date-unreadable"), (13, "date-unreadable"), (20, "date-unreadable"))),
    "date-of-5000-digits.md": Outcome(problems=((4, "date-unreadable"),)),
    "tags-that-are-none.md": Outcome(problems=((7, "front-matter-by-line"),)),
    "tags-in-one-string.md": Outcome(),
    # Headings
    "heading-in-fenced-code.md": Outcome(
        (
            "```\n### 茶馆用户 **spoon** 评论于 2021-05-03\n```\nThat is how a heading looks.",
            "Thanks.",
        ),
        key=LINKED,
    ),
    "heading-with-framing-in-fenced-code.md": Outcome(
        (
            "````\n            \n### 茶馆用户 **spoon** 评论于 2021-05-02\n        \n```\nNo.\n```\n        \n\n````",
            "Thanks.",
        ),
        ((17, "heading-in-code"),),
        key=LINKED,
    ),
    "fence-never-closed.md": Outcome(("```\nopen", "~~~~\nopen", "Closed?"), key=LINKED),
    "heading-in-block-quote.md": Outcome(("> ### 茶馆用户 **spoon** 评论于 2021-05-03\n\nSo it began.",), key=LINKED),
    "heading-in-indented-code.md": Outcome(("Look:\n\n    ### 茶馆用户 **spoon** 评论于 2021-05-03",), key=LINKED),
    "heading-cut-short.md": Outcome(("Black.",)),
    "heading-with-long-name.md": Outcome(
        (
            "Green.\n        \n\n\n            \n### 茶馆用户 **"
            + "t" * 2000
            + "** 评论于 2021-05-02\n        \nnot a heading",
        ),
        ((20, "heading-unread"), (13, "name-cut")),
    ),
    "heading-without-name.md": Outcome(BOTH),
    "comment-without-words.md": Outcome(("", ""), key=LINKED),
    "comments-removed-at-source.md": Outcome(
        (
            "~已删除~",
            "_已隐藏_",
            "\\*\\*该用户被封禁，内容已自动替换\\*\\*",
            "~~已刪除~~",
            "~已删除~ they say",
            "已删除",
        ),
        key=LINKED,
    ),
    # The closing link
    "closing-link-quoted-in-a-comment.md": Outcome(
        ("> [点击茶馆原文参与讨论](https://tea.example/article/99)\n\nsee there",), key=LINKED
    ),
    "closing-link-quoted-and-none-of-its-own.md": Outcome(
        ("> [点击茶馆原文参与讨论](https://tea.example/article/99)",)
    ),
    "closing-link-to-no-thread.md": Outcome(problems=((15, "closing-link-unknown"),)),
    "closing-link-with-script.md": Outcome(problems=((15, "closing-link-unknown"),)),
    "closing-link-with-damaged-host.md": Outcome(problems=((15, "encoding-damaged"), (15, "closing-link-unknown"))),
    "closing-link-with-sort-and-warning.md": Outcome(key="tea.example/question/7"),
    "closing-link-in-its-title.md": Outcome(key=LINKED),
    "hundreds-of-problems.md": Outcome(
        ("x",) * 130, (*((13 + 7 * i, "date-unreadable") for i in range(100)), (None, "more-problems"))
    ),
}


def test_every_hostile_file_has_an_outcome() -> None:
    assert {path.name for path in HOSTILE.iterdir()} == {*READ, *REFUSED}


@pytest.mark.parametrize("name", READ)
def test_a_hostile_file_that_holds_a_thread_is_read(name: str) -> None:
    content, outcome = (HOSTILE / name).read_bytes(), READ[name]
    thread = markdown_files.read_document(content, name)
    assert tuple(comment.body for comment in thread.comments) == outcome.comments
    assert tuple((problem.line, problem.code) for problem in thread.problems) == outcome.problems
    assert thread.title == outcome.title
    assert thread.key == (outcome.key or "file/" + name.removesuffix(".md"))
    assert "".join(segment.text for segment in markdown_files.read_segments(content, name)).encode(
        "utf-8", "surrogateescape"
    ) == encodings.to_utf8(content)
    assert {problem.severity for problem in thread.problems} <= {"warning"}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_holds_no_thread_is_refused_and_told_why(name: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        markdown_files.read_document((HOSTILE / name).read_bytes(), name)
    problem = refused.value.problem
    assert (problem.code, problem.line, problem.severity) == (REFUSED[name], 1, "error")
    assert str(refused.value) == problem.message


def test_a_link_put_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("a secret")
    (tmp_path / "a.md").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnreadableError):
        source_files.read_file(str(tmp_path / "a.md"))


def test_a_file_of_too_many_bytes_or_comments_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    two_comments = (HOSTILE / "byte-order-mark.md").read_bytes()
    monkeypatch.setattr(markdown_files, "MOST_COMMENTS", 1)
    with pytest.raises(UnreadableError) as many:
        markdown_files.read_document(two_comments, "tea.md")
    assert (many.value.problem.code, many.value.problem.line) == ("too-many-comments", 20)
    monkeypatch.setattr(markdown_files, "LARGEST", 100)
    with pytest.raises(UnreadableError) as large:
        markdown_files.read_document(two_comments, "tea.md")
    assert large.value.problem.code == "too-large"


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_what_is_wrong_with_a_file_is_said_in_the_language_of_the_site(language: str) -> None:
    with translation.override(language):
        for name in (*READ, *REFUSED):
            try:
                problems = markdown_files.read_document((HOSTILE / name).read_bytes(), name).problems
            except UnreadableError as error:
                problems = (error.problem,)
            for problem in problems:
                assert re.search("[\u4e00-\u9fff]", problem.message), problem
