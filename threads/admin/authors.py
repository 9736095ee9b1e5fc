"""Authors: columns, fields and actions (merge, unmerge, opt out, opt in)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from threads import moderation
from threads.admin.base import MergedFilter, column, join_values
from threads.admin.confirmation import CAN_BE_UNDONE, SEQUENTIAL_LIMIT, ActionAdmin, ConfirmedAction, counted, for_each
from threads.admin.forms import MergeForm
from threads.models import Article, Author, Comment, ModerationAction

if TYPE_CHECKING:
    from django.db.models import QuerySet


def _with_merged(rows: QuerySet[Author]) -> QuerySet[Author]:
    return Author.objects.filter(Q(pk__in=rows.values("pk")) | Q(merged_into__in=rows.values("pk")))


def _count_comments_by_others(rows: QuerySet[Author]) -> int:
    names = _with_merged(rows)
    return Comment.objects.visible().filter(article__author__in=names).exclude(author__in=names).count()


MERGE = ConfirmedAction(
    "merge",
    _("merge into one author"),
    "threads.change_author",
    Q(merged_into=None),
    lambda rows, into, **values: moderation.merge_authors(into, list(rows.exclude(pk=into.pk)), **values),
    (_("The names become one author with one page and one count. Comments keep the name as written."), CAN_BE_UNDONE),
    form=MergeForm,
    from_page=False,
    limit=SEQUENTIAL_LIMIT,
)
UNMERGE = ConfirmedAction(
    "part",
    _("unmerge"),
    "threads.change_author",
    Q(merged_into__isnull=False),
    moderation.unmerge_authors,
    (_("Each name becomes a separate author again."),),
)
OPT_OUT = ConfirmedAction(
    "opt_out",
    _("opt out"),
    "threads.change_author",
    Q(opted_out=False, merged_into=None),
    for_each(moderation.opt_out),
    (
        counted(
            ngettext_lazy("%d article will be hidden.", "%d articles will be hidden."),
            lambda rows: Article.objects.visible().filter(author__in=_with_merged(rows)).count(),
        ),
        counted(
            ngettext_lazy("%d comment will be hidden.", "%d comments will be hidden."),
            lambda rows: Comment.objects.visible().filter(author__in=_with_merged(rows)).count(),
        ),
        counted(
            ngettext_lazy(
                "%d comment by others in these threads will be hidden too.",
                "%d comments by others in these threads will be hidden too.",
            ),
            _count_comments_by_others,
        ),
        _("Later imports under these names will be hidden too."),
        CAN_BE_UNDONE,
    ),
    limit=SEQUENTIAL_LIMIT,
)
OPT_IN = ConfirmedAction(
    "opt_in",
    _("opt in"),
    "threads.change_author",
    Q(opted_out=True, merged_into=None),
    for_each(moderation.opt_in),
    (_("Content hidden by the opt-out becomes visible. Content hidden earlier stays hidden."),),
    limit=SEQUENTIAL_LIMIT,
)


@admin.register(Author)
class AuthorAdmin(ActionAdmin):
    """The search box accepts the start of a name."""

    list_display = ("name", "article_count", "comment_count", "first_seen", "last_seen", "merged_into", "opted_out")
    list_filter = (MergedFilter, "opted_out")
    ordering = ("-comment_count", "pk")
    sortable_by = ("comment_count", "name")
    search_fields = ("name__startswith",)
    search_help_text = _("Start of the name")
    joined = ("merged_into",)
    confirmed_actions = (MERGE, UNMERGE, OPT_OUT, OPT_IN)
    fields = (
        *("name", "merged_into", "opted_out", "article_count", "comment_count", "first_seen", "last_seen"),
        *("merged_names", "related"),
    )
    related_lists = (
        (_("articles"), Article, "q", "name"),
        (_("comments"), Comment, "author__id__exact", "pk"),
        (_("moderation log"), ModerationAction, "author__id__exact", "pk"),
    )
    merged_names = column(_("merged names"), lambda obj: join_values(obj.merged_names.order_by("name"), "name"))
