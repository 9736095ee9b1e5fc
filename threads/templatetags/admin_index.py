"""Template tags of the admin start page: pending work, the last import and the newest moderation actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from threads.models import Article, Comment, ImportProblem, ImportRun, ModerationAction, Report
from threads.search.indexing import count_stale_entries

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

register = template.Library()

ACTIONS_SHOWN = 8


class PendingItem(NamedTuple):
    """A kind of row that may need work."""

    permission: str
    label: str
    total: int
    url: str = ""
    advice: str = ""


@register.simple_tag
def pending_items(user: User | AnonymousUser) -> list[PendingItem]:
    """Return the pending items that the user may view. Six queries."""
    errors, warnings = (ImportProblem.objects.filter(severity=name, solved_by=None) for name in ("error", "warning"))
    items = [
        PendingItem(
            "view_report",
            _("open reports"),
            Report.objects.filter(status=Report.Status.OPEN).count(),
            changelist_url("report"),
        ),
        PendingItem(
            "view_importproblem",
            _("unsolved import errors"),
            errors.count(),
            changelist_url("importproblem", severity__exact="error", solved="no"),
        ),
        PendingItem(
            "view_importproblem",
            _("unsolved import warnings"),
            warnings.count(),
            changelist_url("importproblem", severity__exact="warning", solved="no"),
        ),
        PendingItem(
            "view_comment", _("hidden comments"), count_hidden(Comment), changelist_url("comment", shown="hidden")
        ),
        PendingItem(
            "view_article", _("hidden articles"), count_hidden(Article), changelist_url("article", shown="hidden")
        ),
        PendingItem(
            "view_redaction",
            _("stale search index entries"),
            count_stale_entries(),
            advice=_("Search does not show them. After a redaction, delete them with manage.py rebuild_search."),
        ),
    ]
    return [item for item in items if user.has_perm(f"threads.{item.permission}")]


@register.simple_tag
def last_import_run() -> ImportRun | None:
    """Return the newest import run. One query."""
    return ImportRun.objects.defer("report", "options").first()


@register.simple_tag
def newest_moderation_actions() -> list[ModerationAction]:
    """Return the newest entries of the moderation log. One query."""
    return list(ModerationAction.objects.select_related("moderator")[:ACTIONS_SHOWN])


def count_hidden(model: type[Article] | type[Comment]) -> int:
    """Return the number of rows hidden by moderators. One query."""
    return model.objects.filter(moderated_at__isnull=False, visibility="hidden").count()


def changelist_url(model: str, **filters: str) -> str:
    """Return the address of a filtered admin list."""
    return reverse(f"admin:threads_{model}_changelist", query=filters)
