"""The articles, and what can be decided about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from threads.admin.base import ModeratedFilter, list_of, shortened, state_of
from threads.admin.confirmed_actions import DecidingAdmin
from threads.admin.html import link, link_list, text_box
from threads.admin.search import find_articles
from threads.admin.visibility_actions import HIDE_ARTICLES, REDACT_ARTICLES, RESTORE_ARTICLES
from threads.models import Article, Comment, ImportProblem, ModerationAction, SourceFile

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise
    from django.utils.safestring import SafeString


@admin.register(Article)
class ArticleAdmin(DecidingAdmin[Article]):
    """Search by address, key, author or words."""

    list_display = ("headline", "seen", "author", "published_at", "comment_count")
    list_select_related = ("author",)
    list_filter = (ModeratedFilter, "kind")
    ordering = ("-pk",)
    sortable_by = ("published_at", "comment_count")
    search_fields = ("key",)
    search_help_text = _("Address, key, exact name of the author, or words")
    decisions = (HIDE_ARTICLES, RESTORE_ARTICLES, REDACT_ARTICLES)
    fieldsets = (
        (None, {"fields": ("title", "author", "published_at", "modified_at", "kind", "tag_list", "opening", "more")}),
        (_("Moderation"), {"fields": ("visibility", "reason", "moderated_at", "withdrawn_at")}),
        (_("Import"), {"fields": ("key", "source", "front_matter"), "classes": ("collapse",)}),
    )
    readonly_fields = ("tag_list", "opening", "more", "source")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        """Leave the texts in the database."""
        return super().get_queryset(request).select_related("author").defer("body", "body_html", "front_matter")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Article], search_term: str
    ) -> tuple[QuerySet[Article], bool]:
        """Search as `finding` does."""
        return (find_articles(queryset, search_term) if search_term else queryset), False

    def view_on_site(self, obj: Article) -> str:  # type: ignore[override]
        """Return the thread's address."""
        return obj.get_absolute_url()

    @admin.display(description=_("title"))
    def headline(self, obj: Article) -> str:
        """Return the title, or the key where it is empty."""
        return shortened(obj.title) or obj.key

    @admin.display(description=_("visibility"))
    def seen(self, obj: Article) -> str:
        """Return whether it is seen, and why not."""
        return state_of(obj)

    @admin.display(description=_("tags"))
    def tag_list(self, obj: Article) -> str:
        """Return the tags as the file spells them."""
        return ", ".join(obj.article_tags.order_by("position").values_list("spelling", flat=True)) or "-"

    @admin.display(description=_("text"))
    def opening(self, obj: Article) -> SafeString:
        """Return the beginning of the text, as it stands in the file."""
        return text_box(obj.body)

    @admin.display(description=_("address at the source"))
    def source(self, obj: Article) -> str:
        """Return the address at the source; a link only where it is one of the web."""
        return link(obj.source_url)

    @admin.display(description=_("more"))
    def more(self, obj: Article) -> SafeString:
        """Return links to what belongs to the thread."""
        lists: dict[str | _StrPromise, str] = {
            _("comments"): list_of(Comment, article__id__exact=obj.pk),
            _("files"): list_of(SourceFile, article__id__exact=obj.pk),
            _("import problems"): list_of(ImportProblem, article__id__exact=obj.pk),
            _("moderation log"): list_of(ModerationAction, article__id__exact=obj.pk),
        }
        return link_list(lists)
