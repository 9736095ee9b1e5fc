"""The archive as JSON Lines: an article, then its comments; articles sorted by key.

The schema is part of the project's contract (docs/export.md). Without `include_hidden`, hidden rows and masked excerpts
are left out.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from threads.display_html import DisplayHtml
from threads.exporting.destination import whole_file
from threads.exporting.selection import exported_articles, portions
from threads.models import Article, ArticleTag, Author, Comment, Quote, SourceFile, Visibility
from threads.parsing.quotes import find_quotes
from threads.quote_masking import IS_MASKED
from threads.redaction import blank

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
ADDRESSEE_OPTED_OUT = Author.objects.opted_out().matches_addressee()
"""True if the addressee of a comment opted out: the name is not exported."""


@dataclass(frozen=True, slots=True)
class JsonlCounts:
    """How much was written."""

    articles: int
    comments: int


def export_jsonl(out: Path, *, include_hidden: bool = False) -> JsonlCounts:
    """Write the archive to the file `out`. Raises ExportError.

    Seven queries for each portion of some 2,000 comments.
    """
    with whole_file(out) as file:
        return write_jsonl(file, include_hidden=include_hidden)


def write_jsonl(file: IO[str], *, include_hidden: bool = False) -> JsonlCounts:
    """Write the archive to an open file, holding one portion in memory at a time."""
    articles = comments = 0
    for ids in portions(exported_articles(include_hidden=include_hidden)):
        for row in _lines(ids, include_hidden=include_hidden):
            articles += row["type"] == "article"
            comments += row["type"] == "comment"
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    return JsonlCounts(articles, comments)


def _lines(ids: list[int], *, include_hidden: bool) -> Iterator[Row]:
    tags, paths, comments = _tags(ids), _newest_paths(ids), _comments(ids)
    by_id = {row["pk"]: row for row in Article.objects.filter(pk__in=ids).values(*ARTICLE_FIELDS)}
    portion = _Portion.read(ids, comments, by_id.values(), include_hidden=include_hidden)
    shown: dict[int, list[Row]] = defaultdict(list)
    for comment in comments:
        if comment["pk"] in portion.positions:
            shown[comment["article_id"]].append(comment)
    for pk in ids:
        article = by_id[pk] | {"body_html": portion.display.opening(by_id[pk]["body_html"])}
        yield _article_line(article, tags[pk], paths.get(pk), len(shown[pk]))
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
    """The rows that the lines of one portion share."""

    positions: dict[int, int]
    """Position in the file of every exported comment, by id."""
    quotes: dict[int, list[Row]]
    """Quotes by comment id, in order; masked ones without their excerpt unless hidden comments are exported."""
    masked: dict[int, list[int]]
    """Ordinals of the masked quotes, by comment id."""
    display: DisplayHtml
    include_hidden: bool

    @classmethod
    def read(cls, ids: list[int], comments: list[Row], articles: Iterable[Row], *, include_hidden: bool) -> _Portion:
        """Read what belongs to these articles. Up to four queries."""
        hidden: frozenset[int] = frozenset()
        if not include_hidden:
            rows = Comment.objects.filter(article_id__in=ids).exclude(visibility=Visibility.VISIBLE)
            hidden = frozenset(rows.values_list("pk", flat=True))
        positions = {row["pk"]: row["position"] for row in comments if row["pk"] not in hidden}
        quotes: dict[int, list[Row]] = defaultdict(list)
        masked: dict[int, list[int]] = defaultdict(list)
        stored = Quote.objects.filter(comment__article_id__in=ids).order_by("comment_id", "ordinal")
        for pk, ordinal, source_id, excerpt, target, is_masked in stored.values_list(
            "comment_id", "ordinal", "source_id", "excerpt", "target_id", IS_MASKED
        ):
            is_blanked = is_masked and not include_hidden
            if is_blanked:
                masked[pk].append(ordinal)
            quotes[pk].append(
                {
                    "source_id": source_id,
                    "excerpt": "" if is_blanked else excerpt,
                    "target": positions.get(target) if target else None,
                }
            )
        html = {row["pk"]: row["body_html"] for row in comments if row["pk"] in positions}
        display = DisplayHtml.load([row["body_html"] for row in articles], html)
        return cls(positions, quotes, masked, display, include_hidden)

    def comment_line(self, article_key: str, row: Row) -> Row:
        """Return one comment as exported; a link to a comment that is not exported is left out."""
        is_linked = row["answers_id"] is None or row["answers_id"] in self.positions
        return {
            "type": "comment",
            "article": article_key,
            "key": row["key"],
            "position": row["position"],
            "author": row["author__name"],
            "addressee": None if self.has_opted_out(row) else row["addressee"] or None,
            "posted_on": _iso(row["posted_on"]),
            "source_id": row["source_id"],
            "body": self._body(row),
            "body_html": self.display.comment(row["pk"], row["body_html"]),
            "answers": self.positions.get(row["answers_id"]),
            "answers_article": row["answers_article"],
            "link_method": row["link_method"] if is_linked else None,
            "link_confidence": row["link_confidence"] if is_linked else None,
            "order": row["order"],
            "depth": row["depth"],
            "quotes": self.quotes.get(row["pk"], []),
        }

    def has_opted_out(self, row: Row) -> bool:
        """Return whether a comment addresses an opted-out author, in an export without hidden comments."""
        return bool(row["addressee_opted_out"]) and not self.include_hidden

    def _body(self, row: Row) -> str:
        """Return a comment's text with the excerpts of its masked quotes blanked."""
        body: str = row["body"]
        ordinals = self.masked.get(row["pk"])
        if not ordinals:
            return body
        marks = find_quotes(body)
        return blank(body, marks, [ordinal for ordinal in ordinals if ordinal < len(marks)])


def _comments(ids: list[int]) -> list[Row]:
    rows = Comment.objects.current().filter(article_id__in=ids).order_by("article_id", "position")
    return list(rows.values(*COMMENT_FIELDS, addressee_opted_out=ADDRESSEE_OPTED_OUT))


def _tags(ids: list[int]) -> dict[int, list[str]]:
    tags: dict[int, list[str]] = defaultdict(list)
    rows = ArticleTag.objects.filter(content_object_id__in=ids).order_by("position", "pk")
    for pk, spelling in rows.values_list("content_object_id", "spelling"):
        tags[pk].append(spelling)
    return tags


def _newest_paths(ids: Iterable[int]) -> dict[int, str]:
    """Return the path of the displayed file of each article: the first one in the importer's order."""
    newest: dict[int, tuple[float, str, str]] = {}
    rows = SourceFile.objects.filter(article_id__in=ids, withdrawn_at=None)
    for pk, path, sha256, modified_at in rows.values_list("article_id", "path", "sha256", "modified_at"):
        rank = (-modified_at.timestamp() if modified_at else float("inf"), sha256, path)
        newest[pk] = min(newest.get(pk, rank), rank)
    return {pk: rank[-1] for pk, rank in newest.items()}


def _iso(moment: date | datetime | None) -> str | None:
    return moment.isoformat() if moment else None
