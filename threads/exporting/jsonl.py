"""The archive as JSON lines: one article or comment a line, each article before its comments, articles by key.

Called by the command `export_archive`. The schema is part of the project's contract (`docs/`); what a reader may not
see is not in it unless asked for, nor are the words of it that others quoted.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from threads.exporting.destination import whole_file
from threads.exporting.selection import exported_articles, portions
from threads.importing.redaction import blank
from threads.models import Article, ArticleTag, Author, Comment, Quote, SourceFile, Visibility
from threads.parsing.quotes import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime
    from pathlib import Path

Row = dict[str, Any]

ARTICLE_FIELDS = (
    "pk",
    "key",
    "kind",
    "title",
    "author__name",
    "published_at",
    "modified_at",
    "source_url",
    "body",
    "body_html",
)
COMMENT_FIELDS = (
    "pk",
    "article_id",
    "key",
    "position",
    "author__name",
    "addressee",
    "posted_on",
    "source_id",
    "body",
    "body_html",
    "answers_id",
    "answers_article",
    "link_method",
    "link_confidence",
    "order",
    "depth",
    "visibility",
)
WITHHELD = Author.objects.opted_out().addressed()
"""True where who is addressed opted out: neither their name nor, by the name alone, their words are exported."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written."""

    articles: int
    comments: int


def export(out: Path, *, include_hidden: bool = False) -> Exported:
    """Write the archive to the file `out`. Raises ExportError.

    Seven queries for each portion of some 2,000 comments.
    """
    with whole_file(out) as file:
        return write(file, include_hidden=include_hidden)


def write(file: IO[str], *, include_hidden: bool = False) -> Exported:
    """Write the archive to an open file, holding one portion in memory at a time."""
    articles = comments = 0
    for ids in portions(exported_articles(include_hidden=include_hidden)):
        for row in _lines(ids, include_hidden=include_hidden):
            articles += row["type"] == "article"
            comments += row["type"] == "comment"
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    return Exported(articles, comments)


def _lines(ids: list[int], *, include_hidden: bool) -> Iterator[Row]:
    tags, paths, comments = _tags(ids), _newest_paths(ids), _comments(ids)
    portion = _Portion.read(ids, comments, include_hidden=include_hidden)
    shown: dict[int, list[Row]] = defaultdict(list)
    for comment in comments:
        if comment["pk"] in portion.positions:
            shown[comment["article_id"]].append(comment)
    articles = Article.objects.filter(pk__in=ids).values(*ARTICLE_FIELDS)
    by_id = {row["pk"]: row for row in articles}
    for pk in ids:
        yield _article_line(by_id[pk], tags[pk], paths.get(pk), len(shown[pk]))
        for comment in shown[pk]:
            yield portion.comment_line(by_id[pk]["key"], comment)


def _article_line(row: Row, tags: list[str], path: str | None, comments: int) -> Row:
    return {
        "type": "article",
        "key": row["key"],
        "kind": row["kind"],
        "title": row["title"],
        "author": row["author__name"],
        "published_at": _iso(row["published_at"]),
        "modified_at": _iso(row["modified_at"]),
        "tags": tags,
        "source_url": row["source_url"] or None,
        "source_path": path,
        "body": row["body"],
        "body_html": row["body_html"],
        "comments": comments,
    }


