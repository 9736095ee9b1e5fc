"""Readers' reports: taken in from the public form, closed by a moderator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from threads.models import Article, Comment, Report

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from threads.moderation.actions import Moderator


def receive_report(about: Article | Comment, *, reason: str, message: str, contact: str) -> Report:
    """Keep a reader's report about an article or a comment, and nothing of the reader but these words. One query."""
    return Report.objects.create(
        article=about if isinstance(about, Article) else about.article,
        comment=about if isinstance(about, Comment) else None,
        reason=reason,
        message=message,
        contact=contact,
    )


def close_reports(reports: QuerySet[Report], status: str, *, by: Moderator) -> int:
    """Mark the open ones among `reports` as done or declined; return how many. One query."""
    open_ones = Report.objects.filter(pk__in=reports.values("pk"), status=Report.Status.OPEN)
    return open_ones.update(status=status, handled_by=by.pk if by else None, handled_at=timezone.now())
