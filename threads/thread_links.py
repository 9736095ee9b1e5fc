"""Links between threads: which targets are archived, and which threads mention a thread. Read when a page is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from threads.models import Article, ThreadLink, Visibility

if TYPE_CHECKING:
    from collections.abc import Collection

    from threads.querysets import ArticleQuerySet


def archived_threads(keys: Collection[str]) -> frozenset[str]:
    """Return those of these keys that belong to visible threads. One query; none without keys."""
    return frozenset(Article.objects.visible().filter(key__in=keys).values_list("key", flat=True) if keys else ())


def mentioning_articles(key: str) -> ArticleQuerySet:
    """Return the visible articles, except the thread itself, that link to a thread from a visible text."""
    # A join, because SQLite would list all visible comments for a subquery.
    is_shown = Q(comment=None) | Q(comment__visibility=Visibility.VISIBLE, comment__withdrawn_at=None)
    links = ThreadLink.objects.filter(is_shown, target_key=key)
    return Article.objects.visible().filter(pk__in=links.values("article")).exclude(key=key)
