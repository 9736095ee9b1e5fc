"""Where the archive came from: the runs, the problems they met, and the files as they came."""

from __future__ import annotations

import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from threads.admin.base import ReadOnlyAdmin, list_of, page_of, shortened
from threads.admin.html import json_box, link_list, text_box
from threads.models import ImportProblem, ImportRun, SourceFile

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from django.utils.functional import _StrPromise
    from django.utils.safestring import SafeString

FIRST_PROBLEMS = 20
THREAD = ("article__body", "article__body_html", "article__front_matter")


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin[ImportRun]):
    """What each run did."""

    list_display = (
        "started_at",
        "command",
        "status",
        "files_seen",
        "files_imported",
        "files_unchanged",
        "files_refused",
        "files_withdrawn",
    )
    list_filter = ("status",)
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "command",
        "started_at",
        "finished_at",
        "status",
        "files_seen",
        "files_imported",
        "files_unchanged",
        "files_refused",
        "files_withdrawn",
        "problems",
        "chosen",
        "said",
    )
    readonly_fields = ("problems", "chosen", "said")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRun]:
        """Leave the reports in the database."""
        return super().get_queryset(request).defer("report")

    @admin.display(description=_("problems"))
    def problems(self, obj: ImportRun) -> SafeString:
        """Return the first problems of the run, its errors before its warnings, and a link to all."""
        rows = ImportProblem.objects.filter(run=obj).order_by("severity", "pk")
        lines = [f"{row.get_severity_display()}: {row}" for row in rows[:FIRST_PROBLEMS]]
        lists: dict[str | _StrPromise, str] = {
            _("errors"): list_of(ImportProblem, run__id__exact=obj.pk, severity__exact="error"),
            _("warnings"): list_of(ImportProblem, run__id__exact=obj.pk, severity__exact="warning"),
        }
        return text_box("\n".join(lines)) + link_list(lists)

    @admin.display(description=_("options"))
    def chosen(self, obj: ImportRun) -> SafeString:
        """Return the options it was started with."""
        return json_box(obj.options)

    @admin.display(description=pgettext_lazy("of a run", "report"))
    def said(self, obj: ImportRun) -> SafeString:
        """Return its report."""
        return json_box(obj.report)


class SolvedFilter(admin.SimpleListFilter):
    """Whether a later run solved the problem."""

    title = _("solved")
    parameter_name = "solved"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("no", _("no")), ("yes", _("yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the choice."""
        return queryset if self.value() is None else queryset.filter(solved_by__isnull=self.value() == "no")


@admin.register(ImportProblem)
class ImportProblemAdmin(ReadOnlyAdmin[ImportProblem]):
    """What runs met in files. Search by the file's path."""

    list_display = ("severity", "place", "said", "thread", "run", "solved")
    list_display_links = ("place",)
    list_select_related = ("run", "article")
    list_filter = ("severity", SolvedFilter)
    ordering = ("-pk",)
    sortable_by = ()
    search_fields = ("path__startswith",)
    search_help_text = _("Beginning of the file's path")
    fields = ("severity", "path", "line", "code", "message", "thread", "run", "solved_by")
    readonly_fields = ("thread",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportProblem]:
        """Bring run and thread, without texts and reports."""
        rows = super().get_queryset(request).select_related("run", "article")
        return rows.defer("run__report", "run__options", *THREAD)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let the problems of one run or thread be linked to."""
        return lookup in {"run__id__exact", "article__id__exact"} or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("file and line"))
    def place(self, obj: ImportProblem) -> str:
        """Return path and line as an editor opens them."""
        return f"{obj.path}:{obj.line or 1}"

    @admin.display(description=_("message"))
    def said(self, obj: ImportProblem) -> str:
        """Return the message, not longer than a line can bear."""
        return shortened(obj.message, 160)

    @admin.display(description=_("thread"))
    def thread(self, obj: ImportProblem) -> str | SafeString:
        """Return a link to the article, where the file got in."""
        return page_of(obj.article, shortened(obj.article.title, 40) or obj.article.key) if obj.article else "-"

    @admin.display(description=_("solved"), boolean=True)
    def solved(self, obj: ImportProblem) -> bool:
        """Say whether a later run took the file without this problem."""
        return obj.solved_by_id is not None


@admin.register(SourceFile)
class SourceFileAdmin(ReadOnlyAdmin[SourceFile]):
    """The files as they came. Search by path."""

    list_display = ("path", "size", "modified_at", "thread", "withdrawn_at", "redacted_at")
    list_select_related = ("article",)
    ordering = ("-pk",)
    sortable_by = ()
    search_fields = ("path__startswith",)
    search_help_text = _("Beginning of the path")
    fields = ("path", "thread", "original", "size", "sha256", "modified_at", "run", "withdrawn_at", "redacted_at")
    readonly_fields = ("thread", "original")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SourceFile]:
        """Leave the contents in the database."""
        rows = super().get_queryset(request).select_related("article", "run")
        return rows.defer("content", "run__report", "run__options", *THREAD)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let the files of one thread be linked to."""
        return lookup == "article__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> list[URLPattern]:
        """Add the address of a file's content."""
        view = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/original/", view, name="threads_sourcefile_original"), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the file as it is kept, to be saved and never shown by the browser."""
        row = SourceFile.objects.filter(pk=pk).first()
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        name = PurePosixPath(row.path).name
        disposition = content_disposition_header(as_attachment=True, filename=name)
        response = HttpResponse(zlib.decompress(row.content), content_type="application/octet-stream")
        response["Content-Disposition"] = disposition or "attachment"
        return response

    @admin.display(description=_("thread"))
    def thread(self, obj: SourceFile) -> SafeString:
        """Return a link to the article."""
        return page_of(obj.article, shortened(obj.article.title, 40) or obj.article.key)

    @admin.display(description=_("original"))
    def original(self, obj: SourceFile) -> SafeString:
        """Return a link that saves the file."""
        return link_list({_("save"): reverse("admin:threads_sourcefile_original", args=[obj.pk])})
