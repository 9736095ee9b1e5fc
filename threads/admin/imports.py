"""Import runs, import problems and original files."""

from __future__ import annotations

import json
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from threads.admin.base import ConditionFilter, ReadOnlyAdmin, changelist_url, column, join_links, shorten, text_box
from threads.models import ImportProblem, ImportRun, SourceFile
from threads.text import isolate

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.urls import URLPattern
    from django.utils.safestring import SafeString

LISTED_PROBLEMS = 20
FILE_COUNTS = ("files_seen", "files_imported", "files_unchanged", "files_refused", "files_withdrawn")


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    """Import runs and their reports."""

    list_display = ("started_at", "command", "status", *FILE_COUNTS)
    list_filter = ("status",)
    fields = ("command", "started_at", "finished_at", "status", *FILE_COUNTS, "problem_list", "options", "report_json")
    deferred = ("report",)
    report_json = column(
        pgettext_lazy("of a run", "report"),
        lambda obj: text_box(json.dumps(obj.report, ensure_ascii=False, indent=2), "text code"),
    )

    @admin.display(description=_("problems"))
    def problem_list(self, obj: ImportRun) -> SafeString:
        """Return the first problems, errors first, and links to all."""
        rows = ImportProblem.objects.filter(run=obj).order_by("severity", "pk")
        lines = [f"{row.get_severity_display()}: {row}" for row in rows[:LISTED_PROBLEMS]]
        links = {
            _("errors"): changelist_url(ImportProblem, run__id__exact=obj.pk, severity__exact="error"),
            _("warnings"): changelist_url(ImportProblem, run__id__exact=obj.pk, severity__exact="warning"),
        }
        return text_box("\n".join(lines)) + join_links(links)


class SolvedFilter(ConditionFilter):
    """Filter by whether a later run solved the problem."""

    title = _("solved")
    parameter_name = "solved"
    conditions = {"yes": (_("yes"), Q(solved_by__isnull=False)), "no": (_("no"), Q(solved_by=None))}


@admin.register(ImportProblem)
class ImportProblemAdmin(ReadOnlyAdmin):
    """Problems in files. The search box accepts the start of a path."""

    list_display = ("severity", "location", "short_message", "thread", "run", "solved")
    list_display_links = ("location",)
    joined = ("run", "article")
    list_filter = ("severity", SolvedFilter)
    search_fields = ("path__startswith",)
    search_help_text = _("Start of the path")
    fields = ("severity", "path", "line", "code", "message", "thread", "run", "solved_by")
    location = column(_("file and line"), lambda obj: f"{isolate(obj.path)}:{obj.line or 1}")
    short_message = column(_("message"), lambda obj: shorten(obj.message, 160))
    solved = column(_("solved"), lambda obj: obj.solved_by_id is not None, boolean=True)


@admin.register(SourceFile)
class SourceFileAdmin(ReadOnlyAdmin):
    """Original files. The search box accepts the start of a path."""

    list_display = ("path", "size", "modified_at", "thread", "withdrawn_at", "redacted_at")
    joined = ("article", "run")
    deferred = ("content",)
    search_fields = ("path__startswith",)
    search_help_text = _("Start of the path")
    fields = ("path", "thread", "original", "size", "sha256", "modified_at", "run", "withdrawn_at", "redacted_at")
    original = column(
        _("original"),
        lambda obj: join_links({_("download"): reverse("admin:threads_sourcefile_original", args=[obj.pk])}),
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the download of a file."""
        view = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/original/", view, name="threads_sourcefile_original"), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the stored file as a download that browsers do not display."""
        row = SourceFile.objects.filter(pk=pk).first()
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        disposition = content_disposition_header(as_attachment=True, filename=PurePosixPath(row.path).name)
        return HttpResponse(
            zlib.decompress(row.content),
            content_type="application/octet-stream",
            headers={"Content-Disposition": disposition or "attachment"},
        )
