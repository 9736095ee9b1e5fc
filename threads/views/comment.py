"""The permalink of a comment, which redirects to its page of the thread, and the preview card of a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from threads.database.versions import digest_key
from threads.models import Article, Comment, Visibility
from threads.pages.comment_view import CommentPresenter, render_comment_card
from threads.pages.thread_order import FLAT, THREADED, format_page_query, page_of_place
from threads.pages.thread_page import fetch_single_comment
from threads.quotes_and_links import DisplayHtml
from threads.redaction import digest_former_key
from threads.rendering import convert_text
from threads.views import errors
from threads.web.preferences import read_preferences

if TYPE_CHECKING:
    from django.http import HttpRequest


def comment_permalink(request: HttpRequest, key: str) -> HttpResponse:
    """Redirect to a comment on its page. One query; one more for a former key."""
    comment = Comment.objects.select_related("article").filter(key=key).first()
    if comment is None:
        current = Comment.objects.filter(former_keys__key__in=former_keys(key)).first()
        if current is None:
            raise Http404("no such comment")
        return redirect_permanently(current)
    article = comment.article
    if comment.withdrawn_at or article.withdrawn_at or {comment.visibility, article.visibility} != {Visibility.VISIBLE}:
        return errors.render_error(request, 410)
    return redirect(url_in_thread(comment, article))


def find_visible_comment(key: str) -> Comment:
    """Return the visible comment with a key or former key. One query; two for a former key. Raises Http404."""
    rows = Comment.objects.visible().select_related("article", "author")
    comment = rows.filter(key=key).first() or rows.filter(former_keys__key__in=former_keys(key)).first()
    if comment is None:
        raise Http404("no such comment")
    return comment


def find_visible_thread(key: str) -> Article:
    """Return the visible thread with a key or former key. One query; two for a former key. Raises Http404."""
    rows = Article.objects.visible().select_related("author")
    article = rows.filter(key=key).first() or rows.known_as(*former_keys(key)).first()
    if article is None:
        raise Http404("no such thread")
    return article


def former_keys(key: str) -> list[str]:
    """Return the forms in which a former key may be stored. One query if addresses of redacted content are kept."""
    return [key, digest_former_key(digest_key(), key)] if settings.KEEP_REDACTED_ADDRESSES else [key]


def url_in_thread(comment: Comment, article: Article) -> str:
    """Return the URL of the page that holds a comment, with its anchor. No queries."""
    query = format_page_query(THREADED, page_of_place(comment.order))
    return f"{article.get_absolute_url()}{query}#c-{comment.key}"


def redirect_permanently(row: Article | Comment, query: str = "") -> HttpResponse:
    """Redirect from a former URL to that of a row, with the query. No queries.

    Browsers must revalidate: they store permanent redirects, which would become a loop if the key changes back.
    """
    response = redirect(row.get_absolute_url() + (f"?{query}" if query else ""), permanent=True)
    response["Cache-Control"] = "no-cache"
    return response


def comment_card(request: HttpRequest, key: str) -> HttpResponse:
    """Show one comment alone, as a preview of a link. Four queries; up to two more for links and inline quotes."""
    comment = find_visible_comment(key)
    return HttpResponse(render_single_comment(request, comment), headers={"X-Robots-Tag": "noindex"})


def comment_text(request: HttpRequest, key: str) -> HttpResponse:
    """Show the whole text of one comment, which may be too long for a page of its thread. Queries as `comment_card`."""
    comment = find_visible_comment(key)
    article, script = comment.article, read_preferences(request).script
    url = url_in_thread(comment, article)
    context = {
        "section": "threads",
        "title": convert_text(article.title, script),
        "lang": script or article.script,
        "number": comment.position + 1,
        "url": url,
        "canonical": request.build_absolute_uri(url.partition("#")[0]),
        "is_indexed": False,
        "comment_html": render_single_comment(request, comment),
    }
    return render(request, "threads/comment.html", context)


def render_single_comment(request: HttpRequest, comment: Comment) -> Any:
    """Return one comment with its whole text as safe HTML. Three queries; up to two for links and inline quotes."""
    page = fetch_single_comment(comment)
    display = DisplayHtml.load({}, page.visible_bodies())
    presenter = CommentPresenter(page, display, FLAT, script=read_preferences(request).script, folds=False)
    return render_comment_card(presenter.present_comment(page.rows[0]), url_in_thread(comment, comment.article))
