"""A comment that is gone from its file is quoted by others still: what was decided about it holds for their quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote as escaped

import pytest

from tests.thread_files import MARCH, NEVER, NORTH, ROSES, Said, by, exported, hide, quoting, run, run_import
from threads import moderation
from threads.importing import verifying
from threads.models import Author, Comment, LinkMethod, Quote, Reason

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

pytestmark = pytest.mark.django_db

SECRET = "forsythia"
INLINE = Said("walker", f"I doubt it.\n\n{quoting('In March, when the forsythia blooms...', 'Too late.')}", to="hiker")


def test_what_others_quote_of_a_hidden_comment_stays_unseen_when_its_file_loses_it(
    tmp_path: Path, client: Client
) -> None:
    files = tmp_path / "in"
    ROSES.saying(MARCH, NORTH, INLINE, NEVER).write(files / "roses.md")
    run_import(files)
    hide(by("hiker"))
    assert not seen(client, tmp_path)

    ROSES.saying(NORTH, INLINE, NEVER).write(files / "roses.md")
    run_import(files)

    assert by("hiker").withdrawn_at is not None
    assert not seen(client, tmp_path)
    assert verifying.verify([str(files)], 1).differences == []
    for command in ("reparse", "rerender", "relink"):
        run(command, workers=1, restart=True)
        assert not seen(client, tmp_path)


def test_a_quote_of_it_that_comes_later_is_unseen_too(tmp_path: Path, client: Client) -> None:
    files = tmp_path / "in"
    ROSES.saying(MARCH, NEVER).write(files / "roses.md")
    run_import(files)
    hide(by("hiker"))
    ROSES.saying(NEVER).write(files / "roses.md")
    run_import(files)

    ROSES.saying(NEVER, NORTH, INLINE).write(files / "roses.md")
    run_import(files)

    assert Quote.objects.filter(target=by("hiker")).count() == 2
    assert not seen(client, tmp_path)
    assert verifying.verify([str(files)], 1).differences == []


def test_to_hide_and_restore_it_once_it_is_gone_reaches_its_quotes(tmp_path: Path, client: Client) -> None:
    files = tmp_path / "in"
    ROSES.saying(MARCH, NORTH, INLINE, NEVER).write(files / "roses.md")
    run_import(files)
    ROSES.saying(NORTH, INLINE, NEVER).write(files / "roses.md")
    run_import(files)
    assert seen(client, tmp_path) == ALL

    hide(by("hiker"))
    assert not seen(client, tmp_path)
    moderation.restore(Comment.objects.filter(pk=by("hiker").pk), by=None)
    assert seen(client, tmp_path) == ALL
    assert verifying.verify([str(files)], 1).differences == []


def test_what_others_quote_of_a_person_who_opted_out_stays_unseen_when_its_comment_is_gone(
    tmp_path: Path, client: Client
) -> None:
    files = tmp_path / "in"
    ROSES.saying(MARCH, NORTH, INLINE, NEVER).write(files / "roses.md")
    run_import(files)
    ROSES.saying(NORTH, INLINE, NEVER).write(files / "roses.md")
    run_import(files)

    moderation.opt_out(Author.objects.get(name="hiker"), by=None)
    assert not seen(client, tmp_path)
    moderation.opt_in(Author.objects.get(name="hiker"), by=None)
    assert seen(client, tmp_path) == ALL


def test_a_redacted_comment_keeps_what_it_quotes_where_a_moderator_said_what_it_answers(tmp_path: Path) -> None:
    ROSES.write(tmp_path / "roses.md")
    run_import(tmp_path)
    moderation.relink(by("baker"), by("brewer"), by=None)

    moderation.redact(Comment.objects.filter(pk=by("baker").pk), by=None, reason=Reason.PRIVACY)

    assert by("baker").answers == by("brewer")
    assert by("baker").link_method == LinkMethod.MANUAL
    assert Quote.objects.get().target == by("hiker")
    assert verifying.verify([str(tmp_path)], 1).differences == []


ALL = {"thread", "flat", "own page", "export", "quotes found"}


def seen(client: Client, tmp_path: Path) -> set[str]:
    """Return in which places the words quoted are shown."""
    places = {
        "thread": f"/t/{ROSES.key}/",
        "flat": f"/t/{ROSES.key}/?view=flat",
        "own page": f"{by('walker').get_absolute_url()}card/" if Comment.objects.filter(author__name="walker") else "/",
    }
    found = {name for name, path in places.items() if SECRET in client.get(path).content.decode()}
    found |= {"export"} if SECRET in str(exported(tmp_path)) else set()
    results = client.get(f"/feeds/search/?q={escaped(f'quoted:{SECRET}')}").content.decode()
    return found | ({"quotes found"} if "<entry>" in results else set())
