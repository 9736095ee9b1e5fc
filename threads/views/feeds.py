"""Atom feeds: new threads and comments of the site or of an author, threads of a tag, comments of a thread."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from threads.display_html import DisplayHtml
from threads.models import Article, ArticleTag, Author, Comment, Tag

if TYPE_CHECKING:
    from django.http import HttpRequest

    AnyFeed = Feed[Any, Any]
else:
    AnyFeed = Feed

FEED_LENGTH = 30
"""Entries in a feed."""
UNKNOWN_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The date of an entry without one. Atom requires a date, and it must be the same at each request."""


class ArchiveAtom(Atom1Feed):
    """Atom as in RFC 4287: each feed has its own id, and each entry has an author and a date of its last change.

    Relative links in entries point to this site.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Two feeds can belong to one page, so the link of the page cannot be the id.
        self.feed["id"] = self.feed["feed_url"]

    def root_attributes(self) -> dict[str, str]:
        """Add the base address of relative links."""
        return {**super().root_attributes(), "xml:base": self.feed["link"]}

    def add_item(self, *args: Any, **kwargs: Any) -> None:
        """Add an entry, with a placeholder for an unknown author or date."""
        kwargs["author_name"] = kwargs.get("author_name") or _("unknown author")
        kwargs["updateddate"] = kwargs.get("updateddate") or UNKNOWN_DATE
        super().add_item(*args, **kwargs)

    def latest_post_date(self) -> datetime:
        """Return the date of the newest entry. Django's method returns the current time for an empty feed."""
        return max((item["updateddate"] for item in self.items), default=UNKNOWN_DATE)


def find_author(slug: str) -> Author:
    """Return the author of a slug, or the author it was merged into. One query. Raises Http404 without visible rows."""
    author = Author.objects.select_related("merged_into").filter(slug=slug).first()
    author = author and (author.merged_into or author)
    if not author or not (author.article_count or author.comment_count):
        raise Http404("no such author")
    return author


class ThreadFeed(AnyFeed):
    """The newest threads of the site, and the base of all feeds. Two queries."""

    feed_type = ArchiveAtom

    def title(self, obj: Any) -> str:
        """Return the title of the feed."""
        return f"{obj} · {settings.SITE_NAME}" if obj else str(settings.SITE_NAME)

    def feed_url(self, obj: Any) -> str | None:
        """Return the canonical address of the feed; None if it is the requested address."""
        return None

    def link(self, obj: Any) -> str:
        """Return the address of the page that the feed belongs to."""
        return str(obj.get_absolute_url()) if obj else reverse("threads:home")

    def subtitle(self, obj: Any) -> str:
        """Return the kind of entries."""
        return _("New threads")

    def articles(self, obj: Any) -> Any:
        """Return the threads of the feed, in any order."""
        return Article.objects.visible()

    def items(self, obj: Any) -> list[Any]:
        """Return the newest entries."""
        items = list(self.articles(obj).select_related("author").defer("body", "front_matter").newest()[:FEED_LENGTH])
        display = DisplayHtml.load([item.body_html for item in items], {})
        for item in items:
            item.display_html = display.opening(item.body_html)
        return items

    def item_title(self, item: Any) -> str:
        """Return the title of a thread."""
        return str(item.title)

    def item_description(self, item: Any) -> str:
        """Return the whole text of a thread as HTML."""
        return str(item.display_html)

    def item_author_name(self, item: Any) -> str | None:
        """Return the author's name; None if unknown."""
        return item.author.name if item.author else None

    def item_pubdate(self, item: Any) -> datetime | None:
        """Return the date of publication."""
        published: datetime | None = item.published_at
        return published

    def item_updateddate(self, item: Any) -> datetime | None:
        """Return the date of the last change at the source."""
        return item.modified_at or self.item_pubdate(item)


class AuthorFeed(ThreadFeed):
    """The newest threads of an author, under all merged names."""

    def get_object(self, request: HttpRequest, slug: str) -> Author:
        """Return the author."""
        return find_author(slug)

    def feed_url(self, obj: Author) -> str:
        """Return the address with the author's own slug."""
        return reverse("threads:feed_author", args=[obj.slug])

    def articles(self, obj: Author) -> Any:
        """Return the author's threads."""
        return Article.objects.visible().filter(author__in=obj.name_ids())


