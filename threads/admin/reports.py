"""Reports of readers: columns, fields and actions (hide, close, decline)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import CharField, Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from threads import moderation
from threads.admin.base import (
    BODY_PREFIX,
    ConditionFilter,
    column,
    link_to_article,
    link_to_row,
    make_excerpt,
    shorten,
    text_box,
)
from threads.admin.confirmation import CAN_BE_UNDONE, ActionAdmin, ConfirmedAction
from threads.admin.forms import ReasonForm
from threads.models import Article, Comment, ModerationAction, Report

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

OPEN = Q(status=Report.Status.OPEN)
CLOSING = (_("The content does not change. The report leaves the queue."), CAN_BE_UNDONE)


def _hide(rows: QuerySet[Report], **values: Any) -> list[ModerationAction]:
    moderation.hide(Comment.objects.filter(reports__in=rows.values("pk")), **values)
    moderation.hide(Article.objects.filter(reports__in=rows.filter(comment=None).values("pk")), **values)
    return moderation.close_reports(rows, Report.Status.DONE, by=values["by"], note=values["note"])


HIDE = ConfirmedAction(
    "hide",
    _("hide content and close"),
    "threads.change_report",
    OPEN,
    _hide,
    (_("The reported content will be hidden: the comment, or the whole thread."), CAN_BE_UNDONE),
    ReasonForm,
    more_permissions=("threads.change_comment", "threads.change_article"),
)
CLOSE, DECLINE = (
    ConfirmedAction(
        name, label, "threads.change_report", OPEN, partial(moderation.close_reports, status=status), CLOSING
    )
    for name, label, status in (
        ("close", _("close"), Report.Status.DONE),
        ("decline", _("decline"), Report.Status.DECLINED),
    )
)


class StatusFilter(ConditionFilter):
    """Filter by status; open reports by default."""

    title = _("status")
    parameter_name = "status"
    conditions = {
        "done": (_("closed"), Q(status=Report.Status.DONE)),
        "declined": (_("declined"), Q(status=Report.Status.DECLINED)),
        "all": (_("all"), Q()),
    }
    default = OPEN

    def choices(self, changelist: Any) -> Any:
        """Label the default choice."""
        for choice in super().choices(changelist):
            yield choice | {"display": _("open")} if "=" not in str(choice["query_string"]) else choice


@admin.register(Report)
class ReportAdmin(ActionAdmin):
    """Reports of readers, oldest first."""

    list_display = ("at", "reason", "target", "message_start", "contact", "status", "handled_by")
    joined = ("article", "comment")
    list_filter = (StatusFilter, "reason")
    ordering = ("pk",)
    confirmed_actions = (HIDE, CLOSE, DECLINE)
    fields = ("at", "reason", "target", "text", "message", "contact", "status", "handled_by", "handled_at")
    message_start = column(_("message"), lambda obj: shorten(obj.message))
    text = column(
        _("text"),
        lambda obj: text_box(obj.comment.body if obj.comment else obj.article.body if obj.article else ""),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """Add the first characters of each comment."""
        rows: QuerySet[Report] = super().get_queryset(request)
        return rows.annotate(comment_prefix=Left("comment__body", BODY_PREFIX, output_field=CharField()))

    @admin.display(description=_("target"))
    def target(self, obj: Any) -> str:
        """Return a link to the comment or the article."""
        if obj.comment is not None:
            return link_to_row(obj.comment, f"#{obj.comment.position + 1} {make_excerpt(obj.comment_prefix or '')}")
        return link_to_article(obj.article) if obj.article else "-"
