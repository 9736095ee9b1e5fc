"""The form of early 2020: two names on one line, and an ordinary block quote that shows who is answered."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.thread_files import FileComment, ThreadFile, exported, hide, run, run_import
from threads.formats import markdown_files
from threads.formats.backup_format import Changes
from threads.importing.build import SourceBytes, build_thread
from threads.models import Article, Comment, FormerKey, Quote
from threads.moderation.redact import redact
from threads.parsing.headings import Names
from threads.replies.comment_keys import comment_key
from threads.replies.heading_names import HeadingReading
from threads.replies.matching import CommentFingerprint
from threads.search.tokens import extract_reading_text

if TYPE_CHECKING:
    from pathlib import Path

    from threads.importing.build import CommentRecord

POT = "紫砂壶用久了会有一层光泽，这层光泽不是油，是茶汤慢慢养出来的，擦得太勤反而养不成，急不得，要等上好几年。"
CUP = "I drink it from the lid of my flask, because every cup that I ever owned broke within a week of its purchase."
GLASS = "玻璃杯最好，看得见叶子怎么一片一片沉下去。"
THREAD = ThreadFile(title="Cups", body="Which cup do you use for green tea, and why does it have no handle?")


def plain(excerpt: str, reply: str = "真的吗？") -> str:
    """Return a body with an ordinary block quote, as the source wrote it until early 2020."""
    return f"> {excerpt}\n\n  \n{reply}"


def comments_of(*comments: tuple[str, str], thread: ThreadFile = THREAD) -> tuple[CommentRecord, ...]:
    file = thread.with_comments(*(FileComment(name, body) for name, body in comments))
    record = build_thread([SourceBytes("cups.md", file.text().encode())]).record
    assert record
    return record.comments


def last_of(*comments: tuple[str, str], thread: ThreadFile = THREAD) -> tuple[object, ...]:
    """Return author, addressee, parent and link method of the last comment."""
    last = comments_of(*comments, thread=thread)[-1]
    return last.author, last.addressee, last.answers, last.link_method


@pytest.mark.parametrize(
    "excerpt",
    [
        *(POT[:47] + "...", POT[:47] + "..", POT[:47] + "…", POT[:40] + "...", POT[:30] + "…"),
        *(CUP[:50] + "...", CUP[:47] + "..", CUP[:50] + "…"),
    ],
)
def test_a_quote_shows_both_names_and_the_comment(excerpt: str) -> None:
    words = POT if excerpt[0] == POT[0] else CUP
    assert last_of(("甲", GLASS), ("甲", words), ("乙 甲", plain(excerpt))) == ("乙", "甲", 1, "excerpt")


@pytest.mark.parametrize("words", [POT, CUP])
def test_an_excerpt_cut_without_dots_is_one_of_an_edited_comment_at_most(words: str) -> None:
    for length in (47, 50):
        author, addressee, answers, method = last_of(("甲", words), ("乙 甲", plain(words[:length])))
        assert (author, addressee, answers) == ("乙", "甲", 0)
        assert method in {"excerpt", "prefix"}


@pytest.mark.parametrize(
    ("heading", "author", "addressee"),
    [
        ("tea pot old cup", "tea pot", "old cup"),
        ("乙 old cup", "乙", "old cup"),
        ("a b c old cup", "a b c", "old cup"),
        ("乙  old   cup", "乙", "old cup"),
        ("old cup old cup", "old cup", "old cup"),
    ],
)
def test_names_may_have_spaces(heading: str, author: str, addressee: str) -> None:
    assert last_of(("old cup", GLASS), ("old cup", POT), (heading, plain(POT[:47] + "...")))[:3] == (
        author,
        addressee,
        1,
    )


def test_the_quote_decides_for_the_quoted_comment_too() -> None:
    """Neither name stands anywhere else; 甲 wrote only under a heading that also names 丁."""
    comments = comments_of(("甲 丁", POT), ("乙 甲", plain(POT[:47] + "...")))
    assert [(c.author, c.addressee, c.answers) for c in comments] == [("甲", "丁", None), ("乙", "甲", 0)]


def test_a_name_with_a_space_stays_whole_if_it_is_quoted_as_one() -> None:
    comments = comments_of(("old cup", POT), ("乙 old cup", plain(POT[:47] + "...")), ("old cup", GLASS))
    assert [(c.author, c.addressee) for c in comments] == [("old cup", ""), ("乙", "old cup"), ("old cup", "")]


def test_a_chain_of_headings_on_one_line() -> None:
    comments = comments_of(
        ("甲", POT),
        ("乙 甲", plain(POT[:47] + "...", GLASS)),
        ("丙 乙", plain(GLASS, "看不见，杯子太旧了。")),
        ("甲 丙", plain("看不见，杯子太旧了。", "换一个。")),
    )
    assert [(c.author, c.addressee or None, c.answers) for c in comments] == [
        ("甲", None, None), ("乙", "甲", 0), ("丙", "乙", 1), ("甲", "丙", 2)
    ]  # fmt: skip


def test_the_quoted_comment_may_come_after() -> None:
    comments = comments_of(("乙 甲", plain(POT[:47] + "...")), ("丙", GLASS), ("甲", POT))
    assert [(c.author, c.answers) for c in comments] == [("乙", 2), ("丙", None), ("甲", None)]


def test_a_known_pair_of_names_is_not_linked_to_another_comment() -> None:
    assert last_of(("甲", POT), ("丙", CUP), ("甲", GLASS), ("丙 甲", plain(POT[:47] + "...")))[2:] == (0, "excerpt")
    assert last_of(("甲", POT), ("丙", CUP), ("甲", GLASS), ("丙 甲", plain(CUP[:30] + CUP[:20] + "...")))[2:] == (
        None,
        None,
    )


@pytest.mark.parametrize("heading", ["乙 甲", "乙 \n甲", "乙\t\t\n\t\t甲", "乙\n\t\n\t甲"])
def test_headings_on_several_lines_have_such_quotes_too(heading: str) -> None:
    assert last_of(("甲", POT), ("甲", GLASS), (heading, plain(POT[:47] + "..."))) == ("乙", "甲", 0, "excerpt")


def test_the_excerpt_may_be_in_the_other_script() -> None:
    traditional = "紫砂壺用久了會有一層光澤，這層光澤不是油，是茶湯慢慢養出來的，擦得太勤反而養不成"
    assert last_of(("甲", GLASS), ("甲", traditional), ("乙 甲", plain(POT[:36] + "..."))) == ("乙", "甲", 1, "folded")


@pytest.mark.parametrize("words", ["+1", "好", "是的。", "No."])
def test_a_short_comment_is_quoted_whole(words: str) -> None:
    assert last_of(("甲", words), ("甲", GLASS), ("乙 甲", plain(words))) == ("乙", "甲", 0, "excerpt")


def test_a_quote_of_the_article_answers_it() -> None:
    last = comments_of(("gardener", GLASS), ("乙 gardener", plain(THREAD.body[:50] + "...")))[-1]
    assert (last.author, last.addressee, last.answers, last.answers_article) == ("乙", "gardener", None, True)
    assert (last.link_method, last.quotes) == ("article", ())


def test_several_quotes_and_the_first_comment() -> None:
    comments = comments_of(
        ("乙 甲", plain(POT[:47] + "...")),
        ("甲", POT),
        ("丙", CUP),
        ("丁 丙", f"> {POT[:47]}...\n\n{plain(CUP[:50] + '...')}"),
    )
    assert (comments[0].answers, comments[3].author, comments[3].answers) == (1, "丁", 2)
    assert [quote.target for quote in comments[3].quotes] == [1, 2]


@pytest.mark.parametrize("heading", ["乙", "old cup", "乙 \n甲", "甲"])
def test_an_ordinary_block_quote_stays_one(heading: str) -> None:
    """It begins no comment; or no name of the heading can be the addressee."""
    body = plain("春眠不觉晓，处处闻啼鸟。", "此诗最宜饮茶时读。")
    last = comments_of(("甲", POT), (heading, body))[-1]
    assert (last.body, last.quotes, "<blockquote>" in last.body_html) == (body, (), True)
    if "\n" not in heading:
        assert (last.author, last.addressee, last.answers) == (heading, "", None)
        quoting = comments_of(("甲", POT), (heading, plain(POT[:47] + "...")))[-1]
        assert (quoting.author, quoting.answers, quoting.quotes) == (heading, None, ())


def test_two_readings_that_fit_are_no_reading() -> None:
    comments = comments_of(("c", POT), ("b c", POT), ("x", GLASS), ("a b c", plain(POT[:47] + "...")))
    assert (comments[3].answers, comments[3].link_method) == (None, None)


def test_the_quote_is_shown_as_a_quote() -> None:
    last = comments_of(("甲", POT), ("乙 甲", plain(POT[:47] + "...", "真的吗？")))[-1]
    assert last.body_html == "<p>真的吗？</p>"
    assert [(quote.excerpt, quote.target, quote.leading) for quote in last.quotes] == [(POT[:47], 0, True)]


def test_the_bytes_of_a_file_are_kept_except_for_the_changed_text() -> None:
    file = THREAD.with_comments(FileComment("甲 丁", POT), FileComment("乙 甲", plain(POT[:47] + "...")))
    content = file.text().encode()
    document = markdown_files.read_document(content, "cups.md")
    changed = markdown_files.rewrite(content, "cups.md", Changes(bodies={1: "[gone]"}))
    again = markdown_files.read_document(changed, "cups.md")
    assert [(c.author, c.addressee) for c in again.comments] == [(c.author, c.addressee) for c in document.comments]
    assert [c.author for c in again.comments] == ["甲", "乙"]


EARLY = THREAD.with_comments(
    FileComment("甲", GLASS), FileComment("甲", POT), FileComment("乙 甲", plain(POT[:47] + "...", "真的吗？我不信。"))
)
UNQUOTED = replace(EARLY, lastmod="2020-09-01T08:00:00+00:00").with_comments(
    FileComment("丁", GLASS), FileComment("乙 甲", plain(POT[:30], "真的吗？我不信。"))
)


@pytest.mark.django_db
class TestStored:
    def test_a_better_reading_keeps_the_address_and_what_moderators_decided(self, tmp_path: Path) -> None:
        folder = tmp_path / "in"
        UNQUOTED.write(folder / "cups.md")
        run_import(folder)
        comment = Comment.objects.get(author__name="乙 甲")
        key = comment.key
        hide(comment)
        EARLY.write(folder / "cups.md")
        run_import(folder)
        comment.refresh_from_db()
        assert comment.author
        assert (comment.author.name, comment.addressee, comment.visibility) == ("乙", "甲", "hidden")
        assert comment.key != key
        assert FormerKey.objects.get(key=key).comment == comment

    def test_the_worse_reading_of_a_later_file_does_too(self, tmp_path: Path) -> None:
        folder = tmp_path / "in"
        EARLY.write(folder / "cups.md")
        run_import(folder)
        comment = Comment.objects.get(author__name="乙")
        hide(comment)
        replace(UNQUOTED, lastmod="2020-10-02T08:00:00+00:00").write(folder / "cups.md")
        run_import(folder)
        comment.refresh_from_db()
        assert comment.author
        assert (comment.author.name, comment.visibility) == ("乙 甲", "hidden")

    def test_two_files_with_different_readings_are_united(self, tmp_path: Path) -> None:
        folder = tmp_path / "in"
        EARLY.write(folder / "new.md")
        UNQUOTED.write(folder / "old.md")
        run_import(folder)
        assert Comment.objects.filter(body__endswith="我不信。").count() == 1

    def test_an_archive_of_an_earlier_version_is_mended_by_reparse(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "in"
        EARLY.write(folder / "cups.md")
        with monkeypatch.context() as patch:
            patch.setattr(
                "threads.formats.markdown_files.read_people",
                lambda headings, bodies, _article: [
                    HeadingReading(Names(heading.names[0], None), (), body)
                    for heading, body in zip(headings, bodies, strict=True)
                ],
            )
            run_import(folder)
        comment = Comment.objects.get(author__name="乙 甲")
        key = comment.key
        run("reparse")
        comment.refresh_from_db()
        assert comment.author
        assert (comment.author.name, comment.link_method) == ("乙", "excerpt")
        assert FormerKey.objects.get(key=key).comment == comment
        assert run("reparse") == 0

    def test_a_redacted_comment_leaves_no_words_in_such_a_quote(self, tmp_path: Path) -> None:
        folder = tmp_path / "in"
        EARLY.write(folder / "cups.md")
        run_import(folder)
        redact(Comment.objects.filter(body=POT), by=None, reason="privacy")
        run_import(folder)
        reply = Comment.objects.get(body__endswith="我不信。")
        assert reply.author
        assert (reply.author.name, POT[:20] in str(exported(tmp_path))) == ("乙", False)
        # The comment is gone from a later file, so nothing in that file shows what was quoted.
        EARLY.with_comments(EARLY.comments[0], EARLY.comments[2]).write(folder / "cups.md")
        run_import(folder)
        assert POT[:20] not in str(exported(tmp_path))

    def test_an_export_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        EARLY.write(tmp_path / "in" / "cups.md")
        run_import(tmp_path / "in")
        lines = exported(tmp_path)
        assert Quote.objects.get().target == Comment.objects.get(body=POT)
        Article.objects.all().delete()
        out = tmp_path / "out" / "archive.jsonl"
        out.parent.mkdir()
        out.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        run_import(out.parent)
        again = exported(tmp_path)
        assert [line | {"source_path": ""} for line in again] == [line | {"source_path": ""} for line in lines]


@pytest.mark.django_db
def test_entities_are_read_as_text_and_the_old_address_redirects(tmp_path: Path) -> None:
    title = "茶叶 &amp; 茶具 &#20013; &notanentity;"
    body = "A&amp;B 的罐子 &notanentity; &#20013;号"
    file = replace(THREAD, title=title).with_comments(FileComment("甲", body))
    file.write(tmp_path / "in" / "cups.md")
    run_import(tmp_path / "in")
    comment = Comment.objects.get()
    assert comment.article.title == "茶叶 & 茶具 中 &notanentity;"
    assert comment.body_html == "<p>A&amp;B 的罐子 &amp;notanentity; 中号</p>"
    raw = CommentFingerprint("甲", comment.posted_on, body)
    assert FormerKey.objects.get(comment=comment).key == comment_key(file.key, raw)
    assert extract_reading_text(body) == "A&B 的罐子 &notanentity; 中号"
