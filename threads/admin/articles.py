"""Articles: columns, fields and actions."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from threads.admin.base import LARGE_FIELDS, column, join_values, shorten
from threads.admin.hide_and_redact import (
    HIDE_ARTICLES,
    REDACT_ARTICLES,
    RESTORE_ARTICLES,
    ContentAdmin,
    ModeratedFilter,
)
from threads.models import Article, Comment, ImportProblem, ModerationAction, SourceFile


@admin.register(Article)
class ArticleAdmin(ContentAdmin):
    """The search box accepts a URL, key, author or text."""

    list_display = ("title_or_key", "state", "author_name", "published_at", "comment_count")
    list_filter = (ModeratedFilter, "kind")
    sortable_by = ("published_at", "comment_count")
    joined = ("author",)
    deferred = LARGE_FIELDS["article"]
    confirmed_actions = (HIDE_ARTICLES, RESTORE_ARTICLES, REDACT_ARTICLES)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("title", "author", "placeholder_name", "published_at", "modified_at", "kind"),
                    *("tag_list", "text", "related"),
                )
            },
        ),
        (_("Moderation"), {"fields": ("visibility", "reason", "moderated_at", "withdrawn_at")}),
        (
            _("Import"),
            {"fields": ("key", "source", "votes", "missing_comments", "front_matter"), "classes": ("collapse",)},
        ),
    )
    related_lists = (
        (_("comments"), Comment, "article__id__exact", "pk"),
        (_("files"), SourceFile, "article__id__exact", "pk"),
        (_("import problems"), ImportProblem, "article__id__exact", "pk"),
        (_("moderation log"), ModerationAction, "article__id__exact", "pk"),
    )

    title_or_key = column(_("title"), lambda obj: shorten(obj.title) or obj.key)
    tag_list = column(_("tags"), lambda obj: join_values(obj.article_tags.order_by("position"), "spelling"))

    @admin.display(description=_("source URL"))
    def source(self, obj: Article) -> str:
        """Return the source URL, linked if it is HTTP."""
        url = obj.source_url
        link = '<a href="{}" rel="noopener noreferrer nofollow">{}</a>'
        return format_html(link, url, url) if url.startswith(("https://", "http://")) else url or "-"
