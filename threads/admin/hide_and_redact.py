"""What articles and comments share: columns, search, and the actions hide, restore and redact with their effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import connection
from django.db.models import F, Q
from django.utils.translation import gettext, ngettext, ngettext_lazy, pgettext
from django.utils.translation import gettext_lazy as _

from threads import moderation
from threads.admin.base import ConditionFilter, column, text_box
from threads.admin.confirmation import CAN_BE_UNDONE, ActionAdmin, ConfirmedAction, counted
from threads.admin.forms import ReasonForm, RedactForm
from threads.admin.search import find_rows
from threads.models import Backup, Comment, Quote, SourceFile, Visibility
from threads.parsing.quotes import find_quotes, own_text
from threads.redaction import EXCERPT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from threads.admin.confirmation import Effect

COPY_SEARCH_LIMIT = 20
"""Comments whose copies are searched for."""
LISTED_BACKUPS = 10

VISIBLE = Q(visibility=Visibility.VISIBLE)
HIDDEN = Q(visibility=Visibility.HIDDEN, moderated_at__isnull=False)
REDACTED = Q(visibility=Visibility.REDACTED, moderated_at__isnull=False)
CANNOT_BE_UNDONE = _("This cannot be undone. Existing backups and exports still contain the text.")


class ModeratedFilter(ConditionFilter):
    """Filter by hidden, redacted or withdrawn. Uses the index of moderated rows."""

    title = _("visibility")
    parameter_name = "shown"
    conditions = {
        "hidden": (_("hidden"), HIDDEN),
        "redacted": (_("redacted"), REDACTED),
        "withdrawn": (_("withdrawn"), Q(withdrawn_at__isnull=False)),
    }


class ContentAdmin(ActionAdmin):
    """Articles or comments."""

    search_fields = ("key",)
    search_help_text = _("URL, key, exact author name, or text")
    text = column(_("text"), lambda obj: text_box(obj.body))
    author_name = column(_("author"), lambda obj: obj.written_name or "-")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search with `find_rows`."""
        return (find_rows(queryset, search_term) if search_term else queryset), False

    @admin.display(description=_("visibility"))
    def state(self, obj: Any) -> str:
        """Return the visibility, with the reason if there is one."""
        state: str = obj.get_visibility_display()
        return f"{state}: {obj.get_reason_display()}" if obj.reason else state


def _count_quoting(rows: QuerySet[Comment]) -> int:
    return _count_comments(Quote.objects.filter(target__in=rows.values("pk")))


def _count_quoting_here(rows: QuerySet[Comment]) -> int:
    """Return how many comments of the same threads quote these: their excerpts are destroyed."""
    quotes = Quote.objects.filter(target__in=rows.values("pk"), comment__article=F("target__article"))
    return _count_comments(quotes.exclude(comment__in=rows.values("pk")))


def _count_comments(quotes: QuerySet[Quote]) -> int:
    return quotes.values("comment").distinct().count()


def _describe_quotes_elsewhere(rows: QuerySet[Comment]) -> str:
    """Say how many comments of other threads quote these: a redaction hides their excerpts and destroys none."""
    quotes = Quote.objects.filter(target__in=rows.values("pk")).exclude(comment__article=F("target__article"))
    count = _count_comments(quotes)
    sentence = ngettext(
        "%d comment in another thread quotes them. The excerpt will be hidden, not destroyed.",
        "%d comments in other threads quote them. The excerpts will be hidden, not destroyed.",
        count,
    )
    return sentence % count if count else ""


def _list_copies(rows: QuerySet[Comment]) -> str:
    """List comments that repeat the start of a text outside quotes. Up to COPY_SEARCH_LIMIT + 1 queries."""
    numbers: set[int] = set()
    for row in rows[:COPY_SEARCH_LIMIT]:
        text = own_text(row.body, find_quotes(row.body))[:EXCERPT]
        if len(text) == EXCERPT:
            others = Comment.objects.filter(article=row.article_id, body__contains=text).exclude(quotes__target=row.pk)
            numbers |= set(others.exclude(pk__in=rows.values("pk")).values_list("position", flat=True))
    if not numbers:
        return ""
    listed = pgettext("between the numbers of comments", ", ").join(f"#{number + 1}" for number in sorted(numbers))
    return gettext("Not redacted, but with the same text: %s. Check these comments too.") % listed


