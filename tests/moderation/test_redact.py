"""Destroyed and hidden words, from import to export: gone from every row, file and quote, through later imports."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from threads import moderation, redaction
from threads.models import (
    Article,
    ArticleTag,
    Author,
    Comment,
    FormerKey,
    ImportProblem,
    ImportRun,
    LinkCorrection,
    ModerationAction,
    Quote,
    Redaction,
    SearchEntry,
    SourceFile,
    ThreadLink,
)
from threads.moderation import ModerationError
from threads.replies.comment_keys import comment_key
from threads.replies.matching import CommentFingerprint
from threads.search import indexing

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

pytestmark = pytest.mark.django_db(transaction=False)

SECRET = "My street is the one behind the old station, number twelve, second floor on the left."
LEADING = f'> [\\>>]( "/article/item_id-41#"){SECRET[:47]}..\n\nThank you, I will come by on Sunday.'
INLINE = f'Is it still so?\n\n> [\\>>]( "/article/item_id-41#"){SECRET[:50]}...\n\nI was there yesterday.'


def thread(
    *comments: tuple[str, str, str], lastmod: str = "2021-06-30", title: str = "Seedlings to give away"
) -> bytes:
    """Return a file of a thread: (author and addressee, day, text) of each comment."""
    lines = ["---", f"Lastmod: {lastmod}T12:00:00+00:00", f"title: {title}", "author: gardener", "---", ""]
    lines += ["I have too many tomatoes.", ""]
    for name, day, text in comments:
        lines += [" " * 12, f"### 品葱用户 **{name}** 评论于 {day}", " " * 8, text, ""]
    lines += ["> [点击原文参与讨论](https://forum.example/article/7)", ""]
    return "\n".join(lines).encode()


COMMENTS = (
    ("hiker", "2021-06-26", SECRET),
    ("baker\nhiker", "2021-06-27", LEADING),
    ("cyclist\nhiker", "2021-06-28", INLINE),
    ("hiker", "2021-06-29", "Another comment of mine."),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that was imported: one thread of four comments."""
    place = tmp_path / "threads"
    place.mkdir()
    (place / "a.md").write_bytes(thread(*COMMENTS))
    bring_in(place)
    return place


def bring_in(place: Path, *options: str) -> None:
    """Import a folder."""
    call_command("import_archive", str(place), "--workers", "1", *options, verbosity=0)


def secret() -> Comment:
    """Return the comment that should not be read."""
    return Comment.objects.get(position=0, article__key="forum.example/article/7")


def redact_it(**fields: Any) -> None:
    """Destroy its words."""
    moderation.redact(Comment.objects.filter(pk=secret().pk), by=None, reason="privacy", **fields)


def everything() -> str:
    """Return all that the database holds of texts, kept files and the log, as one string."""
    rows: list[Any] = [list(model.objects.values()) for model in (Comment, Quote, Article, ModerationAction, Redaction)]
    files = [zlib.decompress(file.content).decode() for file in SourceFile.objects.all()]
    return json.dumps(rows, default=str, ensure_ascii=False) + "".join(files)


def exported(tmp_path: Path, *options: str) -> str:
    """Return both kinds of export, as one string."""
    out = tmp_path / "out" / str(len(list(tmp_path.rglob("*"))))
    call_command("export_archive", str(out / "x.jsonl"), "--format", "jsonl", *options, verbosity=0)
    call_command("export_archive", str(out / "files"), "--format", "source", *options, verbosity=0)
    files = sorted((out / "files").rglob("*.md"))
    return (out / "x.jsonl").read_text(encoding="utf-8") + "".join(file.read_text(encoding="utf-8") for file in files)


def test_the_words_are_there_before(folder: Path, tmp_path: Path) -> None:
    assert everything().count("behind the old station") > 5
    assert exported(tmp_path).count("behind the old station") > 5


