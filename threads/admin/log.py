"""The log of what moderators did, with an undo on each line that has one; corrections and redactions in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threads import moderation
from threads.admin.base import ReadOnlyAdmin, page_of, shortened
from threads.admin.confirmed_actions import MOST_ONE_BY_ONE, DecidingAdmin, Decision, one_by_one
from threads.admin.forms import NoteForm
from threads.admin.html import json_box, link_list
from threads.models import LinkCorrection, ModerationAction, Redaction
from threads.moderation import ModerationError

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from threads.moderation import Moderator

Kind = ModerationAction.Kind
THREAD = ("article__body", "article__body_html", "article__front_matter")


PERMISSIONS = {
    "threads.add_linkcorrection": (Kind.RELINK, Kind.UNLINK),
    "threads.change_author": (Kind.MERGE, Kind.UNMERGE, Kind.OPT_OUT, Kind.OPT_IN),
    "threads.change_tag": (Kind.MERGE_TAG, Kind.UNMERGE_TAG, Kind.IGNORE_TAG, Kind.KEEP_TAG),
    "threads.change_report": (Kind.CLOSE_REPORT, Kind.DECLINE_REPORT, Kind.REOPEN_REPORT),
}
"""What an account needs to do, and so to undo, an action; hiding and restoring need that of what they are done to."""


def permission_of(action: ModerationAction) -> str:
    """Return the permission that an action needs."""
    of_kind = (permission for permission, kinds in PERMISSIONS.items() if action.kind in kinds)
    return next(of_kind, "") or f"threads.change_{action.before['of']}"


def _undo(rows: QuerySet[ModerationAction], by: Moderator, values: dict[str, Any]) -> int:
    def undo(action: ModerationAction) -> None:
        if not (isinstance(by, User) and by.has_perm(permission_of(action))):
            raise ModerationError(gettext("Your account may not do such a thing, and so not undo it."))
        moderation.undo(action, by=by, note=values["note"])

    # The last first, for an action can be undone only when nothing was done after it.
    return one_by_one(rows.order_by("-pk"), undo)


UNDO = Decision(
    "undo",
    _("undo"),
    "threads.add_moderationaction",
    lambda rows: rows.filter(undone_by=None).exclude(kind=Kind.REDACT),
    _undo,
    lambda _rows: [gettext("It becomes what it was before. The log keeps both lines.")],
    NoteForm,
    most=MOST_ONE_BY_ONE,
)


@admin.register(ModerationAction)
class ModerationActionAdmin(DecidingAdmin[ModerationAction]):
    """Search by key or name."""

    list_display = ("at", "moderator", "kind", "target", "reason", "note_beginning", "undoing")
    list_select_related = ("moderator", "article", "comment", "author")
    list_filter = ("kind", "reason")
    ordering = ("-pk",)
    sortable_by = ()
    search_fields = ("target_key__exact",)
    search_help_text = _("Key of a thread or comment, or a name")
    decisions = (UNDO,)
    fields = ("at", "moderator", "kind", "target", "reason", "note", "was", "undone", "undoable")
    readonly_fields = ("target", "was", "undone", "undoable")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModerationAction]:
        """Bring what each was done to, without its text."""
        rows = super().get_queryset(request).select_related("moderator", "article", "comment", "author")
        return rows.defer("comment__body", "comment__body_html", *THREAD)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let the log of one thread, comment or author be linked to."""
        linked = {"article__id__exact", "comment__id__exact", "author__id__exact"}
        return lookup in linked or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("what it was done to"))
    def target(self, obj: ModerationAction) -> str | SafeString:
        """Return a link to it."""
        if obj.comment is not None:
            return page_of(obj.comment, obj.target_key)
        if obj.article is not None:
            return page_of(obj.article, shortened(obj.article.title) or obj.target_key)
        return page_of(obj.author, obj.author.name) if obj.author else obj.target_key

    @admin.display(description=_("note"))
    def note_beginning(self, obj: ModerationAction) -> str:
        """Return the beginning of the note."""
        return shortened(obj.note)

    @admin.display(description=_("undo"))
    def undoing(self, obj: ModerationAction) -> str | SafeString:
        """Return a link that undoes it, or why there is none. Whether it is the last action is asked there."""
        if obj.kind == Kind.REDACT:
            return "-"
        if obj.undone_by_id is not None:
            return gettext("undone")
        return link_list({_("undo"): reverse("admin:threads_moderationaction_decide", args=[obj.pk, UNDO.name])})

    @admin.display(description=_("undone"), boolean=True)
    def undone(self, obj: ModerationAction) -> bool:
        """Say whether it was undone."""
        return obj.undone_by_id is not None

    @admin.display(description=_("can be undone"))
    def undoable(self, obj: ModerationAction) -> str:
        """Return yes, or why not."""
        return moderation.undo_refusal(obj) or gettext("yes")

    @admin.display(description=_("what it was before"))
    def was(self, obj: ModerationAction) -> SafeString:
        """Return the state before, as the log keeps it."""
        return json_box(obj.before)


@admin.register(LinkCorrection)
class LinkCorrectionAdmin(ReadOnlyAdmin[LinkCorrection]):
    """Corrections of reply links that are in force; each is taken back on its comment's page."""

    list_display = ("made_at", "thread", "corrected", "answered")
    list_select_related = ("comment__article", "target")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("made_at", "thread", "corrected", "answered")
    readonly_fields = ("thread", "corrected", "answered")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LinkCorrection]:
        """Bring both comments and their thread, without their texts."""
        rows = super().get_queryset(request).select_related("comment__article", "target")
        texts = [f"{owner}__{field}" for owner in ("comment", "target") for field in ("body", "body_html")]
        return rows.defer(*texts, *(f"comment__{field}" for field in THREAD))

    @admin.display(description=_("thread"))
    def thread(self, obj: LinkCorrection) -> SafeString:
        """Return a link to the article."""
        return page_of(obj.comment.article, shortened(obj.comment.article.title) or obj.comment.article.key)

    @admin.display(description=_("comment"))
    def corrected(self, obj: LinkCorrection) -> SafeString:
        """Return a link to the comment."""
        return page_of(obj.comment, f"#{obj.comment.position + 1}")

    @admin.display(description=_("answers"))
    def answered(self, obj: LinkCorrection) -> str | SafeString:
        """Return what it was said to answer."""
        if obj.target is not None:
            return page_of(obj.target, f"#{obj.target.position + 1}")
        return gettext("the article") if obj.answers_article else gettext("nothing")


@admin.register(Redaction)
class RedactionAdmin(ReadOnlyAdmin[Redaction]):
    """What was destroyed, and is destroyed again whenever a file brings it."""

    list_display = ("made_at", "thread", "destroyed")
    list_select_related = ("article", "comment")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("made_at", "thread", "destroyed")
    readonly_fields = ("thread", "destroyed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Redaction]:
        """Bring thread and comment, without their texts."""
        rows = super().get_queryset(request).select_related("article", "comment")
        return rows.defer("comment__body", "comment__body_html", *THREAD)

    @admin.display(description=_("thread"))
    def thread(self, obj: Redaction) -> SafeString:
        """Return a link to the article."""
        return page_of(obj.article, shortened(obj.article.title) or obj.article.key)

    @admin.display(description=_("what was destroyed"))
    def destroyed(self, obj: Redaction) -> str | SafeString:
        """Return the comment, or that it was the opening, or the thread from which a file came."""
        if obj.elsewhere:
            return gettext("what was destroyed in %s") % obj.elsewhere
        if obj.comment is None:
            return gettext("title, author and opening text")
        return page_of(obj.comment, f"#{obj.comment.position + 1}")