class TagFeed(ThreadFeed):
    """The newest threads of a tag, under all merged names."""

    def get_object(self, request: HttpRequest, slug: str) -> Tag:
        """Return the tag, or the tag it was merged into. Raises Http404 if it has no page."""
        tag = get_object_or_404(Tag.objects.select_related("merged_into"), slug=slug, ignored=False)
        tag = tag.merged_into or tag
        if tag.ignored or not tag.article_count:
            raise Http404("no such tag")
        return tag

    def feed_url(self, obj: Tag) -> str:
        """Return the address with the tag's own slug."""
        return reverse("threads:feed_tag", args=[obj.slug])

    def articles(self, obj: Tag) -> Any:
        """Return the tag's threads. The subquery lists a thread once, even if it has two of the merged names."""
        tagged = ArticleTag.objects.filter(tag__in=obj.name_ids())
        return Article.objects.visible().filter(pk__in=tagged.values("content_object"))


class CommentFeed(ThreadFeed):
    """The newest comments of the site. One query."""

    has_thread_titles: ClassVar[bool] = True

    def title(self, obj: Any) -> str:
        """Return a title that differs from the title of the feed of threads."""
        return f"{super().title(obj)} · {self.subtitle(obj)}"

    def subtitle(self, obj: Any) -> str:
        """Return the kind of entries."""
        return _("New comments")

    def comments(self, obj: Any) -> Any:
        """Return the comments of the feed, newest first."""
        return Comment.objects.visible().filter(posted_on__isnull=False).order_by("-posted_on", "-id")

    def items(self, obj: Any) -> list[Any]:
        """Return the newest entries."""
        rows = self.comments(obj).select_related("author", "article")
        items = list(rows.defer("body", "article__body", "article__body_html", "article__front_matter")[:FEED_LENGTH])
        display = DisplayHtml.load((), {item.pk: item.body_html for item in items})
        for item in items:
            item.display_html = display.comment(item.pk, item.body_html)
        return items

    def item_title(self, item: Any) -> str:
        """Return the comment's number, after the title of its thread."""
        number = f"#{item.position + 1}"
        return f"{item.article.title} {number}" if self.has_thread_titles else number

    def item_pubdate(self, item: Any) -> datetime | None:
        """Return the day of posting. Comments have no time."""
        return datetime.combine(item.posted_on, time(), UTC) if item.posted_on else None

    def item_updateddate(self, item: Any) -> datetime | None:
        """Return the day of posting, or the last change of the thread if the day is unknown."""
        return self.item_pubdate(item) or item.article.modified_at or item.article.published_at


class ThreadCommentFeed(CommentFeed):
    """The newest comments of a thread."""

    has_thread_titles = False

    def get_object(self, request: HttpRequest, key: str) -> Article:
        """Return the thread of a key or former key. Up to two queries. Raises Http404 if it is not visible."""
        visible = Article.objects.visible().defer("body", "body_html", "front_matter")
        article = visible.filter(key=key).first() or visible.filter(former_keys__key=key).first()
        if article is None:
            raise Http404("no such thread")
        return article

    def feed_url(self, obj: Article) -> str:
        """Return the address with the thread's current key."""
        return reverse("threads:feed_thread", args=[obj.key])

    def comments(self, obj: Article) -> Any:
        """Return the thread's comments, newest first, undated last. Equal days are in descending file order."""
        return obj.comments.visible().order_by(F("posted_on").desc(nulls_last=True), "-position")


class AuthorCommentFeed(CommentFeed):
    """The newest comments of an author, under all merged names."""

    def get_object(self, request: HttpRequest, slug: str) -> Author:
        """Return the author."""
        return find_author(slug)

    def feed_url(self, obj: Author) -> str:
        """Return the address with the author's own slug."""
        return reverse("threads:feed_author_comments", args=[obj.slug])

    def comments(self, obj: Author) -> Any:
        """Return the author's comments, newest first."""
        return super().comments(obj).filter(author__in=obj.name_ids())
