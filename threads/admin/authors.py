"""The authors, and what can be decided about them: which names are one person, and who is not to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from threads import moderation
from threads.admin.base import list_of
from threads.admin.confirmed_actions import MOST_ONE_BY_ONE, DecidingAdmin, Decision, one_by_one
from threads.admin.forms import MergeForm, NoteForm
from threads.admin.html import link_list
from threads.models import Article, Author, Comment, ModerationAction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise
    from django.utils.safestring import SafeString

    from threads.moderation import Moderator


def _merge(rows: QuerySet[Author], by: Moderator, values: dict[str, Any]) -> int:
    into = values["into"]
    return len(moderation.merge_authors(into, list(rows.exclude(pk=into.pk)), by=by, note=values["note"]))


def _part(rows: QuerySet[Author], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.unmerge_authors(list(rows), by=by, note=values["note"]))


def _opt_out(rows: QuerySet[Author], by: Moderator, values: dict[str, Any]) -> int:
    return one_by_one(list(rows), lambda author: moderation.opt_out(author, by=by, note=values["note"]))


def _opt_in(rows: QuerySet[Author], by: Moderator, values: dict[str, Any]) -> int:
    return one_by_one(list(rows), lambda author: moderation.opt_in(author, by=by, note=values["note"]))


def _opting_out(rows: QuerySet[Author]) -> Sequence[str]:
    names = Author.objects.filter(Q(pk__in=rows.values("pk")) | Q(merged_into__in=rows.values("pk")))
    articles = Article.objects.visible().filter(author__in=names).count()
    comments = Comment.objects.visible().filter(author__in=names).count()
    others = Comment.objects.visible().filter(article__author__in=names).exclude(author__in=names).count()
    return [
        ngettext("%d article will be seen by nobody.", "%d articles will be seen by nobody.", articles) % articles,
        ngettext("%d comment will be seen by nobody.", "%d comments will be seen by nobody.", comments) % comments,
        ngettext(
            "%d comment of others in these threads goes with them.",
            "%d comments of others in these threads go with them.",
            others,
        )
        % others,
        gettext("So will whatever a later import brings under these names."),
        gettext("You can undo this in the moderation log."),
    ]


MERGE = Decision(
    "merge",
    _("merge into one person"),
    "threads.change_author",
    lambda rows: rows.filter(merged_into=None),
    _merge,
    lambda _rows: [
        gettext(
            "The names become one person: one page, one count. Below each comment the name stays as it was written."
        ),
        gettext("You can undo this in the moderation log."),
    ],
    MergeForm,
    from_page=False,
    most=MOST_ONE_BY_ONE,
)
PART = Decision(
    "part",
    _("part from the person it was merged into"),
    "threads.change_author",
    lambda rows: rows.filter(merged_into__isnull=False),
    _part,
    lambda _rows: [gettext("Each name becomes a person of its own again.")],
    NoteForm,
)
OPT_OUT = Decision(
    "opt_out",
    _("opt out"),
    "threads.change_author",
    lambda rows: rows.filter(opted_out=False, merged_into=None),
    _opt_out,
    _opting_out,
    NoteForm,
    most=MOST_ONE_BY_ONE,
)
OPT_IN = Decision(
    "opt_in",
    _("opt in again"),
    "threads.change_author",
    lambda rows: rows.filter(opted_out=True, merged_into=None),
    _opt_in,
    lambda _rows: [gettext("What the opt-out hid is seen again; what was hidden before it stays hidden.")],
    NoteForm,
    most=MOST_ONE_BY_ONE,
)


class MergedFilter(admin.SimpleListFilter):
    """Names that were merged into another, or not."""

    title = _("merged")
    parameter_name = "merged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the choice."""
        match self.value():
            case "yes":
                return queryset.filter(merged_into__isnull=False)
            case "no":
                return queryset.filter(merged_into=None)
        return queryset


@admin.register(Author)
class AuthorAdmin(DecidingAdmin[Author]):
    """Search by the beginning of a name."""

    list_display = ("name", "article_count", "comment_count", "first_seen", "last_seen", "merged_into", "opted_out")
    list_select_related = ("merged_into",)
    list_filter = (MergedFilter, "opted_out")
    ordering = ("-comment_count", "pk")
    sortable_by = ("comment_count", "name")
    search_fields = ("name__startswith",)
    search_help_text = _("Beginning of the name")
    decisions = (MERGE, PART, OPT_OUT, OPT_IN)
    fields = (
        "name",
        "merged_into",
        "opted_out",
        "article_count",
        "comment_count",
        "first_seen",
        "last_seen",
        "other_names",
        "more",
    )
    readonly_fields = ("other_names", "more")

    def view_on_site(self, obj: Author) -> str:  # type: ignore[override]
        """Return the address of the author's page."""
        return obj.get_absolute_url()

    @admin.display(description=_("names merged into this one"))
    def other_names(self, obj: Author) -> str:
        """Return the names."""
        return ", ".join(obj.merged_names.order_by("name").values_list("name", flat=True)) or "-"

    @admin.display(description=_("more"))
    def more(self, obj: Author) -> SafeString:
        """Return links to what the author wrote."""
        lists: dict[str | _StrPromise, str] = {
            _("articles"): list_of(Article, q=obj.name),
            _("comments"): list_of(Comment, author__id__exact=obj.pk),
            _("moderation log"): list_of(ModerationAction, author__id__exact=obj.pk),
        }
        return link_list(lists)
