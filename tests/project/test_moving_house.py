"""A moderated archive moves to another database by the commands of the operators' guide, and is the same there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from tests.thread_files import run, run_import
from threads import moderation
from threads.models import Article, Author, Comment, Reason, Tag

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "fixtures" / "sample_archive"


def told(command: str) -> list[list[str]]:
    """Return the guide's command lines for the move that begin with one command."""
    guide = (ROOT / "docs/operators.md").read_text().partition("To take these along")[2].partition("Redis stores")[0]
    return [shlex.split(line) for line in re.findall(rf"manage\.py ({command}\b.*)", guide)]


def moderate() -> User:
    """Leave a trace of everything that is in no file."""
    call_command("loaddata", "moderators", verbosity=0)
    helper = User.objects.create_user("helper")
    helper.groups.add(Group.objects.get())
    seen = list(Comment.objects.visible().order_by("pk"))
    moderation.hide(Comment.objects.filter(pk=seen[3].pk), by=helper, reason=Reason.SPAM)
    moderation.redact(Comment.objects.filter(pk=seen[40].pk), by=helper, reason=Reason.LEGAL)
    moderation.relink(seen[60], seen[60].article, by=helper)
    moderation.hide(Article.objects.filter(pk=seen[-1].article_id), by=helper, reason=Reason.PRIVACY)
    one, other, out = Author.objects.order_by("-comment_count")[:3]
    moderation.merge_authors(one, [other], by=helper)
    moderation.opt_out(out, by=helper)
    moderation.ignore_tags([Tag.objects.order_by("-article_count")[0]], by=helper)
    moderation.receive_report(seen[5], reason=Reason.ABUSE, message="Please look.", contact="")
    return helper


def everything(folder: Path) -> tuple[bytes, ...]:
    """Return what can be exported, for readers and for operators, and the log."""
    out = folder / "export.jsonl"
    found = []
    for options in ([], ["--include-hidden"]):
        call_command("export_archive", str(out), "--format", "jsonl", *options, verbosity=0)
        found.append(out.read_bytes())
    log = apps.get_model("threads", "ModerationAction").objects.order_by("pk")
    return (*found, repr([*log.values_list("pk", "kind", "target_key", "moderator__username", "before")]).encode())


def empty() -> None:
    """Leave what a database holds that was migrated and nothing else."""
    for app in ("threads", "auth"):
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            if model is not Permission:
                model._base_manager.all()._raw_delete("default")


def test_an_archive_is_the_same_in_the_database_it_moved_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_import(SAMPLE)
    helper = moderate()
    before = everything(tmp_path)
    dumps, loads = told("dumpdata"), told("loaddata")
    assert dumps
    assert loads

    for line in dumps:
        call_command(*line, verbosity=0)
    empty()
    for line in loads:
        call_command(*line, verbosity=0)
    for command in ("reparse", "rebuild_search"):
        assert told(command)
        assert run(command, verbosity=0) == 0

    assert everything(tmp_path) == before
    assert run("verify_archive", SAMPLE, workers=1) == 0
    assert {*User.objects.get().get_all_permissions()} == {*helper.get_all_permissions()}
    action = apps.get_model("threads", "ModerationAction").objects.order_by("pk")[0]
    moderation.undo(action, by=helper)
