"""The moderation log with its undo action, link corrections and redactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threads import moderation
from threads.admin.base import (
    ARTICLE_TEXTS,
    COMMENT_TEXTS,
    LINE_LENGTH,
    ReadOnlyAdmin,
    join_links,
    json_box,
    link_to_article,
    link_to_row,
    prefix_fields,
    shorten,
)
from threads.admin.confirmation import SEQUENTIAL_LIMIT, ActionAdmin, ConfirmedAction, apply_to_each
from threads.models import LinkCorrection, ModerationAction, Redaction
from threads.moderation import ModerationError

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from threads.moderation import Moderator

Kind = ModerationAction.Kind

PERMISSIONS = {
    "threads.add_linkcorrection": (Kind.RELINK, Kind.UNLINK),
    "threads.change_author": (Kind.MERGE, Kind.UNMERGE, Kind.OPT_OUT, Kind.OPT_IN),
    "threads.change_tag": (Kind.MERGE_TAG, Kind.UNMERGE_TAG, Kind.IGNORE_TAG, Kind.KEEP_TAG),
    "threads.change_report": (Kind.CLOSE_REPORT, Kind.DECLINE_REPORT, Kind.REOPEN_REPORT),
}
"""Permissions to execute or undo an action. Hide and restore depend on the table of the target."""


def required_permission(action: ModerationAction) -> str:
    """Return the permission required to undo an action."""
    of_kind = (permission for permission, kinds in PERMISSIONS.items() if action.kind in kinds)
    return next(of_kind, "") or f"threads.change_{action.before['of']}"


def _undo(rows: QuerySet[ModerationAction], by: Moderator, values: dict[str, Any]) -> int:
    def undo(action: ModerationAction) -> None:
        if not (isinstance(by, User) and by.has_perm(required_permission(action))):
            raise ModerationError(gettext("You do not have permission to undo this."))
        moderation.undo(action, by=by, note=values["note"])

    # Newest first: later actions on the same target must be undone first.
    return apply_to_each(rows.order_by("-pk"), undo)


UNDO = ConfirmedAction(
    "undo",
    _("undo"),
    "threads.add_moderationaction",
    lambda rows: rows.filter(undone_by=None).exclude(kind=Kind.REDACT),
    _undo,
    lambda _rows: [gettext("The previous state is restored. The log keeps both entries.")],
    limit=SEQUENTIAL_LIMIT,
)


@admin.register(ModerationAction)
class ModerationActionAdmin(ActionAdmin[ModerationAction]):
    """The search box accepts a key or name."""

    list_display = ("at", "moderator", "kind", "target", "reason", "note_start", "undo_link")
    list_select_related = ("moderator", "article", "comment", "author")
    list_filter = ("kind", "reason")
    linked_lookups = frozenset({"article__id__exact", "comment__id__exact", "author__id__exact"})
    ordering = ("-pk",)
    sortable_by = ()
    search_fields = ("target_key__exact",)
    search_help_text = _("Thread key, comment key, or name")
    confirmed_actions = (UNDO,)
    fields = ("at", "moderator", "kind", "target", "reason", "note", "previous_state", "undone", "undoable")
    readonly_fields = ("target", "previous_state", "undone", "undoable")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModerationAction]:
        """Join the targets without their texts."""
        rows = super().get_queryset(request).select_related("moderator", "article", "comment", "author")
        return rows.defer(*prefix_fields("comment", COMMENT_TEXTS), *prefix_fields("article", ARTICLE_TEXTS))

    @admin.display(description=_("target"))
    def target(self, obj: ModerationAction) -> str | SafeString:
        """Return a link to the target."""
        if obj.comment is not None:
            return link_to_row(obj.comment, obj.target_key)
        if obj.article is not None:
            return link_to_row(obj.article, shorten(obj.article.title) or obj.target_key)
        return link_to_row(obj.author, obj.author.name) if obj.author else obj.target_key

    @admin.display(description=_("note"))
    def note_start(self, obj: ModerationAction) -> str:
        """Return the start of the note."""
        return shorten(obj.note)

    @admin.display(description=_("undo"))
    def undo_link(self, obj: ModerationAction) -> str | SafeString:
        """Return a link to the confirmation page, which checks for later actions."""
        if obj.kind == Kind.REDACT:
            return "-"
        if obj.undone_by_id is not None:
            return gettext("undone")
        return join_links({_("undo"): reverse("admin:threads_moderationaction_decide", args=[obj.pk, UNDO.name])})

    @admin.display(description=_("undone"), boolean=True)
    def undone(self, obj: ModerationAction) -> bool:
        """Return whether the action was undone."""
        return obj.undone_by_id is not None

    @admin.display(description=_("can be undone"))
    def undoable(self, obj: ModerationAction) -> str:
        """Return yes, or the reason that prevents it."""
        return moderation.undo_refusal(obj) or gettext("yes")

    @admin.display(description=_("previous state"))
    def previous_state(self, obj: ModerationAction) -> SafeString:
        """Return the stored previous state."""
        return json_box(obj.before)


@admin.register(LinkCorrection)
class LinkCorrectionAdmin(ReadOnlyAdmin[LinkCorrection]):
    """Active corrections of reply links. The comment's page has the action to remove one."""

    list_display = ("made_at", "thread", "comment_link", "target_link")
    list_select_related = ("comment__article", "target")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("made_at", "thread", "comment_link", "target_link")
    readonly_fields = ("thread", "comment_link", "target_link")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LinkCorrection]:
        """Join both comments and their thread without their texts."""
        rows = super().get_queryset(request).select_related("comment__article", "target")
        texts = [*prefix_fields("comment", COMMENT_TEXTS), *prefix_fields("target", COMMENT_TEXTS)]
        return rows.defer(*texts, *prefix_fields("comment__article", ARTICLE_TEXTS))

    @admin.display(description=_("thread"))
    def thread(self, obj: LinkCorrection) -> SafeString:
        """Return a link to the article."""
        return link_to_article(obj.comment.article, LINE_LENGTH)

    @admin.display(description=_("comment"))
    def comment_link(self, obj: LinkCorrection) -> SafeString:
        """Return a link to the comment."""
        return link_to_row(obj.comment, f"#{obj.comment.position + 1}")

    @admin.display(description=_("target"))
    def target_link(self, obj: LinkCorrection) -> str | SafeString:
        """Return a link to the corrected target."""
        if obj.target is not None:
            return link_to_row(obj.target, f"#{obj.target.position + 1}")
        return gettext("the article") if obj.answers_article else gettext("none")


@admin.register(Redaction)
class RedactionAdmin(ReadOnlyAdmin[Redaction]):
    """Redactions, which apply again to every imported file."""

    list_display = ("made_at", "thread", "redacted_text")
    list_select_related = ("article", "comment")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("made_at", "thread", "redacted_text")
    readonly_fields = ("thread", "redacted_text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Redaction]:
        """Join thread and comment without their texts."""
        rows = super().get_queryset(request).select_related("article", "comment")
        return rows.defer(*prefix_fields("comment", COMMENT_TEXTS), *prefix_fields("article", ARTICLE_TEXTS))

    @admin.display(description=_("thread"))
    def thread(self, obj: Redaction) -> SafeString:
        """Return a link to the article."""
        return link_to_article(obj.article, LINE_LENGTH)

    @admin.display(description=_("redacted"))
    def redacted_text(self, obj: Redaction) -> str | SafeString:
        """Return the comment, the article's fields, or the thread of the redacted text."""
        if obj.elsewhere:
            return gettext("text redacted in %s") % obj.elsewhere
        if obj.comment is None:
            return gettext("title, author and opening text")
        return link_to_row(obj.comment, f"#{obj.comment.position + 1}")
