"""Reports of readers: columns, fields and actions (hide, close, decline)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import CharField
from django.db.models.functions import Left
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threads import moderation
from threads.admin.base import (
    ARTICLE_TEXTS,
    BODY_PREFIX,
    COMMENT_TEXTS,
    link_to_row,
    make_excerpt,
    prefix_fields,
    shorten,
    text_box,
)
from threads.admin.confirmation import ActionAdmin, ConfirmedAction
from threads.admin.forms import ReasonForm
from threads.models import Article, Comment, Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from threads.moderation import Moderator


def _filter_open(rows: QuerySet[Report]) -> QuerySet[Report]:
    return rows.filter(status=Report.Status.OPEN)


def _hide(rows: QuerySet[Report], by: Moderator, values: dict[str, Any]) -> int:
    options: dict[str, Any] = {"by": by, "reason": values["reason"], "note": values["note"]}
    moderation.hide(Comment.objects.filter(reports__in=rows.values("pk")), **options)
    moderation.hide(Article.objects.filter(reports__in=rows.filter(comment=None).values("pk")), **options)
    return len(moderation.close_reports(rows, Report.Status.DONE, by=by, note=values["note"]))


def _close(rows: QuerySet[Report], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.close_reports(rows, Report.Status.DONE, by=by, note=values["note"]))


def _decline(rows: QuerySet[Report], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.close_reports(rows, Report.Status.DECLINED, by=by, note=values["note"]))


HIDE = ConfirmedAction(
    "hide",
    _("hide content and close"),
    "threads.change_report",
    _filter_open,
    _hide,
    lambda _rows: [
        gettext("The reported content will be hidden: the comment, or the whole thread."),
        gettext("You can undo this in the moderation log."),
    ],
    ReasonForm,
    more_permissions=("threads.change_comment", "threads.change_article"),
)


def _describe_closing(_rows: QuerySet[Report]) -> Sequence[str]:
    return [
        gettext("The content does not change. The report leaves the queue."),
        gettext("You can undo this in the moderation log."),
    ]


CLOSE = ConfirmedAction("close", _("close"), "threads.change_report", _filter_open, _close, _describe_closing)
DECLINE = ConfirmedAction("decline", _("decline"), "threads.change_report", _filter_open, _decline, _describe_closing)


class StatusFilter(admin.SimpleListFilter):
    """Filter by status; open reports by default."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices beside the default, open."""
        return [("done", _("closed")), ("declined", _("declined")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        """Label the default choice."""
        for choice in super().choices(changelist):
            yield choice | {"display": _("open")} if "=" not in str(choice["query_string"]) else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the choice."""
        value = self.value() or Report.Status.OPEN
        return queryset if value == "all" else queryset.filter(status=value)


@admin.register(Report)
class ReportAdmin(ActionAdmin[Report]):
    """Reports of readers, oldest first."""

    list_display = ("at", "reason", "target", "message_start", "contact", "status", "handled_by")
    list_select_related = ("article", "comment", "handled_by")
    list_filter = (StatusFilter, "reason")
    ordering = ("pk",)
    sortable_by = ()
    confirmed_actions = (HIDE, CLOSE, DECLINE)
    fields = ("at", "reason", "target", "text", "message", "contact", "status", "handled_by", "handled_at")
    readonly_fields = ("target", "text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """Join the targets without their texts, and add the first characters of each comment."""
        rows = super().get_queryset(request).select_related("article", "comment", "handled_by")
        rows = rows.defer(*prefix_fields("article", ARTICLE_TEXTS), *prefix_fields("comment", COMMENT_TEXTS))
        return rows.annotate(comment_prefix=Left("comment__body", BODY_PREFIX, output_field=CharField()))

    @admin.display(description=_("target"))
    def target(self, obj: Any) -> str | SafeString:
        """Return a link to the comment or the article."""
        if obj.comment is not None:
            return link_to_row(obj.comment, f"#{obj.comment.position + 1} {make_excerpt(obj.comment_prefix or '')}")
        return link_to_row(obj.article, shorten(obj.article.title)) if obj.article else "-"

    @admin.display(description=_("message"))
    def message_start(self, obj: Report) -> str:
        """Return the start of the message."""
        return shorten(obj.message)

    @admin.display(description=_("text"))
    def text(self, obj: Report) -> SafeString:
        """Return the start of the reported text."""
        return text_box(obj.comment.body if obj.comment else obj.article.body if obj.article else "")
