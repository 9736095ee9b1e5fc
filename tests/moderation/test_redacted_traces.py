"""What a redaction leaves: no words, no names made of them, and no hash by which they could be guessed."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import zlib
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import reverse

from tests.thread_files import FileComment, ThreadFile, run_import
from threads import moderation, redaction
from threads.database.versions import digest_key
from threads.models import (
    Article,
    Author,
    AuthorName,
    Comment,
    FormerKey,
    ImportProblem,
    ImportRun,
    ModerationAction,
    Redaction,
    SourceFile,
)
from threads.moderation import traces
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.test import Client

pytestmark = pytest.mark.django_db

PHONE = "0912 555 123"
TITLE = "林小姐的茶葉收在三號倉庫"
TEA = ThreadFile(
    0,
    TITLE,
    "龍井茶放在門口左邊。",
    "teahouse keeper",
    comments=(FileComment("hiker", f"Call {PHONE}"), FileComment("baker", "Yes."), FileComment("baker", "Yes.")),
)
ROSES = ThreadFile(7, comments=(FileComment("hiker", f"Call {PHONE}"), FileComment("hiker", f"Call {PHONE}")))


def stored_values() -> Iterator[str]:
    """Yield all texts in all tables, with files unpacked; the random key is the only value left out."""
    for model in apps.get_models():
        for row in model._default_manager.values():
            for name, value in row.items():
                if name == "content":
                    yield zlib.decompress(value).decode()
                elif name != "digest_key" and value is not None:
                    yield value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def exported_values(folder: Path) -> Iterator[str]:
    """Yield the names and contents of all exported files, hidden content too."""
    call_command("export_archive", str(folder / "x.jsonl"), "--format", "jsonl", "--include-hidden", verbosity=0)
    call_command("export_archive", str(folder / "files"), "--format", "source", "--include-hidden", verbosity=0)
    for path in sorted(folder.rglob("*.*")):
        yield str(path.relative_to(folder))
        if path.is_file():
            yield path.read_text(encoding="utf-8")


def everything(tmp_path: Path) -> str:
    folder = tmp_path / f"out-{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    return "\n".join([*stored_values(), *exported_values(folder)])


def plain_hashes(*texts: str) -> set[str]:
    """Return the hashes of texts that anyone can compute, as hexadecimal, base 32 and base 64, without their ends."""
    hashes = set()
    for content in (text.encode() for text in texts):
        for function in (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.blake2b):
            digest = function(content).digest()
            hashes |= {digest.hex()[:8], base64.b64encode(digest).decode()[:8]}
        for size in (5, 8, 13, 16, 32):
            digest = hashlib.blake2b(content, digest_size=size).digest()
            hashes |= {digest.hex()[:8], base64.b32encode(digest).decode().lower()[:8]}
    return hashes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that was imported: a thread named by its title, and one with a closing link."""
    TEA.write(tmp_path / "in" / f"{TITLE}.md")
    ROSES.write(tmp_path / "in" / "roses.md")
    run_import(tmp_path / "in")
    return tmp_path / "in"


def redact_first(title: str) -> Comment:
    comment = Comment.objects.filter(article__title=title).order_by("position")[0]
    moderation.redact(Comment.objects.filter(pk=comment.pk), by=None, reason="privacy")
    return comment


def redact_tea() -> Article:
    article = Article.objects.get(title=TITLE)
    moderation.hide(Article.objects.filter(pk=article.pk), by=None)
    moderation.redact(Article.objects.filter(pk=article.pk), by=None, reason="legal")
    article.refresh_from_db()
    return article


def test_no_stored_value_allows_to_guess_a_redacted_number(folder: Path, tmp_path: Path) -> None:
    old = Comment.objects.filter(article__title=TITLE).order_by("position")[0]
    sha256 = hashlib.sha256((folder / f"{TITLE}.md").read_bytes()).hexdigest()
    assert old.key in everything(tmp_path)
    redact_first(TITLE)
    for title in ("When to prune roses",) * 2:
        moderation.redact(Comment.objects.filter(article__title=title), by=None, reason="privacy")
    after = everything(tmp_path)
    words = f"Call {PHONE}"
    squeezed = words.casefold().replace(" ", "")
    assert PHONE not in after
    assert old.key not in after
    assert sha256 not in after
    plain = redaction.plain_digest(old.article.key, None, squeezed[: redaction.EXCERPT])
    assert not [value for value in (plain, *plain_hashes(words, squeezed, PHONE)) if value in after]


