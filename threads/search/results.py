"""Run a search: matches, their order, pages and neighbours, and the rows that a page, a feed or a link needs.

One query of the index serves the count, the order and the facets. A few more resolve names, and two load the rows
shown. The number of queries does not depend on the size of the archive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import F

from threads.database.prepared import IdListQuery
from threads.keyset import ListPage, make_page
from threads.models import Article, Comment, address
from threads.querysets import person, written_name
from threads.search.backends import get_backend
from threads.search.backends.conditions import IdRange
from threads.search.entries import load_visible_excerpts, quote_spans
from threads.search.facets import Facets, count_facets
from threads.search.highlighting import FIRST_MATCH_ID, split_matches, term_pattern
from threads.search.limits import GROUPS_PER_PAGE, RESULTS_PER_GROUP, RESULTS_PER_PAGE, limit_search
from threads.search.query import QUOTED, WORDS, Query, parse_query
from threads.search.ranking import RankedHit, rank_hits
from threads.search.resolution import ResolvedQuery, resolve_query
from threads.search.snippets import choose_snippet
from threads.search.tokens import extract_reading_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from threads.search.backends.conditions import Hit
    from threads.search.highlighting import TextPiece

SORT_BY_DATE: Final = "date"
SORT_BY_RELEVANCE: Final = "relevance"
SORTS: Final = (SORT_BY_RELEVANCE, SORT_BY_DATE)
MAX_COUNTED: Final = 1_000
"""Newest matches that are counted, ranked and used for facets."""
MAX_TEXT: Final = 100_000
"""Characters of a text that are searched for its snippet."""


class ResultRow(NamedTuple):
    """A visible article or comment."""

    entry_id: int
    comment_id: int | None
    day: date | None
    lang: str
    thread_key: str
    title: str
    title_lang: str
    author: str | None
    author_slug: str | None
    reply_count: int
    """Replies to a comment, or comments on an article."""
    body: str
    comment_key: str = ""
    number: int | None = None
    """The comment's number in the thread, from 1. None for an article."""
    order: int = 0


class SearchResult(NamedTuple):
    """A row that matches, with its matches highlighted."""

    row: ResultRow
    url: str
    """Its URL in the thread, with the search. The thread page then highlights terms and links to the next result."""
    plain_url: str
    """The same without the search."""
    title: Sequence[TextPiece]
    snippet: Sequence[TextPiece]
    quoted: Sequence[TextPiece] = ()
    """The snippet of its excerpts, if the query has `quoted:`."""


class ResultGroup(NamedTuple):
    """The first results of one thread, or a single result in a list that is not grouped."""

    results: Sequence[SearchResult]
    match_count: int
    """Matches of the thread among those counted."""


@dataclass(frozen=True, slots=True)
class ResultPage:
    """A page of results."""

    query: Query
    notes: Sequence[str]
    """What could not be read or found."""
    sort: str
    groups: Sequence[ResultGroup] = ()
    total: int = 0
    is_exact: bool = True
    """Whether `total` counts all matches. Otherwise, there are more."""
    after: str = ""
    """The cursor of the next page; empty on the last."""
    is_first: bool = True
    is_truncated: bool = False
    """Whether this is the last page of a list that has only the newest matches."""
    facets: Facets = field(default_factory=Facets)