def test_redacted_words_are_nowhere(folder: Path, tmp_path: Path) -> None:
    redact_it()
    assert "old station" not in everything()
    assert "old station" not in exported(tmp_path)
    assert "old station" not in exported(tmp_path, "--include-hidden")


def test_what_others_quote_of_the_words_goes_where_it_is_not_known_whom_they_quote(folder: Path) -> None:
    quoting = INLINE.replace("item_id-41", "item_id-99").replace("Is it still so?", "Who wrote this?")
    twice = (*COMMENTS, ("hiker", "2021-06-30", SECRET), ("potter\nsomebody", "2021-07-01", quoting))
    (folder / "a.md").write_bytes(thread(*twice, lastmod="2021-07-02"))
    bring_in(folder)
    asking = Comment.objects.get(author__name="potter")
    assert asking.quotes.get().target is None
    moderation.redact(Comment.objects.filter(body=SECRET), by=None, reason="privacy")
    asking.refresh_from_db()
    assert "Who wrote this?" in asking.body_html
    assert "old station" not in everything()
    assert indexing.find_index_problems() == []


def test_what_a_comment_quoted_is_destroyed_with_it(folder: Path, tmp_path: Path) -> None:
    words = "The key lies under the third flower pot, as always."
    quoting = LEADING.replace(SECRET[:47], words[:47]).replace("item_id-41", "item_id-99")
    (folder / "a.md").write_bytes(thread(*COMMENTS, ("potter\nsomebody", "2021-07-01", quoting), lastmod="2021-07-02"))
    bring_in(folder)
    assert "flower pot" in everything()
    moderation.redact(Comment.objects.filter(author__name="potter"), by=None, reason="privacy")
    assert "flower pot" not in everything()
    assert "flower pot" not in exported(tmp_path, "--include-hidden")


def test_a_link_confirmed_after_a_redaction_is_a_moderator_s(folder: Path) -> None:
    redact_it()
    asking = Comment.objects.get(author__name="cyclist")
    moderation.unlink(asking, by=None)
    asking.refresh_from_db()
    found = asking.answers
    assert asking.link_method != "manual"
    moderation.relink(asking, found, by=None)
    asking.refresh_from_db()
    assert (asking.answers, asking.link_method) == (found, "manual")


def test_what_stays_is_the_place_the_links_and_everybody_else_s_words(folder: Path) -> None:
    places = Comment.objects.order_by("position").values_list("order", "depth", "answers__position")
    others = Comment.objects.exclude(position=0).order_by("position").values_list("key", flat=True)
    before = list(places), list(others)
    redact_it()
    assert (list(places.all()), list(others.all())) == before
    texts = "".join(Comment.objects.values_list("body_html", flat=True))
    for words in ("come by on Sunday", "Is it still so?", "I was there yesterday", "Another comment of mine"):
        assert words in texts
    assert secret().visibility == "redacted"


def test_the_thread_stays_the_same_when_it_is_placed_again(folder: Path) -> None:
    redact_it()
    before = list(Comment.objects.order_by("position").values_list("key", "order", "depth", "answers__position"))
    last = Comment.objects.get(position=3)
    moderation.relink(last, last.article, by=None)
    moderation.unlink(last, by=None)
    after = list(Comment.objects.order_by("position").values_list("key", "order", "depth", "answers__position"))
    assert after == before


def test_the_kept_file_says_that_it_is_cut_and_remembers_what_came(folder: Path) -> None:
    before = SourceFile.objects.get()
    redact_it()
    after = SourceFile.objects.get()
    assert after.size == before.size
    assert len(after.sha256) == 64
    assert after.sha256 not in {before.sha256, hashlib.sha256(zlib.decompress(after.content)).hexdigest()}
    assert (before.redacted_at, after.redacted_at is None) == (None, False)
    assert f"[redacted:{secret().key}]".encode() in zlib.decompress(after.content)


