"""Comments: columns, fields and actions, among them corrections of reply links."""

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
    ModeratedFilter,
    changelist_url,
    format_visibility,
    join_links,
    link_to_article,
    link_to_row,
    make_excerpt,
    prefix_fields,
    text_box,
)
from threads.admin.confirmation import ActionAdmin, ConfirmedAction
from threads.admin.forms import RelinkForm
from threads.admin.search import find_comments
from threads.admin.visibility_actions import HIDE_COMMENTS, REDACT_COMMENTS, RESTORE_COMMENTS
from threads.models import Comment, ModerationAction, Quote

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise
    from django.utils.safestring import SafeString

    from threads.moderation import Moderator


def _relink(rows: QuerySet[Comment], by: Moderator, values: dict[str, Any]) -> int:
    moderation.relink(rows.select_related("article").get(), values["target"], by=by, note=values["note"])
    return 1


def _unlink(rows: QuerySet[Comment], by: Moderator, values: dict[str, Any]) -> int:
    moderation.unlink(rows.get(), by=by, note=values["note"])
    return 1


RELINK = ConfirmedAction(
    "relink",
    _("correct link"),
    "threads.add_linkcorrection",
    lambda rows: rows.filter(withdrawn_at=None, article__withdrawn_at=None),
    _relink,
    lambda _rows: [
        gettext("The correction overrides every import."),
        gettext("You can undo this in the moderation log."),
    ],
    RelinkForm,
    from_list=False,
)
UNLINK = ConfirmedAction(
    "unlink",
    _("remove correction"),
    "threads.add_linkcorrection",
    lambda rows: rows.filter(correction__isnull=False),
    _unlink,
    lambda _rows: [gettext("The reply link found by the import is used again.")],
    from_list=False,
)


@admin.register(Comment)
class CommentAdmin(ActionAdmin[Comment]):
    """The search box accepts a URL, key, author or text."""

    list_display = ("number", "excerpt", "author", "thread", "posted_on", "state")
    list_select_related = ("article", "author")
    list_filter = (ModeratedFilter, "link_method")
    linked_lookups = frozenset({"article__id__exact", "author__id__exact"})
    ordering = ("-pk",)
    sortable_by = ("posted_on",)
    search_fields = ("key",)
    search_help_text = _("URL, key, exact author name, or text")
    confirmed_actions = (HIDE_COMMENTS, RESTORE_COMMENTS, RELINK, UNLINK, REDACT_COMMENTS)
    fieldsets = (
        (None, {"fields": ("thread", "author", "posted_on", "text", "related")}),
        (_("Reply link"), {"fields": ("addressee", "target", "link_method", "link_confidence", "quote_list")}),
        (_("Moderation"), {"fields": ("visibility", "reason", "moderated_at", "withdrawn_at")}),
        (_("Import"), {"fields": ("key", "position", "source_id", "removed_at_source"), "classes": ("collapse",)}),
    )
    readonly_fields = ("thread", "text", "related", "target", "quote_list")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Comment]:
        """Defer the texts, and add the first characters of each body."""
        rows = super().get_queryset(request).select_related("article", "author")
        rows = rows.defer(*COMMENT_TEXTS, *prefix_fields("article", ARTICLE_TEXTS))
        return rows.annotate(body_prefix=Left("body", BODY_PREFIX, output_field=CharField()))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Comment], search_term: str
    ) -> tuple[QuerySet[Comment], bool]:
        """Search with `find_comments`."""
        return (find_comments(queryset, search_term) if search_term else queryset), False

    def view_on_site(self, obj: Comment) -> str:  # type: ignore[override]
        """Return the permalink."""
        return obj.get_absolute_url()

    @admin.display(description=_("number"), ordering=None)
    def number(self, obj: Comment) -> str:
        """Return the number shown on the thread's page."""
        return f"#{obj.position + 1}"

    @admin.display(description=_("thread"))
    def thread(self, obj: Comment) -> SafeString:
        """Return a link to the article."""
        return link_to_article(obj.article)

    @admin.display(description=_("excerpt"))
    def excerpt(self, obj: Any) -> str:
        """Return the start of the comment's own text."""
        return make_excerpt(obj.body_prefix) or "-"

    @admin.display(description=_("visibility"))
    def state(self, obj: Comment) -> str:
        """Return the visibility and its reason."""
        return format_visibility(obj)

    @admin.display(description=_("text"))
    def text(self, obj: Comment) -> SafeString:
        """Return the start of the text as stored."""
        return text_box(obj.body)

    @admin.display(description=_("target"))
    def target(self, obj: Comment) -> str | SafeString:
        """Return a link to the answered comment or article."""
        if obj.answers_article:
            return link_to_row(obj.article, gettext("the article"))
        if obj.answers is None:
            return "-"
        author = obj.answers.author.name if obj.answers.author else gettext("unknown")
        excerpt = make_excerpt(obj.answers.body[:BODY_PREFIX])
        return link_to_row(obj.answers, f"#{obj.answers.position + 1} {author}: {excerpt}")

    @admin.display(description=_("quotes"))
    def quote_list(self, obj: Comment) -> SafeString:
        """Return the quoted excerpts and their targets."""
        rows = Quote.objects.filter(comment=obj).select_related("target").order_by("ordinal")
        lines = [f"{row.excerpt} → {_format_target(row.target)}" for row in rows]
        return text_box("\n".join(lines) or "-")

    @admin.display(description=_("related"))
    def related(self, obj: Comment) -> SafeString:
        """Return links to lists of related rows."""
        links: dict[str | _StrPromise, str] = {
            _("comments of the thread"): changelist_url(Comment, article__id__exact=obj.article_id),
            _("moderation log"): changelist_url(ModerationAction, comment__id__exact=obj.pk),
        }
        if obj.author_id:
            links[_("comments of the author")] = changelist_url(Comment, author__id__exact=obj.author_id)
        return join_links(links)


def _format_target(comment: Comment | None) -> str:
    """Return the number of a quoted comment; "?" if unknown or withdrawn."""
    return f"#{comment.position + 1}" if comment and comment.withdrawn_at is None else "?"
