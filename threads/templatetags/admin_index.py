"""Template tags of the admin start page: pending work, the last import and the newest moderation actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django import template
from django.db.models import Q
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

    table: str
    label: str
    total: int
    filters: str | None = None
    """Query string of the list; None without a list."""
    advice: str = ""

    @property
    def url(self) -> str:
        """The address of the filtered list, if there is one."""
        return "" if self.filters is None else reverse(f"admin:threads_{self.table}_changelist") + f"?{self.filters}"


@register.simple_tag
def pending_items(user: User | AnonymousUser) -> list[PendingItem]:
    """Return the pending items that the user may view. Six queries."""
    unsolved = ImportProblem.objects.filter(solved_by=None)
    errors, warnings = unsolved.filter(severity="error").count(), unsolved.filter(severity="warning").count()
    hidden = Q(moderated_at__isnull=False, visibility="hidden")
    articles, comments = Article.objects.filter(hidden).count(), Comment.objects.filter(hidden).count()
    reports = Report.objects.filter(status=Report.Status.OPEN).count()
    advice = _("Search does not show them. After a redaction, delete them with manage.py rebuild_search.")
    items = [
        PendingItem("report", _("open reports"), reports, ""),
        PendingItem("importproblem", _("unsolved import errors"), errors, "severity__exact=error&solved=no"),
        PendingItem("importproblem", _("unsolved import warnings"), warnings, "severity__exact=warning&solved=no"),
        PendingItem("comment", _("hidden comments"), comments, "shown=hidden"),
        PendingItem("article", _("hidden articles"), articles, "shown=hidden"),
        PendingItem("redaction", _("stale search index entries"), count_stale_entries(), advice=advice),
    ]
    return [item for item in items if user.has_perm(f"threads.view_{item.table}")]


@register.simple_tag
def last_import_run() -> ImportRun | None:
    """Return the newest import run. One query."""
    return ImportRun.objects.defer("report", "options").first()


@register.simple_tag
def newest_moderation_actions() -> list[ModerationAction]:
    """Return the newest entries of the moderation log. One query."""
    return list(ModerationAction.objects.all()[:ACTIONS_SHOWN])
