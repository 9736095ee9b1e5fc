"""What every list and page of admin shares: nothing is added, changed or deleted by hand, and counting stops early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import DataError, models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from threads.parsing.quotes import find_quotes, own_text

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from threads.models import Moderated

COUNTED = 10_000
"""Rows that are counted; a list of more says this many."""
SHOWN_OF_A_TEXT = 80
LOOKED_AT = 300
"""Characters of a text from which a list takes its first words: quote marks stand before them."""

Row = TypeVar("Row", bound=models.Model)


if TYPE_CHECKING:
    Pages = Paginator[models.Model]

    class Table(admin.ModelAdmin[Row]):
        """Django's own, which only type checkers know to be generic."""

else:
    Pages = Paginator

    class Table(admin.ModelAdmin, Generic[Row]):
        """Django's own, made generic."""


class BoundedPaginator(Pages):
    """Counts no further than COUNTED rows, so that a list of a million costs what a list of ten thousand does.

    Rows beyond are reached by filters and by searching.
    """

    @cached_property
    def count(self) -> int:
        """Return how many rows there are, COUNTED at the most. One query."""
        rows: Any = self.object_list
        return int(rows.order_by()[:COUNTED].count())


class CarefulList(ChangeList):
    """A list that sends whoever asks for what no database can look for (the year 99999, say) to the whole list."""

    def get_results(self, request: HttpRequest) -> None:
        """Ask for the rows of the page."""
        try:
            super().get_results(request)
        except (ValueError, TypeError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters(error) from error


class CarefulAdmin(Table[Row]):
    """A table whose lists may be asked for anything."""

    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:
        """Return the kind of list."""
        return CarefulList


class ReadOnlyAdmin(CarefulAdmin[Row]):
    """A table to look at: lists of fifty, bounded counts, no row added, changed or deleted by hand."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    view_on_site = False
    actions_selection_counter = True
    change_form_template = "admin/threads/change_form.html"

    def has_add_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Rows come from imports, readers and moderators' actions, never from a form."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Fields are changed by actions, which are logged."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nothing is deleted: what should not be seen is hidden, what must not exist is redacted."""
        return False


class ModeratedFilter(admin.SimpleListFilter):
    """Visible, hidden or redacted; the rare ones are found by the index of what moderators touched."""

    title = _("visibility")
    parameter_name = "shown"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("hidden", _("hidden")), ("redacted", _("redacted")), ("withdrawn", _("withdrawn"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows in the state chosen."""
        match self.value():
            case "hidden" | "redacted" as state:
                return queryset.filter(moderated_at__isnull=False, visibility=state)
            case "withdrawn":
                return queryset.filter(withdrawn_at__isnull=False)
        return queryset


def state_of(row: Moderated) -> str:
    """Return what a moderator decided about a row, with the reason where there is one."""
    state = row.get_visibility_display()
    return f"{state}: {row.get_reason_display()}" if row.reason else state


def page_of(row: models.Model, text: str) -> SafeString:
    """Return a link to a row's page in admin."""
    return format_html('<a href="{}">{}</a>', address_of(row), text)


def address_of(row: models.Model) -> str:
    """Return the address of a row's page in admin."""
    options = row._meta  # noqa: SLF001 - documented by Django
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk])


def list_of(model: type[models.Model], **filters: object) -> str:
    """Return the address of a model's list in admin, filtered."""
    options = model._meta  # noqa: SLF001 - documented by Django
    return reverse(
        f"admin:{options.app_label}_{options.model_name}_changelist",
        query={name: str(value) for name, value in filters.items()},
    )


def shortened(text: str, length: int = SHOWN_OF_A_TEXT) -> str:
    """Return the first characters of a text, on one line."""
    line = " ".join(text[: length * 2].split())
    return line if len(line) <= length else f"{line[:length]}…"


def first_words(body: str) -> str:
    """Return the beginning of a comment's own words, on one line, from (the first part of) its text."""
    return shortened(own_text(body, find_quotes(body)))
