"""The commands of the operators' guide move a moderated archive to another database without a difference."""

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


def commands_of_the_guide(command: str) -> list[list[str]]:
    """Return the command lines of the section on PostgreSQL that start with one command."""
    guide = (ROOT / "docs/operators.md").read_text().partition("To move them")[2].partition("Redis stores")[0]
    return [shlex.split(line) for line in re.findall(rf"manage\.py ({command}\b.*)", guide)]


def moderate() -> User:
    """Make one row of each kind that is in no source file."""
    call_command("loaddata", "moderators", verbosity=0)
    helper = User.objects.create_user("helper")
    helper.groups.add(Group.objects.get())
    comments = list(Comment.objects.visible().order_by("pk"))
    moderation.hide(Comment.objects.filter(pk=comments[3].pk), by=helper, reason=Reason.SPAM)
    moderation.redact(Comment.objects.filter(pk=comments[40].pk), by=helper, reason=Reason.LEGAL)
    moderation.relink(comments[60], comments[60].article, by=helper)
    moderation.hide(Article.objects.filter(pk=comments[-1].article_id), by=helper, reason=Reason.PRIVACY)
    author, merged_name, opted_out = Author.objects.order_by("-comment_count")[:3]
    moderation.merge_authors(author, [merged_name], by=helper)
    moderation.opt_out(opted_out, by=helper)
    moderation.ignore_tags([Tag.objects.order_by("-article_count")[0]], by=helper)
    moderation.receive_report(comments[5], reason=Reason.ABUSE, message="Please look.", contact="")
    return helper


def exports_and_log(folder: Path) -> tuple[bytes, ...]:
    """Return both jsonl exports, without and with hidden content, and the moderation log."""
    out = folder / "export.jsonl"
    exports = []
    for options in ([], ["--include-hidden"]):
        call_command("export_archive", str(out), "--format", "jsonl", *options, verbosity=0)
        exports.append(out.read_bytes())
    log = apps.get_model("threads", "ModerationAction").objects.order_by("pk")
    return (*exports, repr([*log.values_list("pk", "kind", "target_key", "moderator", "before")]).encode())


def delete_all_rows() -> None:
    """Delete every row, except permissions, so that the database is as after `migrate`."""
    for app in ("threads", "auth"):
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            if model is not Permission:
                model._base_manager.all()._raw_delete("default")


def test_a_moved_archive_has_the_same_exports_log_and_permissions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_import(SAMPLE)
    helper = moderate()
    before = exports_and_log(tmp_path)
    dumps, loads = commands_of_the_guide("dumpdata"), commands_of_the_guide("loaddata")
    assert dumps
    assert loads

    for line in dumps:
        call_command(*line, verbosity=0)
    delete_all_rows()
    for line in loads:
        call_command(*line, verbosity=0)
    for command in ("reparse", "rebuild_search"):
        assert commands_of_the_guide(command)
        assert run(command, verbosity=0) == 0

    assert exports_and_log(tmp_path) == before
    assert run("verify_archive", SAMPLE, workers=1) == 0
    assert {*User.objects.get().get_all_permissions()} == {*helper.get_all_permissions()}
    action = apps.get_model("threads", "ModerationAction").objects.order_by("pk")[0]
    moderation.undo(action, by=helper)
