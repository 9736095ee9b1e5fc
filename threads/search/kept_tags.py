"""The tags of threads, kept in this process's memory until the archive changes. Called by `facets`.

A tag that was merged is here what it was merged into: a thread with both has it once.

Every search counts the tags of up to a thousand matches' threads; looking up each thread anew takes as long as finding
the matches. Where pages are not kept (`PAGE_CACHE`), neither are these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import BigIntegerField
from django.db.models.functions import Coalesce

from threads.database import versions
from threads.models import ArticleTag
from threads.search.listed import ByNumbers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Set

MOST: Final = 50_000
"""Threads whose tags are kept, in some 15 MB."""

_TAG: Final = Coalesce("tag__merged_into", "tag", output_field=BigIntegerField())
_PAIRS: Final = ByNumbers(
    lambda ids: ArticleTag.objects.filter(content_object__in=ids).values_list("content_object_id", _TAG).distinct()
)


class KeptTags:
    """The tags of threads as they were in one version of the archive."""

    def __init__(self) -> None:
        self.version = ""
        self.tags: dict[int, tuple[int, ...]] = {}

    def of(self, article_ids: Set[int]) -> Mapping[int, tuple[int, ...]]:
        """Return the ids of the tags of these articles, and perhaps of others. Two queries, one where all are known."""
        # The version is asked before the tags: they can be newer than it says, and are then asked again, but not older.
        version = versions.current() if settings.PAGE_CACHE else ""
        if not version or version != self.version or len(self.tags) > MOST:
            self.version, self.tags = version, {}
        known = self.tags
        if missing := article_ids - known.keys():
            known |= read(missing)
        return known


def read(article_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Return the ids of the tags of each of these articles. One query."""
    found: dict[int, tuple[int, ...]] = dict.fromkeys(article_ids, ())
    for article_id, tag_id in _PAIRS.rows(article_ids):
        found[article_id] += (tag_id,)
    return found


KEPT: Final = KeptTags()
