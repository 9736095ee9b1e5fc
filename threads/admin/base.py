"""The read-only ModelAdmin that all tables share, list filters, links, and escaped text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import DataError, models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threads.parsing.quotes import find_quotes, own_text
from threads.rendering import forum_tags
from threads.text import isolate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise
    from django.utils.safestring import SafeString

    from threads.models import Article, Comment

COUNT_LIMIT = 10_000
"""A list counts no more rows than this."""
LINE_LENGTH = 80
TITLE_LENGTH = 40
BOX_LENGTH = 5000
"""Characters of a text or report that a page shows."""
BODY_PREFIX = 300
"""Characters read from a body for its excerpt. Quote marks come first."""
LARGE_FIELDS = {
    "article": ("body", "body_html", "front_matter"),
    "comment": ("body", "body_html"),
    "target": ("body", "body_html"),
    "run": ("report", "options"),
}
"""Fields that a list does not read, by the name of the foreign key."""

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    BasePaginator = Paginator[models.Model]
else:
    ModelAdmin = admin.ModelAdmin
    BasePaginator = Paginator


def column(label: _StrPromise, value: Callable[[Any], object], *, boolean: bool = False) -> staticmethod[[Any], object]:
    """Return a column of a list, or a field of a page: its label, and its value as a function of the row."""
    return staticmethod(admin.display(description=label, boolean=boolean)(value))


class BoundedPaginator(BasePaginator):
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


class ReadOnlyAdmin(ModelAdmin):
    """A read-only table with pages of fifty rows and bounded counts."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    sortable_by: ClassVar[tuple[str, ...]] = ()
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    actions_selection_counter = True
    change_form_template = "admin/threads/change_form.html"
    joined: ClassVar[tuple[str, ...]] = ()
    """Foreign keys whose rows a list reads, without their large fields."""
    deferred: ClassVar[tuple[str, ...]] = ()
    """Large fields of the table itself."""
    related_lists: ClassVar[tuple[tuple[_StrPromise, type[models.Model], str, str], ...]] = ()
    """Lists of related rows: label, table, lookup, and the attribute that holds the value."""

    thread = column(_("thread"), lambda obj: link_to_article(obj.article) if obj.article else "-")

    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:
        """Return the change list class."""
        return SafeLookupChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Join rows of `joined`. Defer large fields."""
        rows = super().get_queryset(request).defer(*self.deferred)
        for path in self.joined:
            large = LARGE_FIELDS.get(path.rpartition("__")[2], ())
            rows = rows.select_related(path).defer(*(f"{path}__{name}" for name in large))
        return rows

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        """Return the address of the row's page on the site."""
        return obj.get_absolute_url() if hasattr(obj, "get_absolute_url") else None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: imports, readers and logged actions write the rows, and no row is deleted."""
        return False

    has_change_permission = has_delete_permission = has_add_permission

    @admin.display(description=_("related"))
    def related(self, obj: Any) -> str:
        """Return links to lists of related rows."""
        values = [(label, model, lookup, getattr(obj, name)) for label, model, lookup, name in self.related_lists]
        return join_links(
            {label: changelist_url(model, **{lookup: value}) for label, model, lookup, value in values if value}
        )


class ConditionFilter(admin.SimpleListFilter):
    """A filter with a condition for each choice."""

    conditions: ClassVar[dict[str, tuple[_StrPromise, Q]]]
    """Label and condition by the value in the URL."""
    default = Q()
    """The condition without a choice."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [(value, label) for value, (label, _condition) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the choice."""
        _label, condition = self.conditions.get(self.value() or "", ("", self.default))
        return queryset.filter(condition)


class MergedFilter(ConditionFilter):
    """Filter authors or tags by whether they are merged into another."""

    title = _("merged")
    parameter_name = "merged"
    conditions = {"yes": (_("yes"), Q(merged_into__isnull=False)), "no": (_("no"), Q(merged_into=None))}


def admin_url(row: models.Model) -> str:
    """Return the address of a row's page in admin."""
    options = row._meta  # noqa: SLF001 - documented by Django
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk])


def changelist_url(model: type[models.Model], **filters: object) -> str:
    """Return the address of a filtered list in admin."""
    options = model._meta  # noqa: SLF001 - documented by Django
    return reverse(f"admin:{options.app_label}_{options.model_name}_changelist", query=filters)


def link_to_row(row: models.Model, text: str) -> SafeString:
    """Return a link to a row's page in admin."""
    return format_html('<a href="{}">{}</a>', admin_url(row), text)


def link_to_article(article: Article) -> SafeString:
    """Return a link to an article, by its title or key."""
    return link_to_row(article, shorten(article.title, TITLE_LENGTH) or article.key)


def join_links(links: Mapping[_StrPromise, str]) -> SafeString:
    """Return links (label: address) with dots between them."""
    return format_html_join(" · ", '<a href="{1}">{0}</a>', links.items())


def join_values(rows: QuerySet[Any], field: str) -> str:
    """Return the values of a field, separated by commas. One query."""
    return ", ".join(map(isolate, rows.values_list(field, flat=True))) or "-"


def text_box(text: str, css_class: str = "text") -> SafeString:
    """Return the first BOX_LENGTH characters of a text, with its line breaks."""
    dots = "…" if len(text) > BOX_LENGTH else ""
    return format_html('<pre class="{}">{}{}</pre>', css_class, text[:BOX_LENGTH], dots)


def shorten(text: str, length: int = LINE_LENGTH) -> str:
    """Return the first characters of a text, on one line."""
    line = " ".join(text[: length * 2].split())
    return line if len(line) <= length else f"{line[:length]}…"


def make_excerpt(body: str) -> str:
    """Return the start of a comment's own text, without quotes and tags of the source, on one line."""
    return isolate(shorten(forum_tags.words(own_text(body, find_quotes(body)))))


def describe_comment(comment: Comment) -> str:
    """Return the number, author, excerpt and date of a comment."""
    author = isolate(comment.written_name or gettext("unknown"))
    date = f" · {comment.posted_on}" if comment.posted_on else ""
    return f"#{comment.position + 1} {author}: {make_excerpt(comment.body[:BODY_PREFIX])}{date}"
