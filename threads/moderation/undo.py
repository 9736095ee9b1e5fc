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
from threads.text import isolate

if TYPE_CHECKING:
    from collections.abc import Callable


@transaction.atomic
def undo(action: ModerationAction, *, by: Moderator, note: str = "") -> ModerationAction:
    """Undo an action and return the action that undid it. Raises ModerationError if that is not possible."""
    locks.lock_people()
    action = ModerationAction.objects.select_for_update().get(pk=action.pk)
    refusal = undo_refusal(action)
    if refusal:
        raise ModerationError(refusal)
    function = next(function for kinds, function in _UNDO.items() if action.kind in kinds)
    undone_by = function(action, by, note)
    ModerationAction.objects.filter(pk=action.pk).update(undone_by=undone_by)
    return undone_by


def undo_refusal(action: ModerationAction) -> str:
    """Return the reason why an action cannot be undone; empty if it can. At most one query."""
    if action.kind == Kind.REDACT:
        return _("The text was deleted. A redaction cannot be undone.")
    if action.undone_by_id is not None:
        return _("This action is already undone.")
    if not _target_exists(action):
        return _("The target is no longer in the archive.")
    if _has_later_action(action):
        return _("There is a later action on the same target. Undo that first.")
    return ""


def _target_exists(action: ModerationAction) -> bool:
    if action.kind in TAG_KINDS:
        return True
    if action.kind in REPORT_KINDS:
        return Report.objects.filter(pk=action.before["report"]).exists()
    if action.kind in LINK_KINDS or action.before.get("of") == "comment":
        return action.comment_id is not None
    return (action.article_id if action.kind in VISIBILITY_KINDS else action.author_id) is not None


def _has_later_action(action: ModerationAction) -> bool:
    group = next(kinds for kinds in _UNDO if action.kind in kinds)
    same = Q(target_key=action.target_key)
    if action.kind in REPORT_KINDS:
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
            _("%(name)s has opted out. Their comments and articles stay hidden.") % {"name": isolate(thing.author.name)}
        )
    kind = Kind.RESTORE if hidden else Kind.HIDE
    reason = "" if hidden else action.before["reason"]
    if action.before["of"] == "comment":
        rows = Comment.objects.filter(moderation_actions=action)
        return _only(change_visibility(rows, kind, by=by, reason=reason, note=note))
    articles = Article.objects.filter(moderation_actions=action)
    return _only(change_visibility(articles, kind, by=by, reason=reason, note=note))


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


VISIBILITY_KINDS = (Kind.HIDE, Kind.RESTORE, Kind.REDACT)
LINK_KINDS = (Kind.RELINK, Kind.UNLINK)
TAG_KINDS = (Kind.MERGE_TAG, Kind.UNMERGE_TAG, Kind.IGNORE_TAG, Kind.KEEP_TAG)
REPORT_KINDS = (Kind.CLOSE_REPORT, Kind.DECLINE_REPORT, Kind.REOPEN_REPORT)
_UNDO: dict[tuple[Kind, ...], Callable[[ModerationAction, Moderator, str], ModerationAction]] = {
    VISIBILITY_KINDS: _show_or_hide,
    LINK_KINDS: _put_link_back,
    (Kind.MERGE, Kind.UNMERGE): _part_or_merge,
    TAG_KINDS: _tag_as_before,
    (Kind.OPT_OUT, Kind.OPT_IN): _opt,
    REPORT_KINDS: _report_as_before,
}
"""The function that undoes an action. Actions of a group on one target are undone in reverse order."""
