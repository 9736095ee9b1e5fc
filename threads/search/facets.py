"""What the matches have in common: years, tags and authors, each with how many of the matches are its.

Counted over the matches at hand (the newest 1,000 where there are more). Called by `results`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import date
from heapq import nlargest
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from threads.models import Author, Tag
from threads.search.kept_tags import KEPT
from threads.search.listed import ByNumbers
from threads.search.numbers import day_of, first_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threads.search.rows import Hit

MOST: Final = 8
CANDIDATES: Final = 16
"""Fetched before merged names are added up and ignored tags are left out."""


@dataclass(frozen=True, slots=True)
class Facet:
    """One choice: a piece of query that leaves only its matches, and how many there are."""

    label: str
    operator: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The choices there are."""

    years: Sequence[Facet] = ()
    tags: Sequence[Facet] = ()
    authors: Sequence[Facet] = ()


def facets_of(hits: Sequence[Hit]) -> Facets:
    """Count what the matches have in common. Four queries at most."""
    if not hits:
        return Facets()
    return Facets(years(hits), tags(hits), authors(hits))


def years(hits: Sequence[Hit]) -> list[Facet]:
    """Return the years of the matches, newest first, as the matches come."""
    found: list[Facet] = []
    start = 0
    while start < len(hits) and (day := day_of(hits[start].number)):
        before = first_of(date(day.year, 1, 1).toordinal())
        end = bisect_right(hits, -before, start, key=lambda hit: -hit.number)
        found.append(Facet(str(day.year), f"after:{day.year} before:{day.year + 1}", end - start))
        start = end
    return found


def authors(hits: Sequence[Hit]) -> list[Facet]:
    """Return the authors of most matches; merged names count as one."""
    by_id = Counter(map(attrgetter("author_id"), hits))
    del by_id[None]
    return _named(by_id, _AUTHORS, "author")


def tags(hits: Sequence[Hit]) -> list[Facet]:
    """Return the tags of most matches' threads; merged tags count as one, ignored ones not at all."""
    threads = [hit.article_id for hit in hits]
    tags_of = KEPT.of(set(threads))
    return _named(Counter(chain.from_iterable(map(tags_of.__getitem__, threads))), _TAGS, "tag")


_NAMES: Final = ("pk", "name", "merged_into__name")
_AUTHORS: Final = ByNumbers(lambda ids: Author.objects.filter(pk__in=ids).values_list(*_NAMES))
_TAGS: Final = ByNumbers(lambda ids: Tag.objects.filter(pk__in=ids, ignored=False).values_list(*_NAMES))


def _named(by_id: Counter[int], names: ByNumbers, field: str) -> list[Facet]:
    """Return facets by count; a merged name's matches go to the name it was merged into. One query."""
    # Of equals the older: whichever the database names first would be another one each time.
    most = nlargest(CANDIDATES, ((times, -pk) for pk, times in by_id.items()))
    counts: Counter[str] = Counter()
    for pk, name, merged_into in names.rows(-pk for _, pk in most):
        counts[merged_into or name] += by_id[pk]
    best = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]
    return [Facet(name, operator(field, name), times) for name, times in best]


def operator(field: str, value: str) -> str:
    """Return the piece of query that asks for a field's value; without what would end it early."""
    return f'{field}:"{value.replace(chr(34), " ")}"' if not value.isalnum() else f"{field}:{value}"
