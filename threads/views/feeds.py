"""Atom feeds: new threads and comments of the site or of an author, threads of a tag, comments of a thread."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Final, NamedTuple

from django.conf import settings
from django.db.models import F
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from threads.models import Article, Author, Comment, Tag
from threads.pages.comment_view import render_text
from threads.quotes_and_links import DisplayHtml
from threads.text import isolate
from threads.views.authors import find_author
from threads.views.comment import former_keys
from threads.views.tags import find_tag, tagged_articles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from threads.querysets import ArticleQuerySet, CommentQuerySet

FEED_LENGTH = 30
"""Entries in a feed."""
UNKNOWN_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The date of an entry without one. Atom requires a date, and it must be the same at each request."""


class FeedEntry(NamedTuple):
    """A thread or comment in a feed."""

    title: str
    link: str
    description: str
    """HTML."""
    author: str | None
    published_at: datetime | None
    updated_at: datetime | None
    permalink: str = ""
    """Its id in all feeds; empty if it is the link."""


class ArchiveAtom(Atom1Feed):
    """Atom whose relative links in entries point to this site."""

    def root_attributes(self) -> dict[str, str]:
        """Add the base address of relative links."""
        return {**super().root_attributes(), "xml:base": self.feed["link"]}

    def latest_post_date(self) -> datetime:
        """Return the date of the newest entry. Django's method returns the current time for an empty feed."""
        return max((item["updateddate"] for item in self.items), default=UNKNOWN_DATE)


def render_feed(
    request: HttpRequest, title: str, subtitle: str, link: str, feed_url: str, entries: Iterable[FeedEntry]
) -> HttpResponse:
    """Render an Atom feed (RFC 4287): each feed has its own id, and each entry has an author and a date."""
    feed_url = request.build_absolute_uri(feed_url)
    feed = ArchiveAtom(
        # Two feeds can belong to one page, so the link of the page cannot be the id.
        title, request.build_absolute_uri(link), "", get_language(), subtitle=subtitle, feed_url=feed_url,
        feed_guid=feed_url,
    )  # fmt: skip
    for entry in entries:
        url = request.build_absolute_uri(entry.link)
        feed.add_item(
            entry.title, url, entry.description, author_name=entry.author or _("unknown author"),
            unique_id=request.build_absolute_uri(entry.permalink) if entry.permalink else url,
            pubdate=entry.published_at, updateddate=entry.updated_at or UNKNOWN_DATE,
        )  # fmt: skip
    headers = {
        "Content-Type": feed.content_type,
        "Last-Modified": http_date(feed.latest_post_date().timestamp()),
        "X-Robots-Tag": "noindex",
    }
    return HttpResponse(feed.writeString("utf-8"), headers=headers)


def thread_feed(request: HttpRequest) -> HttpResponse:
    """Render the newest threads of the site. Two queries."""
    return render_threads(request, Article.objects.visible(), reverse("threads:feed_threads"))


def author_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Render the newest threads of an author, under all merged names."""
    author = find_author(slug)
    articles = Article.objects.visible().filter(author__in=author.name_ids())
    return render_threads(request, articles, reverse("threads:feed_author", args=[author.slug]), author)


def tag_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Render the newest threads of a tag, under all merged names."""
    tag = find_tag(slug)
    return render_threads(request, tagged_articles(tag), reverse("threads:feed_tag", args=[tag.slug]), tag)


def comment_feed(request: HttpRequest) -> HttpResponse:
    """Render the newest comments of the site. One query."""
    return render_comment_feed(request, newest_comments(), reverse("threads:feed_comments"))


def author_comment_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Render the newest comments of an author, under all merged names."""
    author = find_author(slug)
    comments = newest_comments().filter(author__in=author.name_ids())
    return render_comment_feed(request, comments, reverse("threads:feed_author_comments", args=[author.slug]), author)


def thread_comment_feed(request: HttpRequest, key: str) -> HttpResponse:
    """Render the newest comments of a thread with this key or former key. Raises Http404 if it is not visible."""
    visible = Article.objects.visible().defer("body", "body_html", "front_matter")
    article = visible.filter(key=key).first() or visible.known_as(*former_keys(key)).first()
    if article is None:
        raise Http404("no such thread")
    comments = article.comments.visible().order_by(F("posted_on").desc(nulls_last=True), "-position")
    return render_comment_feed(request, comments, reverse("threads:feed_thread", args=[article.key]), article)


def newest_comments() -> CommentQuerySet:
    """Return the dated comments of the site, newest first."""
    return Comment.objects.visible().filter(posted_on__isnull=False).order_by("-posted_on", "-id")


def render_threads(
    request: HttpRequest, articles: ArticleQuerySet, feed_url: str, subject: Author | Tag | None = None
) -> HttpResponse:
    """Render a feed of the newest of these threads, with whole texts. `subject` is None for the whole site."""
    rows = list(articles.select_related("author").defer("body", "front_matter").newest()[:FEED_LENGTH])
    display = DisplayHtml.load({article.key: article.body_html for article in rows}, {})
    entries = [
        FeedEntry(
            article.title,
            article.get_absolute_url(),
            render_text(display.opening(article.key, article.body_html), article.script),
            article.written_name,
            article.published_at,
            article.modified_at or article.published_at,
        )
        for article in rows
    ]
    link = subject.get_absolute_url() if subject else reverse("threads:home")
    return render_feed(request, make_feed_title(subject), _("New threads"), link, feed_url, entries)


def render_comment_feed(
    request: HttpRequest, comments: CommentQuerySet, feed_url: str, subject: Author | Article | None = None
) -> HttpResponse:
    """Render a feed of the first of these comments. Undated comments have the date of their thread."""
    rows = comments.select_related("author", "article")
    rows = rows.defer("body", "article__body", "article__body_html", "article__front_matter")[:FEED_LENGTH]
    display = DisplayHtml.load({}, {comment.pk: comment.body_html for comment in rows})
    entries = []
    for comment in rows:
        number, article, posted_at = f"#{comment.position + 1}", comment.article, start_of_day(comment.posted_on)
        entries.append(
            FeedEntry(
                number if isinstance(subject, Article) else f"{isolate(article.title)} {number}",
                comment.get_absolute_url(),
                render_text(display.comment(comment.pk, comment.body_html), comment.script),
                comment.written_name,
                posted_at,
                posted_at or article.modified_at or article.published_at,
            )
        )
    # The title differs from that of the feed of threads.
    title = f"{make_feed_title(subject)} · {_('New comments')}"
    link = subject.get_absolute_url() if subject else reverse("threads:home")
    return render_feed(request, title, _("New comments"), link, feed_url, entries)


def make_feed_title(subject: Author | Tag | Article | None) -> str:
    """Return the title of a feed; `subject` is None for the whole site."""
    return f"{isolate(str(subject))} · {settings.SITE_NAME}" if subject else str(settings.SITE_NAME)


def start_of_day(day: date | None) -> datetime | None:
    """Return a day as a moment in UTC."""
    return datetime.combine(day, time(), UTC) if day else None
