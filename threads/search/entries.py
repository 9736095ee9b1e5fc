"""What is indexed of each visible article and comment: its text, filter tokens and entry id.

An entry id has the day in its high bits, so newest first is descending order, and a date range is a range of ids.
Own text and quoted text are separate. Quotes of hidden comments and of opted-out authors are not indexed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Case, When

from threads.database.bulk_writes import in_parts
from threads.models import Article, ArticleTag, Comment, Quote
from threads.parsing import quotes
from threads.querysets import VISIBLE
from threads.quotes_and_links import IS_MASKED
from threads.search.operators import ANSWERS, AUTHOR, TAG, THREAD, VOTES
from threads.search.tokens import EntryText, prepare_entry_text
from threads.search.votes import token_ids

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

INDEX_RULES: Final = 2
"""Increase this when a change of `tokens` or `entries` needs `rebuild_search`."""
DAY_SHIFT: Final = 16
"""Bits below the day: 65,536 entries a day. More bits would make the gaps between days, and so FTS5's lists, longer."""
UNDATED: Final = 0
FIRST_DAY: Final = date(1000, 1, 1).toordinal()
"""Ids below this day belong to entries without a date. There may be more of these than one day has ids."""
ARTICLE_KIND: Final = "ka"
COMMENT_KIND: Final = "kc"
BATCH: Final = 1_000


def day_ordinal(day: date | None) -> int:
    """Return the high part of an entry id: the proleptic ordinal, or 0 without a plausible date."""
    return UNDATED if day is None or day.toordinal() < FIRST_DAY else day.toordinal()


def entry_day(entry_id: int) -> date | None:
    """Return the day of an entry id, or None for an entry without a date."""
    ordinal = entry_id >> DAY_SHIFT
    return date.fromordinal(ordinal) if ordinal >= FIRST_DAY else None


def first_id(ordinal: int) -> int:
    """Return the lowest entry id of a day."""
    return ordinal << DAY_SHIFT


def is_id_of_day(entry_id: int, day: date | None) -> bool:
    """Return whether an entry of a day may have an id: one of that day, or one without a date."""
    return entry_day(entry_id) is None or entry_id >> DAY_SHIFT == day_ordinal(day)


@dataclass(frozen=True)
class IndexEntry:
    """An article (`comment_id` is None) or comment as it is indexed."""

    article_id: int
    comment_id: int | None
    day: date | None
    author_id: int | None
    parent_author_id: int | None
    """The author of the visible comment, or of the article, that the comment answers."""
    tag_ids: tuple[int, ...]
    """The tags of its article."""
    text: EntryText
    votes: int | None = None

    @cached_property
    def meta(self) -> str:
        """The filter tokens. No token of a text can equal one."""
        tokens = [
            ARTICLE_KIND if self.comment_id is None else COMMENT_KIND,
            THREAD.filter_token(self.article_id),
        ]
        if self.author_id is not None:
            tokens.append(AUTHOR.filter_token(self.author_id))
        if self.parent_author_id is not None:
            tokens.append(ANSWERS.filter_token(self.parent_author_id))
        tokens += map(TAG.filter_token, sorted(self.tag_ids))
        return " ".join([*tokens, *map(VOTES.filter_token, token_ids(self.votes))])

    @cached_property
    def digest(self) -> int:
        """A 64-bit hash of everything that is indexed."""
        content = f"{self.day}\n{self.text.title}\n{self.text.words}\n{self.text.quoted}\n{self.meta}"
        digest = blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


def build_article_entries(article_ids: Collection[int]) -> list[IndexEntry]:
    """Return the entries of the visible articles among these, without their comments. Two queries."""
    tags = _load_tag_ids(article_ids)
    articles = Article.objects.visible().filter(pk__in=article_ids).order_by("pk")
    rows = articles.values_list("id", "author_id", "published_at", "title", "body", "votes")
    entries = []
    for pk, author_id, published_at, title, body, votes in rows:
        day = published_at.date() if published_at else None
        entries.append(IndexEntry(pk, None, day, author_id, None, tags[pk], prepare_entry_text(title, body), votes))
    return entries


def build_comment_entries(comment_ids: Collection[int]) -> list[IndexEntry]:
    """Return the entries of the visible comments among these, by day. Three queries."""
    comments = Comment.objects.visible().filter(pk__in=comment_ids).order_by("posted_on", "article__key", "position")
    return _entries_from_rows(list(comments.values_list(*_COMMENT_FIELDS)))


def build_thread_entries(article_ids: Collection[int]) -> Iterator[list[IndexEntry]]:
    """Yield the entries of these articles, then those of their comments in file order, in batches of `BATCH`."""
    yield build_article_entries(article_ids)
    comments = Comment.objects.visible().filter(article__in=article_ids).order_by("article_id", "position")
    for batch in in_parts(comments.values_list(*_COMMENT_FIELDS).iterator(chunk_size=BATCH), BATCH):
        yield _entries_from_rows(batch)


_PARENT_AUTHOR: Final = Case(
    When(answers__visibility=VISIBLE, answers__withdrawn_at=None, then="answers__author_id"),
    When(answers_article=True, then="article__author_id"),
)
_COMMENT_FIELDS: Final = ("id", "article_id", "author_id", "posted_on", "body", "votes", _PARENT_AUTHOR)


def _entries_from_rows(rows: Sequence[tuple[Any, ...]]) -> list[IndexEntry]:
    """Return entries for rows of `_COMMENT_FIELDS`. Two queries."""
    tags = _load_tag_ids({article_id for _, article_id, *_ in rows})
    excerpts = load_visible_excerpts([pk for pk, *_ in rows])
    entries = []
    for pk, article_id, author_id, day, body, votes, parent_author_id in rows:
        text = prepare_entry_text("", body, quote_spans(body), excerpts[pk])
        entries.append(IndexEntry(article_id, pk, day, author_id, parent_author_id, tags[article_id], text, votes))
    return entries


def quote_spans(body: str) -> list[tuple[int, int]]:
    """Return start and end of each quote mark in a body."""
    return [(mark.start, mark.end) for mark in quotes.find_quotes(body)]


def _load_tag_ids(article_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Return the tag ids of each article. One query."""
    tag_ids: dict[int, tuple[int, ...]] = defaultdict(tuple)
    rows = ArticleTag.objects.filter(content_object__in=article_ids)
    for article_id, tag_id in rows.values_list("content_object_id", "tag_id"):
        tag_ids[article_id] += (tag_id,)
    return tag_ids


def load_visible_excerpts(comment_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the excerpts that each comment quotes, without masked quotes. One query."""
    excerpts: dict[int, list[str]] = defaultdict(list)
    rows = Quote.objects.annotate(is_masked=IS_MASKED).filter(is_masked=False, comment__in=comment_ids)
    for comment_id, excerpt in rows.order_by("comment_id", "ordinal").values_list("comment_id", "excerpt"):
        excerpts[comment_id].append(excerpt)
    return excerpts
