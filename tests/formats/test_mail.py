"""Mailing lists: threads of messages, their texts, and what a redaction writes."""

from __future__ import annotations

from email import message_from_bytes
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.memory_folder import MemoryFolder, find, members, read, read_fixture
from tests.thread_files import run, run_import
from threads.formats import mail, mail_messages, packs
from threads.formats.backup_format import Changes
from threads.models import Article, Comment

if TYPE_CHECKING:
    from pathlib import Path

    from threads.parsing.document import Document

BEANS = "plants.lists.garden.example/message/"


def message(text: str = "Yes.", *, headers: str = "", name: str = "Cook", number: int = 1) -> str:
    return (
        f"From cook@kitchen.example Mon Mar  2 0{number}:00:00 2020\nFrom: {name} <cook@kitchen.example>\n"
        f"Subject: Soup\nDate: Mon, 2 Mar 2020 0{number}:00:00 +0000\nMessage-ID: <soup-{number}@kitchen.example>\n"
        f"{headers}\n{text}\n\n"
    )


def reply(text: str, to: int = 1, number: int = 2) -> str:
    return message(text, headers=f"In-Reply-To: <soup-{to}@kitchen.example>\n", number=number)


def read_only(text: str | bytes) -> Document:
    found, refused = find(mail, MemoryFolder({"soup.mbox": text}))
    assert not refused
    (content,) = found.values()
    return read(mail, content)


def test_messages_of_the_sample_become_threads() -> None:
    found, refused = find(mail, read_fixture("mail"))
    assert not refused
    documents = {key: read(mail, content) for key, content in found.items()}
    assert [document.key for document in documents.values()] == list(documents)
    beans, kettle = documents.values()
    assert (beans.title, beans.author, beans.tags) == ("When do you sow beans?", "Gardener", ("plants",))
    assert [(comment.author, comment.container) for comment in beans.comments] == [
        ("豆子", "thread"),
        ("Gardener", f"message/{beans.comments[0].source_id}"),
    ]
    assert str(beans.comments[0].posted_on) == "2020-03-02"
    assert beans.comments[1].body.endswith("From now on I will write the numbers down.")
    assert kettle.body == "哪种水壶倒水不滴？图在附件里。\n\n📎 kettle.png (image/png, 8 B)"


def test_a_maildir_has_a_message_a_file() -> None:
    folder = MemoryFolder(
        {path.removeprefix("maildir/"): content for path, content in read_fixture("mail").files.items()}
    )
    assert set(mail.claim_entries(folder)) == {"cur", "new", "plants-2020-03.mbox"}
    found, _refused = find(mail, folder)
    pencil = next(read(mail, content) for key, content in found.items() if key.startswith("paper.example/message/"))
    assert (pencil.title, pencil.body) == ("Which pencil does not smear?", "I write with my **left** hand.")
    assert [comment.body for comment in pencil.comments] == ["A hard one, 2H or more."]


def test_other_text_files_are_not_claimed() -> None:
    folder = MemoryFolder(
        {"notes.txt": "From here on, everything is about soup.\n", "cur/1": "", "soup.mbox": message()}
    )
    assert set(mail.claim_entries(folder)) == {"soup.mbox"}


def test_a_long_quote_of_an_earlier_message_is_folded_and_any_other_is_not() -> None:
    lines = [f"Step {number}: stir." for number in range(9)]
    text = "\n".join(lines)
    quote = "\n".join(f"> {line}" for line in lines)
    document = read_only(message(text) + reply(f"{quote}\nWhy?") + reply(f"{quote} Slowly.\nNo.", number=3))
    folded, whole = (comment.body for comment in document.comments)
    assert folded == "> Step 0: stir.  \n> Step 1: stir.  \n> Step 2: stir.  \n> …\n\nWhy?"
    assert whole.count("stir.") == 9


def test_signs_of_markdown_in_plain_text_are_text() -> None:
    document = read_only(message("1. salt\n# not *a* heading\n<b>"))
    assert document.body == "1\\. salt  \n\\# not \\*a\\* heading  \n\\<b>"


