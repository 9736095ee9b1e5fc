"""Matches as a reader sees them: whose words, when, in which discussion, and the stretch of text that matched.

Visible rows only, whatever the index says. Called by `results`. Two queries, one more for `quoted:`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import ngettext

from threads.models import Article, Comment, address
from threads.search import entries, marking
from threads.search.listed import ByNumbers
from threads.search.query import Kind
from threads.search.tokens import reading_text

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence
    from datetime import date

    from django.utils.safestring import SafeString

    from threads.search.marking import Piece
    from threads.search.query import Query
    from threads.search.rows import Hit

LONGEST: Final = 100_000
"""Characters of a text in which the stretch to show is looked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """One match."""

    number: int
    article_id: int
    thread_key: str
    url: str
    """Of the place in the thread; the search goes along, so that the thread can lead to the next match."""
    plain_url: str
    """The same without the search."""
    title: str
    """Of the thread."""
    title_html: SafeString
    title_lang: str
    author: str
    """Empty where unknown."""
    author_url: str
    day: date | None
    place: int | None
    """The comment's number in the thread, from 1; None for the opening text."""
    answers: str
    """How many comments an opening text has, or answers a comment; empty for none."""
    snippet: Sequence[Piece]
    snippet_html: SafeString
    lang: str
    quoted_html: SafeString | str = ""
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


def draw(hits: Sequence[Hit], query: Query, sort: str, *, grouped: bool = False) -> dict[int, Found]:
    """Return the visible ones of these matches, by number."""
    if not hits:
        # A pattern for a word takes milliseconds to make.
        return {}
    words, quoted = marking.words_of(query, Kind.WORDS), marking.words_of(query, Kind.QUOTED)
    asked_for_quotes = any(term.kind is Kind.QUOTED for term in query.words)
    excerpts = _excerpts(hits) if asked_for_quotes else {}
    search = urlencode({"q": query.text, "sort": sort} | ({"by": "thread"} if grouped else {}))
    return {
        row.number: _found(row, search, words, _quoted(row, excerpts, quoted))
        for row in [*_articles(hits), *_comments(hits)]
    }


def _found(row: _Row, search: str, words: re.Pattern[str], quoted: SafeString | str) -> Found:
    body = row.body[:LONGEST]
    snippet = marking.snippet(reading_text(body, entries.cuts(body) if row.comment_key else ()), words)
    path = address("thread", row.key)
    return Found(
        number=row.number,
        article_id=row.article_id,
        thread_key=row.key,
        url=_address(path, row, f"{search}&r={row.number}"),
        plain_url=_address(path, row, ""),
        title=row.title,
        title_html=marking.drawn(marking.marked(row.title, words)),
        title_lang=row.thread_lang,
        author=row.author or "",
        author_url=address("author", row.slug) if row.slug else "",
        day=row.day,
        place=None if row.position is None else row.position + 1,
        answers=_answers(row),
        snippet=snippet,
        snippet_html=marking.drawn(snippet),
        lang=row.lang,
        quoted_html=quoted,
    )


def _answers(row: _Row) -> str:
    if not row.answers:
        return ""
    if row.comment_key:
        return ngettext("%d answer", "%d answers", row.answers) % row.answers
    return ngettext("%d comment", "%d comments", row.answers) % row.answers


def _quoted(row: _Row, excerpts: dict[int | None, str], words: re.Pattern[str]) -> SafeString | str:
    excerpt = excerpts.get(row.pk) if row.comment_key else None
    return marking.drawn(marking.snippet(excerpt, words)) if excerpt else ""


def _address(path: str, row: _Row, search: str) -> str:
    """Return the address of a match in its thread, with the search it came from."""
    page = row.order // settings.THREAD_PAGE_SIZE + 1
    asked = "&".join(filter(None, (f"page={page}" if page > 1 else "", search)))
    anchor = f"#c-{row.comment_key}" if row.comment_key else f"#{marking.FOUND}" if search else ""
    return f"{path}?{asked}{anchor}" if asked else f"{path}{anchor}"


_ARTICLES: Final = ByNumbers(
    lambda ids: (
        Article.objects.visible()
        .filter(pk__in=ids)
        .values_list(
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
    )
)
_COMMENTS: Final = ByNumbers(
    lambda ids: (
        Comment.objects.visible()
        .filter(pk__in=ids)
        .values_list(
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
    )
)


def _articles(hits: Sequence[Hit]) -> list[_Row]:
    """Return the rows of the opening texts among the matches. One query."""
    numbers = {hit.article_id: hit.number for hit in hits if hit.comment_id is None}
    rows = _ARTICLES.rows(numbers) if numbers else ()
    return [
        _Row._make([*row[:5], row[5] and row[5].date(), *row[6:], row[8], row[2], numbers[row[8]], "", None, 0])
        for row in rows
    ]


def _comments(hits: Sequence[Hit]) -> list[_Row]:
    """Return the rows of the comments among the matches. One query."""
    numbers = {hit.comment_id: hit.number for hit in hits if hit.comment_id is not None}
    rows = _COMMENTS.rows(numbers) if numbers else ()
    return [_Row._make([*row[:11], numbers[row[8]], *row[11:]]) for row in rows]


def _excerpts(hits: Sequence[Hit]) -> dict[int | None, str]:
    """Return what each comment among the matches quotes that may be seen. One query."""
    found = entries.excerpts_of([hit.comment_id for hit in hits if hit.comment_id is not None])
    return {comment_id: " … ".join(excerpts) for comment_id, excerpts in found.items()}
