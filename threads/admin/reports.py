"""The queue of readers' reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import CharField
from django.db.models.functions import Left
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threads import moderation
from threads.admin.base import LOOKED_AT, first_words, page_of, shortened
from threads.admin.confirmed_actions import DecidingAdmin, Decision
from threads.admin.forms import ReasonForm
from threads.admin.html import text_box
from threads.models import Article, Comment, Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from threads.moderation import Moderator


def _open(rows: QuerySet[Report]) -> QuerySet[Report]:
    return rows.filter(status=Report.Status.OPEN)


def _hide(rows: QuerySet[Report], by: Moderator, values: dict[str, Any]) -> int:
    said: dict[str, Any] = {"by": by, "reason": values["reason"], "note": values["note"]}
    moderation.hide(Comment.objects.filter(reports__in=rows.values("pk")), **said)
    moderation.hide(Article.objects.filter(reports__in=rows.filter(comment=None).values("pk")), **said)
    return len(moderation.close_reports(rows, Report.Status.DONE, by=by, note=values["note"]))


def _close(rows: QuerySet[Report], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.close_reports(rows, Report.Status.DONE, by=by, note=values["note"]))


def _decline(rows: QuerySet[Report], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.close_reports(rows, Report.Status.DECLINED, by=by, note=values["note"]))


HIDE = Decision(
    "hide",
    _("hide what is reported, and close"),
    "threads.change_report",
    _open,
    _hide,
    lambda _rows: [
        gettext("What these reports are about will be seen by nobody: the comment, or the whole thread."),
        gettext("You can undo this in the moderation log."),
    ],
    ReasonForm,
    further=("threads.change_comment", "threads.change_article"),
)


def _closing(_rows: QuerySet[Report]) -> Sequence[str]:
    return [
        gettext("What is reported stays as it is; the report leaves the queue."),
        gettext("You can undo this in the moderation log."),
    ]


CLOSE = Decision("close", _("close as done"), "threads.change_report", _open, _close, _closing)
DECLINE = Decision("decline", _("decline"), "threads.change_report", _open, _decline, _closing)


class StatusFilter(admin.SimpleListFilter):
    """Open ones unless asked otherwise: it is a queue."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices; the first of all is what is shown without one."""
        return [("done", _("done")), ("declined", _("declined")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        """Call the choice without a value what it is."""
        for choice in super().choices(changelist):
            yield choice | {"display": _("open")} if "=" not in str(choice["query_string"]) else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the choice."""
        value = self.value() or Report.Status.OPEN
        return queryset if value == "all" else queryset.filter(status=value)


@admin.register(Report)
class ReportAdmin(DecidingAdmin[Report]):
    """What readers asked, oldest first."""

    list_display = ("at", "reason", "about", "beginning", "contact", "status", "handled_by")
    list_select_related = ("article", "comment", "handled_by")
    list_filter = (StatusFilter, "reason")
    ordering = ("pk",)
    sortable_by = ()
    decisions = (HIDE, CLOSE, DECLINE)
    fields = ("at", "reason", "about", "words", "message", "contact", "status", "handled_by", "handled_at")
    readonly_fields = ("about", "words")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """Bring what each is about, without its text but for the first words."""
        rows = super().get_queryset(request).select_related("article", "comment", "handled_by")
        texts = [f"{owner}__{field}" for owner in ("article", "comment") for field in ("body", "body_html")]
        rows = rows.defer(*texts, "article__front_matter")
        return rows.annotate(comment_beginning=Left("comment__body", LOOKED_AT, output_field=CharField()))

    @admin.display(description=_("about"))
    def about(self, obj: Any) -> str | SafeString:
        """Return a link to the comment or the article."""
        if obj.comment is not None:
            return page_of(obj.comment, f"#{obj.comment.position + 1} {first_words(obj.comment_beginning or '')}")
        return page_of(obj.article, shortened(obj.article.title)) if obj.article else "-"

    @admin.display(description=_("message"))
    def beginning(self, obj: Report) -> str:
        """Return the beginning of the message."""
        return shortened(obj.message)

    @admin.display(description=_("text"))
    def words(self, obj: Report) -> SafeString:
        """Return the words reported."""
        return text_box(obj.comment.body if obj.comment else obj.article.body if obj.article else "")
