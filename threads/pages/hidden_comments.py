"""Placeholders of hidden and redacted comments: the text shown, and which of these comments have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from threads.models import Reason, Visibility

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threads.pages.thread_page import PageRow


def describe_removal(reason: str) -> str:
    """Return the text shown in place of a hidden or redacted comment."""
    if reason and reason in Reason.values:
        return gettext("This comment was removed: %(reason)s.") % {"reason": Reason(reason).label}
    return gettext("This comment was removed.")


def shown_rows(rows: Sequence[PageRow], *, is_threaded: bool) -> list[PageRow]:
    """Return the rows of a page without the removed comments below which nothing is shown."""
    shown: list[PageRow] = []
    next_depth = -1
    for row in reversed(rows):
        has_shown_reply = next_depth > row.depth or (row.answer_count and (not shown or not is_threaded))
        if row.visibility == Visibility.VISIBLE or has_shown_reply:
            shown.append(row)
            next_depth = row.depth if is_threaded else -1
    return shown[::-1]
