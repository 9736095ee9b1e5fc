"""What every moderation action shares: its log entry, its locks, and the update of counts and search."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F, Q
from django.utils.translation import gettext as _

from threads.database import bulk_writes, locks, totals
from threads.importing import decisions
from threads.models import Article, Author, Comment, ModerationAction, Quote, Reason
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from typing import Any, TypeVar

    from django.db.models import QuerySet

    from threads.models import Tag

    Merged = TypeVar("Merged", Author, Tag)

Moderator = AbstractBaseUser | None
"""Who acts; None in a command."""

Kind = ModerationAction.Kind


class ModerationError(Exception):
    """The action is not possible; the message says why."""


class UndoRule(NamedTuple):
    """How actions of some kinds are undone: on one target, in reverse order."""

    kinds: tuple[Kind, ...]
    permission: str
    """The permission that it needs. Names in braces are keys of `ModerationAction.before`."""
    has_target: Callable[[ModerationAction], bool]
    """Whether the target of an action is still in the archive."""
    undo: Callable[[ModerationAction, Moderator, str], ModerationAction]
    """Undoes an action, for a moderator and with a note. Raises ModerationError."""


def name_of(moderator: Moderator) -> str:
    """Return the name of an account; empty if nobody is signed in."""
    return moderator.get_username() if moderator else ""


def log_line(
    kind: Kind,
    by: Moderator,
    target: Article | Comment | Author | str,
    *,
    reason: str = Reason.NONE,
    note: str = "",
    before: dict[str, Any] | None = None,
) -> ModerationAction:
    """Return an unsaved log entry for one target (a tag is named by its slug)."""
    line = ModerationAction(kind=kind, moderator=name_of(by), reason=reason, note=note, before=before or {})
    match target:
        case Article():
            line.article, line.target_key = target, target.key
        case Comment():
            line.comment, line.article_id, line.target_key = target, target.article_id, target.key
        case Author():
            line.author, line.target_key = target, target.name
        case _:
            line.target_key = target
    return line


def with_merged(rows: QuerySet[Merged], pks: Sequence[int]) -> QuerySet[Merged]:
    """Return the authors or tags with these ids, and those merged into them.

    Targets of merges come last, so that undoing in reverse order finds them unmerged.
    """
    rows = rows.filter(Q(pk__in=pks) | Q(merged_into__in=pks))
    return rows.order_by(F("merged_into").asc(nulls_last=True), "pk")


def write_log(lines: Iterable[ModerationAction]) -> list[ModerationAction]:
    """Save log entries. One query for each 500."""
    return ModerationAction.objects.bulk_create(lines, batch_size=500)


def only_entry(entries: Sequence[ModerationAction]) -> ModerationAction:
    """Return the log entry of an action on one target. Raises ModerationError if nothing was changed."""
    if not entries:
        raise ModerationError(_("The target has changed. There is nothing to undo."))
    return entries[0]


def lock_threads(article_ids: Collection[int]) -> None:
    """Lock people, then these threads, until the transaction ends, against imports and other moderators.

    Must come before any other lock: totals of authors and tags span threads.
    """
    locks.lock_people()
    for ids in bulk_writes.in_parts(sorted(set(article_ids))):
        locks.lock_articles(ids)


def refresh_comments(comments: Sequence[Comment]) -> None:
    """Recount and index hidden or restored comments, their replies and the comments that quote them."""
    authors = {comment.author_id for comment in comments if comment.author_id}
    totals.recount_threads({comment.article_id for comment in comments}, authors)
    for ids in bulk_writes.in_parts(comment.pk for comment in comments):
        replies = Comment.objects.current().filter(answers__in=ids).order_by().values_list("pk", flat=True)
        quoting = Quote.objects.filter(target__in=ids).order_by().values_list("comment_id", flat=True)
        indexing.update_comments({*ids, *replies.union(quoting)})


def refresh_threads(article_ids: Collection[int], *, relinked: bool = False) -> None:
    """Link (if `relinked`), recount and index these articles."""
    for ids in bulk_writes.in_parts(sorted(set(article_ids))):
        if relinked:
            decisions.relink_threads(ids)
        totals.recount_threads(ids)
        indexing.update_articles(ids)
