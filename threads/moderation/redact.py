"""Destroy words: of comments or of an article's opening; in rows, in kept originals, and wherever others quote them.

Nothing brings them back: the log does not hold them, and a newer file that still does is cut when it is imported
(`importing.redaction`). What stays is the place in the thread, who answered whom, and a line that says what happened.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from threads import redaction, rendering
from threads.database import totals
from threads.importing import state
from threads.models import (
    Article,
    Comment,
    LinkCorrection,
    ModerationAction,
    Quote,
    Redaction,
    SourceFile,
    ThreadLink,
    Visibility,
)
from threads.moderation.hide import Row, follow, locked, state_of, write_visibility
from threads.moderation.log import Kind, Moderator, in_portions, log_line, write_log
from threads.parsing import quotes
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

COMPRESSION = 6


@transaction.atomic
def redact(rows: QuerySet[Row], *, by: Moderator, reason: str, note: str = "") -> list[ModerationAction]:
    """Destroy the words of these comments, or the title, author and opening text of these articles. For good.

    An article's comments are kept, and shown to nobody, for their thread is not. Returns a line of the log for each.
    """
    _overwrite_what_is_deleted()
    changed = locked(rows, Visibility.VISIBLE, Visibility.HIDDEN)
    lines = [log_line(Kind.REDACT, by, row, reason=reason, note=note, before=state_of(row)) for row in changed]
    destroy = _destroy_comments if issubclass(rows.model, Comment) else _destroy_openings
    named = {row.author_id for row in changed if row.author_id}
    for portion in in_portions([row.pk for row in changed]):
        destroy(portion)
    write_visibility(rows.model, [row.pk for row in changed], Visibility.REDACTED, reason)
    _cut_originals({row.article_id if isinstance(row, Comment) else row.pk for row in changed})
    follow(changed)
    # An opening has lost its author, who is not found through it any more.
    totals.count_authors(named)
    return write_log(lines)


def _overwrite_what_is_deleted() -> None:
    """Let SQLite write zeros over what it frees; else the words would stay readable in the file."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def _destroy_comments(pks: Sequence[int]) -> None:
    _remember(pks)
    quoting = _quoting(pks)
    _keep_links(pks, quoting)
    _blank_quotes(quoting)
    Quote.objects.filter(comment_id__in=pks).update(excerpt="")
    Comment.objects.filter(pk__in=pks).update(body="", body_html="")
    ThreadLink.objects.filter(comment_id__in=pks).delete()


def _quoting(pks: Sequence[int]) -> list[Quote]:
    """Return the quotes of these comments, and those of anything else that repeat their words."""
    known = state.redaction_memories(Comment.objects.filter(pk__in=pks).values_list("article_id", flat=True))
    quotes_there = Quote.objects.filter(comment__article_id__in=known)
    gone = set(pks)
    found = [
        pk
        for pk, target, article, excerpt in quotes_there.values_list(
            "pk", "target_id", "comment__article_id", "excerpt"
        )
        if target in gone or known[article].repeats(excerpt)
    ]
    rows: list[Quote] = []
    for portion in in_portions(found):
        rows += Quote.objects.filter(pk__in=portion).select_related("comment__article")
    return sorted(rows, key=lambda quote: (quote.comment_id, quote.ordinal))


def _remember(pks: Sequence[int]) -> None:
    """Keep digests of the words before they go."""
    Redaction.objects.bulk_create(
        Redaction(article_id=comment.article_id, comment=comment, memory=removed.stored())
        for comment, removed in state.remember_comments(Comment.objects.filter(pk__in=pks))
    )


def _keep_links(pks: Sequence[int], quoting: Iterable[Quote]) -> None:
    """Fix what these comments answer, and what quotes them answers: without the words it could not be found again."""
    linked = Comment.objects.filter(pk__in={*pks, *(quote.comment_id for quote in quoting)}, correction=None)
    linked = linked.exclude(answers=None, answers_article=False)
    LinkCorrection.objects.bulk_create(
        LinkCorrection(comment_id=pk, target_id=answers, answers_article=answers_article)
        for pk, answers, answers_article in linked.values_list("pk", "answers_id", "answers_article")
    )


def _blank_quotes(quoting: Sequence[Quote]) -> None:
    """Take the excerpts out of the comments that repeat them: out of row, text and HTML."""
    numbers: dict[Comment, list[int]] = defaultdict(list)
    for quote in quoting:
        numbers[quote.comment].append(quote.ordinal)
    for comment, ordinals in numbers.items():
        marks = quotes.find_quotes(comment.body)
        comment.body = redaction.blank(comment.body, marks, [at for at in ordinals if at < len(marks)])
        comment.body_html = rendering.render(comment.body, quotes.find_quotes(comment.body)).html
    Comment.objects.bulk_update(numbers, ["body", "body_html"], batch_size=100)
    for portion in in_portions([quote.pk for quote in quoting]):
        Quote.objects.filter(pk__in=portion).update(excerpt="")
    indexing.update_comments(comment.pk for comment in numbers)


def _destroy_openings(pks: Sequence[int]) -> None:
    Redaction.objects.bulk_create(Redaction(article_id=pk) for pk in pks)
    Article.objects.filter(pk__in=pks).update(
        title=redaction.TITLE, author=None, body="", body_html="", front_matter={}
    )
    ThreadLink.objects.filter(article_id__in=pks, comment=None).delete()


def _cut_originals(article_ids: Iterable[int]) -> None:
    """Rewrite the kept files of these articles without what was destroyed in them, one file in memory at a time."""
    known = state.redaction_memories(set(article_ids))
    files = SourceFile.objects.filter(article_id__in=known)
    for pk in list(files.values_list("pk", flat=True)):
        file = SourceFile.objects.only("path", "content", "article_id", "format").get(pk=pk)
        content = zlib.decompress(file.content)
        cut = redaction.clean(content, file.path, known[file.article_id], format_name=file.format, kept=True)
        if cut != content:
            kept = zlib.compress(cut, COMPRESSION)
            SourceFile.objects.filter(pk=pk).update(content=kept, redacted_at=timezone.now())
