"""Lists of threads and of comments, newest first, each row with a snippet."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from django.db.models.functions import Substr

from threads.keyset import ListPage, fetch_page
from threads.models import Article, Visibility
from threads.pages.snippets import SOURCE_LENGTH, make_snippet
from threads.rendering import convert_text
from threads.web.preferences import read_preferences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from threads.models import Comment
    from threads.querysets import ArticleQuerySet, CommentQuerySet

TAGS_SHOWN = 4
COMMENT_FIELDS = (
    "key", "posted_on", "script", "position", "author__name", "author__slug", "author__merged_into__slug",
    "placeholder_name", "answers__author__name", "answers__placeholder_name", "answers__visibility",
    "article__key", "article__title", "article__script",
)  # fmt: skip


class TagLink(NamedTuple):
    """A tag of an article, in the article's own spelling."""

    url: str
    name: str


class ListedThread(NamedTuple):
    """A thread in a list."""

    article: Article
    url: str
    day: str
    title: str | SafeString
    snippet: str | SafeString
    lang: str
    tags: Sequence[TagLink]


class ListedComment(NamedTuple):
    """A comment in a list."""

    comment: Comment
    url: str
    day: str
    title: str | SafeString
    """Title of the thread."""
    title_lang: str
    snippet: str | SafeString
    lang: str
    parent_author: str
    """Name of the author it replies to; empty if unknown, or if the parent comment is not visible."""


def fetch_thread_list(request: HttpRequest, articles: ArticleQuerySet) -> ListPage[ListedThread]:
    """Return the page of threads that the request asks for, newest first. Three queries, or four at undated threads."""
    page = fetch_page(articles.listed(), "published_at", request.GET.get("after", ""))
    script = read_preferences(request).script
    ids = [article.pk for article in page.rows]
    bodies = dict(Article.objects.filter(pk__in=ids).values_list("pk", Substr("body_html", 1, SOURCE_LENGTH)))
    rows = [
        ListedThread(
            article,
            article.get_absolute_url(),
            format_publication_day(article),
            convert_text(article.title, script),
            convert_text(make_snippet(bodies[article.pk]), script),
            script or article.script,
            first_tags(article),
        )
        for article in page.rows
    ]
    return ListPage(rows, page.after, page.is_first)


def first_tags(article: Article) -> list[TagLink]:
    """Return an article's first tags without the ignored ones. No queries if the tags are prefetched."""
    rows = sorted(article.article_tags.all(), key=attrgetter("position"))
    return [TagLink(row.tag.get_absolute_url(), row.spelling) for row in rows if not row.tag.ignored][:TAGS_SHOWN]


def format_publication_day(article: Article) -> str:
    """Return the day of publication in ISO form; empty if unknown."""
    return f"{article.published_at:%Y-%m-%d}" if article.published_at else ""


def fetch_comment_list(request: HttpRequest, comments: CommentQuerySet) -> ListPage[ListedComment]:
    """Return the page of comments that the request asks for, newest first. One query, or two at undated comments."""
    rows = comments.select_related("article", "author__merged_into", "answers__author").only(*COMMENT_FIELDS)
    rows = rows.annotate(body_start=Substr("body_html", 1, SOURCE_LENGTH))
    page = fetch_page(rows, "posted_on", request.GET.get("after", ""))
    script = read_preferences(request).script
    return ListPage([build_listed_comment(comment, script) for comment in page.rows], page.after, page.is_first)


def build_listed_comment(comment: Comment, script: str) -> ListedComment:
    """Return the row of one comment. No queries."""
    parent = comment.answers
    parent_author = parent.written_name if parent and parent.visibility == Visibility.VISIBLE else None
    return ListedComment(
        comment,
        comment.get_absolute_url(),
        comment.posted_on.isoformat() if comment.posted_on else "",
        convert_text(comment.article.title, script),
        script or comment.article.script,
        convert_text(make_snippet(comment.body_start, 160), script),  # type: ignore[attr-defined]  # annotated above
        script or comment.script,
        parent_author or "",
    )