def test_a_message_answers_the_nearest_ancestor_that_is_there() -> None:
    headers = "References: <soup-1@kitchen.example> <lost@kitchen.example>\n"
    document = read_only(message() + message("Later.", headers=headers, number=2))
    assert document.comments[0].container == "thread"


def test_two_answers_to_a_missing_message_are_one_thread_with_the_key_of_the_missing_one() -> None:
    headers = "In-Reply-To: <soup-1@kitchen.example>\n"
    both = message("One.", headers=headers, number=2) + message("Two.", headers=headers, number=3)
    assert read_only(both).key == read_only(message() + both).key
    assert read_only(both).comments[0].container == ""


def test_a_repeated_message_is_one_comment() -> None:
    document = read_only(message() + reply("Salt.") + reply("Salt.") + reply("Pepper."))
    assert [comment.body for comment in document.comments] == ["Salt."]
    assert [problem.code for problem in document.problems] == ["mail-repeated"]


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "x-unknown", ""])
def test_a_charset_that_is_wrong_is_guessed(charset: str) -> None:
    header = f"Content-Type: text/plain; charset={charset}\n" if charset else ""
    encoding = "gb18030" if charset == "gb2312" else "utf-8"
    assert read_only(message("汤要加盐吗？", headers=header).encode(encoding)).body == "汤要加盐吗？"


def test_a_redacted_message_is_a_message_again() -> None:
    found, _refused = find(mail, read_fixture("mail"))
    content = next(iter(found.values()))
    rewritten = mail.rewrite(content, "", Changes({0: "[redacted:x]"}, {0: ""}))
    document = read(mail, rewritten)
    assert (document.comments[0].author, document.comments[0].body) == (None, "[redacted:x]")
    assert [comment.body for comment in document.comments[1:]] == [
        comment.body for comment in read(mail, content).comments[1:]
    ]
    before, after = packs.unpack(content), packs.unpack(rewritten)
    assert before[0] == after[0]
    assert before[2] == after[2]
    assert b"hills.example>" not in after[1].content.replace(b"<beans-2@hills.example>", b"")
    assert message_from_bytes(after[1].content.partition(b"\n")[2]).get_content_charset() == "utf-8"


def test_a_redacted_opening_takes_the_subject_from_every_message() -> None:
    content = next(iter(find(mail, read_fixture("mail"))[0].values()))
    rewritten = mail.rewrite(content, "", Changes(title="[redacted]"))
    assert "sow beans" not in "".join(members(rewritten).values())
    document = read(mail, rewritten)
    assert (document.author, document.body, len(document.comments)) == (None, "", 2)


@given(st.text(max_size=300), st.booleans())
def test_a_text_that_was_written_is_read_again(text: str, has_mark: bool) -> None:
    source = message() if has_mark else message().partition("\n")[2]
    body = mail_messages.read_message(source.encode()).text
    changed = mail_messages.rewrite_message(source.encode(), body=text, author=None, subject=None)
    assert (
        mail_messages.read_message(changed).text
        == mail_messages.read_message(
            mail_messages.rewrite_message(
                changed, body=mail_messages.read_message(changed).text, author=None, subject=None
            )
        ).text
    )
    assert body == "Yes."


@given(st.binary(max_size=400))
def test_no_bytes_raise(junk: bytes) -> None:
    mail_messages.read_head(junk)
    mail_messages.read_message(junk)
    mail_messages.rewrite_message(junk, body="", author="", subject="")


@pytest.mark.django_db
def test_the_sample_goes_in_and_comes_out_byte_for_byte(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    for path, content in read_fixture("mail").files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    assert run_import(folder) == 0
    assert Article.objects.count() == 3
    assert Comment.objects.count() == 3
    assert run("export_archive", tmp_path / "out", format="source") == 0
    out = {
        str(path.relative_to(tmp_path / "out")): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert out == {
        f"lists/{path}" if "/" not in path else path: data for path, data in read_fixture("mail").files.items()
    }
    assert run("verify_archive", folder) == 0
