"""What the matches have in common: years, tags and authors, each with how many of the matches are its.

Counted over the matches at hand (the newest 1,000 where there are more). Called by `results`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from threads.models import Author, Tag
from threads.search.entries import tag_pairs
from threads.search.numbers import SHIFT, day_of

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
    """Count what the matches have in common. Three queries."""
    if not hits:
        return Facets()
    return Facets(years(hits), tags(hits), authors(hits))


def years(hits: Sequence[Hit]) -> list[Facet]:
    """Return the years of the matches, newest first."""
    counts: Counter[int] = Counter()
    for day, times in Counter([hit.number >> SHIFT for hit in hits]).items():
        if moment := day_of(day << SHIFT):
            counts[moment.year] += times
    return [Facet(str(year), f"after:{year} before:{year + 1}", counts[year]) for year in sorted(counts, reverse=True)]


def authors(hits: Sequence[Hit]) -> list[Facet]:
    """Return the authors of most matches; merged names count as one."""
    counts = Counter([hit.author_id for hit in hits if hit.author_id is not None])
    rows = Author.objects.filter(pk__in=[pk for pk, _ in counts.most_common(CANDIDATES)])
    return _named(
        [(name, merged, counts[pk]) for pk, name, merged in rows.values_list("pk", "name", _MERGED)], "author"
    )


def tags(hits: Sequence[Hit]) -> list[Facet]:
    """Return the tags of most matches' threads; merged tags count as one, ignored ones not at all."""
    matches = Counter([hit.article_id for hit in hits])
    counts: Counter[int] = Counter()
    for article_id, tag_id in tag_pairs(matches):
        counts[tag_id] += matches[article_id]
    rows = Tag.objects.filter(pk__in=[pk for pk, _ in counts.most_common(CANDIDATES)], ignored=False)
    return _named([(name, merged, counts[pk]) for pk, name, merged in rows.values_list("pk", "name", _MERGED)], "tag")


_MERGED: Final = "merged_into__name"


def _named(rows: Sequence[tuple[str, str | None, int]], field: str) -> list[Facet]:
    """Return facets by count; a merged name's matches go to the name it was merged into."""
    counts: Counter[str] = Counter()
    for name, merged_into, times in rows:
        counts[merged_into or name] += times
    best = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]
    return [Facet(name, operator(field, name), times) for name, times in best]


def operator(field: str, value: str) -> str:
    """Return the piece of query that asks for a field's value; without what would end it early."""
    return f'{field}:"{value.replace(chr(34), " ")}"' if not value.isalnum() else f"{field}:{value}"
