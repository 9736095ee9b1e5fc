"""Comments: columns, fields and actions, among them corrections of reply links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import CharField, Q
from django.db.models.functions import Left
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threads import moderation
from threads.admin.base import BODY_PREFIX, LARGE_FIELDS, column, describe_comment, link_to_row, make_excerpt, text_box
from threads.admin.confirmation import CAN_BE_UNDONE, ConfirmedAction, for_each
from threads.admin.forms import RelinkForm
from threads.admin.hide_and_redact import (
    HIDE_COMMENTS,
    REDACT_COMMENTS,
    RESTORE_COMMENTS,
    ContentAdmin,
    ModeratedFilter,
)
from threads.models import Comment, ModerationAction, Quote
from threads.text import isolate

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

RELINK = ConfirmedAction(
    "relink",
    _("correct link"),
    "threads.add_linkcorrection",
    Q(withdrawn_at=None, article__withdrawn_at=None),
    for_each(moderation.relink),
    (_("The correction overrides every import."), CAN_BE_UNDONE),
    form=RelinkForm,
    from_list=False,
)
UNLINK = ConfirmedAction(
    "unlink",
    _("remove correction"),
    "threads.add_linkcorrection",
    Q(correction__isnull=False),
    for_each(moderation.unlink),
    (_("The reply link found by the import is used again."),),
    from_list=False,
)


@admin.register(Comment)
class CommentAdmin(ContentAdmin):
    """The search box accepts a URL, key, author or text."""

    list_display = ("number", "excerpt", "author_name", "thread", "posted_on", "state")
    list_filter = (ModeratedFilter, "link_method")
    sortable_by = ("posted_on",)
    joined = ("article", "author")
    deferred = LARGE_FIELDS["comment"]
    confirmed_actions = (HIDE_COMMENTS, RESTORE_COMMENTS, RELINK, UNLINK, REDACT_COMMENTS)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "thread",
                    "author",
                    "placeholder_name",
                    "posted_on",
                    "posted_at",
                    "edited_at",
                    "text",
                    "related",
                )
            },
        ),
        (_("Reply link"), {"fields": ("addressee", "target", "link_method", "link_confidence", "quote_list")}),
        (_("Moderation"), {"fields": ("visibility", "reason", "moderated_at", "withdrawn_at")}),
        (
            _("Import"),
            {
                "fields": (
                    *("key", "position", "source_kind", "source_id", "container", "floor", "votes"),
                    *("account_deleted", "removed_at_source"),
                ),
                "classes": ("collapse",),
            },
        ),
    )
    related_lists = (
        (_("comments of the thread"), Comment, "article__id__exact", "article_id"),
        (_("moderation log"), ModerationAction, "comment__id__exact", "pk"),
        (_("comments of the author"), Comment, "author__id__exact", "author_id"),
    )
    number = column(_("number"), lambda obj: f"#{obj.position + 1}")
    excerpt = column(_("excerpt"), lambda obj: make_excerpt(obj.body_prefix) or "-")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Comment]:
        """Add the first characters of each body."""
        rows: QuerySet[Comment] = super().get_queryset(request)
        return rows.annotate(body_prefix=Left("body", BODY_PREFIX, output_field=CharField()))

    @admin.display(description=_("target"))
    def target(self, obj: Comment) -> str:
        """Return a link to the answered comment or article."""
        if obj.answers_article:
            return link_to_row(obj.article, gettext("the article"))
        return link_to_row(obj.answers, describe_comment(obj.answers)) if obj.answers else "-"

    @admin.display(description=_("quotes"))
    def quote_list(self, obj: Comment) -> str:
        """Return the quoted excerpts and the numbers of their targets; "?" if unknown or withdrawn."""
        lines = []
        for quote in Quote.objects.filter(comment=obj).select_related("target").order_by("ordinal"):
            target = quote.target
            number = self.number(target) if target and target.withdrawn_at is None else "?"
            lines.append(f"{isolate(quote.excerpt)} → {number}")
        return text_box("\n".join(lines) or "-")
