"""Authors: columns, fields and actions (merge, unmerge, opt out, opt in)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from threads import moderation
from threads.admin.base import MergedFilter, changelist_url, join_links
from threads.admin.confirmation import (
    SEQUENTIAL_LIMIT,
    ActionAdmin,
    ConfirmedAction,
    apply_to_each,
    apply_to_list,
    apply_to_merge,
)
from threads.admin.forms import MergeForm
from threads.models import Article, Author, Comment, ModerationAction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.utils.safestring import SafeString

    from threads.moderation import Moderator


def _opt_out(rows: QuerySet[Author], by: Moderator, values: dict[str, Any]) -> int:
    return apply_to_each(rows, lambda author: moderation.opt_out(author, by=by, note=values["note"]))


def _opt_in(rows: QuerySet[Author], by: Moderator, values: dict[str, Any]) -> int:
    return apply_to_each(rows, lambda author: moderation.opt_in(author, by=by, note=values["note"]))


def _describe_opt_out(rows: QuerySet[Author]) -> Sequence[str]:
    names = Author.objects.filter(Q(pk__in=rows.values("pk")) | Q(merged_into__in=rows.values("pk")))
    articles = Article.objects.visible().filter(author__in=names).count()
    comments = Comment.objects.visible().filter(author__in=names).count()
    others = Comment.objects.visible().filter(article__author__in=names).exclude(author__in=names).count()
    return [
        ngettext("%d article will be hidden.", "%d articles will be hidden.", articles) % articles,
        ngettext("%d comment will be hidden.", "%d comments will be hidden.", comments) % comments,
        ngettext(
            "%d comment by others in these threads will be hidden too.",
            "%d comments by others in these threads will be hidden too.",
            others,
        )
        % others,
        gettext("Later imports under these names will be hidden too."),
        gettext("You can undo this in the moderation log."),
    ]


MERGE = ConfirmedAction(
    "merge",
    _("merge into one author"),
    "threads.change_author",
    lambda rows: rows.filter(merged_into=None),
    apply_to_merge(moderation.merge_authors),
    lambda _rows: [
        gettext("The names become one author with one page and one count. Comments keep the name as written."),
        gettext("You can undo this in the moderation log."),
    ],
    MergeForm,
    from_page=False,
    limit=SEQUENTIAL_LIMIT,
)
UNMERGE = ConfirmedAction(
    "part",
    _("unmerge"),
    "threads.change_author",
    lambda rows: rows.filter(merged_into__isnull=False),
    apply_to_list(moderation.unmerge_authors),
    lambda _rows: [gettext("Each name becomes a separate author again.")],
)
OPT_OUT = ConfirmedAction(
    "opt_out",
    _("opt out"),
    "threads.change_author",
    lambda rows: rows.filter(opted_out=False, merged_into=None),
    _opt_out,
    _describe_opt_out,
    limit=SEQUENTIAL_LIMIT,
)
OPT_IN = ConfirmedAction(
    "opt_in",
    _("opt in"),
    "threads.change_author",
    lambda rows: rows.filter(opted_out=True, merged_into=None),
    _opt_in,
    lambda _rows: [gettext("Content hidden by the opt-out becomes visible. Content hidden earlier stays hidden.")],
    limit=SEQUENTIAL_LIMIT,
)


@admin.register(Author)
class AuthorAdmin(ActionAdmin[Author]):
    """The search box accepts the start of a name."""

    list_display = ("name", "article_count", "comment_count", "first_seen", "last_seen", "merged_into", "opted_out")
    list_select_related = ("merged_into",)
    list_filter = (MergedFilter, "opted_out")
    ordering = ("-comment_count", "pk")
    sortable_by = ("comment_count", "name")
    search_fields = ("name__startswith",)
    search_help_text = _("Start of the name")
    confirmed_actions = (MERGE, UNMERGE, OPT_OUT, OPT_IN)
    fields = (
        *("name", "merged_into", "opted_out", "article_count", "comment_count", "first_seen", "last_seen"),
        *("merged_names", "related"),
    )
    readonly_fields = ("merged_names", "related")

    def view_on_site(self, obj: Author) -> str:  # type: ignore[override]
        """Return the address of the author's page."""
        return obj.get_absolute_url()

    @admin.display(description=_("merged names"))
    def merged_names(self, obj: Author) -> str:
        """Return the names merged into this author."""
        return ", ".join(obj.merged_names.order_by("name").values_list("name", flat=True)) or "-"

    @admin.display(description=_("related"))
    def related(self, obj: Author) -> SafeString:
        """Return links to lists of related rows."""
        return join_links(
            {
                _("articles"): changelist_url(Article, q=obj.name),
                _("comments"): changelist_url(Comment, author__id__exact=obj.pk),
                _("moderation log"): changelist_url(ModerationAction, author__id__exact=obj.pk),
            }
        )
