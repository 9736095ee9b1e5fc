"""Hide articles and comments, and show them again. Reversible; a re-import never undoes it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from threads.database import bulk_writes, locks
from threads.importing import decisions, removed_copies
from threads.models import Article, Comment, ModerationAction, Quote, Reason, Visibility
from threads.moderation.log import (
    Kind,
    ModerationError,
    Moderator,
    UndoRule,
    log_line,
    only_entry,
    refresh_comments,
    refresh_threads,
    write_log,
)
from threads.parsing import quotes
from threads.querysets import written_name
from threads.replies import excerpts
from threads.text import isolate

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from django.db.models import QuerySet

Row = TypeVar("Row", Article, Comment)


def hide(rows: QuerySet[Row], *, by: Moderator, reason: str = Reason.OTHER, note: str = "") -> list[ModerationAction]:
    """Hide the visible ones among `rows`; return their log entries. A fixed number of queries for each 900 rows."""
    return change_visibility(rows, Kind.HIDE, by=by, reason=reason, note=note)


def restore(rows: QuerySet[Row], *, by: Moderator, note: str = "") -> list[ModerationAction]:
    """Restore the hidden ones among `rows`, except those of opted-out authors. Costs as much as `hide`."""
    return change_visibility(rows, Kind.RESTORE, by=by, reason=Reason.NONE, note=note)


@transaction.atomic
def change_visibility(
    rows: QuerySet[Row], kind: Kind, *, by: Moderator, reason: str, note: str
) -> list[ModerationAction]:
    """Hide or restore the rows that are not in that state yet."""
    was, becomes = Visibility.VISIBLE, Visibility.HIDDEN
    if kind == Kind.RESTORE:
        was, becomes = becomes, was
        rows = rows.exclude(author__opted_out=True)
    changed = write_visibility(rows, {was}, becomes, reason)
    update_dependents(changed)
    return log_visibility(kind, changed, by=by, reason=reason, note=note)


def log_visibility(
    kind: Kind, changed: Sequence[Article | Comment], *, by: Moderator, reason: str, note: str
) -> list[ModerationAction]:
    """Log a change of rows, given as they were before."""
    lines = []
    for row in changed:
        table = "comment" if isinstance(row, Comment) else "article"
        before = {"of": table, "visibility": row.visibility, "reason": row.reason}
        lines.append(log_line(kind, by, row, reason=reason, note=note, before=before))
    return write_log(lines)


def write_visibility(rows: QuerySet[Row], states: Collection[str], becomes: str, reason: str) -> list[Row]:
    """Change the rows in one of these states; return them as they were before, without HTML.

    Locks the rows and their threads until the transaction ends.
    """
    locks.lock_people()
    matches = rows.model.objects.filter(pk__in=rows.values("pk"), visibility__in=states).select_related("author")
    if issubclass(rows.model, Comment):
        matches = matches.select_related("article").defer("body_html", "article__body", "article__body_html")
        changed = list(matches.order_by("article_id", "pk").select_for_update(of=("self", "article")))
    else:
        changed = list(matches.defer("body_html").order_by("pk").select_for_update(of=("self",)))
    now = timezone.now()
    for part in bulk_writes.in_parts(row.pk for row in changed):
        rows.model.objects.filter(pk__in=part).update(visibility=becomes, reason=reason, moderated_at=now)
    if becomes == Visibility.VISIBLE:
        removed_copies.forget(changed)
    else:
        removed_copies.remember(changed, mask_quotes=True)
    return changed


def update_dependents(changed: Sequence[Article | Comment]) -> None:
    """Update reply links, counts and search entries that depend on these rows."""
    comments = [row for row in changed if isinstance(row, Comment)]
    _relink_affected_quotes(comments)
    if comments:
        refresh_comments(comments)
    refresh_threads({row.pk for row in changed if isinstance(row, Article)})


def _relink_affected_quotes(changed: Sequence[Comment]) -> None:
    """Link the threads again in which a quote's target depends on the visibility of these comments.

    `changed` are as before the change. Few threads are affected: those with missing comments, or with quotes whose
    excerpt differs from their target. Two queries for each 900 comments, plus linking.
    """
    affected = {comment.article_id for comment in changed if comment.withdrawn_at}
    for part in bulk_writes.in_parts([comment for comment in changed if comment.article_id not in affected]):
        affected |= _articles_with_affected_quotes(part)
    decisions.relink_threads(affected)


def _with_equal_texts(comments: Sequence[Comment]) -> set[int]:
    """Return the ids of these comments whose text another comment of the thread has. One query if there are any."""
    if not comments:
        return set()
    articles, texts = {comment.article_id for comment in comments}, {comment.body for comment in comments}
    rows = Comment.objects.filter(article__in=articles, body__in=texts).values_list("article_id", "body")
    numbers = Counter(rows)
    return {comment.pk for comment in comments if numbers[comment.article_id, comment.body] > 1}


def _articles_with_affected_quotes(changed: Collection[Comment]) -> set[int]:
    """Return the articles with a quote that may change its target."""
    numbers = {(comment.article_id, comment.source_id) for comment in changed if comment.source_id is not None}
    beginnings = set()
    pks = {comment.pk for comment in changed}
    hidden = {comment.pk for comment in changed if comment.visibility != Visibility.VISIBLE}
    for comment in changed:
        for text in quotes.readings(comment.body, quotes.find_quotes(comment.body)):
            words = excerpts.fold_beginning(text)
            beginnings |= {(comment.article_id, words[:end]) for end in range(1, len(words) + 1)}
    affected = set()
    twins = _with_equal_texts([comment for comment in changed if comment.pk in hidden])
    rows = Quote.objects.filter(comment__article__in={comment.article_id for comment in changed}).exclude(excerpt="")
    fields = ("source_id", "excerpt", "comment__addressee", "target_id", written_name("target__"), "target__source_id")
    for article_id, number, excerpt, addressee, target, author, its_number in rows.values_list(
        "comment__article_id", *fields
    ):
        is_theirs = (article_id, excerpts.fold_beginning(excerpt)) in beginnings
        if target in hidden:
            is_sure = is_theirs and addressee in {"", author} and (number == its_number or None in {number, its_number})
            # Linking leaves these without a target: a short excerpt without a name, and one of two equal texts.
            is_known = addressee or excerpts.weight(excerpts.squeeze(excerpt)) >= excerpts.SHORTEST_ALONE
            is_sure = is_sure and is_known and target not in twins
            affected |= set() if is_sure else {article_id}
        elif target not in pks and (is_theirs or (article_id, number) in numbers):
            affected.add(article_id)
    return affected


def _has_row(action: ModerationAction) -> bool:
    return (action.comment_id if action.before["of"] == "comment" else action.article_id) is not None


def _undo_visibility(action: ModerationAction, by: Moderator, note: str) -> ModerationAction:
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
        return only_entry(change_visibility(rows, kind, by=by, reason=reason, note=note))
    articles = Article.objects.filter(moderation_actions=action)
    return only_entry(change_visibility(articles, kind, by=by, reason=reason, note=note))


UNDO_VISIBILITY: Final = UndoRule(
    (Kind.HIDE, Kind.RESTORE, Kind.REDACT), "threads.change_{of}", _has_row, _undo_visibility
)
