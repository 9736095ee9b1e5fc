"""The tags, and what can be decided about them: which are the same, and which mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from taggit.models import Tag as UnusedTag

from threads import moderation
from threads.admin.authors import MergedFilter
from threads.admin.confirmed_actions import MOST_ONE_BY_ONE, DecidingAdmin, Decision
from threads.admin.forms import MergeForm, NoteForm
from threads.models import Tag

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from threads.moderation import Moderator


def _merge(rows: QuerySet[Tag], by: Moderator, values: dict[str, Any]) -> int:
    into = values["into"]
    return len(moderation.merge_tags(into, list(rows.exclude(pk=into.pk)), by=by, note=values["note"]))


def _part(rows: QuerySet[Tag], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.unmerge_tags(list(rows), by=by, note=values["note"]))


def _ignore(rows: QuerySet[Tag], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.ignore_tags(list(rows), by=by, note=values["note"]))


def _keep(rows: QuerySet[Tag], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.unignore_tags(list(rows), by=by, note=values["note"]))


MERGE = Decision(
    "merge",
    _("merge into one tag"),
    "threads.change_tag",
    lambda rows: rows.filter(merged_into=None),
    _merge,
    lambda _rows: [gettext("The tags become one, with one page and one count. Files keep what they say.")],
    MergeForm,
    from_page=False,
    most=MOST_ONE_BY_ONE,
)
PART = Decision(
    "part",
    _("part from the tag it was merged into"),
    "threads.change_tag",
    lambda rows: rows.filter(merged_into__isnull=False),
    _part,
    lambda _rows: [gettext("Each becomes a tag of its own again.")],
    NoteForm,
)
IGNORE = Decision(
    "ignore",
    _("ignore"),
    "threads.change_tag",
    lambda rows: rows.filter(ignored=False),
    _ignore,
    lambda _rows: [gettext("These tags are shown nowhere, now and after later imports. Files keep what they say.")],
    NoteForm,
)
KEEP = Decision(
    "keep",
    _("keep"),
    "threads.change_tag",
    lambda rows: rows.filter(ignored=True),
    _keep,
    lambda _rows: [gettext("These tags are shown again.")],
    NoteForm,
)


@admin.register(Tag)
class TagAdmin(DecidingAdmin[Tag]):
    """Search by the beginning of a name."""

    list_display = ("name", "article_count", "ignored", "merged_into")
    list_select_related = ("merged_into",)
    list_filter = ("ignored", MergedFilter)
    ordering = ("-article_count", "pk")
    sortable_by = ("article_count", "name")
    search_fields = ("folded__startswith", "name__startswith")
    search_help_text = _("Beginning of the name")
    decisions = (MERGE, PART, IGNORE, KEEP)
    fields = ("name", "folded", "article_count", "ignored", "merged_into")

    def view_on_site(self, obj: Tag) -> str:  # type: ignore[override]
        """Return the address of the tag's page."""
        return obj.get_absolute_url()


# The tags of this archive are its own model; taggit's would be an empty table in the list.
admin.site.unregister(UnusedTag)
