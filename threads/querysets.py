"""The words in which rows are asked for: what may be seen, what belongs to whom, in which order.

Visibility is written here and nowhere else; pages, search, feeds, sitemaps and exports all say `visible()`.
Called by every room above the models. Imports nothing of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Count, Q

if TYPE_CHECKING:
    from threads.models import Article, Author, Comment, Quote, Tag  # noqa: F401 — named in the base classes below

VISIBLE = "visible"

ARTICLE_SHOWN = Q(visibility=VISIBLE, withdrawn_at=None)
COMMENT_SHOWN = Q(visibility=VISIBLE, withdrawn_at=None, article__visibility=VISIBLE, article__withdrawn_at=None)


class ArticleQuerySet(models.QuerySet["Article"]):
    """Articles, in words."""

    def visible(self) -> ArticleQuerySet:
        """Articles the public may see: neither hidden nor redacted by a moderator, nor withdrawn with their file."""
        return self.filter(ARTICLE_SHOWN)

    def current(self) -> ArticleQuerySet:
        """Articles that still have a file, hidden or not."""
        return self.filter(withdrawn_at=None)

    def newest(self) -> ArticleQuerySet:
        """Newest publication first, undated last; equal days by id, so that pages by key are stable."""
        return self.order_by(models.F("published_at").desc(nulls_last=True), "-id")

    def listed(self) -> ArticleQuerySet:
        """With what a row of a list shows, without the bodies. Two queries: rows and authors together, then tags."""
        rows = self.select_related("author").defer("body", "body_html", "front_matter")
        return rows.prefetch_related("article_tags__tag")


class CommentQuerySet(models.QuerySet["Comment"]):
    """Comments, in words."""

    def visible(self) -> CommentQuerySet:
        """Comments the public may see: neither they nor their article hidden, redacted or withdrawn."""
        return self.filter(COMMENT_SHOWN)

    def current(self) -> CommentQuerySet:
        """Comments that are still in a file, hidden or not: those that have a place in their thread."""
        return self.filter(withdrawn_at=None)

    def by_day(self) -> models.QuerySet[Comment, Any]:
        """Each day with the number of comments posted on it; those without a day under None."""
        return self.order_by().values_list("posted_on").annotate(n=Count("pk"))

    def in_order(self) -> CommentQuerySet:
        """Reading order within one article: each comment before its answers."""
        return self.order_by("order")


class QuoteQuerySet(models.QuerySet["Quote"]):
    """Quotes, in words."""

    def of_the_missing(self) -> QuoteQuerySet:
        """Quotes of comments that are in no file of the thread: of whom they are, only the addressee's name says."""
        return self.filter(Q(target=None) | Q(target__withdrawn_at__isnull=False))


class AuthorQuerySet(models.QuerySet["Author"]):
    """Authors, in words."""

    def canonical(self) -> AuthorQuerySet:
        """Authors that were not merged into another."""
        return self.filter(merged_into=None)

    def opted_out(self) -> AuthorQuerySet:
        """Authors, under each of their names, of whom nothing is shown."""
        return self.filter(opted_out=True)

    def addressed(self) -> models.Exists:
        """Say of a comment, in its own query, whether whom it addresses is one of these."""
        return models.Exists(self.filter(name=models.OuterRef("addressee")))

    def visible(self) -> AuthorQuerySet:
        """Canonical authors of at least one visible article or comment."""
        return self.canonical().filter(Q(article_count__gt=0) | Q(comment_count__gt=0))


class TagQuerySet(models.QuerySet["Tag"]):
    """Tags, in words."""

    def visible(self) -> TagQuerySet:
        """Tags worth a page: not ignored, not merged into another, on at least one visible article."""
        return self.filter(ignored=False, merged_into=None, article_count__gt=0)
