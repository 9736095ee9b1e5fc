"""The read-only ModelAdmin that all tables share, list filters, links, and escaped text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import DataError, models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from threads.parsing.quotes import find_quotes, own_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise
    from django.utils.safestring import SafeString

    from threads.models import Article, Moderated

COUNT_LIMIT = 10_000
"""A list counts no more rows than this."""
LINE_LENGTH = 80
TITLE_LENGTH = 40
BOX_LENGTH = 5000
"""Characters of a text or report that a page shows."""
BODY_PREFIX = 300
"""Characters read from a body for its excerpt. Quote marks come first."""
COMMENT_TEXTS = ("body", "body_html")
ARTICLE_TEXTS = (*COMMENT_TEXTS, "front_matter")

Row = TypeVar("Row", bound=models.Model)


if TYPE_CHECKING:
    GenericPaginator = Paginator[models.Model]

    class GenericModelAdmin(admin.ModelAdmin[Row]):
        """Generic for type checkers only."""

else:
    GenericPaginator = Paginator

    class GenericModelAdmin(admin.ModelAdmin, Generic[Row]):
        """Generic at run time too."""


class BoundedPaginator(GenericPaginator):
    """Count at most COUNT_LIMIT rows. Filters and search reach the rest."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows, at most COUNT_LIMIT. One query."""
        rows: Any = self.object_list
        return int(rows.order_by()[:COUNT_LIMIT].count())


class SafeLookupChangeList(ChangeList):
    """Redirect to the unfiltered list if the database rejects a filter value, such as the year 99999."""

    def get_results(self, request: HttpRequest) -> None:
        """Query the rows of the page."""
        try:
            super().get_results(request)
        except (ValueError, TypeError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters(error) from error


class SafeLookupAdmin(GenericModelAdmin[Row]):
    """A table whose lists accept any filter value."""

    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:
        """Return the change list class."""
        return SafeLookupChangeList


class ReadOnlyAdmin(SafeLookupAdmin[Row]):
    """A read-only table with pages of fifty rows and bounded counts."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    view_on_site = False
    actions_selection_counter = True
    change_form_template = "admin/threads/change_form.html"
    linked_lookups: ClassVar[frozenset[str]] = frozenset()
    """Filters that links from other pages use."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow `linked_lookups` too."""
        return lookup in self.linked_lookups or super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Rows come from imports, readers and moderation actions only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Logged actions change fields; forms do not."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Rows are hidden or redacted, never deleted."""
        return False


class ModeratedFilter(admin.SimpleListFilter):
    """Filter by hidden, redacted or withdrawn. Uses the index of moderated rows."""

    title = _("visibility")
    parameter_name = "shown"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("hidden", _("hidden")), ("redacted", _("redacted")), ("withdrawn", _("withdrawn"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the choice."""
        match self.value():
            case "hidden" | "redacted" as state:
                return queryset.filter(moderated_at__isnull=False, visibility=state)
            case "withdrawn":
                return queryset.filter(withdrawn_at__isnull=False)
        return queryset


class IsSetFilter(admin.SimpleListFilter):
    """Filter by whether a nullable field is set."""

    field: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the choice."""
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(**{f"{self.field}__isnull": self.value() == "no"})


class MergedFilter(IsSetFilter):
    """Filter authors or tags by whether they are merged into another."""

    title = _("merged")
    parameter_name = "merged"
    field = "merged_into"


def prefix_fields(owner: str, fields: tuple[str, ...]) -> list[str]:
    """Return lookups of the fields of a related row, for `defer()`."""
    return [f"{owner}__{field}" for field in fields]


def format_visibility(row: Moderated) -> str:
    """Return the visibility, with the reason if there is one."""
    state = row.get_visibility_display()
    return f"{state}: {row.get_reason_display()}" if row.reason else state


def admin_url(row: models.Model) -> str:
    """Return the address of a row's page in admin."""
    options = row._meta  # noqa: SLF001 - documented by Django
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk])


def changelist_url(model: type[models.Model], **filters: object) -> str:
    """Return the address of a filtered list in admin."""
    options = model._meta  # noqa: SLF001 - documented by Django
    return reverse(
        f"admin:{options.app_label}_{options.model_name}_changelist",
        query={name: str(value) for name, value in filters.items()},
    )


def link_to_row(row: models.Model, text: str) -> SafeString:
    """Return a link to a row's page in admin."""
    return format_html('<a href="{}">{}</a>', admin_url(row), text)


def link_to_article(article: Article, length: int = TITLE_LENGTH) -> SafeString:
    """Return a link to an article, by its title or key."""
    return link_to_row(article, shorten(article.title, length) or article.key)


def link_to_source(address: str) -> str | SafeString:
    """Return a link to an HTTP address; other text stays plain."""
    if not address.startswith(("https://", "http://")):
        return address or "-"
    return format_html('<a href="{}" rel="noopener noreferrer nofollow">{}</a>', address, address)


def join_links(links: Mapping[str | _StrPromise, str]) -> SafeString:
    """Return links (label: address) with dots between them."""
    return format_html_join(" · ", '<a href="{1}">{0}</a>', links.items())


def text_box(text: str, css_class: str = "text") -> SafeString:
    """Return the first BOX_LENGTH characters of a text, with its line breaks."""
    return format_html(
        '<pre class="{}">{}{}</pre>', css_class, text[:BOX_LENGTH], "…" if len(text) > BOX_LENGTH else ""
    )


def json_box(value: object) -> SafeString:
    """Return indented JSON."""
    return text_box(json.dumps(value, ensure_ascii=False, indent=2), "text code")


def shorten(text: str, length: int = LINE_LENGTH) -> str:
    """Return the first characters of a text, on one line."""
    line = " ".join(text[: length * 2].split())
    return line if len(line) <= length else f"{line[:length]}…"


def make_excerpt(body: str) -> str:
    """Return the start of a comment's own text, without quotes, on one line."""
    return shorten(own_text(body, find_quotes(body)))
