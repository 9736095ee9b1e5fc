"""Tags: columns, fields and actions (merge, unmerge, ignore, stop ignoring)."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from taggit.models import Tag as UnusedTag

from threads import moderation
from threads.admin.base import MergedFilter
from threads.admin.confirmation import SEQUENTIAL_LIMIT, ActionAdmin, ConfirmedAction
from threads.admin.forms import MergeForm
from threads.models import Tag

MERGE = ConfirmedAction(
    "merge",
    _("merge into one tag"),
    "threads.change_tag",
    Q(merged_into=None),
    lambda rows, into, **values: moderation.merge_tags(into, list(rows.exclude(pk=into.pk)), **values),
    (_("The tags become one tag with one page and one count. Files do not change."),),
    form=MergeForm,
    from_page=False,
    limit=SEQUENTIAL_LIMIT,
)
UNMERGE = ConfirmedAction(
    "part",
    _("unmerge"),
    "threads.change_tag",
    Q(merged_into__isnull=False),
    moderation.unmerge_tags,
    (_("Each tag becomes separate again."),),
)
IGNORE = ConfirmedAction(
    "ignore",
    _("ignore"),
    "threads.change_tag",
    Q(ignored=False),
    moderation.ignore_tags,
    (_("These tags will not be shown, also after later imports. Files do not change."),),
)
STOP_IGNORING = ConfirmedAction(
    "keep",
    _("stop ignoring"),
    "threads.change_tag",
    Q(ignored=True),
    moderation.unignore_tags,
    (_("These tags will be shown again."),),
)


@admin.register(Tag)
class TagAdmin(ActionAdmin):
    """The search box accepts the start of a name."""

    list_display = ("name", "article_count", "ignored", "merged_into")
    list_filter = ("ignored", MergedFilter)
    ordering = ("-article_count", "pk")
    sortable_by = ("article_count", "name")
    search_fields = ("folded__startswith", "name__startswith")
    search_help_text = _("Start of the name")
    joined = ("merged_into",)
    confirmed_actions = (MERGE, UNMERGE, IGNORE, STOP_IGNORING)
    fields = ("name", "folded", "article_count", "ignored", "merged_into")


# This archive has its own tag model; taggit's table would be listed empty.
admin.site.unregister(UnusedTag)
