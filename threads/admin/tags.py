"""Tags: columns, fields and actions (merge, unmerge, ignore, stop ignoring)."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from taggit.models import Tag as UnusedTag

from threads import moderation
from threads.admin.base import MergedFilter
from threads.admin.confirmation import SEQUENTIAL_LIMIT, ActionAdmin, ConfirmedAction, apply_to_list, apply_to_merge
from threads.admin.forms import MergeForm
from threads.models import Tag

MERGE = ConfirmedAction(
    "merge",
    _("merge into one tag"),
    "threads.change_tag",
    lambda rows: rows.filter(merged_into=None),
    apply_to_merge(moderation.merge_tags),
    lambda _rows: [gettext("The tags become one tag with one page and one count. Files do not change.")],
    MergeForm,
    from_page=False,
    limit=SEQUENTIAL_LIMIT,
)
UNMERGE = ConfirmedAction(
    "part",
    _("unmerge"),
    "threads.change_tag",
    lambda rows: rows.filter(merged_into__isnull=False),
    apply_to_list(moderation.unmerge_tags),
    lambda _rows: [gettext("Each tag becomes separate again.")],
)
IGNORE = ConfirmedAction(
    "ignore",
    _("ignore"),
    "threads.change_tag",
    lambda rows: rows.filter(ignored=False),
    apply_to_list(moderation.ignore_tags),
    lambda _rows: [gettext("These tags will not be shown, also after later imports. Files do not change.")],
)
STOP_IGNORING = ConfirmedAction(
    "keep",
    _("stop ignoring"),
    "threads.change_tag",
    lambda rows: rows.filter(ignored=True),
    apply_to_list(moderation.unignore_tags),
    lambda _rows: [gettext("These tags will be shown again.")],
)


@admin.register(Tag)
class TagAdmin(ActionAdmin[Tag]):
    """The search box accepts the start of a name."""

    list_display = ("name", "article_count", "ignored", "merged_into")
    list_select_related = ("merged_into",)
    list_filter = ("ignored", MergedFilter)
    ordering = ("-article_count", "pk")
    sortable_by = ("article_count", "name")
    search_fields = ("folded__startswith", "name__startswith")
    search_help_text = _("Start of the name")
    confirmed_actions = (MERGE, UNMERGE, IGNORE, STOP_IGNORING)
    fields = ("name", "folded", "article_count", "ignored", "merged_into")

    def view_on_site(self, obj: Tag) -> str:  # type: ignore[override]
        """Return the address of the tag's page."""
        return obj.get_absolute_url()


# This archive has its own tag model; taggit's table would be listed empty.
admin.site.unregister(UnusedTag)
