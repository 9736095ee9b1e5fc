"""The moderation log with its undo action, link corrections and redactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threads import moderation
from threads.admin.base import ReadOnlyAdmin, column, join_links, link_to_article, link_to_row, shorten
from threads.admin.confirmation import SEQUENTIAL_LIMIT, ActionAdmin, ConfirmedAction, for_each
from threads.models import LinkCorrection, ModerationAction, Redaction
from threads.moderation import ModerationError
from threads.text import isolate

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = ModerationAction.Kind


def _undo(action: ModerationAction, *, by: User, note: str) -> ModerationAction:
    if not by.has_perm(moderation.undo_permission(action)):
        raise ModerationError(gettext("You do not have permission to undo this."))
    return moderation.undo(action, by=by, note=note)


UNDO = ConfirmedAction(
    "undo",
    _("undo"),
    "threads.add_moderationaction",
    Q(undone_by=None) & ~Q(kind=Kind.REDACT),
    for_each(_undo),
    (_("The previous state is restored. The log keeps both entries."),),
    limit=SEQUENTIAL_LIMIT,
)


@admin.register(ModerationAction)
class ModerationActionAdmin(ActionAdmin):
    """The search box accepts a key or name."""

    list_display = ("at", "moderator", "kind", "target", "reason", "note_start", "undo_link")
    joined = ("article", "comment", "author")
    list_filter = ("kind", "reason")
    search_fields = ("target_key__exact",)
    search_help_text = _("Thread key, comment key, or name")
    confirmed_actions = (UNDO,)
    fields = ("at", "moderator", "kind", "target", "reason", "note", "before", "undone_by", "undoable")
    note_start = column(_("note"), lambda obj: shorten(obj.note))
    undoable = column(_("can be undone"), lambda obj: moderation.undo_refusal(obj) or gettext("yes"))

    @admin.display(description=_("target"))
    def target(self, obj: ModerationAction) -> str:
        """Return a link to the target."""
        if obj.comment:
            return link_to_row(obj.comment, obj.target_key)
        if obj.article:
            return link_to_article(obj.article)
        return link_to_row(obj.author, obj.author.name) if obj.author else obj.target_key

    @admin.display(description=_("undo"))
    def undo_link(self, obj: ModerationAction) -> str:
        """Return a link to the confirmation page, which checks for later actions."""
        if obj.kind == Kind.REDACT:
            return "-"
        if obj.undone_by_id is not None:
            return gettext("undone")
        return join_links({_("undo"): reverse("admin:threads_moderationaction_decide", args=[obj.pk, UNDO.name])})


@admin.register(LinkCorrection)
class LinkCorrectionAdmin(ReadOnlyAdmin):
    """Active corrections of reply links. The comment's page has the action to remove one."""

    list_display = ("made_at", "thread", "comment_link", "target_link")
    joined = ("comment", "comment__article", "target")
    fields = ("made_at", "thread", "comment_link", "target_link")
    thread = column(_("thread"), lambda obj: link_to_article(obj.comment.article))
    comment_link = column(_("comment"), lambda obj: link_to_row(obj.comment, f"#{obj.comment.position + 1}"))

    @admin.display(description=_("target"))
    def target_link(self, obj: LinkCorrection) -> str:
        """Return a link to the corrected target."""
        if obj.target is not None:
            return link_to_row(obj.target, f"#{obj.target.position + 1}")
        return gettext("the article") if obj.answers_article else gettext("none")


@admin.register(Redaction)
class RedactionAdmin(ReadOnlyAdmin):
    """Redactions, which apply again to every imported file."""

    list_display = ("made_at", "thread", "redacted_text")
    joined = ("article", "comment")
    fields = ("made_at", "thread", "redacted_text")

    @admin.display(description=_("redacted"))
    def redacted_text(self, obj: Redaction) -> str:
        """Return the comment, the article's fields, or the thread of the redacted text."""
        if obj.elsewhere:
            return gettext("text redacted in %s") % isolate(obj.elsewhere)
        if obj.comment is None:
            return gettext("title, author and opening text")
        return link_to_row(obj.comment, f"#{obj.comment.position + 1}")
