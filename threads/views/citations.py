"""The citation of a thread or comment: a page, or a BibTeX file with `?format=bibtex`.

Both contain the date of access, so neither is cached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from threads.pages.citations import Citation, format_bibtex, format_citation
from threads.pages.provenance import BackupFile, backup_rows
from threads.views.comment import find_visible_comment, find_visible_thread

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest

    from threads.models import Article, Comment


@never_cache
def thread_citation(request: HttpRequest, key: str) -> HttpResponse:
    """Show the citation of a thread. Two queries; three for a former key."""
    article = find_visible_thread(key)
    day = article.published_at.date() if article.published_at else None
    return render_citation(request, article, article, day, article.title)


@never_cache
def comment_citation(request: HttpRequest, key: str) -> HttpResponse:
    """Show the citation of a comment. Two queries; three for a former key."""
    comment = find_visible_comment(key)
    title = f"{comment.article.title} #{comment.position + 1}"
    return render_citation(request, comment, comment.article, comment.posted_on, title)


def render_citation(
    request: HttpRequest, subject: Article | Comment, article: Article, day: date | None, title: str
) -> HttpResponse:
    """Render the page or the BibTeX file."""
    citation = Citation(
        key=subject.key,
        author=subject.written_name,
        title=title,
        day=day,
        archive=str(settings.SITE_NAME),
        url=request.build_absolute_uri(subject.get_absolute_url()),
        source_url=article.source_url,
        accessed=timezone.localdate(),
        backups=[*map(BackupFile._make, backup_rows(article.pk))],
    )
    bibtex = format_bibtex(citation)
    if request.GET.get("format") == "bibtex":
        headers = {"Content-Type": "application/x-bibtex; charset=utf-8", "X-Robots-Tag": "noindex"}
        return HttpResponse(bibtex, headers=headers)
    context = {"subject": subject, "article": article, "citation": format_citation(citation), "bibtex": bibtex}
    return render(request, "threads/citation.html", context)
