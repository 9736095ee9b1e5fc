"""The archive at a glance: how much it holds and when it was alive. Counted once for each version of the archive.

Called by home and the pages of dates.
"""

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
class Summary:
    """Counts of what is visible."""

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


def read() -> Summary:
    """Return the counts. One query where they are known for this version, five where they are not."""
    key = f"summary:{versions.current()}"
    known: Summary | None = cache.get(key)
    if known is None:
        known = count()
        cache.set(key, known, settings.PAGE_CACHE_SECONDS)
    return known


def count() -> Summary:
    """Count everything. Four queries, two of which read every row."""
    by_day = dict(Comment.objects.visible().by_day())
    undated = by_day.pop(None, 0)
    # Days are cut from moments as the database writes them; to make a moment of each row takes six times as long.
    written = Substr(Cast("published_at", CharField()), 1, DAY_LENGTH)
    threads = dict(Article.objects.visible().order_by().values_list(written).annotate(n=Count("pk")))
    untold = threads.pop(None, 0)
    return Summary(
        threads=sum(threads.values()) + untold,
        comments=sum(by_day.values()) + undated,
        authors=Author.objects.visible().count(),
        tags=Tag.objects.visible().count(),
        comments_by_day=by_day,
        threads_by_day={date.fromisoformat(day): number for day, number in threads.items()},
    )
