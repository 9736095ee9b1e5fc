"""Undo: every action except a redaction can be undone, the last one on a target first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from threads.database import locks
from threads.models import Article, Author, Comment, ModerationAction, Report, Tag
from threads.moderation import reports
from threads.moderation.authors import merge_authors, opt_in, opt_out, unmerge_authors
from threads.moderation.hide import change_visibility
from threads.moderation.links import restore_correction
from threads.moderation.log import Kind, ModerationError, Moderator
from threads.moderation.tags import ignore_tags, merge_tags, unignore_tags, unmerge_tags

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWING = (Kind.HIDE, Kind.RESTORE, Kind.REDACT)
LINKING = (Kind.RELINK, Kind.UNLINK)
MERGING = (Kind.MERGE, Kind.UNMERGE)
TAGGING = (Kind.MERGE_TAG, Kind.UNMERGE_TAG, Kind.IGNORE_TAG, Kind.KEEP_TAG)
OPTING = (Kind.OPT_OUT, Kind.OPT_IN)
REPORTING = (Kind.CLOSE_REPORT, Kind.DECLINE_REPORT, Kind.REOPEN_REPORT)


@transaction.atomic
def undo(action: ModerationAction, *, by: Moderator, note: str = "") -> ModerationAction:
    """Undo an action and return the action that undid it. Raises ModerationError if that is not possible."""
    locks.lock_people()
    action = ModerationAction.objects.select_for_update().get(pk=action.pk)
    refusal = undo_refusal(action)
    if refusal:
        raise ModerationError(refusal)
    undone_by = _UNDO[Kind(action.kind)](action, by, note)
    ModerationAction.objects.filter(pk=action.pk).update(undone_by=undone_by)
    return undone_by


def undo_refusal(action: ModerationAction) -> str:
    """Return the reason why an action cannot be undone; empty if it can. At most one query."""
    if action.kind not in _UNDO:
        return _("The text was deleted. A redaction cannot be undone.")
    if action.undone_by_id is not None:
        return _("This action is already undone.")
    if not _target_exists(action):
        return _("The target is no longer in the archive.")
    if _has_later_action(action):
        return _("There is a later action on the same target. Undo that first.")
    return ""


def _target_exists(action: ModerationAction) -> bool:
    if action.kind in TAGGING:
        return True
    if action.kind in REPORTING:
        return Report.objects.filter(pk=action.before["report"]).exists()
    if action.kind in LINKING:
        return action.comment_id is not None
    if action.kind in SHOWING:
        return (action.comment_id if action.before["of"] == "comment" else action.article_id) is not None
    return action.author_id is not None


def _has_later_action(action: ModerationAction) -> bool:
    groups = (SHOWING, LINKING, MERGING, TAGGING, OPTING, REPORTING)
    group = next(kinds for kinds in groups if action.kind in kinds)
    same = Q(target_key=action.target_key)
    if action.kind in REPORTING:
        # One target may have several reports.
        same = Q(before__report=action.before["report"])
    elif action.comment_id is not None:
        # A comment's key changes when it is edited at the source.
        same |= Q(comment_id=action.comment_id)
    # A later action and its undo cancel each other; both entries are later.
    taken_back = ModerationAction.objects.filter(undone_by=OuterRef("pk"), pk__gt=action.pk, undoes=None)
    later = ModerationAction.objects.filter(same, kind__in=group, pk__gt=action.pk, undone_by=None)
    return later.filter(~Exists(taken_back)).exists()


def _show_or_hide(action: ModerationAction, by: Moderator, note: str) -> ModerationAction:
    hidden = action.kind == Kind.HIDE
    thing = action.comment if action.before["of"] == "comment" else action.article
    if hidden and thing and thing.author and thing.author.opted_out:
        raise ModerationError(
            _("%(name)s has opted out. Their comments and articles stay hidden.") % {"name": thing.author.name}
        )
    kind = Kind.RESTORE if hidden else Kind.HIDE
    reason = "" if hidden else action.before["reason"]
    if action.before["of"] == "comment":
        lines = change_visibility(
            Comment.objects.filter(moderation_actions=action), kind, by=by, reason=reason, note=note
        )
    else:
        lines = change_visibility(
            Article.objects.filter(moderation_actions=action), kind, by=by, reason=reason, note=note
        )
    return _only(lines)


def _put_link_back(action: ModerationAction, by: Moderator, note: str) -> ModerationAction:
    comment = Comment.objects.select_related("article").get(moderation_actions=action)
    return restore_correction(comment, action.before["correction"], by=by, note=note)


def _part_or_merge(action: ModerationAction, by: Moderator, note: str) -> ModerationAction:
    author = Author.objects.get(moderation_actions=action)
    before = action.before["merged_into"]
    if before is None:
        return _only(unmerge_authors([author], by=by, note=note))
    into = Author.objects.filter(pk=before).first()
    if into is None:
        raise ModerationError(_("The earlier merge target is no longer in the archive."))
    return merge_authors(into, [author], by=by, note=note)[0]


def _tag_as_before(action: ModerationAction, by: Moderator, note: str) -> ModerationAction:
    tag = Tag.objects.filter(slug=action.target_key).first()
    if tag is None:
        raise ModerationError(_("The target is no longer in the archive."))
    match action.kind:
        case Kind.IGNORE_TAG:
            return _only(unignore_tags([tag], by=by, note=note))
        case Kind.KEEP_TAG:
            return _only(ignore_tags([tag], by=by, note=note))
    into = Tag.objects.filter(pk=action.before["merged_into"]).first()
    if into is None:
        return _only(unmerge_tags([tag], by=by, note=note))
    return merge_tags(into, [tag], by=by, note=note)[0]


def _opt(action: ModerationAction, by: Moderator, note: str) -> ModerationAction:
    author = Author.objects.get(moderation_actions=action)
    return (opt_in if action.kind == Kind.OPT_OUT else opt_out)(author, by=by, note=note)


def _report_as_before(action: ModerationAction, by: Moderator, note: str) -> ModerationAction:
    return _only(reports.restore_status(action.before["report"], action.before["status"], by=by, note=note))


def _only(lines: list[ModerationAction]) -> ModerationAction:
    if not lines:
        raise ModerationError(_("The target has changed. There is nothing to undo."))
    return lines[0]


_UNDO: dict[Kind, Callable[[ModerationAction, Moderator, str], ModerationAction]] = {
    Kind.HIDE: _show_or_hide,
    Kind.RESTORE: _show_or_hide,
    Kind.RELINK: _put_link_back,
    Kind.UNLINK: _put_link_back,
    Kind.MERGE: _part_or_merge,
    Kind.UNMERGE: _part_or_merge,
    Kind.MERGE_TAG: _tag_as_before,
    Kind.UNMERGE_TAG: _tag_as_before,
    Kind.IGNORE_TAG: _tag_as_before,
    Kind.KEEP_TAG: _tag_as_before,
    Kind.OPT_OUT: _opt,
    Kind.OPT_IN: _opt,
    Kind.CLOSE_REPORT: _report_as_before,
    Kind.DECLINE_REPORT: _report_as_before,
    Kind.REOPEN_REPORT: _report_as_before,
}
