"""Matches as a reader sees them: whose words, when, in which discussion, and the stretch of text that matched.

Visible rows only, whatever the index says. Called by `results`. Two queries, one more for `quoted:`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from threads.models import Article, Comment
from threads.search import entries, marking
from threads.search.query import Kind
from threads.tokens import reading_text

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Sequence
    from datetime import date

    from threads.search.marking import Piece
    from threads.search.query import Query, Term
    from threads.search.rows import Hit

LONGEST: Final = 100_000
"""Characters of a text in which the stretch to show is looked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """One match."""

    number: int
    article_id: int
    url: str
    """Of the place in the thread; the search goes along, so that the thread can lead to the next match."""
    thread_title: Sequence[Piece]
    thread_lang: str
    author: str
    """Empty where unknown."""
    author_url: str
    day: date | None
    place: int | None
    """The comment's number in the thread, from 1; None for the opening text."""
    answers: int
    """Comments, of an opening text; answers, of a comment."""
    snippet: Sequence[Piece]
    lang: str
    quoted: Sequence[Piece] = ()
    """What it quotes, where that was looked for."""


class _Row(NamedTuple):
    """What is read of a match, an opening text's first; the rest is a comment's."""

    title: str
    key: str
    thread_lang: str
    author: str | None
    slug: str | None
    day: date | None
    answers: int
    body: str
    pk: int
    article_id: int
    lang: str
    number: int
    comment_key: str
    position: int | None
    order: int


def draw(hits: Sequence[Hit], query: Query, sort: str) -> dict[int, Found]:
    """Return the visible ones of these matches, by number."""
    words = _pattern(term for term in query.words if term.kind is Kind.WORDS)
    quoted = _pattern(term for term in query.words if term.kind is Kind.QUOTED)
    asked_for_quotes = any(term.kind is Kind.QUOTED for term in query.words)
    excerpts = _excerpts(hits) if asked_for_quotes else {}
    found: dict[int, Found] = {}
    for row in [*_articles(hits), *_comments(hits)]:
        body = row.body[:LONGEST]
        text = reading_text(body, entries.cuts(body) if row.comment_key else ())
        found[row.number] = Found(
            number=row.number,
            article_id=row.article_id,
            url=_address(row, query.text, sort),
            thread_title=marking.marked(row.title, words),
            thread_lang=row.thread_lang,
            author=row.author or "",
            author_url=reverse("threads:author", args=[row.slug]) if row.slug else "",
            day=row.day,
            place=None if row.position is None else row.position + 1,
            answers=row.answers,
            snippet=marking.snippet(text, words),
            lang=row.lang,
            quoted=marking.snippet(excerpts.get(row.pk if row.comment_key else None, ""), quoted)
            if asked_for_quotes
            else (),
        )
    return found


def _pattern(terms: Iterable[Term]) -> re.Pattern[str]:
    return marking.pattern(marking.phrases_of(terms))


def _address(row: _Row, text: str, sort: str) -> str:
    """Return the address of a match in its thread, with the search it came from."""
    page = row.order // settings.THREAD_PAGE_SIZE + 1
    pairs = {"page": str(page)} if page > 1 else {}
    pairs |= {"q": text, "sort": sort, "r": str(row.number)}
    anchor = f"#c-{row.comment_key}" if row.comment_key else ""
    return f"{reverse('threads:thread', args=[row.key])}?{urlencode(pairs)}{anchor}"


_ARTICLE: Final = (
    "title",
    "key",
    "script",
    "author__name",
    "author__slug",
    "published_at",
    "comment_count",
    "body",
    "pk",
)
_COMMENT: Final = (
    "article__title",
    "article__key",
    "article__script",
    "author__name",
    "author__slug",
    "posted_on",
    "answer_count",
    "body",
    "pk",
    "article_id",
    "script",
    "key",
    "position",
    "order",
)


def _articles(hits: Sequence[Hit]) -> list[_Row]:
    """Return the rows of the opening texts among the matches. One query."""
    numbers = {hit.article_id: hit.number for hit in hits if hit.comment_id is None}
    rows = Article.objects.visible().filter(pk__in=numbers).values_list(*_ARTICLE) if numbers else ()
    return [
        _Row._make([*row[:5], row[5] and row[5].date(), *row[6:], row[8], row[2], numbers[row[8]], "", None, 0])
        for row in rows
    ]


def _comments(hits: Sequence[Hit]) -> list[_Row]:
    """Return the rows of the comments among the matches. One query."""
    numbers = {hit.comment_id: hit.number for hit in hits if hit.comment_id is not None}
    rows = Comment.objects.visible().filter(pk__in=numbers).values_list(*_COMMENT) if numbers else ()
    return [_Row._make([*row[:11], numbers[row[8]], *row[11:]]) for row in rows]


def _excerpts(hits: Sequence[Hit]) -> dict[int | None, str]:
    """Return what each comment among the matches quotes that may be seen. One query."""
    found = entries.excerpts_of([hit.comment_id for hit in hits if hit.comment_id is not None])
    return {comment_id: " … ".join(excerpts) for comment_id, excerpts in found.items()}
