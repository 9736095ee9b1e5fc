"""Which articles an export holds, and in which portions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F
from django.db.models.functions import Collate

from threads.models import Article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models.expressions import Combinable

    from threads.querysets import ArticleQuerySet

ARTICLES_A_PORTION = 200
COMMENTS_A_PORTION = 2000


def exported_articles(*, include_hidden: bool) -> ArticleQuerySet:
    """Return the articles of an export: visible ones, and hidden ones if asked for; never withdrawn ones."""
    if include_hidden:
        return Article.objects.current()
    return Article.objects.visible()


def by_code_point(field: str) -> Combinable:
    """Order text by code point, so that SQLite and PostgreSQL of any locale agree."""
    return Collate(F(field), "C") if connection.vendor == "postgresql" else F(field)


def portions(articles: ArticleQuerySet) -> Iterator[list[int]]:
    """Yield article ids in order of keys, in portions that fit in memory. One query, streamed."""
    portion: list[int] = []
    comments = 0
    rows = articles.order_by(by_code_point("key")).values_list("pk", "comment_count")
    for pk, comment_count in rows.iterator(chunk_size=5000):
        if portion and (len(portion) >= ARTICLES_A_PORTION or comments + comment_count > COMMENTS_A_PORTION):
            yield portion
            portion, comments = [], 0
        portion.append(pk)
        comments += comment_count
    if portion:
        yield portion
