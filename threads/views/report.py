"""The form by which a reader asks the moderators to look at a comment or a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from threads.models import Article, Comment
from threads.pages.comments import in_script
from threads.pages.snippets import line
from threads.views import errors
from threads.views.report_form import ReportForm
from threads.web import preferences
from threads.web.throttling import allowed

if TYPE_CHECKING:
    from django.http import QueryDict


REPORTS, HOUR = 10, 3600
"""Reports that one reader may send within an hour."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Show the form for `?c=<comment>` or `?t=<thread>`, or keep what was sent. Two queries to show, three to keep."""
    about = find(request.GET)
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not allowed(request, "report", times=REPORTS, seconds=HOUR):
            return errors.too_many(request)
        form.receive(about)
        return redirect("threads:reported")
    script = preferences.read(request).script
    words = about.title if isinstance(about, Article) else line(about.body_html[:2000], 200)
    context = {"form": form, "about": about, "words": in_script(words, script), "lang": script or about.script}
    return render(request, "threads/report.html", context)


def find(query: QueryDict) -> Article | Comment:
    """Return what a report is about; Http404 where nothing visible is named. One query."""
    if "\0" in query.get("c", "") + query.get("t", ""):
        raise Http404("no key has such a character")
    if key := query.get("c"):
        return get_object_or_404(Comment.objects.visible().select_related("article", "author"), key=key)
    if key := query.get("t"):
        return get_object_or_404(Article.objects.visible().select_related("author"), key=key)
    raise Http404("nothing to report")


def reported(request: HttpRequest) -> HttpResponse:
    """Say thank you. No queries."""
    return render(request, "threads/reported.html")
