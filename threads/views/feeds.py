"""Atom feeds: new threads and comments of the whole site, of an author, of a tag, and the comments of one thread.

Each feed is one QuerySet of visible rows and what a reader's program shows of one. Called by `urls` only.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from threads.models import Article, ArticleTag, Author, Comment, Tag
from threads.views.atom import ArchiveAtom

if TYPE_CHECKING:
    from django.http import HttpRequest

    AnyFeed = Feed[Any, Any]
else:
    AnyFeed = Feed

LENGTH = 30
"""Entries in one feed."""


def person(slug: str) -> Author:
    """Return who has a name, under the name shown; 404 for one without anything visible. One query."""
    found = Author.objects.select_related("merged_into").filter(slug=slug).first()
    shown = found and (found.merged_into or found)
    if not shown or not (shown.article_count or shown.comment_count):
        raise Http404("no such author")
    return shown


class ThreadFeed(AnyFeed):
    """The newest threads: what the feeds of threads share. Two queries."""

    feed_type = ArchiveAtom

    def title(self, obj: Any) -> str:
        """Name the feed."""
        return f"{obj} · {settings.SITE_NAME}" if obj else str(settings.SITE_NAME)

    def feed_url(self, obj: Any) -> str | None:
        """Return the feed's own address where it can be had under another as well; None: the one it was asked under."""
        return None

    def link(self, obj: Any) -> str:
        """Lead to the page the feed belongs to."""
        return str(obj.get_absolute_url()) if obj else reverse("threads:home")

    def subtitle(self, obj: Any) -> str:
        """Say what the feed holds."""
        return _("New threads")

    def articles(self, obj: Any) -> Any:
        """Return the articles the feed chooses from."""
        return Article.objects.visible()

    def items(self, obj: Any) -> list[Any]:
        """Return the newest entries."""
        return list(self.articles(obj).select_related("author").defer("body", "front_matter").newest()[:LENGTH])

    def item_title(self, item: Any) -> str:
        """Name a thread by its title."""
        return str(item.title)

    def item_description(self, item: Any) -> str:
        """Give an entry's whole text: HTML that the rendering room made."""
        return str(item.body_html)

    def item_author_name(self, item: Any) -> str | None:
        """Name who wrote it, where that is known."""
        return item.author.name if item.author else None

    def item_pubdate(self, item: Any) -> datetime | None:
        """Say when a thread was opened."""
        opened: datetime | None = item.published_at
        return opened

    def item_updateddate(self, item: Any) -> datetime | None:
        """Say when a thread last changed at its source."""
        return item.modified_at or self.item_pubdate(item)


class AuthorFeed(ThreadFeed):
    """The newest threads of one author, under each of their names."""

    def get_object(self, request: HttpRequest, slug: str) -> Author:
        """Find the author by any of their names."""
        return person(slug)

    def feed_url(self, obj: Author) -> str:
        """Return the address under the name shown."""
        return reverse("threads:feed_author", args=[obj.slug])

    def articles(self, obj: Author) -> Any:
        """Choose from the author's threads."""
        return Article.objects.visible().filter(author__in=obj.name_ids())


class TagFeed(ThreadFeed):
    """The newest threads with one tag, under each of its names."""

    def get_object(self, request: HttpRequest, slug: str) -> Tag:
        """Find the tag by any of its names; 404 for one that has no page."""
        found = get_object_or_404(Tag.objects.select_related("merged_into"), slug=slug, ignored=False)
        shown = found.merged_into or found
        if shown.ignored or not shown.article_count:
            raise Http404("no such tag")
        return shown

    def feed_url(self, obj: Tag) -> str:
        """Return the address under the name shown."""
        return reverse("threads:feed_tag", args=[obj.slug])

    def articles(self, obj: Tag) -> Any:
        """Choose from the threads with the tag; one that has two of its names is there once."""
        tagged = ArticleTag.objects.filter(tag__in=obj.name_ids())
        return Article.objects.visible().filter(pk__in=tagged.values("content_object"))


class CommentFeed(ThreadFeed):
    """The newest comments of the whole site. One query."""

    title_of_thread: ClassVar[bool] = True

    def title(self, obj: Any) -> str:
        """Name the feed, so that a list of feeds tells it from the one of threads."""
        return f"{super().title(obj)} · {self.subtitle(obj)}"

    def subtitle(self, obj: Any) -> str:
        """Say what the feed holds."""
        return _("New comments")

    def comments(self, obj: Any) -> Any:
        """Return the comments the feed chooses from."""
        return Comment.objects.visible().filter(posted_on__isnull=False).order_by("-posted_on", "-id")

    def items(self, obj: Any) -> list[Any]:
        """Return the newest entries."""
        rows = self.comments(obj).select_related("author", "article")
        return list(rows.defer("body", "article__body", "article__body_html", "article__front_matter")[:LENGTH])

    def item_title(self, item: Any) -> str:
        """Name a comment by its number and, outside the thread's own feed, by its thread."""
        number = f"#{item.position + 1}"
        return f"{item.article.title} {number}" if self.title_of_thread else number

    def item_pubdate(self, item: Any) -> datetime | None:
        """Say on which day a comment was posted; the archive knows no hour."""
        return datetime.combine(item.posted_on, time(), UTC) if item.posted_on else None

    def item_updateddate(self, item: Any) -> datetime | None:
        """Repeat the day, a comment has no other; where it has none, say when its thread changed last."""
        return self.item_pubdate(item) or item.article.modified_at or item.article.published_at


class ThreadCommentFeed(CommentFeed):
    """The comments of one thread that came last."""

    title_of_thread = False

    def get_object(self, request: HttpRequest, key: str) -> Article:
        """Find the thread, by a key it once had as well; 404 for one that is not shown. Up to two queries."""
        shown = Article.objects.visible().defer("body", "body_html", "front_matter")
        found = shown.filter(key=key).first() or shown.filter(former_keys__key=key).first()
        if found is None:
            raise Http404("no such thread")
        return found

    def feed_url(self, obj: Article) -> str:
        """Return the address under the key the thread has now."""
        return reverse("threads:feed_thread", args=[obj.key])

    def comments(self, obj: Article) -> Any:
        """Choose from the thread's comments, the newest first; of one day, or without any, the last of the file."""
        return obj.comments.visible().order_by(F("posted_on").desc(nulls_last=True), "-position")


class AuthorCommentFeed(CommentFeed):
    """The newest comments of one author, under each of their names."""

    def get_object(self, request: HttpRequest, slug: str) -> Author:
        """Find the author by any of their names."""
        return person(slug)

    def feed_url(self, obj: Author) -> str:
        """Return the address under the name shown."""
        return reverse("threads:feed_author_comments", args=[obj.slug])

    def comments(self, obj: Author) -> Any:
        """Choose from the author's comments."""
        return super().comments(obj).filter(author__in=obj.name_ids())