def test_the_unchanged_file_does_not_bring_the_words_back(folder: Path) -> None:
    redact_it()
    before = everything()
    bring_in(folder)
    assert everything() == before
    bring_in(folder, "--force")
    assert "old station" not in everything()


def state() -> dict[str, list[dict[str, Any]]]:
    """Return what an import writes, but the versions."""
    models = {Comment: (), Quote: ("id",), Article: ("version",), ThreadLink: ("id",), FormerKey: ("id",)}
    models |= {SearchEntry: ("id",), Author: (), LinkCorrection: ("id",), ArticleTag: ("id",)}
    rows = {
        model.__name__: [
            {name: value for name, value in row.items() if name not in left_out}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model, left_out in models.items()
    }
    return rows | {"files": [{"content": zlib.decompress(file.content)} for file in SourceFile.objects.all()]}


ENTANGLED = (
    ("hiker", "2021-06-26", f"{SECRET} See [there](https://forum.example/article/8)."),
    ("baker\nhiker", "2021-06-27", LEADING),
    ("cyclist\nhiker", "2021-06-28", INLINE),
    ("hiker", "2021-06-29", "Another comment of mine."),
    ("walker", "2021-06-29", "+1"),
    ("skater", "2021-06-29", "+1"),
    ("brewer\nwalker", "2021-06-30", '> [\\>>]( "/article/item_id-43#")+1\n\nOf what?'),
    ("potter\nskater", "2021-06-30", '> [\\>>]( "/article/item_id-44#")+1\n\nOf which?'),
    ("weaver\nhiker", "2021-06-30", f'> [\\>>]( "/article/item_id-41#"){SECRET[:50]}...'),
    ("sailor\ngardener", "2021-07-01", "To you I would give some."),
)


@pytest.mark.parametrize("redacted", [[0], [3], [4], [0, 6], [2, 8], [], [None], [0, None]])
def test_an_import_after_a_redaction_changes_nothing(folder: Path, redacted: list[int | None]) -> None:
    (folder / "a.md").write_bytes(thread(*ENTANGLED, lastmod="2021-07-02"))
    bring_in(folder)
    for position in redacted:
        if position is None:
            moderation.redact(Article.objects.all(), by=None, reason="legal")
        else:
            moderation.redact(Comment.objects.filter(position=position), by=None, reason="privacy")
    before = state()

    bring_in(folder, "--force")
    assert state() == before
    call_command("relink", verbosity=0)
    call_command("reparse", "--workers", "1", verbosity=0)
    assert state() == before


def test_a_correction_outranks_what_a_redaction_keeps(folder: Path) -> None:
    (folder / "a.md").write_bytes(thread(*ENTANGLED, lastmod="2021-07-02"))
    bring_in(folder)
    redact_it()
    walker, brewer, sailor = (Comment.objects.get(position=position) for position in (4, 6, 9))
    assert (brewer.answers, sailor.answers_article) == (walker, True)
    moderation.relink(walker, brewer, by=None)
    moderation.relink(sailor, sailor.article, by=None)

    bring_in(folder, "--force")
    links = Comment.objects.filter(position__in=(4, 6, 9)).order_by("position")
    assert list(links.values_list("answers", "answers_article", "link_method")) == [
        (brewer.pk, False, "manual"),
        (None, False, None),
        (None, True, "manual"),
    ]


def test_a_newer_file_does_not_bring_the_words_back(folder: Path, tmp_path: Path) -> None:
    redact_it()
    key = secret().key
    newer = (*COMMENTS, ("baker\nhiker", "2021-07-01", LEADING.replace("Sunday", "Monday")))
    (folder / "a.md").write_bytes(thread(*newer, lastmod="2021-07-02"))
    bring_in(folder)
    assert Comment.objects.count() == 5
    assert (secret().key, secret().visibility, secret().body) == (key, "redacted", "")
    assert "old station" not in everything()
    assert "old station" not in exported(tmp_path, "--include-hidden")
    assert "Monday" in everything()


def test_another_file_of_the_thread_does_not_bring_the_words_back(folder: Path) -> None:
    redact_it()
    (folder / "b.md").write_bytes(thread(*COMMENTS[:2], lastmod="2021-06-27"))
    bring_in(folder)
    assert SourceFile.objects.count() == 2
    assert "old station" not in everything()
    assert Comment.objects.filter(withdrawn_at=None).count() == 4


@pytest.mark.parametrize("other", [SECRET, SECRET + " Come in."], ids=["twin", "edition"])
def test_a_file_without_the_words_of_another_thread_is_not_cut_again(other: str) -> None:
    key, fingerprint = "forum.example/article/9", CommentFingerprint("hiker", date(2021, 6, 26), SECRET)
    digests = redaction.ThreadDigests(key, b"k" * 32, elsewhere=True)
    removed = digests.digest_comment([comment_key(key, fingerprint)], "hiker", SECRET)
    digests = replace(digests, comments=(removed,))
    content = thread(("hiker", "2021-06-26", SECRET), ("hiker", "2021-06-26", other))

    cut = redaction.clean(content, "a.md", digests)
    assert SECRET.encode() + b"\n" not in cut
    assert redaction.clean(cut, "a.md", digests, kept=True) == cut


def test_an_edition_of_the_comment_does_not_bring_the_words_back(folder: Path) -> None:
    redact_it()
    edited = ("hiker", "2021-06-26", f"{SECRET} Ring twice.")
    (folder / "a.md").write_bytes(thread(edited, *COMMENTS[1:], lastmod="2021-07-02"))
    bring_in(folder)
    assert "old station" not in everything()
    assert Comment.objects.filter(withdrawn_at=None).count() == 4


def test_redaction_cannot_be_undone_and_is_logged_without_the_words(folder: Path) -> None:
    redact_it(note="asked by the author")
    action = ModerationAction.objects.get()
    assert (action.kind, action.note, action.before["visibility"]) == ("redact", "asked by the author", "visible")
    with pytest.raises(ModerationError, match="cannot be undone"):
        moderation.undo(action, by=None)
    assert moderation.redact(Comment.objects.filter(pk=secret().pk), by=None, reason="privacy") == []
    assert moderation.restore(Comment.objects.all(), by=None) == []


def test_a_hidden_comment_can_still_be_redacted(folder: Path) -> None:
    moderation.hide(Comment.objects.filter(pk=secret().pk), by=None)
    redact_it()
    assert "old station" not in everything()


def test_two_comments_are_redacted_one_after_the_other(folder: Path) -> None:
    redact_it()
    moderation.redact(Comment.objects.filter(position=3), by=None, reason="request")
    assert "old station" not in everything()
    assert "Another comment of mine" not in everything()
    assert "come by on Sunday" in everything()
    bring_in(folder, "--force")
    assert "Another comment of mine" not in everything()
    assert set(Comment.objects.filter(visibility="redacted").values_list("position", flat=True)) == {0, 3}


def test_of_an_article_the_opening_is_destroyed_and_the_comments_are_kept(folder: Path, tmp_path: Path) -> None:
    moderation.redact(Article.objects.all(), by=None, reason="legal")
    article = Article.objects.get()
    assert (article.title, article.author, article.body, article.front_matter) == (redaction.TITLE, None, "", {})
    assert "tomatoes" not in everything()
    assert "gardener" not in everything()
    assert not Author.objects.visible().filter(name="gardener").exists()
    assert Comment.objects.filter(body__contains="old station").exists()
    assert exported(tmp_path) == ""
    (folder / "a.md").write_bytes(thread(*COMMENTS, lastmod="2021-07-02", title="Tomatoes again"))
    bring_in(folder)
    article.refresh_from_db()
    assert (article.title, article.author, article.body) == (redaction.TITLE, None, "")
    assert "omatoes" not in everything()


def test_problems_and_reports_repeat_no_words_of_an_opening(folder: Path) -> None:
    untitled = thread(*COMMENTS, lastmod="2021-07-02").replace(b"title: Seedlings to give away\n", b"")
    odd = untitled.replace(
        b"author:", b"date: my tomatoes\ntags: [tomatoes, {tomatoes: red}]\nnote: red #tomatoes\nauthor:"
    )
    (folder / "a.md").write_bytes(odd)
    bring_in(folder)
    codes = set(ImportProblem.objects.values_list("code", flat=True))
    assert codes == {"title-missing", "date-unreadable", "tags-not-a-list", "front-matter-comment"}
    moderation.redact(Article.objects.all(), by=None, reason="legal")
    reports = json.dumps([run.report for run in ImportRun.objects.all()], ensure_ascii=False)
    assert "tomatoes" not in reports
    assert not ImportProblem.objects.filter(message__contains="tomatoes").exists()


def test_text_is_redacted_in_a_file_in_gb18030(folder: Path) -> None:
    body = "这个花园里的番茄太多了，我们一家人吃不了，有人要来拿吗？"
    secret = "我家就在老车站的后面，门牌号是十二，二楼左边的那一间，你可以来拿。"
    text = thread(("hiker", "2021-06-26", secret)).decode().replace("I have too many tomatoes.", body)
    (folder / "b.md").write_bytes(text.replace("article/7", "article/8").encode("gb18030"))
    bring_in(folder)
    comment = Comment.objects.get(body=secret)
    source = SourceFile.objects.get(path="b.md")
    assert zlib.decompress(source.content) == (folder / "b.md").read_bytes()

    moderation.redact(Comment.objects.filter(pk=comment.pk), by=None, reason="privacy")
    bring_in(folder, "--force")

    source.refresh_from_db()
    kept = zlib.decompress(source.content)
    assert secret.encode("gb18030") not in kept
    assert secret.encode() not in kept
    assert body.encode() in kept
    article = Article.objects.get(key="forum.example/article/8")
    assert article.body == body
    assert article.comments.get(withdrawn_at=None).visibility == "redacted"


def test_with_an_opening_goes_whereto_it_led(folder: Path) -> None:
    (folder / "a.md").write_bytes(
        thread(*COMMENTS, lastmod="2021-07-02").replace(b"tomatoes.", b"tomatoes: https://forum.example/article/8")
    )
    bring_in(folder)
    assert ThreadLink.objects.filter(target_key="forum.example/article/8").exists()
    moderation.redact(Article.objects.all(), by=None, reason="legal")
    assert not ThreadLink.objects.exists()


def test_sqlite_writes_over_what_it_frees(folder: Path) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # Some are built so that they always do.
            cursor.execute("PRAGMA secure_delete = OFF")
            redact_it()
            cursor.execute("PRAGMA secure_delete")
            assert cursor.fetchone() == (1,)


# Hidden words


def test_hidden_words_are_in_no_public_export_but_in_the_full_one(folder: Path, tmp_path: Path) -> None:
    moderation.hide(Comment.objects.filter(pk=secret().pk), by=None)
    public = exported(tmp_path)
    assert "old station" not in public
    assert "come by on Sunday" in public
    assert redaction.REMOVED in public
    assert "old station" in exported(tmp_path, "--include-hidden")


def test_the_full_export_holds_files_as_they_came_though_something_in_them_is_hidden(
    folder: Path, tmp_path: Path
) -> None:
    moderation.hide(Comment.objects.filter(pk=secret().pk), by=None)
    call_command("export_archive", str(tmp_path / "out"), "--format", "source", "--include-hidden", verbosity=0)
    assert (tmp_path / "out" / "a.md").read_bytes() == (folder / "a.md").read_bytes()


def test_a_public_export_can_be_imported_elsewhere(folder: Path, tmp_path: Path) -> None:
    moderation.hide(Comment.objects.filter(pk=secret().pk), by=None)
    call_command("export_archive", str(tmp_path / "mirror"), "--format", "source", verbosity=0)
    Article.objects.all().delete()
    bring_in(tmp_path / "mirror")
    assert list(Comment.objects.order_by("position").values_list("removed_at_source", flat=True)) == [
        True,
        False,
        False,
        False,
    ]


def test_files_without_hidden_words_are_exported_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    other = thread(("baker", "2021-06-26", "Nothing to hide.")).replace(b"article/7", b"article/8")
    (folder / "other.md").write_bytes(other)
    bring_in(folder)
    moderation.hide(Comment.objects.filter(pk=secret().pk), by=None)
    call_command("export_archive", str(tmp_path / "out"), "--format", "source", verbosity=0)
    assert (tmp_path / "out" / "other.md").read_bytes() == other
    assert (tmp_path / "out" / "a.md").read_bytes() != thread(*COMMENTS)


def test_what_is_hidden_stays_hidden_through_five_imports_with_changes(folder: Path) -> None:
    moderation.hide(Comment.objects.filter(pk=secret().pk), by=None, reason="privacy")
    for day in range(1, 6):
        more = [("baker", f"2021-07-0{day}", f"Number {number}.") for number in range(day)]
        (folder / "a.md").write_bytes(thread(*COMMENTS, *more, lastmod=f"2021-07-0{day}"))
        bring_in(folder)
        assert (secret().visibility, secret().reason) == ("hidden", "privacy")
        assert not Comment.objects.visible().filter(position=0).exists()
        assert "old station" not in "".join(Comment.objects.visible().values_list("body_html", flat=True))


def test_what_an_author_who_opted_out_wrote_later_is_never_seen(folder: Path) -> None:
    moderation.opt_out(Author.objects.get(name="hiker"), by=None)
    (folder / "a.md").write_bytes(thread(*COMMENTS, ("hiker", "2021-07-01", "Once more."), lastmod="2021-07-02"))
    bring_in(folder)
    assert Comment.objects.filter(body="Once more.").exists()
    assert not Comment.objects.visible().filter(author__name="hiker").exists()


def test_a_corrected_link_survives_an_import(folder: Path) -> None:
    rows = list(Comment.objects.order_by("position"))
    moderation.relink(rows[3], rows[2], by=None)
    (folder / "a.md").write_bytes(thread(*COMMENTS, ("baker", "2021-07-01", "Hello."), lastmod="2021-07-02"))
    bring_in(folder)
    assert Comment.objects.get(position=3).answers == rows[2]
    assert Comment.objects.get(position=3).link_method == "manual"


# Public pages


@pytest.mark.parametrize("how", ["hide", "redact"])
def test_the_words_are_on_no_public_page_from_then_on(folder: Path, client: Client, how: str) -> None:
    pages = [
        reverse("threads:home"),
        Article.objects.get().get_absolute_url(),
        Article.objects.get().get_absolute_url() + "?view=flat",
        Author.objects.get(name="hiker").get_absolute_url(),
        reverse("threads:feed_comments"),
        reverse("threads:day", args=[2021, 6, 26]),
        reverse("threads:search", query={"q": "street behind"}),
        reverse("threads:search", query={"q": "quoted:street"}),
        reverse("threads:search_feed", query={"q": "street"}),
        *(reverse("threads:card", args=[comment.key]) for comment in Comment.objects.order_by("position")[:3]),
    ]
    seen = [client.get(page).content.decode() for page in pages]
    assert sum("old station" in page for page in seen) >= 4
    if how == "hide":
        moderation.hide(Comment.objects.filter(pk=secret().pk), by=None)
    else:
        redact_it()
    for page in pages:
        answer = client.get(page)
        assert answer.status_code in {200, 404}, page
        text = b"".join(answer) if answer.streaming else answer.content
        assert "old station" not in text.decode(), page