def _warn_of_index_entries(_rows: QuerySet[Comment]) -> str:
    if connection.vendor != "sqlite":
        return ""
    return gettext("Search will not find the text. Traces remain in the index until manage.py rebuild_search runs.")


def _name_backups(*_rows: QuerySet[Any]) -> str:
    """Name the newest backups. All are older than the redaction. Two queries."""
    count = Backup.objects.count()
    if not count:
        return ""
    names = ", ".join(map(str, Backup.objects.all()[:LISTED_BACKUPS]))
    more = gettext(" and %d more") % (count - LISTED_BACKUPS) if count > LISTED_BACKUPS else ""
    message = gettext("Backups that still contain the text: %s. Ask an operator to delete them.")
    return message % f"{names}{more}"


def _make_actions(model: str, hiding: Sequence[Effect], redacting: Sequence[Effect]) -> Iterator[ConfirmedAction]:
    """Yield the actions hide, restore and redact of articles or comments, with these effects."""
    permission = f"threads.change_{model}"
    hiding, redacting = (*hiding, CAN_BE_UNDONE), (*redacting, CANNOT_BE_UNDONE, _name_backups)
    yield ConfirmedAction("hide", _("hide"), permission, VISIBLE, moderation.hide, hiding, ReasonForm)
    restoring = [counted(ngettext_lazy("%d item will be visible again.", "%d items will be visible again."))]
    restorable = HIDDEN & ~Q(author__opted_out=True)
    yield ConfirmedAction("restore", _("restore"), permission, restorable, moderation.restore, restoring)
    yield ConfirmedAction(
        "redact",
        _("redact"),
        "threads.add_redaction",
        VISIBLE | HIDDEN,
        moderation.redact,
        redacting,
        RedactForm,
        is_destructive=True,
        reminder=_name_backups,
    )


HIDE_COMMENTS, RESTORE_COMMENTS, REDACT_COMMENTS = _make_actions(
    "comment",
    [
        counted(ngettext_lazy("%d comment will be hidden.", "%d comments will be hidden.")),
        counted(
            ngettext_lazy(
                "%d of them has replies: a placeholder with the reason is shown.",
                "%d of them have replies: placeholders with the reason are shown.",
            ),
            lambda rows: rows.filter(answer_count__gt=0).count(),
        ),
        counted(
            ngettext_lazy(
                "%d other comment quotes them. The excerpt will be hidden.",
                "%d other comments quote them. The excerpts will be hidden.",
            ),
            _count_quoting,
        ),
    ],
    [
        counted(
            ngettext_lazy("The text of %d comment will be destroyed.", "The text of %d comments will be destroyed.")
        ),
        counted(
            ngettext_lazy(
                "%d other comment in their thread quotes them. The excerpt will be destroyed too.",
                "%d other comments in their threads quote them. The excerpts will be destroyed too.",
            ),
            _count_quoting_here,
        ),
        _describe_quotes_elsewhere,
        counted(
            ngettext_lazy("%d original file will be redacted too.", "%d original files will be redacted too."),
            lambda rows: SourceFile.objects.filter(article__in=rows.values("article")).count(),
        ),
        _list_copies,
        _warn_of_index_entries,
    ],
)
HIDE_ARTICLES, RESTORE_ARTICLES, REDACT_ARTICLES = _make_actions(
    "article",
    [
        counted(ngettext_lazy("%d article will be hidden.", "%d articles will be hidden.")),
        counted(
            ngettext_lazy("%d comment in it will be hidden too.", "%d comments in them will be hidden too."),
            lambda rows: Comment.objects.visible().filter(article__in=rows.values("pk")).count(),
        ),
    ],
    [
        counted(
            ngettext_lazy(
                "The title, author and opening text of %d article will be destroyed.",
                "The title, author and opening text of %d articles will be destroyed.",
            )
        ),
        _("The comments are kept, but hidden."),
    ],
)
