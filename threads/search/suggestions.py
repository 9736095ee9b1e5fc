"""What a reader may be typing: tags, authors and titles that hold it, in whatever script or case. Called by the view.

Only what may be seen is suggested. Four queries at most, each bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.models import Article, Author, Tag
from threads.search.backends import backend
from threads.search.conditions import Part, Phrase, Window
from threads.search.tokens import BREAK, is_single, spaced
from threads.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LONGEST: Final = 60
"""Characters that are looked for: a title is found by fewer."""
OF_EACH: Final = 3
TITLES: Final = 6
CANDIDATES: Final = 30

Row = TypeVar("Row", Tag, Author)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One place to go."""

    kind: str
    """`tag`, `author` or `thread`, in the reader's language."""
    label: str
    url: str
    note: str


def suggest(text: str) -> list[Suggestion]:
    """Return what `text` may be the beginning or a part of: tags and authors, then threads by their titles."""
    sought = fold(text[:LONGEST].replace("\0", "")).strip()
    if not sought:
        return []
    return [*_tags(sought), *_authors(sought), *_threads(sought)]


def _tags(sought: str) -> list[Suggestion]:
    """Return tags, those that begin with it first. One query."""
    rows = Tag.objects.visible().filter(folded__contains=sought).order_by("-article_count", "pk")[:CANDIDATES]
    return [
        Suggestion(
            _("tag"),
            tag.name,
            tag.get_absolute_url(),
            ngettext("%d thread", "%d threads", tag.article_count) % tag.article_count,
        )
        for tag in _first(rows, lambda tag: tag.folded.startswith(sought))
    ]


def _authors(sought: str) -> list[Suggestion]:
    """Return authors, those that begin with it first. One query."""
    rows = Author.objects.visible().filter(opted_out=False, folded_name__folded__contains=sought)
    rows = rows.select_related("folded_name").order_by("-comment_count", "pk")[:CANDIDATES]
    return [
        Suggestion(_("author"), author.name, author.get_absolute_url(), _comments(author.comment_count))
        for author in _first(rows, lambda author: author.folded_name.folded.startswith(sought))
    ]


def _first(rows: Iterable[Row], begins: Callable[[Row], bool]) -> list[Row]:
    """Return a few of the rows, those that begin with what is sought before the others."""
    return sorted(rows, key=lambda row: not begins(row))[:OF_EACH]


def _comments(count: int) -> str:
    return ngettext("%d comment", "%d comments", count) % count


def _threads(sought: str) -> list[Suggestion]:
    """Return threads with it in their titles, of the newest those with most comments. Two queries."""
    tokens = tuple(spaced(sought).strip(f"{BREAK} ").split())
    if not tokens:
        return []
    unfinished = Phrase(Part.TITLE, tokens, prefix=not is_single(tokens[-1]))
    ids = [hit.article_id for hit in backend().find(unfinished, Window(), CANDIDATES)]
    rows = Article.objects.visible().filter(pk__in=ids).order_by("-comment_count", "pk")
    return [
        Suggestion(_("thread"), article.title, article.get_absolute_url(), _comments(article.comment_count))
        for article in rows.only("title", "key", "comment_count")[:TITLES]
    ]
