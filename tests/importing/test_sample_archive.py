"""The sample archive: holds every form that real folders hold, and comes in, reads and goes out as it should."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from threads.importing import run
from threads.importing.run import ImportOptions
from threads.models import Article, Comment, ImportProblem, SourceFile

SAMPLE = Path(__file__).parents[2] / "fixtures" / "sample_archive"
TRUTH = Path(__file__).parents[1] / "data" / "sample_links.jsonl"


@cache
def texts() -> dict[str, str]:
    """Return the sample's files by name, line ends as they are."""
    return {path.name: path.read_bytes().decode() for path in sorted(SAMPLE.glob("*.md"))}


HEADING = r"^### 茶馆用户 \*\*"
ADDRESS = r"https://forum\.example/article/item_id-\d+#"

FORMS = {
    # kinds of files
    "an article thread": r"(?s)\A---\n.*^### 茶馆用户 \*\*[^*]+\*\* 评论于 \d{4}-\d\d-\d\d$",
    "a question thread": r"^### 茶馆用户 \*\*[^*]+\*\* 提问于 \d{1,2}/\d{1,2}/\d{4}$",
    "answers without dates": r"^### 书屋用户 \S+ 发表$",
    "an answerer's name that starts with a space": r"^### 书屋用户  \S+ 发表$",
    "an answerer's name that ends with a space": r"^### 书屋用户 [^\n]*\S  发表$",
    "an article alone": r"\A(?!(?s:.*)^### )",
    # front matter
    "an unknown author": r'^author: ""$',
    "tags with tabs, which YAML refuses": r"^tags: \[[^\n\]]+,\t+",
    "a title that YAML refuses": r'^title: "[^"\n]*"[^"\n]*"',
    "a tag that is a number": r"^tags: \[[^\n\]]*,10[,\]]",
    "a tag that is null": r"^tags: \[[^\n\]]*,null[,\]]",
    "a tag that is a placeholder": r"^tags: \[[^\n\]]*添加话题",
    "a tag in two scripts": r"^tags: \[[^\n\]]*臺灣,台湾",
    "a tag in two cases": r"^tags: \[[^\n\]]*Coffee,coffee",
    "a key that nobody knows": r"^(mood|weather|permalink): ",
    # comment headings
    "a heading of two lines": HEADING + r"[^*\n]+ \n[^*\n]+\*\* 评论于 ",
    "a heading of two lines with tabs": HEADING + r"[^*\n\t]+\t+\n\t+[^*\n]+\*\* 评论于 ",
    "a heading of three lines": HEADING + r"[^*\n]+\n\t+\n\t+[^*\n]+\*\* 评论于 ",
    "a heading of one line with two people": HEADING + r"lantern fish 青团\*\* 评论于 ",
    "a name with a space, one person": HEADING + r"lantern fish\*\* 评论于 ",
    "a heading without a date": HEADING + r"[^*\n]+\*\* 评论于 $",
    "heading words in a code fence": r"^```\n### 茶馆用户 \*\*",
    "heading words in a block quote": r"^> ### 茶馆用户 \*\*",
    # quotes
    "quote a": r'^> \[\\>>\]\( "/article/item_id-\d+#"\)\S',
    "quote a, cut at 50": r'^> \[\\>>\]\( "/article/item_id-\d+#"\)[^\n]{50}\.\.\.$',
    "quote b, cut at 47": r'^> \[\\>>\]\( "/article/item_id-\d+#"\) [^\n]{47}\.\.\.$',
    "quote b, cut with two dots": r'^> \[\\>>\]\( "/article/item_id-\d+#"\) [^\n]{47}[^.]?\.\.$',
    "quote c": r"^\[\n\n> [^\n]+\n\n\]\(" + ADDRESS + r'answer_list_\d+ "',
    "quote c without the list": r"^\[\n\n> [^\n]+\n\n\]\(" + ADDRESS + r' "',
    "quote d": r'^\[\n\n> [^\n]+\n\n\]\( "/article/item_id-\d+#"\)',
    "quote e": r"^ {8}\n@\S+:\S",
    "two quotes in one comment": r'(?s)^\[\n\n> [^\n]+\n\n\]\( "[^"]+"\)  \n\[\n\n> ',
    "a quote amid a comment's words": r'^ {8}\n[^\n>\[][^#]*^> \[\\>>\]\( "',
    "a reply by name only": HEADING + r"[^*\n]+ \n[^*\n]+\*\* 评论于 [^\n]*\n {8}\n(?!> \[|\[\n)",
    "a quote without a name": HEADING + r"[^*\n]+\*\* 评论于 [^\n]*\n {8}\n(> \[\\>>|\[\n\n> )",
    "an ordinary block quote": r"^> (?!\[\\>>|\[点击|###)\S",
    # bodies
    "a hard break": r"\S  \n\S",
    "a line of two spaces": r"^  $",
    "an escape of an equals sign": r"\\==",
    "an escape of a tilde": r"\\~",
    "an escape of dashes": r"\\-----BEGIN",
    "an escape of a list's full stop": r"^1\\\. ",
    "leaked BBCode": r"\\\[b\\\]",
    "a link with an empty target": r'\[[^\]\n]+\]\( "https://example\.org/',
    "a redirect link": r"\(https://forum\.example/url/link/[A-Za-z0-9+/]+=*\)",
    "a link to another thread": r"\]\(https://forum\.example/(article|question)/\d+\)",
    "an image, percent-encoded all through": r"!\[[^\]\n]*\]\(https://images\.weserv\.nl/\?url=https%3A%2F%2F",
    "an image, percent-encoded in part": r"!\[[^\]\n]*\]\(https://images\.weserv\.nl/\?url=https%3A//",
    "a comment deleted at the source": r"^~已删除~$",
    "a comment hidden at the source": r"^_已隐藏_$",
    "a comment of a banned author": r"^\\\*\\\*该用户被封禁，内容已自动替换\\\*\\\*$",
    "unbalanced strong emphasis": r"^[^*\n]*\*\*[^*\n]+$",
    "a fenced block": r"^```\n(?s:.)+?\n```$",
    "a block in the manner of PGP": r"^-----BEGIN [A-Z ]+-----$",
    "a no-break space": "\u00a0",
    "an emoji": r"[\U0001f300-\U0001faff]",
    "a rule": r"^\* \* \*$",
    # closing links
    "a closing link to an article": r"^> \[点击茶馆原文参与讨论\]\(https://forum\.example/article/\d+\)$",
    "a closing link to a question": r"^> \[点击茶馆原文参与讨论\]\(https://forum\.example/question/\d+",
    "a closing link that sorts by votes": r"\(https://forum\.example/article/id-\d+__sort_key-agree_count__sort-DESC\)",
    "a closing link with a warning": r"sort-DESC\?warning\)",
    "no closing link": r"\A(?!(?s:.*)原文参与讨论\])",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_real_folders_occurs(form: str) -> None:
    pattern = re.compile(FORMS[form], re.MULTILINE)
    assert any(pattern.search(text) for text in texts().values()), f"the sample holds no {form}"


def test_a_file_can_be_older_than_the_day_it_states() -> None:
    stamps = [re.findall(r"^(?:Lastmod|date): (\S+)", text, re.MULTILINE) for text in texts().values()]
    assert any(lastmod < published for lastmod, published in stamps)


def test_one_thread_comes_in_two_files_under_two_forms_of_its_address() -> None:
    closing = re.compile(r"原文参与讨论\]\(https://forum\.example/(?:article|question)/(?:id-)?(\d+)")
    numbers = [match[1] for text in texts().values() if (match := closing.search(text))]
    assert len(numbers) == len(set(numbers)) + 1


def test_replies_can_be_dated_before_what_they_answer() -> None:
    birds = next(text for text in texts().values() if "白頭翁" in text)
    days = [date.fromisoformat(day) for day in re.findall(r"评论于 (\S+)$", birds, re.MULTILINE)]
    assert days != sorted(days)


def test_the_sample_is_large_enough_to_need_pages_and_old_enough_to_draw_a_chart() -> None:
    counts = [text.count("\n### ") for text in texts().values()]
    years = {re.search(r"^date: (\d{4})", text, re.MULTILINE)[1] for text in texts().values()}  # type: ignore[index]
    assert len(texts()) >= 24
    assert max(counts) >= 180
    assert len(years) >= 8


def test_only_reserved_hosts_are_named() -> None:
    hosts = {host for text in texts().values() for host in re.findall(r"https?(?:://|%3A//|%3A%2F%2F)([\w.-]+)", text)}
    assert hosts == {"forum.example", "example.org", "images.weserv.nl"}


@pytest.fixture
def imported(db: None) -> None:
    """Import the sample archive."""
    report = run.import_archive([str(SAMPLE)], ImportOptions(workers=1))
    assert report.files_imported == 25


def exported(out: Path) -> list[dict[str, Any]]:
    """Export the archive as JSON lines and read it back."""
    call_command("export_archive", out, format="jsonl")
    return [json.loads(line) for line in out.read_text().splitlines()]


@pytest.mark.usefixtures("imported")
def test_the_sample_comes_in_whole() -> None:
    assert SourceFile.objects.count() == 25
    assert Article.objects.visible().count() == 24
    assert Comment.objects.visible().count() == 471
    assert Counter(Article.objects.values_list("kind", flat=True)) == {"article": 19, "question": 3, "answers": 2}
    assert Counter(ImportProblem.objects.values_list("severity", "code")) == {
        ("warning", "front-matter-mended"): 1,
        ("warning", "front-matter-by-line"): 1,
        ("warning", "united"): 1,
    }


@pytest.mark.usefixtures("imported")
def test_every_reply_of_the_sample_is_linked_as_it_was_written(tmp_path: Path) -> None:
    truth = [json.loads(line) for line in TRUTH.read_text().splitlines()]
    rows = exported(tmp_path / "archive.jsonl")
    paths = {row["key"]: row["source_path"] for row in rows if row["type"] == "article"}
    comments = {(paths[row["article"]], row["position"]): row for row in rows if row["type"] == "comment"}
    wrong = [
        (row["file"], row["pos"], found["answers"], row["parent_pos"], found["link_method"])
        for row in truth
        if (found := comments[row["file"], row["pos"]])["answers"] != row["parent_pos"]
    ]
    assert len(truth) == len(comments)
    assert not wrong
    assert {row["link_method"] for row in comments.values()} == {
        *("id", "excerpt", "prefix", "folded", "text", "sole", "article", "nearest"),
        None,
    }
    named = {
        row["file"]: {r["pos"] for r in truth if r["file"] == row["file"] and r["kind"] == "target"} for row in truth
    }
    guessed = [place for place, row in comments.items() if row["link_method"] == "nearest"]
    assert all(position in named[file] for file, position in guessed), "a guess where a quote says more"


@pytest.mark.usefixtures("imported")
def test_the_sample_goes_out_byte_for_byte(tmp_path: Path) -> None:
    call_command("export_archive", tmp_path / "out", format="source")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {
        path.name: path.read_bytes() for path in SAMPLE.glob("*.md")
    }


@pytest.mark.usefixtures("imported")
def test_importing_the_sample_again_changes_nothing(tmp_path: Path) -> None:
    before = exported(tmp_path / "before.jsonl")
    run.import_archive([str(SAMPLE)], ImportOptions(workers=1, force=True))
    assert exported(tmp_path / "after.jsonl") == before


@pytest.mark.usefixtures("imported")
def test_the_archive_of_the_sample_is_what_its_files_say(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_archive", SAMPLE, workers=1)
    assert "Files compared: 25, threads: 24." in capsys.readouterr().out
