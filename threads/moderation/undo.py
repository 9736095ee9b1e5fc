"""Undo: every action except a redaction can be undone, the last one on a target first."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from threads.database import locks
from threads.models import ModerationAction
from threads.moderation.authors import UNDO_MERGE, UNDO_OPT_OUT
from threads.moderation.hide import UNDO_VISIBILITY
from threads.moderation.links import UNDO_LINK
from threads.moderation.log import Kind, ModerationError, Moderator, UndoRule
from threads.moderation.reports import UNDO_REPORT
from threads.moderation.tags import UNDO_TAG


@transaction.atomic
def undo(action: ModerationAction, *, by: Moderator, note: str = "") -> ModerationAction:
    """Undo an action and return the action that undid it. Raises ModerationError if that is not possible."""
    locks.lock_people()
    action = ModerationAction.objects.select_for_update().get(pk=action.pk)
    refusal = undo_refusal(action)
    if refusal:
        raise ModerationError(refusal)
    undone_by = _rule_of(action).undo(action, by, note)
    ModerationAction.objects.filter(pk=action.pk).update(undone_by=undone_by)
    return undone_by


def undo_refusal(action: ModerationAction) -> str:
    """Return the reason why an action cannot be undone; empty if it can. At most one query."""
    if action.kind == Kind.REDACT:
        return _("The text was deleted. A redaction cannot be undone.")
    if action.undone_by_id is not None:
        return _("This action is already undone.")
    if not _rule_of(action).has_target(action):
        return _("The target is no longer in the archive.")
    if _has_later_action(action):
        return _("There is a later action on the same target. Undo that first.")
    return ""


def undo_permission(action: ModerationAction) -> str:
    """Return the permission that undoing an action needs."""
    return _rule_of(action).permission.format_map(action.before)


def _rule_of(action: ModerationAction) -> UndoRule:
    return next(rule for rule in RULES if action.kind in rule.kinds)


def _has_later_action(action: ModerationAction) -> bool:
    same = Q(target_key=action.target_key)
    if "report" in action.before:
        # One target may have several reports.
        same = Q(before__report=action.before["report"])
    elif action.comment_id is not None:
        # A comment's key changes when it is edited at the source.
        same |= Q(comment_id=action.comment_id)
    # A later action and its undo cancel each other; both entries are later.
    taken_back = ModerationAction.objects.filter(undone_by=OuterRef("pk"), pk__gt=action.pk, undoes=None)
    later = ModerationAction.objects.filter(same, kind__in=_rule_of(action).kinds, pk__gt=action.pk, undone_by=None)
    return later.filter(~Exists(taken_back)).exists()


RULES: Final = (UNDO_VISIBILITY, UNDO_LINK, UNDO_MERGE, UNDO_OPT_OUT, UNDO_TAG, UNDO_REPORT)
"""How each kind of action is undone."""
