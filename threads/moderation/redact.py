"""Delete text for good: of comments or of an opening; in rows, originals and quotes.

The log does not hold the text, and a newer file that still has it is redacted at import (`threads.redaction`). What
stays: the position in the thread, the reply links and a notice.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from threads import redaction, rendering
from threads.database import bulk_writes, totals
from threads.database.versions import digest_key
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
from threads.moderation import traces
from threads.moderation.hide import Row, log_visibility, update_dependents, write_visibility
from threads.moderation.log import Kind, Moderator
from threads.parsing import quotes, thread_keys
from threads.replies.comment_keys import random_key
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from django.db.models import QuerySet

COMPRESSION = 6


@transaction.atomic
def redact(rows: QuerySet[Row], *, by: Moderator, reason: str, note: str = "") -> list[ModerationAction]:
    """Delete the text of these comments, or the title, author and opening text of these articles, for good.

    The comments of a redacted article stay stored and are not shown. Returns the log entries.
    """
    _overwrite_deleted_pages()
    changed = write_visibility(rows, {Visibility.VISIBLE, Visibility.HIDDEN}, Visibility.REDACTED, reason)
    destroy = _erase_comments if issubclass(rows.model, Comment) else _erase_openings
    named = {row.author_id for row in changed if row.author_id}
    article_ids = {row.article_id if isinstance(row, Comment) else row.pk for row in changed}
    paths = traces.paths_of(article_ids)
    for part in bulk_writes.in_parts(row.pk for row in changed):
        destroy(part)
    _redact_originals(article_ids)
    new_paths = traces.paths_of(article_ids)
    renamed = {path: new_paths[pk] for pk, path in paths.items()}
    traces.erase_reports(article_ids, renamed, rename=not issubclass(rows.model, Comment))
    update_dependents(changed)
    # A redacted opening no longer leads to its author.
    totals.count_authors(named)
    traces.erase_authors(named)
    for part in bulk_writes.in_parts(row.pk for row in changed):
        keys = dict(rows.model.objects.filter(pk__in=part).values_list("pk", "key"))
        for row in changed:
            row.key = keys.get(row.pk, row.key)
    return log_visibility(Kind.REDACT, changed, by=by, reason=reason, note=note)


def _overwrite_deleted_pages() -> None:
    """Make SQLite overwrite deleted content with zeros in its file."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def _erase_comments(pks: Collection[int]) -> None:
    redactions = [
        Redaction(article_id=comment.article_id, comment=comment, memory=replace(digests, key=random_key()).to_json())
        for comment, digests in state.digest_comments(Comment.objects.filter(pk__in=pks))
    ]
    Redaction.objects.bulk_create(redactions)
    quoting = _quotes_in_same_thread(set(pks))
    _keep_links(pks, quoting)
    _blank_quotes(quoting)
    Quote.objects.filter(comment_id__in=pks).update(excerpt="")
    Comment.objects.filter(pk__in=pks).update(body="", body_html="")
    traces.replace_comment_keys({row.comment_id: row.memory["key"] for row in redactions if row.comment_id})
    ThreadLink.objects.filter(comment_id__in=pks).delete()


def _quotes_in_same_thread(pks: Collection[int]) -> list[Quote]:
    """Return the quotes of these comments, and the quotes in their threads that repeat their text.

    The redactions must be stored, because their digests find the text.
    """
    redactions = state.redaction_digests(Comment.objects.filter(pk__in=pks).values_list("article_id", flat=True))
    there = Quote.objects.filter(comment__article_id__in=redactions)
    repeating = [
        pk
        for pk, target, article, excerpt in there.values_list("pk", "target_id", "comment__article_id", "excerpt")
        if target in pks or redactions[article].repeats(excerpt)
    ]
    rows: list[Quote] = []
    for part in bulk_writes.in_parts(repeating):
        rows += Quote.objects.filter(pk__in=part).select_related("comment__article")
    return sorted(rows, key=lambda quote: (quote.comment_id, quote.ordinal))


def _keep_links(pks: Collection[int], quoting: Iterable[Quote]) -> None:
    """Store the links of these comments and of those that quote them, so that later imports keep them."""
    linked = Comment.objects.filter(pk__in={*pks, *(quote.comment_id for quote in quoting)}, correction=None)
    linked = linked.exclude(answers=None, answers_article=False)
    LinkCorrection.objects.bulk_create(
        LinkCorrection(comment_id=pk, target_id=answers, answers_article=answers_article)
        for pk, answers, answers_article in linked.values_list("pk", "answers_id", "answers_article")
    )


def _blank_quotes(quoting: Sequence[Quote]) -> None:
    """Blank the excerpts in the rows, texts and HTML of quoting comments."""
    numbers: dict[Comment, list[int]] = defaultdict(list)
    for quote in quoting:
        numbers[quote.comment].append(quote.ordinal)
    for comment, ordinals in numbers.items():
        marks = quotes.find_quotes(comment.body)
        comment.body = redaction.blank(comment.body, marks, [number for number in ordinals if number < len(marks)])
        comment.body_html = rendering.render(comment.body, quotes.find_quotes(comment.body)).html
    Comment.objects.bulk_update(numbers, ["body", "body_html"], batch_size=100)
    for portion in bulk_writes.in_parts([quote.pk for quote in quoting]):
        Quote.objects.filter(pk__in=portion).update(excerpt="")
    indexing.update_comments(comment.pk for comment in numbers)


def _erase_openings(pks: Collection[int]) -> None:
    Redaction.objects.bulk_create(Redaction(article_id=pk) for pk in pks)
    Article.objects.filter(pk__in=pks).update(
        title=redaction.TITLE, author=None, placeholder_name=None, body="", body_html="", front_matter={}
    )
    ThreadLink.objects.filter(article_id__in=pks, comment=None).delete()
    Article.objects.filter(pk__in=pks, key__startswith="file/").update(source_url="")
    traces.replace_file_names(pks)


def _redact_originals(article_ids: Iterable[int]) -> None:
    """Rewrite the originals of these articles without the redacted text, one file in memory at a time."""
    redactions = state.redaction_digests(set(article_ids))
    secret = digest_key()
    for pk in list(SourceFile.objects.filter(article_id__in=redactions).values_list("pk", flat=True)):
        file = SourceFile.objects.defer("run", "modified_at").get(pk=pk)
        content = zlib.decompress(file.content)
        cut = redaction.clean(content, file.path, redactions[file.article_id], format_name=file.format, kept=True)
        if cut != content:
            file.content = zlib.compress(cut, COMPRESSION)
            if file.redacted_at is None:
                sha256 = redaction.digest_file(secret, file.sha256)
                path = thread_keys.original_path(file.path, file.sha256)
                file.path = path if path == file.path else thread_keys.set_aside_path(path, sha256)
                file.sha256 = sha256
            file.redacted_at = timezone.now()
            file.save(update_fields=["path", "sha256", "content", "redacted_at"])
