"""The actions hide, restore and redact, for articles and comments, and their effects on the confirmation page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from threads import moderation
from threads.admin.confirmation import ConfirmedAction
from threads.admin.forms import ReasonForm, RedactForm
from threads.models import Comment, Quote, SourceFile, Visibility
from threads.parsing.quotes import find_quotes, own_text
from threads.redaction import EXCERPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from threads.moderation import Moderator

COPY_SEARCH_LIMIT = 20
"""Comments whose copies are searched for."""

VISIBLE = Q(visibility=Visibility.VISIBLE)
HIDDEN = Q(visibility=Visibility.HIDDEN, moderated_at__isnull=False)
OPTED_OUT = Q(author__opted_out=True)


def _hide(rows: QuerySet[Any], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.hide(rows, by=by, reason=values["reason"], note=values["note"]))


def _restore(rows: QuerySet[Any], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.restore(rows, by=by, note=values["note"]))


def _redact(rows: QuerySet[Any], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.redact(rows, by=by, reason=values["reason"], note=values["note"]))


def _describe_hiding_comments(rows: QuerySet[Comment]) -> Sequence[str]:
    count, answered, quoting = rows.count(), rows.filter(answer_count__gt=0).count(), _count_quoting(rows)
    return [
        ngettext("%d comment will be hidden.", "%d comments will be hidden.", count) % count,
        ngettext(
            "%d of them has replies: a placeholder with the reason is shown.",
            "%d of them have replies: placeholders with the reason are shown.",
            answered,
        )
        % answered,
        ngettext(
            "%d other comment quotes them. The excerpt will be hidden.",
            "%d other comments quote them. The excerpts will be hidden.",
            quoting,
        )
        % quoting,
        _("You can undo this in the moderation log."),
    ]


def _describe_redacting_comments(rows: QuerySet[Comment]) -> Sequence[str]:
    count, quoting = rows.count(), _count_quoting(rows)
    files = SourceFile.objects.filter(article__in=rows.values("article")).count()
    return [
        ngettext("The text of %d comment will be destroyed.", "The text of %d comments will be destroyed.", count)
        % count,
        ngettext(
            "%d other comment quotes them. The excerpt will be destroyed too.",
            "%d other comments quote them. The excerpts will be destroyed too.",
            quoting,
        )
        % quoting,
        ngettext("%d original file will be redacted too.", "%d original files will be redacted too.", files) % files,
        *_warn_of_copies(rows),
        *_warn_of_index_entries(),
        _("This cannot be undone. Existing backups and exports still contain the text."),
    ]


def _count_quoting(rows: QuerySet[Comment]) -> int:
    return Quote.objects.filter(target__in=rows.values("pk")).values("comment").distinct().count()


def _warn_of_copies(rows: QuerySet[Comment]) -> Sequence[str]:
    """List comments that repeat the start of a text outside quotes. Up to COPY_SEARCH_LIMIT + 1 queries."""
    numbers: set[int] = set()
    for row in rows[:COPY_SEARCH_LIMIT]:
        text = own_text(row.body, find_quotes(row.body))[:EXCERPT]
        if len(text) == EXCERPT:
            others = Comment.objects.filter(article=row.article_id, body__contains=text).exclude(quotes__target=row.pk)
            numbers |= set(others.exclude(pk__in=rows.values("pk")).values_list("position", flat=True))
    if not numbers:
        return []
    separator = pgettext("between the numbers of comments", ", ")
    listed = separator.join(f"#{number + 1}" for number in sorted(numbers))
    return [_("Not redacted, but with the same text: %s. Check these comments too.") % listed]


def _warn_of_index_entries() -> Sequence[str]:
    if connection.vendor != "sqlite":
        return []
    return [_("Search will not find the text. Traces remain in the index until manage.py rebuild_search runs.")]


def _describe_hiding_articles(rows: QuerySet[Any]) -> Sequence[str]:
    count = rows.count()
    comments = Comment.objects.visible().filter(article__in=rows.values("pk")).count()
    return [
        ngettext("%d article will be hidden.", "%d articles will be hidden.", count) % count,
        ngettext("%d comment in it will be hidden too.", "%d comments in them will be hidden too.", comments)
        % comments,
        _("You can undo this in the moderation log."),
    ]


def _describe_redacting_articles(rows: QuerySet[Any]) -> Sequence[str]:
    count = rows.count()
    return [
        ngettext(
            "The title, author and opening text of %d article will be destroyed.",
            "The title, author and opening text of %d articles will be destroyed.",
            count,
        )
        % count,
        _("The comments are kept, but hidden."),
        _("This cannot be undone. Existing backups and exports still contain the text."),
    ]


def _describe_restoring(rows: QuerySet[Any]) -> Sequence[str]:
    count = rows.count()
    return [ngettext("%d item will be visible again.", "%d items will be visible again.", count) % count]


def _make_actions(
    model: str, describe_hiding: Any, describe_redacting: Any
) -> tuple[ConfirmedAction, ConfirmedAction, ConfirmedAction]:
    change = f"threads.change_{model}"
    return (
        ConfirmedAction(
            "hide",
            gettext_lazy("hide"),
            change,
            lambda rows: rows.filter(VISIBLE),
            _hide,
            describe_hiding,
            ReasonForm,
        ),
        ConfirmedAction(
            "restore",
            gettext_lazy("restore"),
            change,
            lambda rows: rows.filter(HIDDEN).exclude(OPTED_OUT),
            _restore,
            _describe_restoring,
        ),
        ConfirmedAction(
            "redact",
            gettext_lazy("redact"),
            "threads.add_redaction",
            lambda rows: rows.filter(VISIBLE | HIDDEN),
            _redact,
            describe_redacting,
            RedactForm,
            is_destructive=True,
        ),
    )


HIDE_COMMENTS, RESTORE_COMMENTS, REDACT_COMMENTS = _make_actions(
    "comment", _describe_hiding_comments, _describe_redacting_comments
)
HIDE_ARTICLES, RESTORE_ARTICLES, REDACT_ARTICLES = _make_actions(
    "article", _describe_hiding_articles, _describe_redacting_articles
)
