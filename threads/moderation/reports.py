"""Readers' reports: stored from the public form, closed by a moderator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from threads.database import locks
from threads.models import Article, Comment, ModerationAction, Report
from threads.moderation.log import Kind, Moderator, UndoRule, log_line, name_of, only_entry, write_log

if TYPE_CHECKING:
    from django.db.models import QuerySet

KINDS = {
    Report.Status.DONE.value: Kind.CLOSE_REPORT,
    Report.Status.DECLINED.value: Kind.DECLINE_REPORT,
    Report.Status.OPEN.value: Kind.REOPEN_REPORT,
}
TEXTS = ("article__body", "article__body_html", "article__front_matter", "comment__body", "comment__body_html")


def receive_report(about: Article | Comment, *, reason: str, message: str, contact: str) -> Report:
    """Store a reader's report about an article or a comment, and nothing else about the reader. One query.

    The contact becomes one line of printable characters: it is copied into the headers of mails.
    """
    printable = "".join(character if character.isprintable() else " " for character in contact)
    return Report.objects.create(
        article=about if isinstance(about, Article) else about.article,
        comment=about if isinstance(about, Comment) else None,
        reason=reason,
        message=message,
        contact=" ".join(printable.split()),
    )


@transaction.atomic
def close_reports(reports: QuerySet[Report], status: str, *, by: Moderator, note: str = "") -> list[ModerationAction]:
    """Mark the open ones among `reports` as done or declined; return the log entries. Three queries."""
    return _write(Report.objects.filter(pk__in=reports.values("pk"), status=Report.Status.OPEN), status, by, note)


@transaction.atomic
def restore_status(pk: int, status: str, *, by: Moderator, note: str = "") -> list[ModerationAction]:
    """Restore the earlier status of a report; no log entry if it has that status."""
    return _write(Report.objects.filter(pk=pk).exclude(status=status), status, by, note)


def _write(reports: QuerySet[Report], status: str, by: Moderator, note: str) -> list[ModerationAction]:
    # Before the rows: an import that moves reports to another thread has locked that, to which the log will point.
    locks.lock_people()
    rows = list(reports.select_for_update().order_by("pk"))
    abouts = Report.objects.filter(pk__in=[row.pk for row in rows]).select_related("article", "comment")
    about = {row.pk: row.comment or row.article or "" for row in abouts.defer(*TEXTS)}
    handled = status != Report.Status.OPEN
    Report.objects.filter(pk__in=about).update(
        status=status, handled_by=name_of(by) if handled else "", handled_at=timezone.now() if handled else None
    )
    before = {row.pk: {"report": row.pk, "status": row.status} for row in rows}
    return write_log(log_line(KINDS[status], by, about[row.pk], note=note, before=before[row.pk]) for row in rows)


def _has_report(action: ModerationAction) -> bool:
    return Report.objects.filter(pk=action.before["report"]).exists()


def _undo_report(action: ModerationAction, by: Moderator, note: str) -> ModerationAction:
    return only_entry(restore_status(action.before["report"], action.before["status"], by=by, note=note))


UNDO_REPORT: Final = UndoRule(
    (Kind.CLOSE_REPORT, Kind.DECLINE_REPORT, Kind.REOPEN_REPORT), "threads.change_report", _has_report, _undo_report
)
