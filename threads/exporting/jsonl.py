"""The archive as JSON Lines: an article, then its comments; articles sorted by key.

The schema is part of the project's contract (docs/export.md). Without `include_hidden`, hidden rows and masked excerpts
are left out.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.db.models import Prefetch
from django.db.models.functions import Collate

from threads.exporting.destination import whole_file
from threads.importing.build import display_order
from threads.models import Article, ArticleTag, Author, Comment, Quote, SourceFile
from threads.parsing.document import DETAILS
from threads.parsing.quotes import find_quotes
from threads.quotes_and_links import IS_MASKED, DisplayHtml
from threads.redaction import blank

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from threads.querysets import ArticleQuerySet

ARTICLES_A_PORTION: Final = 200
COMMENTS_A_PORTION: Final = 2000

Row = dict[str, Any]


def export_jsonl(out: Path, *, include_hidden: bool = False) -> Counter[str]:
    """Write the archive to the file `out`; return the number of rows of each type. Raises ExportError.

    Holds one portion in memory at a time. At most nine queries for each portion.
    """
    counts: Counter[str] = Counter()
    articles = Article.objects.current() if include_hidden else Article.objects.visible()
    with whole_file(out) as file:
        for ids in portions(articles):
            for row in _Portion(ids, include_hidden=include_hidden).rows():
                counts[row["type"]] += 1
                file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    return counts


def portions(articles: ArticleQuerySet) -> Iterator[list[int]]:
    """Yield article ids in order of keys, in portions that fit in memory. One query, streamed."""
    portion: list[int] = []
    comments = 0
    # By code point, so that SQLite and PostgreSQL of any locale agree.
    by_key = Collate("key", "C" if connection.vendor == "postgresql" else "BINARY")
    for pk, comment_count in articles.order_by(by_key).values_list("pk", "comment_count").iterator(chunk_size=5000):
        if portion and (len(portion) >= ARTICLES_A_PORTION or comments + comment_count > COMMENTS_A_PORTION):
            yield portion
            portion, comments = [], 0
        portion.append(pk)
        comments += comment_count
    if portion:
        yield portion


class _Portion:
    """The articles of one portion, and what their rows and those of their comments share."""

    def __init__(self, ids: list[int], *, include_hidden: bool) -> None:
        tags = Prefetch("article_tags", ArticleTag.objects.order_by("position", "pk"))
        articles = Article.objects.select_related("author").prefetch_related(tags).in_bulk(ids)
        self.articles = [articles[pk] for pk in ids]
        comments = Comment.objects.current() if include_hidden else Comment.objects.visible()
        comments = comments.filter(article__in=ids).select_related("author").order_by("position")
        self.comments: dict[int, list[Comment]] = defaultdict(list)
        for comment in comments:
            self.comments[comment.article_id].append(comment)
        self.positions = {comment.pk: comment.position for comment in comments}
        """Position in the file of every exported comment, by id."""
        self.display = DisplayHtml.load(
            {article.key: article.body_html for article in self.articles},
            {comment.pk: comment.body_html for comment in comments},
        )
        self.paths = _displayed_paths(ids)
        self.quotes: dict[int, list[Row]] = defaultdict(list)
        self.masked: dict[int, list[int]] = defaultdict(list)
        """Ordinals of the quotes without an excerpt, by comment id."""
        opted_out = Author.objects.none() if include_hidden else Author.objects.opted_out()
        self.opted_out = set(opted_out.values_list("name", flat=True))
        """Addressees that are not named."""
        self._read_quotes(ids, include_hidden=include_hidden)

    def _read_quotes(self, ids: list[int], *, include_hidden: bool) -> None:
        quotes = Quote.objects.filter(comment__article__in=ids).order_by("comment_id", "ordinal")
        fields = ("comment_id", "ordinal", "source_id", "excerpt", "target_id", IS_MASKED)
        for pk, ordinal, source_id, excerpt, target, is_masked in quotes.values_list(*fields):
            if is_masked and not include_hidden:
                self.masked[pk].append(ordinal)
                excerpt = ""  # noqa: PLW2901 — the quote as exported
            self.quotes[pk].append({"source_id": source_id, "excerpt": excerpt, "target": self.positions.get(target)})

    def rows(self) -> Iterator[Row]:
        """Yield each article, then its comments."""
        for article in self.articles:
            yield self.article_row(article)
            for comment in self.comments[article.pk]:
                yield self.comment_row(article.key, comment)

    def article_row(self, article: Article) -> Row:
        """Return an article as exported."""
        return {
            "type": "article",
            "key": article.key,
            "kind": article.kind,
            "title": article.title,
            "author": article.written_name,
            **{name: _as_json(getattr(article, name)) for name in DETAILS},
            "tags": [tag.spelling for tag in article.article_tags.all()],
            "source_url": article.source_url or None,
            "source_path": self.paths.get(article.pk),
            "front_matter": article.front_matter,
            "body": article.body,
            "body_html": self.display.opening(article.key, article.body_html),
            "comments": len(self.comments[article.pk]),
        }

    def comment_row(self, article_key: str, comment: Comment) -> Row:
        """Return a comment as exported; a link to a comment that is not exported is left out."""
        is_linked = comment.answers_id is None or comment.answers_id in self.positions
        addressee = comment.addressee
        return {
            "type": "comment",
            "article": article_key,
            "key": comment.key,
            "position": comment.position,
            "author": comment.written_name,
            "addressee": addressee if addressee and addressee not in self.opted_out else None,
            "posted_on": comment.posted_on.isoformat() if comment.posted_on else None,
            "posted_at": comment.posted_at.isoformat() if comment.posted_at else None,
            "edited_at": comment.edited_at.isoformat() if comment.edited_at else None,
            "source_kind": comment.source_kind or None,
            "source_id": comment.source_id,
            "container": comment.container or None,
            "floor": comment.floor,
            "votes": comment.votes,
            "account_deleted": bool(comment.account_deleted),
            "removed_at_source": comment.removed_at_source,
            "body": self._body(comment),
            "body_html": self.display.comment(comment.pk, comment.body_html),
            "answers": self.positions.get(comment.answers_id or 0),
            "answers_article": comment.answers_article,
            "link_method": comment.link_method if is_linked else None,
            "link_confidence": comment.link_confidence if is_linked else None,
            "order": comment.order,
            "depth": comment.depth,
            "quotes": self.quotes[comment.pk],
        }

    def _body(self, comment: Comment) -> str:
        """Return a comment's text with the excerpts of its masked quotes blanked."""
        ordinals = self.masked.get(comment.pk)
        if not ordinals:
            return comment.body
        marks = find_quotes(comment.body)
        return blank(comment.body, marks, [ordinal for ordinal in ordinals if ordinal < len(marks)])


def _as_json(value: object) -> object:
    """Return a value of `ArticleDetails` as exported: times in ISO 8601, null for an empty text."""
    return value.isoformat() if isinstance(value, datetime) else None if value == "" else value


def _displayed_paths(ids: list[int]) -> dict[int, str]:
    """Return the path of the displayed file of each article. One query."""
    files = SourceFile.objects.filter(article__in=ids, withdrawn_at=None)
    rows = files.values_list("article_id", "modified_at", "size", "path")
    return {article: path for article, *_, path in sorted(rows, key=lambda row: display_order(*row[1:]), reverse=True)}
