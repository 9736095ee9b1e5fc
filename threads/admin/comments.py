"""The comments, and what can be decided about them: whether they are seen, and what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import CharField
from django.db.models.functions import Left
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threads import moderation
from threads.admin.base import LOOKED_AT, ModeratedFilter, first_words, list_of, page_of, shortened, state_of
from threads.admin.confirmed_actions import DecidingAdmin, Decision
from threads.admin.forms import NoteForm, RelinkForm
from threads.admin.html import link_list, text_box
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


RELINK = Decision(
    "relink",
    _("correct the link"),
    "threads.add_linkcorrection",
    lambda rows: rows.filter(withdrawn_at=None, article__withdrawn_at=None),
    _relink,
    lambda _rows: [
        gettext("Your word outranks whatever the importer finds, now and later."),
        gettext("You can undo this in the moderation log."),
    ],
    RelinkForm,
    from_list=False,
)
UNLINK = Decision(
    "unlink",
    _("take the correction back"),
    "threads.add_linkcorrection",
    lambda rows: rows.filter(correction__isnull=False),
    _unlink,
    lambda _rows: [gettext("What the importer finds counts again.")],
    NoteForm,
    from_list=False,
)


@admin.register(Comment)
class CommentAdmin(DecidingAdmin[Comment]):
    """Search by address, key, author or words."""

    list_display = ("number", "first_words", "author", "thread", "posted_on", "seen")
    list_select_related = ("article", "author")
    list_filter = (ModeratedFilter, "link_method")
    ordering = ("-pk",)
    sortable_by = ("posted_on",)
    search_fields = ("key",)
    search_help_text = _("Address, key, exact name of the author, or words")
    decisions = (HIDE_COMMENTS, RESTORE_COMMENTS, RELINK, UNLINK, REDACT_COMMENTS)
    fieldsets = (
        (None, {"fields": ("thread", "author", "posted_on", "words", "more")}),
        (
            _("What it answers"),
            {"fields": ("addressee", "answered", "link_method", "link_confidence", "quote_list")},
        ),
        (_("Moderation"), {"fields": ("visibility", "reason", "moderated_at", "withdrawn_at")}),
        (_("Import"), {"fields": ("key", "position", "source_id", "removed_at_source"), "classes": ("collapse",)}),
    )
    readonly_fields = ("thread", "words", "more", "answered", "quote_list")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Comment]:
        """Leave the texts in the database but for the first words of each."""
        rows = super().get_queryset(request).select_related("article", "author")
        rows = rows.defer("body", "body_html", "article__body", "article__body_html", "article__front_matter")
        return rows.annotate(beginning=Left("body", LOOKED_AT, output_field=CharField()))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Comment], search_term: str
    ) -> tuple[QuerySet[Comment], bool]:
        """Search as `finding` does."""
        return (find_comments(queryset, search_term) if search_term else queryset), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let the lists of one thread and of one author be linked to."""
        return lookup in {"article__id__exact", "author__id__exact"} or super().lookup_allowed(lookup, value, request)

    def view_on_site(self, obj: Comment) -> str:  # type: ignore[override]
        """Return the permalink."""
        return obj.get_absolute_url()

    @admin.display(description=_("number"), ordering=None)
    def number(self, obj: Comment) -> str:
        """Return the number that its page shows."""
        return f"#{obj.position + 1}"

    @admin.display(description=_("thread"))
    def thread(self, obj: Comment) -> SafeString:
        """Return a link to the article."""
        return page_of(obj.article, shortened(obj.article.title, 40) or obj.article.key)

    @admin.display(description=_("first words"))
    def first_words(self, obj: Any) -> str:
        """Return the beginning of its own words, on one line."""
        return first_words(obj.beginning) or "-"

    @admin.display(description=_("visibility"))
    def seen(self, obj: Comment) -> str:
        """Return whether it is seen, and why not."""
        return state_of(obj)

    @admin.display(description=_("text"))
    def words(self, obj: Comment) -> SafeString:
        """Return the text as it stands in the file."""
        return text_box(obj.body)

    @admin.display(description=_("answers"))
    def answered(self, obj: Comment) -> str | SafeString:
        """Return what it answers, linked."""
        if obj.answers_article:
            return page_of(obj.article, gettext("the article"))
        if obj.answers is None:
            return "-"
        author = obj.answers.author.name if obj.answers.author else gettext("unknown")
        return page_of(
            obj.answers, f"#{obj.answers.position + 1} {author}: {first_words(obj.answers.body[:LOOKED_AT])}"
        )

    @admin.display(description=_("quotes"))
    def quote_list(self, obj: Comment) -> SafeString:
        """Return the excerpts it quotes, and whether each was found."""
        rows = Quote.objects.filter(comment=obj).select_related("target").order_by("ordinal")
        lines = [f"{row.excerpt} → {_place(row.target)}" for row in rows]
        return text_box("\n".join(lines) or "-")

    @admin.display(description=_("more"))
    def more(self, obj: Comment) -> SafeString:
        """Return links to what belongs to it."""
        lists: dict[str | _StrPromise, str] = {
            _("comments of the thread"): list_of(Comment, article__id__exact=obj.article_id),
            _("moderation log"): list_of(ModerationAction, comment__id__exact=obj.pk),
        }
        if obj.author_id:
            lists[_("comments of the author")] = list_of(Comment, author__id__exact=obj.author_id)
        return link_list(lists)


def _place(quoted: Comment | None) -> str:
    """Return where a quoted comment stands in its thread, a question mark for one that is in no file of it."""
    return f"#{quoted.position + 1}" if quoted and quoted.withdrawn_at is None else "?"
