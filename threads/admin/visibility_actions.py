"""Hide, restore and redact: the decisions about what readers see, in words and deeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from threads import moderation
from threads.admin.confirmed_actions import Decision
from threads.admin.forms import NoteForm, ReasonForm, RedactForm
from threads.models import Comment, Quote, SourceFile, Visibility
from threads.parsing.quotes import find_quotes, own_text
from threads.redaction import EXCERPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from threads.moderation import Moderator

LOOKED_AT = 20
"""Comments whose copies are looked for."""

VISIBLE = Q(visibility=Visibility.VISIBLE)
HIDDEN = Q(visibility=Visibility.HIDDEN, moderated_at__isnull=False)
OPTED_OUT = Q(author__opted_out=True)


def _hide(rows: QuerySet[Any], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.hide(rows, by=by, reason=values["reason"], note=values["note"]))


def _restore(rows: QuerySet[Any], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.restore(rows, by=by, note=values["note"]))


def _redact(rows: QuerySet[Any], by: Moderator, values: dict[str, Any]) -> int:
    return len(moderation.redact(rows, by=by, reason=values["reason"], note=values["note"]))


def _hiding_comments(rows: QuerySet[Comment]) -> Sequence[str]:
    count, answered = rows.count(), rows.filter(answer_count__gt=0).count()
    return [
        ngettext("%d comment will be seen by nobody.", "%d comments will be seen by nobody.", count) % count,
        ngettext(
            "%d of them has answers: a line with the kind of reason stays in its place.",
            "%d of them have answers: a line with the kind of reason stays in their place.",
            answered,
        )
        % answered,
        _quoted(rows, _("their words are not shown there.")),
        _("You can undo this in the moderation log."),
    ]


def _redacting_comments(rows: QuerySet[Comment]) -> Sequence[str]:
    count = rows.count()
    files = SourceFile.objects.filter(article__in=rows.values("article")).count()
    return [
        ngettext("The words of %d comment will be destroyed.", "The words of %d comments will be destroyed.", count)
        % count,
        _quoted(rows, _("their words are destroyed there too.")),
        ngettext("%d kept file is searched and cut.", "%d kept files are searched and cut.", files) % files,
        *_copies(rows),
        *_traces(),
        _("Nobody can undo this. Copies made before, such as backups and earlier exports, are not reached."),
    ]


def _quoted(rows: QuerySet[Comment], outcome: str) -> str:
    quoting = Quote.objects.filter(target__in=rows.values("pk")).values("comment").distinct().count()
    said = ngettext("%d other comment quotes them", "%d other comments quote them", quoting) % quoting
    return _("%(said)s; %(outcome)s") % {"said": said, "outcome": outcome}


def _copies(rows: QuerySet[Comment]) -> Sequence[str]:
    """Name the comments that repeat the first words of these outside any quote. A query for each, for a few."""
    numbers: set[int] = set()
    for row in rows[:LOOKED_AT]:
        own = own_text(row.body, find_quotes(row.body))[:EXCERPT]
        if len(own) == EXCERPT:
            others = Comment.objects.filter(article=row.article_id, body__contains=own).exclude(quotes__target=row.pk)
            numbers |= set(others.exclude(pk__in=rows.values("pk")).values_list("position", flat=True))
    if not numbers:
        return []
    named = pgettext("between the numbers of comments", ", ").join(f"#{number + 1}" for number in sorted(numbers))
    return [_("Not touched, though the same first words stand in it: %s. Look at these too.") % named]


def _traces() -> Sequence[str]:
    if connection.vendor != "sqlite":
        return []
    return [_("Search no longer finds them; traces stay in its index until manage.py rebuild_search is run.")]


def _hiding_articles(rows: QuerySet[Any]) -> Sequence[str]:
    count = rows.count()
    comments = Comment.objects.visible().filter(article__in=rows.values("pk")).count()
    return [
        ngettext("%d article will be seen by nobody.", "%d articles will be seen by nobody.", count) % count,
        ngettext("%d comment goes with it.", "%d comments go with them.", comments) % comments,
        _("You can undo this in the moderation log."),
    ]


def _redacting_articles(rows: QuerySet[Any]) -> Sequence[str]:
    count = rows.count()
    return [
        ngettext(
            "Title, author and opening text of %d article will be destroyed.",
            "Title, author and opening text of %d articles will be destroyed.",
            count,
        )
        % count,
        _("The comments are kept, and seen by nobody."),
        _("Nobody can undo this. Copies made before, such as backups and earlier exports, are not reached."),
    ]


def _restoring(rows: QuerySet[Any]) -> Sequence[str]:
    count = rows.count()
    return [ngettext("%d will be seen by everybody again.", "%d will be seen by everybody again.", count) % count]


def _decisions(model: str, hiding: Any, redacting: Any) -> tuple[Decision, Decision, Decision]:
    change = f"threads.change_{model}"
    return (
        Decision("hide", gettext_lazy("hide"), change, lambda rows: rows.filter(VISIBLE), _hide, hiding, ReasonForm),
        Decision(
            "restore",
            gettext_lazy("restore"),
            change,
            lambda rows: rows.filter(HIDDEN).exclude(OPTED_OUT),
            _restore,
            _restoring,
            NoteForm,
        ),
        Decision(
            "redact",
            gettext_lazy("redact"),
            "threads.add_redaction",
            lambda rows: rows.filter(VISIBLE | HIDDEN),
            _redact,
            redacting,
            RedactForm,
            destroys=True,
        ),
    )


HIDE_COMMENTS, RESTORE_COMMENTS, REDACT_COMMENTS = _decisions("comment", _hiding_comments, _redacting_comments)
HIDE_ARTICLES, RESTORE_ARTICLES, REDACT_ARTICLES = _decisions("article", _hiding_articles, _redacting_articles)
