"""How to cite a thread or a comment: a page, or a BibTeX file with `?format=bibtex`.

Both say on which day they were read, so neither is kept for another day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from threads.models import Article, Comment
from threads.pages.citations import Citation, bibtex, in_words

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest


@never_cache
def cite_thread(request: HttpRequest, key: str) -> HttpResponse:
    """Cite a thread. One query."""
    article = get_object_or_404(Article.objects.visible().select_related("author"), key=key)
    day = article.published_at.date() if article.published_at else None
    return answer(request, article, article, day, article.title)


@never_cache
def cite_comment(request: HttpRequest, key: str) -> HttpResponse:
    """Cite a comment. One query."""
    comment = get_object_or_404(Comment.objects.visible().select_related("author", "article"), key=key)
    title = f"{comment.article.title} #{comment.position + 1}"
    return answer(request, comment, comment.article, comment.posted_on, title)


def answer(
    request: HttpRequest, work: Article | Comment, article: Article, day: date | None, title: str
) -> HttpResponse:
    """Draw the page, or the BibTeX file."""
    citation = Citation(
        key=work.key,
        author=work.author.name if work.author else None,
        title=title,
        day=day,
        archive=str(settings.SITE_NAME),
        address=request.build_absolute_uri(work.get_absolute_url()),
        original=article.source_url,
        accessed=timezone.localdate(),
    )
    if request.GET.get("format") == "bibtex":
        return HttpResponse(bibtex(citation), content_type="application/x-bibtex; charset=utf-8")
    context = {"work": work, "article": article, "words": in_words(citation), "bibtex": bibtex(citation)}
    return render(request, "threads/cite.html", context)
