"""Articles: columns, fields and actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from threads.admin.base import (
    ARTICLE_TEXTS,
    ModeratedFilter,
    changelist_url,
    format_visibility,
    join_links,
    link_to_source,
    shorten,
    text_box,
)
from threads.admin.confirmation import ActionAdmin
from threads.admin.search import find_articles
from threads.admin.visibility_actions import HIDE_ARTICLES, REDACT_ARTICLES, RESTORE_ARTICLES
from threads.models import Article, Comment, ImportProblem, ModerationAction, SourceFile

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@admin.register(Article)
class ArticleAdmin(ActionAdmin[Article]):
    """The search box accepts a URL, key, author or text."""

    list_display = ("title_or_key", "state", "author", "published_at", "comment_count")
    list_select_related = ("author",)
    list_filter = (ModeratedFilter, "kind")
    ordering = ("-pk",)
    sortable_by = ("published_at", "comment_count")
    search_fields = ("key",)
    search_help_text = _("URL, key, exact author name, or text")
    confirmed_actions = (HIDE_ARTICLES, RESTORE_ARTICLES, REDACT_ARTICLES)
    fieldsets = (
        (None, {"fields": ("title", "author", "published_at", "modified_at", "kind", "tag_list", "text", "related")}),
        (_("Moderation"), {"fields": ("visibility", "reason", "moderated_at", "withdrawn_at")}),
        (_("Import"), {"fields": ("key", "source", "front_matter"), "classes": ("collapse",)}),
    )
    readonly_fields = ("tag_list", "text", "related", "source")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        """Defer the texts."""
        return super().get_queryset(request).select_related("author").defer(*ARTICLE_TEXTS)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Article], search_term: str
    ) -> tuple[QuerySet[Article], bool]:
        """Search with `find_articles`."""
        return (find_articles(queryset, search_term) if search_term else queryset), False

    def view_on_site(self, obj: Article) -> str:  # type: ignore[override]
        """Return the address of the thread."""
        return obj.get_absolute_url()

    @admin.display(description=_("title"))
    def title_or_key(self, obj: Article) -> str:
        """Return the title, or the key if the title is empty."""
        return shorten(obj.title) or obj.key

    @admin.display(description=_("visibility"))
    def state(self, obj: Article) -> str:
        """Return the visibility and its reason."""
        return format_visibility(obj)

    @admin.display(description=_("tags"))
    def tag_list(self, obj: Article) -> str:
        """Return the tags as spelled in the file."""
        return ", ".join(obj.article_tags.order_by("position").values_list("spelling", flat=True)) or "-"

    @admin.display(description=_("text"))
    def text(self, obj: Article) -> SafeString:
        """Return the start of the text as stored."""
        return text_box(obj.body)

    @admin.display(description=_("source URL"))
    def source(self, obj: Article) -> str:
        """Return the source URL, linked if it is HTTP."""
        return link_to_source(obj.source_url)

    @admin.display(description=_("related"))
    def related(self, obj: Article) -> SafeString:
        """Return links to lists of related rows."""
        return join_links(
            {
                _("comments"): changelist_url(Comment, article__id__exact=obj.pk),
                _("files"): changelist_url(SourceFile, article__id__exact=obj.pk),
                _("import problems"): changelist_url(ImportProblem, article__id__exact=obj.pk),
                _("moderation log"): changelist_url(ModerationAction, article__id__exact=obj.pk),
            }
        )