@dataclass(frozen=True, slots=True)
class _Portion:
    """What the lines of one portion need to know of each other."""

    positions: dict[int, int]
    """Position in the file of every comment that is exported, by id."""
    withheld: frozenset[int]
    """Ids of the comments that are kept back, also those in no file any more: nobody's quote repeats them."""
    quotes: dict[int, list[Quote]]
    include_hidden: bool

    @classmethod
    def read(cls, ids: list[int], comments: list[Row], *, include_hidden: bool) -> _Portion:
        withheld: frozenset[int] = frozenset()
        if not include_hidden:
            removed = Comment.objects.filter(article_id__in=ids).exclude(visibility=Visibility.VISIBLE)
            withheld = frozenset(removed.values_list("pk", flat=True))
        positions = {row["pk"]: row["position"] for row in comments if row["pk"] not in withheld}
        quotes: dict[int, list[Quote]] = defaultdict(list)
        for quote in Quote.objects.filter(comment__article_id__in=ids).order_by("comment_id", "ordinal"):
            quotes[quote.comment_id].append(quote)
        return cls(positions, withheld, quotes, include_hidden)

    def comment_line(self, article_key: str, row: Row) -> Row:
        """Return one comment as exported; a link to a comment that is not exported is no link."""
        linked = row["answers_id"] is None or row["answers_id"] in self.positions
        return {
            "type": "comment",
            "article": article_key,
            "key": row["key"],
            "position": row["position"],
            "author": row["author__name"],
            "addressee": None if self.closed(row) else row["addressee"] or None,
            "posted_on": _iso(row["posted_on"]),
            "source_id": row["source_id"],
            "body": self._body(row),
            "body_html": row["body_html"],
            "answers": self.positions.get(row["answers_id"]),
            "answers_article": row["answers_article"],
            "link_method": row["link_method"] if linked else None,
            "link_confidence": row["link_confidence"] if linked else None,
            "order": row["order"],
            "depth": row["depth"],
            "quotes": [self._quote_line(row, quote) for quote in self.quotes.get(row["pk"], ())],
        }

    def closed(self, row: Row) -> bool:
        """Say whether a comment addresses someone who opted out, in an export that keeps that back."""
        return bool(row["withheld"]) and not self.include_hidden

    def _kept_back(self, row: Row, quote: Quote) -> bool:
        """Say whether a comment's quote is of something that is kept back."""
        missing = quote.target_id not in self.positions
        return quote.target_id in self.withheld or (missing and self.closed(row))

    def _body(self, row: Row) -> str:
        """Return a comment's text, its quotes of what is kept back without their words."""
        quoting = [quote.ordinal for quote in self.quotes.get(row["pk"], ()) if self._kept_back(row, quote)]
        body: str = row["body"]
        if not quoting:
            return body
        marks = find(body)
        return blank(body, marks, [number for number in quoting if number < len(marks)])

    def _quote_line(self, row: Row, quote: Quote) -> Row:
        return {
            "source_id": quote.source_id,
            "excerpt": "" if self._kept_back(row, quote) else quote.excerpt,
            "target": self.positions.get(quote.target_id) if quote.target_id else None,
        }


def _comments(ids: list[int]) -> list[Row]:
    rows = Comment.objects.current().filter(article_id__in=ids).order_by("article_id", "position")
    return list(rows.values(*COMMENT_FIELDS, withheld=WITHHELD))


def _tags(ids: list[int]) -> dict[int, list[str]]:
    tags: dict[int, list[str]] = defaultdict(list)
    rows = ArticleTag.objects.filter(content_object_id__in=ids).order_by("position", "pk")
    for pk, spelling in rows.values_list("content_object_id", "spelling"):
        tags[pk].append(spelling)
    return tags


def _newest_paths(ids: Iterable[int]) -> dict[int, str]:
    """Return the path of the file that is shown for each article: the one that the importer put first."""
    newest: dict[int, tuple[float, str, str]] = {}
    rows = SourceFile.objects.filter(article_id__in=ids, withdrawn_at=None)
    for pk, path, sha256, modified_at in rows.values_list("article_id", "path", "sha256", "modified_at"):
        rank = (-modified_at.timestamp() if modified_at else float("inf"), sha256, path)
        newest[pk] = min(newest.get(pk, rank), rank)
    return {pk: rank[-1] for pk, rank in newest.items()}


def _iso(moment: date | datetime | None) -> str | None:
    return moment.isoformat() if moment else None
