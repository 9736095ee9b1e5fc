"""Totals of the visible archive: counts, and comments and threads by day. Counted once for each archive version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.cache import cache
from django.db.models import CharField, Count
from django.db.models.functions import Cast, Substr

from threads.database import versions
from threads.models import Article, Author, Comment, Tag

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY_LENGTH: Final = len("2020-09-30")


@dataclass(frozen=True, slots=True)
class ArchiveTotals:
    """Counts of visible rows. Undated rows are in the counts, not in the mappings by day."""

    threads: int
    comments: int
    authors: int
    tags: int
    comments_by_day: Mapping[date, int]
    threads_by_day: Mapping[date, int]

    @property
    def first_day(self) -> date | None:
        """The earliest day of a comment or thread."""
        return min([*self.comments_by_day, *self.threads_by_day], default=None)

    @property
    def last_day(self) -> date | None:
        """The latest day of a comment or thread."""
        return max([*self.comments_by_day, *self.threads_by_day], default=None)


def read_totals() -> ArchiveTotals:
    """Return the totals from the cache, or count them. One query if they are cached, else five."""
    key = f"archive-totals:{versions.archive_version()}"
    totals: ArchiveTotals | None = cache.get(key)
    if totals is None:
        totals = count_totals()
        cache.set(key, totals, settings.PAGE_CACHE_SECONDS)
    return totals


def count_totals() -> ArchiveTotals:
    """Count the visible rows. Four queries, two of which read each row."""
    comments = dict(Comment.objects.visible().count_by_day())
    undated_comments = comments.pop(None, 0)
    # Days are cut from the stored text of moments. To convert each row to a datetime takes six times as long.
    day = Substr(Cast("published_at", CharField()), 1, DAY_LENGTH)
    threads = dict(Article.objects.visible().order_by().values_list(day).annotate(n=Count("pk")))
    undated_threads = threads.pop(None, 0)
    return ArchiveTotals(
        threads=sum(threads.values()) + undated_threads,
        comments=sum(comments.values()) + undated_comments,
        authors=Author.objects.visible().count(),
        tags=Tag.objects.visible().count(),
        comments_by_day=comments,
        threads_by_day={date.fromisoformat(day): count for day, count in threads.items()},
    )
