"""QuerySets of the models. They define visibility for pages, search, feeds, sitemaps and exports: `visible()`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from threads.parsing.hosts import canonical_key

if TYPE_CHECKING:
    from threads.models import Article, Author, Comment, Quote, Tag  # noqa: F401 — used in the base classes

VISIBLE = "visible"

ARTICLE_SHOWN = Q(visibility=VISIBLE, withdrawn_at=None)
COMMENT_SHOWN = Q(visibility=VISIBLE, withdrawn_at=None, article__visibility=VISIBLE, article__withdrawn_at=None)


class Person(NamedTuple):
    """Expressions for the author that a merged name belongs to, or for the author itself."""

    pk: Coalesce
    name: Coalesce
    slug: Coalesce


def person(author: str) -> Person:
    """Return the id, name and slug of the person behind the author at the end of the path `author`."""
    return Person(*(Coalesce(f"{author}__merged_into__{field}", f"{author}__{field}") for field in Person._fields))


def written_name(path: str = "") -> Coalesce:
    """Return the author's name as the file has it, of the article or comment at the end of a path such as `target__`.

    It is a placeholder name if the row has no author, and null if the name is unknown.
    """
    return Coalesce(f"{path}author__name", f"{path}placeholder_name")


class ArticleQuerySet(models.QuerySet["Article"]):
    """QuerySet of articles."""

    def visible(self) -> ArticleQuerySet:
        """Public articles: not hidden, redacted or withdrawn."""
        return self.filter(ARTICLE_SHOWN)

    def current(self) -> ArticleQuerySet:
        """Articles that are not withdrawn, hidden or not."""
        return self.filter(withdrawn_at=None)

    def known_as(self, *stated: str) -> ArticleQuerySet:
        """Articles with one of these keys or former keys, or with the canonical form of one. Take the first."""
        keys = {form for key in stated for form in (key, canonical_key(key))}
        return self.filter(Q(key__in=keys) | Q(former_keys__key__in=keys)).order_by("pk")

    def newest(self) -> ArticleQuerySet:
        """Newest publication first, undated last, then by descending id, so that the order is stable."""
        return self.order_by(models.F("published_at").desc(nulls_last=True), "-id")

    def listed(self) -> ArticleQuerySet:
        """Articles with authors and tags, without the bodies. Two queries."""
        rows = self.select_related("author__merged_into").defer("body", "body_html", "front_matter")
        return rows.prefetch_related("article_tags__tag")


class CommentQuerySet(models.QuerySet["Comment"]):
    """QuerySet of comments."""

    def visible(self) -> CommentQuerySet:
        """Public comments: neither comment nor article is hidden, redacted or withdrawn."""
        return self.filter(COMMENT_SHOWN)

    def current(self) -> CommentQuerySet:
        """Comments that are not withdrawn, hidden or not. Only these have a place in the reading order."""
        return self.filter(withdrawn_at=None)

    def count_by_day(self) -> models.QuerySet[Comment, Any]:
        """Day and number of comments; the day None counts the undated comments."""
        return self.order_by().values_list("posted_on").annotate(n=Count("pk"))

    def in_reading_order(self) -> CommentQuerySet:
        """Reading order within one article: each comment before its replies."""
        return self.order_by("order")


class QuoteQuerySet(models.QuerySet["Quote"]):
    """QuerySet of quotes."""

    def without_current_target(self) -> QuoteQuerySet:
        """Quotes whose target is unknown or withdrawn. Only the addressee's name says who wrote the quoted text."""
        return self.filter(Q(target=None) | Q(target__withdrawn_at__isnull=False))


class AuthorQuerySet(models.QuerySet["Author"]):
    """QuerySet of authors."""

    def canonical(self) -> AuthorQuerySet:
        """Authors that are not merged into another author."""
        return self.filter(merged_into=None)

    def opted_out(self) -> AuthorQuerySet:
        """Authors who opted out, with all merged names."""
        return self.filter(opted_out=True)

    def matches_addressee(self) -> models.Exists:
        """A condition for a query of comments: the addressee is one of these authors."""
        return models.Exists(self.filter(name=models.OuterRef("addressee")))

    def visible(self) -> AuthorQuerySet:
        """Canonical authors with a visible article or comment."""
        return self.canonical().filter(Q(article_count__gt=0) | Q(comment_count__gt=0))


class TagQuerySet(models.QuerySet["Tag"]):
    """QuerySet of tags."""

    def visible(self) -> TagQuerySet:
        """Tags with a page: neither ignored nor merged, and on a visible article."""
        return self.filter(ignored=False, merged_into=None, article_count__gt=0)
