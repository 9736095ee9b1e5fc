"""Facets: the years, tags and authors with most matches, among the newest 1,000 matches."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import date
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from django.conf import settings
from django.db.models import BigIntegerField
from django.db.models.functions import Coalesce

from threads.database import versions
from threads.database.prepared import IdListQuery
from threads.models import ArticleTag, Author, AuthorName, Tag
from threads.search.entries import entry_day, first_id
from threads.search.query import format_operator
from threads.text import fold_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    from threads.search.backends.conditions import Hit

Key = TypeVar("Key", int, str)
MAX_CHOICES: Final = 8
MAX_CANDIDATES: Final = 16
"""Tags or authors considered before merged names are added up and ignored tags are left out."""
MAX_CACHED_THREADS: Final = 50_000
"""Threads whose tags are cached, in about 15 MB."""


class FacetChoice(NamedTuple):
    """A choice of a facet: an operator that narrows the search, and the number of its matches."""

    label: str
    operator: str
    match_count: int


class Facets(NamedTuple):
    """The choices of each facet."""

    years: Sequence[FacetChoice] = ()
    tags: Sequence[FacetChoice] = ()
    authors: Sequence[FacetChoice] = ()


def count_facets(hits: Sequence[Hit]) -> Facets:
    """Return the facets of matches, which are in descending order of ids. Six queries at most."""
    return Facets(_count_years(hits), _count_tags(hits), _count_authors(hits)) if hits else Facets()


def _count_years(hits: Sequence[Hit]) -> list[FacetChoice]:
    """Return the years of the matches, newest first."""
    choices: list[FacetChoice] = []
    start = 0
    while start < len(hits) and (day := entry_day(hits[start].id)):
        year_start = first_id(date(day.year, 1, 1).toordinal())
        end = bisect_right(hits, -year_start, start, key=lambda hit: -hit.id)
        choices.append(FacetChoice(str(day.year), f"after:{day.year} before:{day.year + 1}", end - start))
        start = end
    return choices


def _count_authors(hits: Sequence[Hit]) -> list[FacetChoice]:
    """Return the authors with most matches. Three queries.

    A choice counts all that `author:` finds: authors of the name in any script or case, and authors merged with them.
    """
    counts_by_id = Counter(map(attrgetter("author_id"), hits))
    del counts_by_id[None]
    # Merged authors with few matches matter too: their matches count for the main author.
    names: dict[int, str] = dict(_AUTHORS.rows(_largest(counts_by_id, MAX_CANDIDATES)))
    if not names:
        return []
    mains_by_name: dict[str, set[int]] = defaultdict(set)
    for folded, pk, merged_into in _NAMESAKES.rows(names):
        mains_by_name[folded].add(merged_into or pk)
    mains = set().union(*mains_by_name.values())
    counts_by_main = Counter({pk: counts_by_id[pk] for pk in mains})
    for pk, merged_into in _MERGED.rows(mains):
        counts_by_main[merged_into] += counts_by_id[pk]
    # The label is the spelling of the namesake with most matches.
    labels = {fold_name(names[pk]): names[pk] for pk in sorted(names, key=lambda pk: (counts_by_main[pk], -pk))}
    counts = {
        labels[name]: sum(counts_by_main[pk] for pk in pks) for name, pks in mains_by_name.items() if name in labels
    }
    return _make_choices(counts, "author")


def _count_tags(hits: Sequence[Hit]) -> list[FacetChoice]:
    """Return the tags of most matches' threads. Merged tags count as one; ignored tags are left out. Three queries."""
    article_ids = [hit.article_id for hit in hits]
    tags_by_article = TAG_CACHE.tag_ids(set(article_ids))
    counts_by_id = Counter(chain.from_iterable(map(tags_by_article.__getitem__, article_ids)))
    return _make_choices(
        {name: counts_by_id[pk] for pk, name in _TAGS.rows(_largest(counts_by_id, MAX_CANDIDATES))}, "tag"
    )


def _make_choices(counts: Mapping[str, int], operator: str) -> list[FacetChoice]:
    """Return choices for the largest counts."""
    names = _largest(counts, MAX_CHOICES)
    return [FacetChoice(name, format_operator(operator, name), counts[name]) for name in names]


def _largest(counts: Mapping[Key, int], size: int) -> list[Key]:
    """Return the keys with the largest counts; of equal counts, the lower keys."""
    return sorted(counts, key=lambda key: (-counts[key], key))[:size]


class TagCache:
    """The tags of threads, cached in this process until the archive changes. A merged tag counts as its main tag.

    Each search counts the tags of up to 1,000 matches. Loading them takes as long as finding the matches.
    `PAGE_CACHE = False` disables this cache too.
    """

    def __init__(self) -> None:
        self.version = ""
        self.tags: dict[int, tuple[int, ...]] = {}

    def tag_ids(self, article_ids: Set[int]) -> Mapping[int, tuple[int, ...]]:
        """Return the tag ids of these articles, and possibly of others. Two queries, or one if all are cached."""
        # The version is read before the tags, so that cached tags are never older than their version.
        version = versions.archive_version() if settings.PAGE_CACHE else ""
        if not version or version != self.version or len(self.tags) > MAX_CACHED_THREADS:
            self.version, self.tags = version, {}
        tags = self.tags
        if missing := article_ids - tags.keys():
            tags |= dict.fromkeys(missing, ())
            for article_id, tag_id in _ARTICLE_TAGS.rows(missing):
                tags[article_id] += (tag_id,)
        return tags


TAG_CACHE: Final = TagCache()

_MAIN_AUTHOR: Final = Coalesce("merged_into", "pk", output_field=BigIntegerField())
_MAIN_NAME: Final = Coalesce("merged_into__name", "name")
_MAIN_TAG: Final = Coalesce("tag__merged_into", "tag", output_field=BigIntegerField())
_AUTHORS: Final = IdListQuery(lambda ids: Author.objects.filter(pk__in=ids).values_list(_MAIN_AUTHOR, _MAIN_NAME))
_MERGED: Final = IdListQuery(lambda ids: Author.objects.filter(merged_into__in=ids).values_list("pk", "merged_into_id"))
_NAMESAKES: Final = IdListQuery(
    lambda ids: AuthorName.objects.filter(
        folded__in=AuthorName.objects.filter(author__in=ids).values("folded")
    ).values_list("folded", "author_id", "author__merged_into_id")
)
_TAGS: Final = IdListQuery(lambda ids: Tag.objects.filter(pk__in=ids, ignored=False).values_list("pk", "name"))
_ARTICLE_TAGS: Final = IdListQuery(
    lambda ids: ArticleTag.objects.filter(content_object__in=ids).values_list("content_object_id", _MAIN_TAG).distinct()
)
