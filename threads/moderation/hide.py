"""Hide articles and comments, and show them again. Reversible; a re-import never undoes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import transaction
from django.utils import timezone

from threads.importing import relinking
from threads.models import Article, Comment, ModerationAction, Quote, Reason, Visibility
from threads.moderation.log import (
    Kind,
    Moderator,
    bring_comments_up_to_date,
    bring_up_to_date,
    hold,
    in_portions,
    log_line,
    write_log,
)
from threads.parsing import quotes
from threads.replies import excerpts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

Row = TypeVar("Row", Article, Comment)


def hide(rows: QuerySet[Row], *, by: Moderator, reason: str = Reason.OTHER, note: str = "") -> list[ModerationAction]:
    """Hide the visible ones among `rows`; return a line of the log for each.

    A fixed number of queries for each portion of 500 rows.
    """
    return change(rows, Kind.HIDE, by=by, reason=reason, note=note)


def restore(rows: QuerySet[Row], *, by: Moderator, note: str = "") -> list[ModerationAction]:
    """Show the hidden ones among `rows` again, but those of who opted out. Costs what `hide` costs."""
    return change(rows, Kind.RESTORE, by=by, reason=Reason.NONE, note=note)


@transaction.atomic
def change(rows: QuerySet[Row], kind: Kind, *, by: Moderator, reason: str, note: str) -> list[ModerationAction]:
    """Hide or restore, as `kind` says, whatever is not so yet."""
    was, becomes = (
        (Visibility.VISIBLE, Visibility.HIDDEN) if kind == Kind.HIDE else (Visibility.HIDDEN, Visibility.VISIBLE)
    )
    if kind == Kind.RESTORE:
        rows = rows.exclude(author__opted_out=True)
    changed = locked(rows, was)
    lines = [log_line(kind, by, row, reason=reason, note=note, before=state_of(row)) for row in changed]
    write_visibility(rows.model, [row.pk for row in changed], becomes, reason)
    follow(changed)
    return write_log(lines)


def state_of(row: Article | Comment) -> dict[str, str]:
    """Return what the log keeps of a row before it is changed."""
    return {
        "of": "comment" if isinstance(row, Comment) else "article",
        "visibility": row.visibility,
        "reason": row.reason,
    }


def locked(rows: QuerySet[Row], *states: str) -> list[Row]:
    """Return the rows in one of these states, without their texts; they and their threads are locked from then on."""
    owner = "article_id" if issubclass(rows.model, Comment) else "pk"
    hold(set(rows.filter(visibility__in=states).values_list(owner, flat=True)))
    found = rows.model.objects.filter(pk__in=rows.values("pk"), visibility__in=states).order_by("pk")
    return list(found.select_for_update().defer("body", "body_html"))


def write_visibility(model: type[Article] | type[Comment], pks: Sequence[int], state: str, reason: str) -> None:
    """Write what a moderator decided about some rows."""
    now = timezone.now()
    for portion in in_portions(pks):
        model.objects.filter(pk__in=portion).update(visibility=state, reason=reason, moderated_at=now)


def follow(changed: Sequence[Article | Comment]) -> None:
    """Bring everything that shows these rows up to date."""
    comments = [row for row in changed if isinstance(row, Comment)]
    lead_quotes_again(comments)
    if comments:
        bring_comments_up_to_date(comments)
    bring_up_to_date({row.pk for row in changed if isinstance(row, Article)})


def lead_quotes_again(changed: Sequence[Comment]) -> None:
    """Link the threads again in which what is of these comments depends on whether they are shown (see `recalling`).

    `changed` are as they were before. Those are few: comments gone from their files, and quotes whose words are not
    those of the comment they are linked to. Two queries for each portion of 500, and what linking costs.
    """
    misled = {comment.article_id for comment in changed if comment.withdrawn_at}
    for portion in in_portions([comment for comment in changed if comment.article_id not in misled]):
        misled |= _misled(portion)
    relinking.relink_threads(misled)


def _misled(changed: Iterable[Comment]) -> set[int]:
    """Return the articles with a quote that may be of one of these now, or no more if that was hidden."""
    numbers = {(comment.article_id, comment.source_id) for comment in changed if comment.source_id is not None}
    beginnings = set()
    pks = {comment.pk for comment in changed}
    hidden = {comment.pk for comment in changed if comment.visibility != Visibility.VISIBLE}
    for article_id, body in Comment.objects.filter(pk__in=pks).values_list("article_id", "body"):
        words = excerpts.compared(quotes.own_text(body, quotes.find_quotes(body)))
        beginnings |= {(article_id, words[:end]) for end in range(1, len(words) + 1)}
    misled = set()
    rows = Quote.objects.filter(comment__article__in={comment.article_id for comment in changed}).exclude(excerpt="")
    for article_id, number, excerpt, addressee, target, author, its_number in rows.values_list(
        "comment__article_id",
        "source_id",
        "excerpt",
        "comment__addressee",
        "target_id",
        "target__author__name",
        "target__source_id",
    ):
        theirs = (article_id, excerpts.compared(excerpt)) in beginnings
        if target in hidden:
            surely = theirs and addressee in {"", author} and (number == its_number or None in {number, its_number})
            misled |= set() if surely else {article_id}
        elif target not in pks and (theirs or (article_id, number) in numbers):
            misled.add(article_id)
    return misled
