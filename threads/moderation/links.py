"""Correct the reply link of a comment, and remove the correction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from threads.models import Article, Comment, LinkCorrection, LinkMethod, ModerationAction
from threads.moderation.log import (
    Kind,
    ModerationError,
    Moderator,
    UndoRule,
    lock_threads,
    log_line,
    refresh_threads,
    write_log,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@transaction.atomic
def relink(
    comment: Comment, answers: Comment | Article | None, *, by: Moderator, reason: str = "", note: str = ""
) -> ModerationAction:
    """Set the parent of `comment`: a comment, the article, or None. Raises ModerationError.

    The correction takes precedence over every other link method, also in later imports.
    """
    lock_threads([comment.article_id])
    _check_target(comment, answers)
    before = correction_of(comment)
    # In a thread with redactions, relinking keeps the stored method of an unchanged link. Set it here, so that a
    # correction that confirms the link is stored as manual.
    Comment.objects.filter(pk=comment.pk).update(link_method=LinkMethod.MANUAL)
    LinkCorrection.objects.update_or_create(
        comment=comment,
        defaults={
            "target": answers if isinstance(answers, Comment) else None,
            "answers_article": isinstance(answers, Article),
        },
    )
    return _relink_and_log(Kind.RELINK, comment, by, reason, note, before)


@transaction.atomic
def unlink(comment: Comment, *, by: Moderator, note: str = "") -> ModerationAction:
    """Remove the correction of a comment; the other link methods apply again. Raises ModerationError."""
    lock_threads([comment.article_id])
    before = correction_of(comment)
    if before is None:
        raise ModerationError(_("This reply link has no correction."))
    LinkCorrection.objects.filter(comment=comment).delete()
    return _relink_and_log(Kind.UNLINK, comment, by, "", note, before)


def restore_correction(
    comment: Comment, correction: Mapping[str, Any] | None, *, by: Moderator, note: str = ""
) -> ModerationAction:
    """Restore a correction as `correction_of` returned it. Raises ModerationError."""
    if correction is None:
        return unlink(comment, by=by, note=note)
    if correction["answers_article"]:
        return relink(comment, comment.article, by=by, note=note)
    target = None
    if correction["target"] is not None:
        target = Comment.objects.filter(pk=correction["target"]).first()
        if target is None:
            raise ModerationError(_("The earlier parent is no longer in the archive."))
    return relink(comment, target, by=by, note=note)


def correction_of(comment: Comment) -> dict[str, Any] | None:
    """Return the correction of a comment as the log stores it; None without one. One query."""
    row = LinkCorrection.objects.filter(comment=comment).first()
    return None if row is None else {"target": row.target_id, "answers_article": row.answers_article}


def _relink_and_log(
    kind: Kind, comment: Comment, by: Moderator, reason: str, note: str, before: dict[str, Any] | None
) -> ModerationAction:
    refresh_threads([comment.article_id], relinked=True)
    line = log_line(kind, by, comment, reason=reason, note=note, before={"correction": before})
    return write_log([line])[0]


def _check_target(comment: Comment, answers: Comment | Article | None) -> None:
    if isinstance(answers, Article) and answers.pk != comment.article_id:
        raise ModerationError(_("A comment can only reply within its own thread."))
    if not isinstance(answers, Comment):
        return
    if answers.pk == comment.pk:
        raise ModerationError(_("A comment cannot reply to itself."))
    if answers.article_id != comment.article_id or answers.withdrawn_at is not None:
        raise ModerationError(_("A comment can only reply within its own thread."))
    if _makes_cycle(comment.pk, answers.pk, comment.article_id):
        raise ModerationError(_("This would make a cycle: another correction links that comment to this one."))


def _makes_cycle(start: int, target: int | None, article_id: int) -> bool:
    """Return whether corrections lead from `target` back to `start`. Found links give way and are not checked."""
    rows = LinkCorrection.objects.filter(comment__article_id=article_id).exclude(comment_id=start)
    corrected = dict(rows.values_list("comment_id", "target_id"))
    while target is not None and target != start:
        target = corrected.pop(target, None)
    return target == start


def _undo_link(action: ModerationAction, by: Moderator, note: str) -> ModerationAction:
    comment = Comment.objects.select_related("article").get(moderation_actions=action)
    return restore_correction(comment, action.before["correction"], by=by, note=note)


UNDO_LINK: Final = UndoRule(
    (Kind.RELINK, Kind.UNLINK), "threads.add_linkcorrection", lambda action: action.comment_id is not None, _undo_link
)