@limit_search()
def run_search(
    text: str, sort: str = SORT_BY_DATE, *, grouped: bool = False, after: str = "", size: int = RESULTS_PER_PAGE
) -> ResultPage:
    """Return a page of results. `after` is the cursor of an earlier page; an invalid one gives the first page.

    Raises SearchRefusedError beyond a limit.
    """
    query = parse_query(text)
    if query.is_empty:
        return ResultPage(query, query.notes, sort)
    resolved = resolve_query(query)
    cursor = re.fullmatch(r"(\d{1,9})\.(\d{1,18})", after, re.ASCII)
    position = (int(cursor[1]), int(cursor[2])) if cursor else None
    matches = MatchList(query, resolved, sort, grouped=grouped)
    page = matches.page(position, min(size, GROUPS_PER_PAGE) if grouped else size)
    shown = [match.hit for group in page.rows for match in group[:RESULTS_PER_GROUP]]
    results = load_results(shown, query, sort, grouped=grouped)
    groups = [
        ResultGroup([results[hit.id] for _, hit in group[:RESULTS_PER_GROUP] if hit.id in results], len(group))
        for group in page.rows
    ]
    return ResultPage(
        query=query,
        notes=(*query.notes, *resolved.notes),
        sort=sort,
        groups=[group for group in groups if group.results],
        total=min(len(matches.hits), MAX_COUNTED),
        is_exact=not matches.has_more,
        after=page.after,
        is_first=page.is_first,
        is_truncated=not page.after and matches.has_more and not matches.continues,
        facets=count_facets(matches.hits[:MAX_COUNTED]),
    )


class MatchList:
    """The newest matches of a search, in the order of a list."""

    def __init__(self, query: Query, resolved: ResolvedQuery, sort: str, *, grouped: bool) -> None:
        """Find the matches. One query; up to four if they are ranked."""
        self.resolved = resolved
        is_by_date = sort == SORT_BY_DATE or not query.text_terms
        self.continues = is_by_date and not grouped
        """Whether the list has older matches after the newest ones."""
        self.hits = get_backend().find(resolved.condition, resolved.id_range, MAX_COUNTED + 1)
        self.has_more = len(self.hits) > MAX_COUNTED
        matches = [RankedHit(0, hit) for hit in self.hits]
        if not is_by_date:
            matches = rank_hits(query, resolved, self.hits, add_titles=self.has_more)
        groups: dict[int, list[RankedHit]] = {}
        for match in matches:
            groups.setdefault(match.hit.article_id if grouped else match.hit.id, []).append(match)
        self.groups = list(groups.values())
        """The matches of each thread, the best first. In a list that is not grouped, each match alone."""

    def page(self, position: tuple[int, int] | None, size: int) -> ListPage[list[RankedHit]]:
        """Return the page after a position: score and entry id of a group's best match, in descending order.

        One query after the newest 1,000.
        """
        groups = [group for group in self.groups if position is None or group[0].position < position][: size + 1]
        if len(groups) <= size and self.has_more and position and self.continues:
            id_range = self.resolved.id_range.intersect(IdRange(high=position[1]))
            older = get_backend().find(self.resolved.condition, id_range, size + 1)
            groups = [[RankedHit(0, hit)] for hit in older]
        return make_page(groups, size, lambda group: "{}.{}".format(*group[0].position), is_first=position is None)


# Neighbours


class Neighbours(NamedTuple):
    """The results before and after a result. None at the ends of the list."""

    previous: SearchResult | None = None
    next: SearchResult | None = None


@limit_search()
def find_result_neighbours(text: str, sort: str, entry_id: int, *, grouped: bool = False) -> Neighbours:
    """Return the results before and after an entry. Two queries of the index and two of rows.

    Raises SearchRefusedError beyond a limit.
    """
    query = parse_query(text)
    if query.is_empty:
        return Neighbours()
    resolved = resolve_query(query)
    hits: list[Hit | None]
    if grouped or (sort != SORT_BY_DATE and query.text_terms):
        hits = _neighbours_in_list(MatchList(query, resolved, sort, grouped=grouped), entry_id)
    else:
        newer_ids = resolved.id_range.intersect(IdRange(low=entry_id + 1))
        older_ids = resolved.id_range.intersect(IdRange(high=entry_id))
        newer = get_backend().find(resolved.condition, newer_ids, 1, oldest_first=True)
        older = get_backend().find(resolved.condition, older_ids, 1)
        hits = [next(iter(newer), None), next(iter(older), None)]
    results = load_results([hit for hit in hits if hit], query, sort, grouped=grouped)
    return Neighbours(*(results.get(hit.id) if hit else None for hit in hits))


