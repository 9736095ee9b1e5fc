"""Rows to index entries: what is indexed of every article and comment that may be seen. Called by `index`.

Visibility is the models' own `visible()`. The author's own words and what is quoted are apart; a quote of a comment
that may not be seen is left out, so that hidden words are not found in the answers that quote them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from threads.models import Article, ArticleTag, Comment, Quote
from threads.parsing import quotes
from threads.querysets import VISIBLE
from threads.quote_masking import IS_MASKED
from threads.search.tokens import EntryText, prepare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date, datetime

ARTICLE_KIND = "ka"
COMMENT_KIND = "kc"


@dataclass(frozen=True)
class Entry:
    """One article (`comment_id` None) or comment, ready to be indexed."""

    article_id: int
    comment_id: int | None
    day: date | None
    author_id: int | None
    answered_id: int | None
    """The author of the visible comment, or of the article, that it answers."""
    tag_ids: tuple[int, ...]
    """The tags of its article."""
    text: EntryText

    @cached_property
    def meta(self) -> str:
        """The tokens by which entries are filtered, which no word of a text can be mistaken for."""
        tokens = [ARTICLE_KIND if self.comment_id is None else COMMENT_KIND, thread_token(self.article_id)]
        if self.author_id is not None:
            tokens.append(author_token(self.author_id))
        if self.answered_id is not None:
            tokens.append(answered_token(self.answered_id))
        if self.tag_ids:
            tokens.append(_tag_tokens(self.tag_ids))
        return " ".join(tokens)

    @cached_property
    def digest(self) -> int:
        """64 bits that differ where anything indexed differs."""
        text = self.text
        parts = f"{self.day}\n{text.title}\n{text.words}\n{text.quoted}\n{self.meta}"
        seen = blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(seen, "big", signed=True)


@lru_cache(maxsize=64)
def _tag_tokens(tag_ids: tuple[int, ...]) -> str:
    """Return the tokens of an article's tags; all of its comments ask for the same."""
    return " ".join(map(tag_token, sorted(tag_ids)))


def author_token(author_id: int) -> str:
    """Return the filter token of an author's own entries."""
    return f"a{author_id}"


def answered_token(author_id: int) -> str:
    """Return the filter token of entries that answer an author."""
    return f"r{author_id}"


def tag_token(tag_id: int) -> str:
    """Return the filter token of entries in threads with a tag."""
    return f"g{tag_id}"


def thread_token(article_id: int) -> str:
    """Return the filter token of one thread's entries."""
    return f"h{article_id}"


class CommentRow(NamedTuple):
    """What is read of a comment."""

    id: int
    article_id: int
    author_id: int | None
    posted_on: date | None
    body: str
    answers_article: bool
    answered_id: int | None
    answered_visibility: str | None
    answered_withdrawn_at: datetime | None
    article_author_id: int | None


COMMENT_FIELDS = (
    "id",
    "article_id",
    "author_id",
    "posted_on",
    "body",
    "answers_article",
    "answers__author_id",
    "answers__visibility",
    "answers__withdrawn_at",
    "article__author_id",
)


def of_articles(article_ids: Collection[int]) -> list[Entry]:
    """Return the entries of the visible ones of these articles, without their comments. Two queries."""
    rows = (
        Article.objects.visible()
        .filter(pk__in=article_ids)
        .order_by("pk")
        .values_list("id", "author_id", "published_at", "title", "body")
    )
    tags = tags_of(article_ids)
    return [
        Entry(
            article_id=pk,
            comment_id=None,
            day=published_at.date() if published_at else None,
            author_id=author_id,
            answered_id=None,
            tag_ids=tags[pk],
            text=prepare(title, body),
        )
        for pk, author_id, published_at, title, body in rows
    ]


def of_comments(rows: Sequence[CommentRow]) -> list[Entry]:
    """Return the entries of visible comments. Two queries."""
    tags = tags_of({row.article_id for row in rows})
    excerpts = excerpts_of([row.id for row in rows])
    return [
        Entry(
            article_id=row.article_id,
            comment_id=row.id,
            day=row.posted_on,
            author_id=row.author_id,
            answered_id=answered(row),
            tag_ids=tags[row.article_id],
            text=prepare("", row.body, cuts(row.body), excerpts[row.id]),
        )
        for row in rows
    ]


def answered(row: CommentRow) -> int | None:
    """Return the author answered, unless the comment answered may not be seen."""
    if row.answered_visibility == VISIBLE and row.answered_withdrawn_at is None:
        return row.answered_id
    return row.article_author_id if row.answers_article else None


def cuts(body: str) -> list[tuple[int, int]]:
    """Return where the quote marks in a body stand."""
    return [(mark.start, mark.end) for mark in quotes.find_quotes(body)]


def tags_of(article_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Return the tag ids of each article, none for one without. One query."""
    found: dict[int, tuple[int, ...]] = defaultdict(tuple)
    for article_id, tag_id in tag_pairs(article_ids):
        found[article_id] += (tag_id,)
    return found


def tag_pairs(article_ids: Collection[int]) -> Iterable[tuple[int, int]]:
    """Return article and tag of each tag on these articles. One query."""
    pairs = ArticleTag.objects.filter(content_object__in=article_ids)
    return pairs.values_list("content_object_id", "tag_id")


def excerpts_of(comment_ids: Collection[int]) -> dict[int, list[str]]:
    """Return what each comment quotes that may be seen: of nothing hidden, and of nobody who opted out. One query."""
    found: dict[int, list[str]] = defaultdict(list)
    shown = Quote.objects.annotate(is_masked=IS_MASKED).filter(is_masked=False)
    pairs = shown.filter(comment__in=comment_ids).order_by("comment_id", "ordinal")
    for comment_id, excerpt in pairs.values_list("comment_id", "excerpt"):
        found[comment_id].append(excerpt)
    return found


def comments_of(article_ids: Collection[int]) -> Iterator[CommentRow]:
    """Return what is read of the visible comments of these articles, in file order. One query, read as it is used."""
    comments = Comment.objects.visible().filter(article__in=article_ids).order_by("article_id", "position")
    return map(CommentRow._make, comments.values_list(*COMMENT_FIELDS).iterator(chunk_size=1000))


def comments_among(comment_ids: Collection[int]) -> list[CommentRow]:
    """Return the same of those of these comments that are visible, by day. One query."""
    comments = Comment.objects.visible().filter(pk__in=comment_ids).order_by("posted_on", "article__key", "position")
    return list(map(CommentRow._make, comments.values_list(*COMMENT_FIELDS)))