def test_a_redacted_comment_has_a_random_key_and_its_old_address_leads_nowhere(folder: Path, client: Client) -> None:
    old = redact_first("When to prune roses")
    comment = Comment.objects.get(pk=old.pk)
    assert (len(comment.key), comment.key == old.key) == (13, False)
    assert ModerationAction.objects.get().target_key == comment.key
    assert client.get(reverse("threads:comment", args=[old.key])).status_code == 404
    assert client.get(reverse("threads:comment", args=[comment.key])).status_code == 410


def test_the_operator_may_keep_old_addresses(folder: Path, client: Client, settings: pytest.FixtureRequest) -> None:
    settings.KEEP_REDACTED_ADDRESSES = True  # type: ignore[attr-defined]
    old = redact_first("When to prune roses")
    response = client.get(reverse("threads:comment", args=[old.key]), follow=True)
    assert response.status_code == 410
    assert old.key not in response.redirect_chain[-1][0]
    settings.KEEP_REDACTED_ADDRESSES = False  # type: ignore[attr-defined]
    assert client.get(reverse("threads:comment", args=[old.key])).status_code == 404


@pytest.mark.parametrize("position", [0, 1])
def test_the_twin_of_a_redacted_comment_keeps_its_key_and_text(folder: Path, position: int) -> None:
    article = Article.objects.get(title="When to prune roses")
    twin = article.comments.get(position=1 - position)
    moderation.redact(article.comments.filter(position=position), by=None, reason="privacy")
    run_import(folder, force=True)
    call_command("reparse", "--workers", "1", verbosity=0)
    twin.refresh_from_db()
    assert (twin.visibility, twin.body) == ("visible", f"Call {PHONE}")
    assert article.comments.get(pk=twin.pk).key == twin.key
    assert article.comments.filter(withdrawn_at=None).count() == 2
    call_command("verify_archive", "--workers", "1", verbosity=0)


def test_an_unchanged_file_with_a_redaction_is_skipped(folder: Path) -> None:
    redact_first("When to prune roses")
    before = SourceFile.objects.get(path="roses.md")
    run_import(folder)
    assert SourceFile.objects.get(path="roses.md").run_id == before.run_id
    (folder / "roses.md").rename(folder / "renamed.md")
    run_import(folder)
    assert sorted(SourceFile.objects.values_list("path", flat=True)) == ["renamed.md", f"{TITLE}.md"]
    content = zlib.decompress(SourceFile.objects.get(path="renamed.md").content).decode()
    assert content.count(PHONE) == 1  # of the twin


def test_a_redacted_article_leaves_no_title_key_path_or_author(folder: Path, tmp_path: Path, client: Client) -> None:
    (folder / "bad.md").write_text("---\ntitle: [\n", encoding="utf-8")
    old_keys = list(Comment.objects.filter(article__title=TITLE).values_list("key", flat=True))
    run = ImportRun.objects.get()
    ImportProblem.objects.create(
        run=run, path=f"{TITLE}.md", severity="warning", code="x",
        message=f"“{TITLE}” is used.",
    )  # fmt: skip
    run.report = {"problems": [{"path": f"{TITLE}.md", "message": f"“{TITLE}” is used.", "line": 1}]}
    run.options = {"paths": [f"/backups/{TITLE}.md"]}
    run.save()
    article = redact_tea()
    indexing.rebuild_index()
    after = everything(tmp_path)
    for words in (TITLE, "倉庫", "龍井", "teahouse", *old_keys):
        assert words not in after
    assert json.dumps(TITLE)[1:-1] not in after
    assert not Author.objects.filter(name="teahouse keeper").exists()
    assert not AuthorName.objects.filter(folded__contains="teahouse").exists()
    assert not [value for value in plain_hashes(TITLE, f"file/{TITLE}", f"{TITLE}.md") if value in after]
    assert client.get(reverse("threads:thread", args=[f"file/{TITLE}"])).status_code == 404
    assert client.get(article.get_absolute_url()).status_code == 410
    assert set(ModerationAction.objects.values_list("target_key", flat=True)) == {article.key}
    assert article.comments.count() == 3


