"""What stands above a thread's comments: the article with its tags, and its neighbours in time. Called by `thread`.

Owns the queries; they are prepared, as every page of every thread asks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import OuterRef, Subquery
from django.urls import reverse

from threads.database.prepared import Prepared
from threads.models import Article, ArticleTag, Author, Comment
from threads.pages.comments import in_script

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.safestring import SafeString

LEFT_OUT = {"body", "front_matter", "reason", "moderated_at"}
FIELDS = tuple(field.attname for field in Article._meta.concrete_fields if field.name not in LEFT_OUT)  # noqa: SLF001
"""In the model's order, as `from_db` wants them."""
MOMENTS = ("published_at", "modified_at", "withdrawn_at")
AUTHOR_FIELDS = ("id", "name", "slug")


@dataclass(frozen=True, slots=True)
class Opening:
    """An article with its author, hidden ones too, and how many places its comments have."""

    article: Article
    places: int


def articles(key: str) -> QuerySet[Article, Any]:
    """Return the article of a key as a tuple: its fields, its author's, the last comment's place."""
    last = Comment.objects.current().filter(article=OuterRef("pk")).order_by("-order").values("order")[:1]
    names = (*FIELDS, *(f"author__{name}" for name in AUTHOR_FIELDS))
    return Article.objects.filter(key=key).values_list(*names, Subquery(last))


def tag_rows(article: int) -> QuerySet[ArticleTag, Any]:
    """Return address and spelling of an article's tags, in its order, without the ignored ones."""
    rows = ArticleTag.objects.filter(content_object=article, tag__ignored=False)
    return rows.order_by("position").values_list("tag__slug", "spelling")


def older_rows(moment: datetime, before: int) -> QuerySet[Article, Any]:
    """Return the visible thread published next before a moment, or with a smaller id at it."""
    rows = Article.objects.visible().filter(published_at__lte=moment).exclude(published_at=moment, pk__gte=before)
    return rows.order_by("-published_at", "-pk").values_list("key", "title", "script")[:1]


def newer_rows(moment: datetime, after: int) -> QuerySet[Article, Any]:
    """Return the visible thread published next after a moment, or with a greater id at it."""
    rows = Article.objects.visible().filter(published_at__gte=moment).exclude(published_at=moment, pk__lte=after)
    return rows.order_by("published_at", "pk").values_list("key", "title", "script")[:1]


ANY_ID = 7_000_001
ANY_MOMENT = datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)
ARTICLE = Prepared(articles, "any key")
TAGS = Prepared(tag_rows, ANY_ID)
OLDER = Prepared(older_rows, ANY_MOMENT, ANY_ID)
NEWER = Prepared(newer_rows, ANY_MOMENT, ANY_ID)


def find(key: str) -> Opening | None:
    """Return the article of a key. One query."""
    found = ARTICLE.rows(key)
    if not found:
        return None
    values = dict(zip(FIELDS, found[0], strict=False))
    for name in MOMENTS:
        values[name] = in_utc(values[name])
    author = found[0][len(FIELDS) : -1]
    article = Article.from_db(DEFAULT_DB_ALIAS, FIELDS, list(values.values()))
    article.author = Author.from_db(DEFAULT_DB_ALIAS, AUTHOR_FIELDS, author) if author[0] else None
    last = found[0][-1]
    return Opening(article, 0 if last is None else last + 1)


def in_utc(moment: datetime | None) -> datetime | None:
    """Return a moment with its zone, which SQLite does not keep."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def tags(article: Article) -> list[tuple[str, str]]:
    """Return address and spelling of an article's tags. One query."""
    return [(tag_url(slug), spelling) for slug, spelling in TAGS.rows(article.pk)]


@lru_cache(maxsize=4096)
def tag_url(slug: str) -> str:
    """Return the address of a tag's page."""
    return reverse("threads:tag", args=[slug])


def neighbour(article: Article, script: str, *, older: bool) -> tuple[str, str | SafeString, str] | None:
    """Return address, title and script of the thread published next before or after this one. One query."""
    if article.published_at is None:
        return None
    for key, title, own_script in (OLDER if older else NEWER).rows(article.published_at, article.pk):
        return reverse("threads:thread", args=[key]), in_script(title, script), script or own_script
    return None
