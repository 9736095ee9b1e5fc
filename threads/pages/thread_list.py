"""Lists of threads, each with a snippet of the article and its first tags."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from django.db.models.functions import Substr

from threads.keyset import ListPage, fetch_page
from threads.models import Article
from threads.pages.snippets import SOURCE_LENGTH, make_snippet
from threads.rendering import convert_text
from threads.web.preferences import read_preferences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from threads.querysets import ArticleQuerySet

TAGS_SHOWN = 4


class TagLink(NamedTuple):
    """A tag of an article, in the article's own spelling."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class ListedThread:
    """A thread in a list."""

    article: Article
    url: str
    day: str
    title: str | SafeString
    snippet: str | SafeString
    lang: str
    tags: Sequence[TagLink]


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