def test_the_file_of_a_redacted_article_loses_its_name_and_keeps_its_closing_link(folder: Path) -> None:
    article = Article.objects.get(key=ROSES.key)
    moderation.redact(Article.objects.filter(pk=article.pk), by=None, reason="legal")
    run_import(folder, force=True)
    article.refresh_from_db()
    assert (article.key, article.title) == (ROSES.key, redaction.TITLE)
    file = article.source_files.get()
    assert file.path.startswith("redacted/")
    assert ROSES.key in zlib.decompress(file.content).decode()


def test_an_address_that_is_no_thread_is_removed_with_a_title(folder: Path, tmp_path: Path) -> None:
    text = TEA.text() + "> [点击原文参与讨论](https://tea.example/lin-stores-tea-in-three)\n"
    (folder / f"{TITLE}.md").write_text(text, encoding="utf-8")
    run_import(folder)
    assert "lin-stores" in everything(tmp_path)
    redact_tea()
    run_import(folder, force=True)
    assert "lin-stores" not in everything(tmp_path)


def test_an_author_with_other_texts_stays(folder: Path) -> None:
    replaced = TEA.with_comments(FileComment("teahouse keeper", "More tomorrow."))
    replaced.write(folder / f"{TITLE}.md")
    run_import(folder)
    redact_tea()
    assert Author.objects.filter(name="teahouse keeper").exists()


@pytest.mark.parametrize("change", ["same", "force", "edited", "moved"])
def test_the_file_of_a_redacted_article_does_not_bring_its_title_back(
    folder: Path, tmp_path: Path, change: str
) -> None:
    old = redact_first(TITLE)
    article = redact_tea()
    keys = list(article.comments.order_by("pk").values_list("key", flat=True))
    if change == "edited":
        TEA.with_comments(*TEA.comments, FileComment("baker", "One more.")).write(folder / f"{TITLE}.md")
    if change == "moved":
        (folder / "sub").mkdir()
        (folder / f"{TITLE}.md").rename(folder / "sub" / f"{TITLE}.md")
    run_import(folder, force=change == "force")
    call_command("reparse", "--workers", "1", verbosity=0)
    call_command("verify_archive", "--workers", "1", verbosity=0)
    after = everything(tmp_path)
    for words in (TITLE, "龍井", "teahouse", old.key):
        assert words not in after
    if change == "moved":
        # Its old name, which its comments were known by, is not stored. A possible copy waits for a moderator.
        assert article.comments.get(body__contains=PHONE).visibility == "hidden"
    else:
        assert PHONE not in "".join(article.comments.values_list("body", flat=True))
    assert Article.objects.count() == 2
    if change != "moved":
        article.refresh_from_db()
        assert list(article.comments.order_by("pk").values_list("key", flat=True))[: len(keys)] == keys


def test_an_unreadable_file_of_a_redacted_article_is_not_named_by_its_title(folder: Path, tmp_path: Path) -> None:
    article = redact_tea()
    (folder / f"{TITLE}.md").write_bytes(b"")
    run_import(folder, prune=True)
    article.refresh_from_db()
    assert article.withdrawn_at is None
    assert TITLE not in everything(tmp_path)


def test_an_exported_redacted_article_is_the_same_thread_in_another_archive(folder: Path, tmp_path: Path) -> None:
    key = redact_tea().key
    call_command("export_archive", str(tmp_path / "out"), "--format", "source", "--include-hidden", verbosity=0)
    Article.objects.all().delete()
    FormerKey.objects.all().delete()
    run_import(tmp_path / "out")
    assert Article.objects.filter(key=key, title=redaction.TITLE).exists()


