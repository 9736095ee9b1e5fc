"""Merge tags of one meaning, and ignore tags. Articles keep the tags of their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext as _

from threads.database import locks, totals
from threads.models import ArticleTag, ModerationAction, Tag
from threads.moderation.log import (
    Kind,
    ModerationError,
    Moderator,
    UndoRule,
    lock_threads,
    log_line,
    only_entry,
    refresh_threads,
    with_merged,
    write_log,
)
from threads.text import isolate

if TYPE_CHECKING:
    from collections.abc import Sequence


@transaction.atomic
def merge_tags(into: Tag, others: Sequence[Tag], *, by: Moderator, note: str = "") -> list[ModerationAction]:
    """Merge `others`, and the tags merged into them, into `into`. Raises ModerationError."""
    into, *others = _now([into, *others])
    if into.merged_into_id is not None:
        raise ModerationError(_("%(name)s is merged into another tag.") % {"name": isolate(into.name)})
    if into in others:
        raise ModerationError(_("A tag cannot be merged into itself."))
    pks = [other.pk for other in others]
    moved = list(with_merged(Tag.objects.all(), pks))
    return _write(Kind.MERGE_TAG, moved, {"merged_into": into}, by, note, also=[into])


@transaction.atomic
def unmerge_tags(tags: Sequence[Tag], *, by: Moderator, note: str = "") -> list[ModerationAction]:
    """Make merged tags separate tags again."""
    parted = [tag for tag in _now(tags) if tag.merged_into_id is not None]
    left = list(Tag.objects.filter(pk__in=[tag.merged_into_id for tag in parted]))
    return _write(Kind.UNMERGE_TAG, parted, {"merged_into": None}, by, note, also=left)


@transaction.atomic
def ignore_tags(tags: Sequence[Tag], *, by: Moderator, note: str = "") -> list[ModerationAction]:
    """Hide these tags everywhere, also after later imports."""
    return _write(Kind.IGNORE_TAG, [tag for tag in _now(tags) if not tag.ignored], {"ignored": True}, by, note)


@transaction.atomic
def unignore_tags(tags: Sequence[Tag], *, by: Moderator, note: str = "") -> list[ModerationAction]:
    """Show ignored tags again."""
    return _write(Kind.KEEP_TAG, [tag for tag in _now(tags) if tag.ignored], {"ignored": False}, by, note)


def _now(tags: Sequence[Tag]) -> list[Tag]:
    """Return tags as stored now, while people are locked."""
    # Tags share the lock on people: both change rarely, and a lock on rows would collide with an import.
    locks.lock_people()
    rows = Tag.objects.in_bulk([tag.pk for tag in tags])
    return [rows[tag.pk] for tag in tags]


def _write(
    kind: Kind,
    tags: Sequence[Tag],
    values: dict[str, Tag | bool | None],
    by: Moderator,
    note: str,
    *,
    also: Sequence[Tag] = (),
) -> list[ModerationAction]:
    lines = [
        log_line(kind, by, tag.slug, note=note, before={"merged_into": tag.merged_into_id, "ignored": tag.ignored})
        for tag in tags
    ]
    pks = [tag.pk for tag in tags]
    uses = ArticleTag.objects.filter(tag__in=[*pks, *(tag.pk for tag in also)])
    touched = set(uses.values_list("content_object_id", flat=True))
    lock_threads(touched)
    Tag.objects.filter(pk__in=pks).update(**values)
    refresh_threads(touched)
    # A tag may have had no articles but those of the tags that left it.
    totals.count_tags({*pks, *(tag.pk for tag in also), *(tag.merged_into_id for tag in tags if tag.merged_into_id)})
    return write_log(lines)


def _undo_tag(action: ModerationAction, by: Moderator, note: str) -> ModerationAction:
    tag = Tag.objects.filter(slug=action.target_key).first()
    if tag is None:
        raise ModerationError(_("The target is no longer in the archive."))
    match action.kind:
        case Kind.IGNORE_TAG:
            return only_entry(unignore_tags([tag], by=by, note=note))
        case Kind.KEEP_TAG:
            return only_entry(ignore_tags([tag], by=by, note=note))
    into = Tag.objects.filter(pk=action.before["merged_into"]).first()
    if into is None:
        return only_entry(unmerge_tags([tag], by=by, note=note))
    return merge_tags(into, [tag], by=by, note=note)[0]


UNDO_TAG: Final = UndoRule(
    (Kind.MERGE_TAG, Kind.UNMERGE_TAG, Kind.IGNORE_TAG, Kind.KEEP_TAG), "threads.change_tag", lambda _: True, _undo_tag
)
