"""Actions of moderators, what they removed, and reports of readers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from threads.models.content import Article, Author, Comment, Reason
from threads.text import isolate


class ModerationAction(models.Model):
    """An entry of the log: who did what and why, and the state before, by which it can be undone."""

    class Kind(models.TextChoices):
        HIDE = "hide", _("hide")
        RESTORE = "restore", _("restore")
        REDACT = "redact", _("redact")
        RELINK = "relink", _("correct reply link")
        UNLINK = "unlink", _("remove link correction")
        MERGE = "merge", _("merge authors")
        UNMERGE = "unmerge", _("unmerge authors")
        MERGE_TAG = "tagmerge", _("merge tags")
        UNMERGE_TAG = "tagpart", _("unmerge tags")
        IGNORE_TAG = "tagdrop", _("ignore tag")
        KEEP_TAG = "tagkeep", _("stop ignoring tag")
        OPT_OUT = "optout", _("opt out author")
        OPT_IN = "optin", _("opt in author")
        CLOSE_REPORT = "repdone", _("close report")
        DECLINE_REPORT = "repno", _("decline report")
        REOPEN_REPORT = "repopen", _("reopen report")

    at = models.DateTimeField(_("time"), auto_now_add=True)
    moderator = models.CharField(_("moderator"), max_length=150, blank=True)
    """Name of the account. It stays if the account is deleted."""
    kind = models.CharField(_("action"), max_length=8, choices=Kind)
    target_key = models.CharField(_("target"), max_length=255, db_index=True)
    article = models.ForeignKey(Article, models.SET_NULL, null=True, blank=True, related_name="moderation_actions")
    comment = models.ForeignKey(Comment, models.SET_NULL, null=True, blank=True, related_name="moderation_actions")
    author = models.ForeignKey(Author, models.SET_NULL, null=True, blank=True, related_name="moderation_actions")
    reason = models.CharField(_("reason"), max_length=8, choices=Reason, default=Reason.NONE, blank=True)
    note = models.TextField(_("private note"), blank=True)
    before = models.JSONField(_("previous state"), default=dict, blank=True)
    undone_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="undoes", verbose_name=_("undone by")
    )

    class Meta:
        verbose_name = _("moderation action")
        verbose_name_plural = _("moderation log")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {isolate(self.target_key)}"


class LinkCorrection(models.Model):
    """A stored reply link, which imports do not change: a moderator's correction, or the link of a redacted comment."""

    comment = models.OneToOneField(Comment, models.CASCADE, related_name="correction")
    target = models.ForeignKey(Comment, models.CASCADE, null=True, blank=True, related_name="corrected_to_here")
    answers_article = models.BooleanField(_("answers article"), default=False)
    made_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("link correction")
        verbose_name_plural = _("link corrections")

    def __str__(self) -> str:
        return f"{self.comment_id} → {self.target_id}"


class Redaction(models.Model):
    """Digests of a redacted text, by which an import removes the text from newer files.

    The text of a comment, or, if `comment` is null, the title, author and opening text of an article. `memory` holds
    the digests (`threads.redaction`). If a file moves to another thread, the import copies the row to that thread: the
    copy has no comment, and `elsewhere` names the first thread.
    """

    article = models.ForeignKey(Article, models.CASCADE, related_name="redactions")
    comment = models.OneToOneField(Comment, models.CASCADE, null=True, blank=True, related_name="redaction")
    memory = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField(_("created"), auto_now_add=True)
    elsewhere = models.CharField(max_length=255, blank=True, default="")
    """The key of the thread in which the text was redacted, if that is another. `memory` then covers all its texts."""

    class Meta:
        verbose_name = _("redaction")
        verbose_name_plural = _("redactions")
        constraints = [
            models.UniqueConstraint(
                fields=["article"], condition=Q(comment=None, elsewhere=""), name="redaction_of_article_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.article_id} {self.comment_id or ''}".rstrip()


class RemovedText(models.Model):
    """A digest of a hidden or redacted comment or opening text, by which an import recognizes copies of it.

    Several for each text (`threads.replies.removed_texts`); they are deleted when the text is restored. Written by
    `importing.removed_copies` for imports and for moderators.
    """

    digest = models.BigIntegerField(db_index=True)
    samples = models.PositiveSmallIntegerField(default=0)
    """Number of samples of the text, if the digest is of a sample."""
    article = models.ForeignKey(Article, models.CASCADE, null=True, related_name="removed_texts")
    """Set for an opening text."""
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, related_name="removed_texts")

    def __str__(self) -> str:
        return f"{self.article_id or ''} {self.comment_id or ''}".strip()


class Report(models.Model):
    """A reader's report of a thread or comment: private information, spam, a wrong link."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("closed")
        DECLINED = "declined", _("declined")

    at = models.DateTimeField(_("time"), auto_now_add=True)
    article = models.ForeignKey(Article, models.CASCADE, null=True, blank=True, related_name="reports")
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, blank=True, related_name="reports")
    reason = models.CharField(_("reason"), max_length=8, choices=Reason, default=Reason.OTHER)
    message = models.TextField(_("message"), blank=True, max_length=4000)
    contact = models.CharField(_("contact"), max_length=255, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN, db_index=True)
    handled_by = models.CharField(_("handled by"), max_length=150, blank=True)
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.at:%Y-%m-%d}"
