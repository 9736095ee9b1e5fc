"""A search from the reader's line to what a page or a feed shows. Called by the search view, feeds and the thread page.

`run` costs one query of the index for the count and the facets together, a few for names, and two for the rows shown,
whatever the archive's size. Words are counted exactly up to 1,000 matches, beyond that as `more than`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from django.db.models.functions import Substr

from threads.models import Article, Comment
from threads.search import marking, ranking
from threads.search.backends import backend
from threads.search.conditions import And, Condition, Or, Part, Phrase, Window
from threads.search.description import describe
from threads.search.drawing import Found, draw
from threads.search.facets import Facets, facets_of
from threads.search.listed import ByNumbers
from threads.search.places import NEWEST, Place
from threads.search.query import Query, parse
from threads.search.ranking import Candidate
from threads.search.resolution import Resolved, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from threads.search.rows import Hit

COUNTED: Final = 1_000
"""Matches that are counted, weighed and looked at for what they have in common: the newest."""
PAGE: Final = 20
GROUPS: Final = 10
TITLES: Final = 200
"""How many older matches in titles are weighed beside the newest matches."""
IN_GROUP: Final = 3
"""Matches shown of one thread when results are grouped."""


@dataclass(frozen=True, slots=True)
class Group:
    """A thread's matches: the first few, and how many there are among those counted."""

    found: Sequence[Found]
    count: int

    @property
    def more(self) -> int:
        """How many matches are not shown."""
        return self.count - len(self.found)


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to a search."""

    query: Query
    sentence: str
    """How the query was read."""
    notes: Sequence[str]
    """What could not be read or found, in words."""
    sort: str
    groups: Sequence[Group] = ()
    """One match each, or one thread each where grouped."""
    total: int = 0
    exact: bool = True
    """False where there are more matches than `total`."""
    after: str = ""
    """Where the next page begins; empty on the last."""
    first: bool = True
    is_cut: bool = False
    """True on the last page of a list that holds only the newest matches; all are in the list by date."""
    facets: Facets = field(default_factory=Facets)


def run(text: str, sort: str = NEWEST, *, grouped: bool = False, after: str = "", size: int = PAGE) -> Results:
    """Answer a search. `after` is a place from an earlier answer; one that cannot be read is the beginning."""
    query = parse(text)
    if query.is_empty:
        return Results(query, "", query.notes, sort)
    resolved = resolve(query)
    place = Place.read(after)
    order = Ordered(query, resolved, sort)
    shown, rest = order.threads(place, min(size, GROUPS)) if grouped else order.matches(place, size)
    found = draw([hit for group in shown for hit in group[:IN_GROUP]], query, sort, grouped=grouped)
    groups = [
        Group([found[hit.number] for hit in group[:IN_GROUP] if hit.number in found], len(group)) for group in shown
    ]
    return Results(
        query=query,
        sentence=describe(query),
        notes=(*query.notes, *resolved.notes),
        sort=sort,
        groups=[group for group in groups if group.found],
        total=min(len(order.hits), COUNTED),
        exact=len(order.hits) <= COUNTED,
        after=rest,
        first=place is None,
        is_cut=not rest and len(order.hits) > COUNTED and (grouped or not order.by_date),
        facets=facets_of(order.hits[:COUNTED]),
    )


class Ordered:
    """The matches of one search in the order asked for, cut into pages."""

    def __init__(self, query: Query, resolved: Resolved, sort: str) -> None:
        """Find them: the newest 1,000, and one more to know of. One query; up to four where they are weighed."""
        self.resolved = resolved
        self.by_date = sort == NEWEST or not query.words
        self.hits = backend().find(resolved.condition, resolved.window, COUNTED + 1)
        self.weighed = [] if self.by_date else weigh(query, resolved, self.hits)

    def places(self, after: Place | None = None) -> Iterator[tuple[Place, Hit]]:
        """Yield the matches at hand that come after a place, with their own places, in order."""
        pairs = ((Place(0, hit.number), hit) for hit in self.hits) if self.by_date else iter(self.weighed)
        return ((place, hit) for place, hit in pairs if after is None or place < after)

    def matches(self, after: Place | None, size: int) -> tuple[list[list[Hit]], str]:
        """Return a page of matches, one to a group, and where the next begins."""
        page = list(islice(self.places(after), size + 1))
        if len(page) <= size and len(self.hits) > COUNTED and after and self.by_date:
            page = [(Place(0, hit.number), hit) for hit in self.beyond(after, size + 1)]
        rest = page[size - 1][0].write() if len(page) > size else ""
        return [[hit] for _, hit in page[:size]], rest

    def beyond(self, after: Place, count: int) -> list[Hit]:
        """Return matches after a place that the matches at hand do not reach. One query."""
        window = self.resolved.window.within(Window(high=after.number))
        return backend().find(self.resolved.condition, window, count)

    def threads(self, after: Place | None, size: int) -> tuple[list[list[Hit]], str]:
        """Return a page of threads with all their matches at hand, and where the next begins: a thread's best match."""
        groups: dict[int, list[tuple[Place, Hit]]] = {}
        for place, hit in self.places():
            groups.setdefault(hit.article_id, []).append((place, hit))
        page = [group for group in groups.values() if after is None or group[0][0] < after][: size + 1]
        rest = page[size - 1][0][0].write() if len(page) > size else ""
        return [[hit for _, hit in group] for group in page[:size]], rest


def weigh(query: Query, resolved: Resolved, hits: Sequence[Hit]) -> list[tuple[Place, Hit]]:
    """Return matches by weight. Where there are too many to weigh them all, those with the words in a title come too.

    Two queries, or four; none where there are no matches.
    """
    if not hits:
        return []
    if len(hits) > COUNTED:
        known = {hit.number for hit in hits}
        older = backend().find(in_titles(resolved.condition), resolved.window, TITLES)
        hits = [*hits, *(hit for hit in older if hit.number not in known)]
    by_number = {hit.number: hit for hit in hits}
    words = [marking.pattern([phrase]) for phrase in marking.phrases_of(query.words)]
    return [(Place(score, number), by_number[number]) for score, number in ranking.ranked(candidates(hits), words)]


_BEGINNING: Final = Substr("body", 1, ranking.LONGEST)
_ARTICLES: Final = ByNumbers(
    lambda ids: Article.objects.filter(pk__in=ids).values_list("pk", "title", _BEGINNING, "comment_count")
)
_COMMENTS: Final = ByNumbers(
    lambda ids: Comment.objects.filter(pk__in=ids).values_list("pk", _BEGINNING, "answer_count")
)


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """Return what is weighed of matches, in their order. Two queries."""
    articles = {hit.article_id: hit.number for hit in hits if hit.comment_id is None}
    comments = {hit.comment_id: hit.number for hit in hits if hit.comment_id is not None}
    found: dict[int, Candidate] = {}
    for pk, title, body, count in _ARTICLES.rows(articles):
        found[articles[pk]] = Candidate(articles[pk], title, body, count, is_article=True)
    for pk, body, count in _COMMENTS.rows(comments):
        found[comments[pk]] = Candidate(comments[pk], "", body, count, is_article=False)
    return [found[hit.number] for hit in hits if hit.number in found]


def in_titles(condition: Condition) -> Condition:
    """Return a condition with every word to be found in a title."""
    match condition:
        case And(of):
            return And(tuple(map(in_titles, of)))
        case Or(of):
            return Or(tuple(map(in_titles, of)))
        case Phrase(part=Part.TEXT):
            return replace(condition, part=Part.TITLE)
        case _:
            return condition
