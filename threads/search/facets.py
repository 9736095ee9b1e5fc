"""What the matches have in common: years, tags and authors, each with how many of the matches are its.

Counted over the matches at hand (the newest 1,000 where there are more). Called by `results`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from heapq import nlargest
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from django.db.models import BigIntegerField
from django.db.models.functions import Coalesce

from threads.models import Author, AuthorName, Tag
from threads.search.kept_tags import KEPT
from threads.search.listed import ByNumbers
from threads.search.numbers import day_of, first_of
from threads.search.query import QUOTATION_MARKS
from threads.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from threads.search.rows import Hit

_QUOTATION_MARK: Final = re.compile(f"[{QUOTATION_MARKS}]")
MOST: Final = 8
CANDIDATES: Final = 16
"""Looked at before names of one person are added up and ignored tags are left out."""


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
    """Count what the matches have in common. Six queries at most."""
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
    """Return the authors of most matches, each with those that `author:` and the name find. Three queries.

    These are all who are called so in any script or case, and whoever was merged with one of them.
    """
    by_id = Counter(map(attrgetter("author_id"), hits))
    del by_id[None]
    # Whose matches are few is looked at as well where they are another name of one who has many.
    labels: dict[int, str] = dict(_AUTHORS.rows(_most(by_id)))
    if not labels:
        return []
    namesakes: dict[str, set[int]] = defaultdict(set)
    for folded, pk, merged_into in _NAMESAKES.rows(labels):
        namesakes[folded].add(merged_into or pk)
    mains = set().union(*namesakes.values())
    by_main = Counter({pk: by_id[pk] for pk in mains})
    for pk, merged_into in _MERGED.rows(mains):
        by_main[merged_into] += by_id[pk]
    # Of namesakes the one with most matches lends its spelling.
    called: dict[str, str] = {}
    for pk in sorted(labels, key=lambda pk: (-by_main[pk], pk)):
        called.setdefault(fold(labels[pk]), labels[pk])
    counts = {called[folded]: sum(by_main[pk] for pk in pks) for folded, pks in namesakes.items() if folded in called}
    return _facets(counts, "author")


def tags(hits: Sequence[Hit]) -> list[Facet]:
    """Return the tags of most matches' threads; merged tags count as one, ignored ones not at all. Three queries."""
    threads = [hit.article_id for hit in hits]
    tags_of = KEPT.of(set(threads))
    by_id = Counter(chain.from_iterable(map(tags_of.__getitem__, threads)))
    return _facets({name: by_id[pk] for pk, name in _TAGS.rows(_most(by_id))}, "tag")


_MAIN_ID: Final = Coalesce("merged_into", "pk", output_field=BigIntegerField())
_MAIN_NAME: Final = Coalesce("merged_into__name", "name")
_AUTHORS: Final = ByNumbers(lambda ids: Author.objects.filter(pk__in=ids).values_list(_MAIN_ID, _MAIN_NAME))
_MERGED: Final = ByNumbers(lambda ids: Author.objects.filter(merged_into__in=ids).values_list("pk", "merged_into_id"))
_NAMESAKES: Final = ByNumbers(
    lambda ids: AuthorName.objects.filter(
        folded__in=AuthorName.objects.filter(author__in=ids).values("folded")
    ).values_list("folded", "author_id", "author__merged_into_id")
)
_TAGS: Final = ByNumbers(lambda ids: Tag.objects.filter(pk__in=ids, ignored=False).values_list("pk", "name"))


def _most(by_id: Counter[int]) -> list[int]:
    """Return the ids of the greatest counts."""
    # Of equals the older: whichever the database names first would be another one each time.
    return [-pk for _, pk in nlargest(CANDIDATES, ((times, -pk) for pk, times in by_id.items()))]


def _facets(counts: Mapping[str, int], field: str) -> list[Facet]:
    """Return the greatest counts as choices."""
    best = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]
    return [Facet(name, operator(field, name), times) for name, times in best]


def operator(field: str, value: str) -> str:
    """Return the piece of query that asks for a field's value."""
    if value.isalnum():
        return f"{field}:{value}"
    twice = _QUOTATION_MARK.sub(r"\g<0>\g<0>", value)
    return f'{field}:"{twice}"'