def _neighbours_in_list(matches: MatchList, entry_id: int) -> list[Hit | None]:
    """Return the neighbours in the list of the newest matches. A grouped list has all matches of a thread together."""
    hits = [None, *(match.hit for group in matches.groups for match in group), None]
    index = next((index for index, hit in enumerate(hits) if hit and hit.id == entry_id), None)
    return [hits[index - 1], hits[index + 1]] if index else []


# Rows


_ARTICLE_COLUMNS: Final = (
    *("pk", "published_at", "script", "key", "title"),
    *(written_name(), person("author").slug, "comment_count", "body"),
)
_COMMENT_COLUMNS: Final = (
    *("pk", "posted_on", "script", "article__key", "article__title", "article__script"),
    *(written_name(), person("author").slug, "answer_count", "body", "key", F("position") + 1, "order"),
)
_ARTICLES: Final = IdListQuery(lambda ids: Article.objects.visible().filter(pk__in=ids).values_list(*_ARTICLE_COLUMNS))
_COMMENTS: Final = IdListQuery(lambda ids: Comment.objects.visible().filter(pk__in=ids).values_list(*_COMMENT_COLUMNS))


def load_results(hits: Sequence[Hit], query: Query, sort: str, *, grouped: bool = False) -> dict[int, SearchResult]:
    """Return the visible results among these matches, by entry id. Two queries, and one for `quoted:`."""
    if not hits:
        return {}
    words, quoted = term_pattern(query, WORDS), term_pattern(query, QUOTED)
    has_quoted = any(term.kind == QUOTED for term in query.text_terms)
    excerpts = load_visible_excerpts([hit.comment_id for hit in hits if hit.comment_id]) if has_quoted else {}
    search_parameters = urlencode({"q": query.text, "sort": sort} | ({"by": "thread"} if grouped else {}))
    results: dict[int, SearchResult] = {}
    for row in _load_rows(hits):
        body = row.body[:MAX_TEXT]
        text = extract_reading_text(body, quote_spans(body) if row.comment_id else ())
        row_excerpts = excerpts.get(row.comment_id) if row.comment_id else None
        results[row.entry_id] = SearchResult(
            row=row,
            url=_result_url(row, f"{search_parameters}&r={row.entry_id}"),
            plain_url=_result_url(row, ""),
            title=split_matches(row.title, words),
            snippet=choose_snippet(text, words),
            quoted=choose_snippet(" … ".join(row_excerpts), quoted) if row_excerpts else (),
        )
    return results


def _load_rows(hits: Sequence[Hit]) -> Iterator[ResultRow]:
    """Yield the visible rows of matches. One query for articles, and one for comments."""
    articles = {hit.article_id: hit.id for hit in hits if hit.comment_id is None}
    comments = {hit.comment_id: hit.id for hit in hits if hit.comment_id is not None}
    for pk, published_at, script, key, title, *columns in _ARTICLES.rows(articles) if articles else ():
        day = published_at.date() if published_at else None
        yield ResultRow(articles[pk], None, day, script, key, title, script, *columns)
    for pk, *columns in _COMMENTS.rows(comments) if comments else ():
        yield ResultRow(comments[pk], pk, *columns)


def _result_url(row: ResultRow, search_parameters: str) -> str:
    path = address("thread", row.thread_key)
    page = row.order // settings.THREAD_PAGE_SIZE + 1
    parameters = "&".join(filter(None, (f"page={page}" if page > 1 else "", search_parameters)))
    article_anchor = f"#{FIRST_MATCH_ID}" if search_parameters else ""
    anchor = f"#c-{row.comment_key}" if row.comment_key else article_anchor
    return f"{path}?{parameters}{anchor}" if parameters else f"{path}{anchor}"