def test_the_original_of_a_jsonl_thread_holds_no_old_keys(folder: Path, tmp_path: Path) -> None:
    call_command("export_archive", str(tmp_path / "x.jsonl"), "--format", "jsonl", verbosity=0)
    Article.objects.all().delete()
    run_import(tmp_path / "x.jsonl")
    old = redact_first(TITLE)
    article = redact_tea()
    after = everything(tmp_path)
    for words in (TITLE, old.key, "龍井", "teahouse"):
        assert words not in after, words
    assert PHONE not in zlib.decompress(article.source_files.get().content).decode()
    run_import(tmp_path / "x.jsonl", force=True)
    assert TITLE not in everything(tmp_path)
    assert (Article.objects.count(), Article.objects.filter(key=article.key).count()) == (2, 1)


def test_digests_need_the_key_of_the_archive() -> None:
    secret = digest_key()
    assert redaction.digest_former_key(secret, "abc") != redaction.digest_former_key(b"another", "abc")
    assert redaction.digest_file(secret, "abc") != redaction.digest_file(b"another", "abc")
    assert redaction.redacted_key(secret, "file/abc") != redaction.redacted_key(b"another", "file/abc")


def test_redactions_of_an_older_archive_get_random_keys_and_keyed_digests(folder: Path, tmp_path: Path) -> None:
    old = Comment.objects.filter(article__title="When to prune roses").order_by("position")[0]
    sha256 = SourceFile.objects.get(path="roses.md").sha256
    redact_first("When to prune roses")
    row = Redaction.objects.get()
    new_key = row.memory["key"]
    # As an older version stored it.
    head = redaction.plain_digest(old.article.key, "hiker", "x" * redaction.HEAD)
    row.memory = {"keys": [old.key], "head": head, "excerpts": [head]}
    row.save()
    file = SourceFile.objects.get(path="roses.md")
    file.content = zlib.compress(zlib.decompress(file.content).replace(new_key.encode(), old.key.encode()))
    file.sha256 = sha256
    file.save()
    FormerKey.objects.all().delete()
    Comment.objects.filter(pk=old.pk).update(key=old.key)
    ModerationAction.objects.update(target_key=old.key)

    migration = importlib.import_module("threads.migrations.0017_redactions_without_hashes")
    migration.renew_redactions(apps, None)
    row.refresh_from_db()
    secret = digest_key()
    assert row.memory["head"] == redaction.digest_again(secret, head)
    after = everything(tmp_path)
    for value in (old.key, sha256, head):
        assert value not in after
    assert row.memory["key"] == Comment.objects.get(pk=old.pk).key == ModerationAction.objects.get().target_key
    run_import(folder)
    assert SourceFile.objects.get(path="roses.md").run_id == file.run_id
    run_import(folder, force=True)
    assert zlib.decompress(SourceFile.objects.get(path="roses.md").content).count(PHONE.encode()) == 1
    call_command("verify_archive", "--workers", "1", verbosity=0)


def test_another_file_of_a_redacted_article_is_not_named_by_its_title(folder: Path, tmp_path: Path) -> None:
    article = Article.objects.get(key=ROSES.key)
    moderation.redact(Article.objects.filter(pk=article.pk), by=None, reason="legal")
    ROSES.write(folder / "sub" / "When to prune roses.md")
    run_import(folder)
    assert article.source_files.count() == 2
    assert "to prune" not in everything(tmp_path)


def test_reparse_renews_what_an_older_version_left_of_a_redacted_article(
    folder: Path, tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(traces, "replace_file_names", lambda _ids: None)
        older.setattr(traces, "erase_reports", lambda *_args, **_options: None)
        assert redact_tea().key == f"file/{TITLE}"
    ImportProblem.objects.create(
        run=ImportRun.objects.get(), path=f"{TITLE}.md", severity="warning", code="x", message=f"“{TITLE}” is used."
    )
    for _ in range(2):
        call_command("reparse", "--workers", "1", verbosity=0)
    assert TITLE not in "\n".join(SourceFile.objects.values_list("path", flat=True))
    assert not ImportProblem.objects.filter(message__contains=TITLE).exists()
    assert client.get(reverse("threads:thread", args=[f"file/{TITLE}"])).status_code == 404
    run_import(folder)
    assert not Article.objects.visible().filter(title=TITLE).exists()
    assert Article.objects.count() == 2
    call_command("verify_archive", "--workers", "1", verbosity=0)
