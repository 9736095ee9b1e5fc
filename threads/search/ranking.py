"""Relevance of the newest matches. Computed from rows, so both databases give the same order.

The score is BM25 without word rarity, because each match has all words. A word counts less for each repetition and in a
long text, and more in a title and in an article than in a comment. More replies and a newer date add a little.
"""

from __future__ import annotations

from dataclasses import replace
from math import log1p
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db.models.functions import Substr

from threads.database.prepared import IdListQuery
from threads.models import Article, Comment
from threads.search.backends import get_backend
from threads.search.backends.conditions import And, Condition, Hit, Or, Phrase, TextPart
from threads.search.highlighting import list_phrases, phrase_pattern
from threads.text import fold, is_regular

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from threads.search.query import Query
    from threads.search.resolution import ResolvedQuery

SATURATION: Final = 1.2
LENGTH_WEIGHT: Final = 0.6
USUAL_LENGTH: Final = 300
"""Characters of a usual comment."""
TITLE_WEIGHT: Final = 3.0
ARTICLE_WEIGHT: Final = 1.25
REPLY_WEIGHT: Final = 0.12
NEWNESS_WEIGHT: Final = 0.25
SCORED_LENGTH: Final = 1_000
"""Characters at the start of a text that are scored."""
MAX_OLDER_TITLES: Final = 200
"""Older matches with the words in their title that are scored with the newest matches."""


class Candidate(NamedTuple):
    """A match to score. `title` is empty for a comment. `body` has the first `SCORED_LENGTH` characters."""

    hit: Hit
    body: str
    reply_count: int
    title: str = ""


class RankedHit(NamedTuple):
    """A match with its score. Higher tuples come first; the score is 0 in lists by date."""

    score: int
    hit: Hit

    @property
    def position(self) -> tuple[int, int]:
        """Score and entry id, which descend in a list."""
        return self.score, self.hit.id


def rank_hits(query: Query, resolved: ResolvedQuery, hits: Sequence[Hit], *, add_titles: bool) -> list[RankedHit]:
    """Return matches, the best first. With `add_titles`, include older matches in titles.

    Two queries, or three with `add_titles`; none without matches.
    """
    if not hits:
        return []
    if add_titles:
        ids = {hit.id for hit in hits}
        older = get_backend().find(require_titles(resolved.condition), resolved.id_range, MAX_OLDER_TITLES)
        hits = [*hits, *(hit for hit in older if hit.id not in ids)]
    patterns = [phrase_pattern([phrase]) for phrase in list_phrases(query.text_terms)]
    candidates = load_candidates(hits)
    ranked = [
        RankedHit(score_candidate(candidate, patterns, 1 - index / len(candidates)), candidate.hit)
        for index, candidate in enumerate(candidates)
    ]
    return sorted(ranked, reverse=True)


def score_candidate(candidate: Candidate, patterns: Sequence[re.Pattern[str]], newness: float) -> int:
    """Return a candidate's score in thousandths. `newness` is 1 for the newest match and 0 for the oldest."""
    is_article = candidate.hit.comment_id is None
    norm = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * len(candidate.body) / USUAL_LENGTH)
    total = 0.0
    for pattern in patterns:
        if count := _count_matches(pattern, candidate.body):
            total += (ARTICLE_WEIGHT if is_article else 1.0) * count * (SATURATION + 1) / (count + norm)
        if candidate.title and _count_matches(pattern, candidate.title):
            total += TITLE_WEIGHT
    return round(1000 * (total + REPLY_WEIGHT * log1p(candidate.reply_count) + NEWNESS_WEIGHT * newness))


def _count_matches(pattern: re.Pattern[str], text: str) -> int:
    """Return the number of matches; in the folded text if the text as written has none."""
    return len(pattern.findall(text)) or (0 if is_regular(text) else len(pattern.findall(fold(text))))


_BEGINNING: Final = Substr("body", 1, SCORED_LENGTH)
_ARTICLES: Final = IdListQuery(
    lambda ids: Article.objects.filter(pk__in=ids).values_list("pk", _BEGINNING, "comment_count", "title")
)
_COMMENTS: Final = IdListQuery(
    lambda ids: Comment.objects.filter(pk__in=ids).values_list("pk", _BEGINNING, "answer_count")
)


def load_candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """Return the candidates for matches, in their order. Two queries."""
    articles = {hit.article_id: hit for hit in hits if hit.comment_id is None}
    comments = {hit.comment_id: hit for hit in hits if hit.comment_id is not None}
    candidates = {articles[pk]: Candidate(articles[pk], *columns) for pk, *columns in _ARTICLES.rows(articles)}
    candidates |= {comments[pk]: Candidate(comments[pk], *columns) for pk, *columns in _COMMENTS.rows(comments)}
    return [candidates[hit] for hit in hits if hit in candidates]


def require_titles(condition: Condition) -> Condition:
    """Return a condition that needs each word in a title."""
    match condition:
        case And(conditions) | Or(conditions):
            return replace(condition, conditions=tuple(map(require_titles, conditions)))
        case Phrase(part=TextPart.TEXT):
            return replace(condition, part=TextPart.TITLE)
        case _:
            return condition
