"""Import runs, import problems and original files."""

from __future__ import annotations

import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from threads.admin.base import (
    ARTICLE_TEXTS,
    IsSetFilter,
    ReadOnlyAdmin,
    changelist_url,
    join_links,
    json_box,
    link_to_article,
    prefix_fields,
    shorten,
    text_box,
)
from threads.models import ImportProblem, ImportRun, SourceFile

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from django.utils.functional import _StrPromise
    from django.utils.safestring import SafeString

LISTED_PROBLEMS = 20
FILE_COUNTS = ("files_seen", "files_imported", "files_unchanged", "files_refused", "files_withdrawn")


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin[ImportRun]):
    """Import runs and their reports."""

    list_display = ("started_at", "command", "status", *FILE_COUNTS)
    list_filter = ("status",)
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        *("command", "started_at", "finished_at", "status", *FILE_COUNTS),
        *("problem_list", "options_json", "report_json"),
    )
    readonly_fields = ("problem_list", "options_json", "report_json")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRun]:
        """Defer the reports."""
        return super().get_queryset(request).defer("report")

    @admin.display(description=_("problems"))
    def problem_list(self, obj: ImportRun) -> SafeString:
        """Return the first problems, errors first, and links to all."""
        rows = ImportProblem.objects.filter(run=obj).order_by("severity", "pk")
        lines = [f"{row.get_severity_display()}: {row}" for row in rows[:LISTED_PROBLEMS]]
        links: dict[str | _StrPromise, str] = {
            _("errors"): changelist_url(ImportProblem, run__id__exact=obj.pk, severity__exact="error"),
            _("warnings"): changelist_url(ImportProblem, run__id__exact=obj.pk, severity__exact="warning"),
        }
        return text_box("\n".join(lines)) + join_links(links)

    @admin.display(description=_("options"))
    def options_json(self, obj: ImportRun) -> SafeString:
        """Return the options of the run."""
        return json_box(obj.options)

    @admin.display(description=pgettext_lazy("of a run", "report"))
    def report_json(self, obj: ImportRun) -> SafeString:
        """Return the report of the run."""
        return json_box(obj.report)


class SolvedFilter(IsSetFilter):
    """Filter by whether a later run solved the problem."""

    title = _("solved")
    parameter_name = "solved"
    field = "solved_by"


@admin.register(ImportProblem)
class ImportProblemAdmin(ReadOnlyAdmin[ImportProblem]):
    """Problems in files. The search box accepts the start of a path."""

    list_display = ("severity", "location", "short_message", "thread", "run", "solved")
    list_display_links = ("location",)
    list_select_related = ("run", "article")
    list_filter = ("severity", SolvedFilter)
    linked_lookups = frozenset({"run__id__exact", "article__id__exact"})
    ordering = ("-pk",)
    sortable_by = ()
    search_fields = ("path__startswith",)
    search_help_text = _("Start of the path")
    fields = ("severity", "path", "line", "code", "message", "thread", "run", "solved_by")
    readonly_fields = ("thread",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportProblem]:
        """Join run and thread without texts and reports."""
        rows = super().get_queryset(request).select_related("run", "article")
        return rows.defer("run__report", "run__options", *prefix_fields("article", ARTICLE_TEXTS))

    @admin.display(description=_("file and line"))
    def location(self, obj: ImportProblem) -> str:
        """Return path:line."""
        return f"{obj.path}:{obj.line or 1}"

    @admin.display(description=_("message"))
    def short_message(self, obj: ImportProblem) -> str:
        """Return the start of the message."""
        return shorten(obj.message, 160)

    @admin.display(description=_("thread"))
    def thread(self, obj: ImportProblem) -> str | SafeString:
        """Return a link to the article, if the file was imported."""
        return link_to_article(obj.article) if obj.article else "-"

    @admin.display(description=_("solved"), boolean=True)
    def solved(self, obj: ImportProblem) -> bool:
        """Return whether a later run imported the file without this problem."""
        return obj.solved_by_id is not None


@admin.register(SourceFile)
class SourceFileAdmin(ReadOnlyAdmin[SourceFile]):
    """Original files. The search box accepts the start of a path."""

    list_display = ("path", "size", "modified_at", "thread", "withdrawn_at", "redacted_at")
    list_select_related = ("article",)
    linked_lookups = frozenset({"article__id__exact"})
    ordering = ("-pk",)
    sortable_by = ()
    search_fields = ("path__startswith",)
    search_help_text = _("Start of the path")
    fields = ("path", "thread", "original", "size", "sha256", "modified_at", "run", "withdrawn_at", "redacted_at")
    readonly_fields = ("thread", "original")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SourceFile]:
        """Defer the contents."""
        rows = super().get_queryset(request).select_related("article", "run")
        return rows.defer("content", "run__report", "run__options", *prefix_fields("article", ARTICLE_TEXTS))

    def get_urls(self) -> list[URLPattern]:
        """Add the download of a file."""
        view = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/original/", view, name="threads_sourcefile_original"), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the stored file as a download that browsers do not display."""
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
        return link_to_article(obj.article)

    @admin.display(description=_("original"))
    def original(self, obj: SourceFile) -> SafeString:
        """Return a link to the download."""
        return join_links({_("download"): reverse("admin:threads_sourcefile_original", args=[obj.pk])})
