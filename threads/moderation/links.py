"""Correct which comment a comment answers, and take a correction back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from threads.models import Article, Comment, LinkCorrection, LinkMethod, ModerationAction
from threads.moderation.log import Kind, ModerationError, Moderator, bring_up_to_date, hold, log_line, write_log

if TYPE_CHECKING:
    from collections.abc import Mapping


@transaction.atomic
def relink(
    comment: Comment, answers: Comment | Article | None, *, by: Moderator, reason: str = "", note: str = ""
) -> ModerationAction:
    """Say that `comment` answers another comment, the article, or nothing. Raises ModerationError.

    It outranks whatever the reader of files finds, now and in every later import.
    """
    hold([comment.article_id])
    _refuse_nonsense(comment, answers)
    before = correction_of(comment)
    # Lest a link that is only confirmed pass for one that was found, and that a redaction in its thread keeps.
    Comment.objects.filter(pk=comment.pk).update(link_method=LinkMethod.MANUAL)
    LinkCorrection.objects.update_or_create(
        comment=comment,
        defaults={
            "target": answers if isinstance(answers, Comment) else None,
            "answers_article": isinstance(answers, Article),
        },
    )
    return _logged(Kind.RELINK, comment, by, reason, note, before)


@transaction.atomic
def unlink(comment: Comment, *, by: Moderator, note: str = "") -> ModerationAction:
    """Take the correction of a comment back; what the reader of files finds counts again. Raises ModerationError."""
    hold([comment.article_id])
    before = correction_of(comment)
    if before is None:
        raise ModerationError(_("This reply link was not corrected."))
    LinkCorrection.objects.filter(comment=comment).delete()
    return _logged(Kind.UNLINK, comment, by, "", note, before)


def put_back(
    comment: Comment, correction: Mapping[str, Any] | None, *, by: Moderator, note: str = ""
) -> ModerationAction:
    """Make the correction of a comment what `correction_of` once said it was. Raises ModerationError."""
    if correction is None:
        return unlink(comment, by=by, note=note)
    if correction["answers_article"]:
        return relink(comment, comment.article, by=by, note=note)
    target = None
    if correction["target"] is not None:
        target = Comment.objects.filter(pk=correction["target"]).first()
        if target is None:
            raise ModerationError(_("The comment it answered then is no longer in the archive."))
    return relink(comment, target, by=by, note=note)


def correction_of(comment: Comment) -> dict[str, Any] | None:
    """Return the correction of a comment as the log keeps it, None where there is none. One query."""
    row = LinkCorrection.objects.filter(comment=comment).first()
    return None if row is None else {"target": row.target_id, "answers_article": row.answers_article}


def _logged(
    kind: Kind, comment: Comment, by: Moderator, reason: str, note: str, before: dict[str, Any] | None
) -> ModerationAction:
    bring_up_to_date([comment.article_id], relinked=True)
    line = log_line(kind, by, comment, reason=reason, note=note, before={"correction": before})
    return write_log([line])[0]


def _refuse_nonsense(comment: Comment, answers: Comment | Article | None) -> None:
    if isinstance(answers, Article) and answers.pk != comment.article_id:
        raise ModerationError(_("A comment can answer only what is in its own thread."))
    if not isinstance(answers, Comment):
        return
    if answers.pk == comment.pk:
        raise ModerationError(_("A comment cannot answer itself."))
    if answers.article_id != comment.article_id or answers.withdrawn_at is not None:
        raise ModerationError(_("A comment can answer only what is in its own thread."))
    if _closes_a_circle(comment.pk, answers.pk, comment.article_id):
        raise ModerationError(_("By another correction, that comment answers this one."))


def _closes_a_circle(start: int, at: int | None, article_id: int) -> bool:
    """Say whether corrections lead from `at` back to `start`. Found links may: the less sure one gives way."""
    rows = LinkCorrection.objects.filter(comment__article_id=article_id).exclude(comment_id=start)
    corrected = dict(rows.values_list("comment_id", "target_id"))
    while at is not None and at != start:
        at = corrected.pop(at, None)
    return at == start
