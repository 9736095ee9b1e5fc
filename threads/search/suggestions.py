"""Suggestions for the search field: visible tags, authors and titles that contain the text, in any script or case."""

from __future__ import annotations

from typing import Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.models import Article, Author, Tag
from threads.search.backends import get_backend
from threads.search.backends.conditions import IdRange, Or, Phrase, TextPart
from threads.search.limits import limit_search
from threads.search.tokens import BREAK, is_single_character, list_spellings, tokenize
from threads.text import fold

MAX_TEXT_LENGTH: Final = 60
MAX_TAGS_OR_AUTHORS: Final = 3
MAX_TITLES: Final = 6
MAX_CANDIDATES: Final = 30


class Suggestion(NamedTuple):
    """A page to open."""

    kind: str
    """`tag`, `author` or `thread`, in the reader's language."""
    label: str
    url: str
    note: str


@limit_search()
def find_suggestions(text: str) -> list[Suggestion]:
    """Return tags, authors and threads whose names or titles contain `text`. Four queries at most.

    Raises SearchRefusedError beyond a limit.
    """
    folded = fold(text[:MAX_TEXT_LENGTH].replace("\0", "")).strip()
    return [*_suggest_tags(folded), *_suggest_authors(folded), *_suggest_threads(folded)] if folded else []


def _suggest_tags(folded: str) -> list[Suggestion]:
    """Return tags, those that start with the text first. One query."""
    rows = Tag.objects.visible().filter(folded__contains=folded).order_by("-article_count", "pk")[:MAX_CANDIDATES]
    return [
        Suggestion(_("tag"), tag.name, tag.get_absolute_url(), _thread_count(tag.article_count))
        for tag in sorted(rows, key=lambda tag: not tag.folded.startswith(folded))[:MAX_TAGS_OR_AUTHORS]
    ]


def _suggest_authors(folded: str) -> list[Suggestion]:
    """Return authors, those that start with the text first. One query."""
    rows = Author.objects.visible().filter(opted_out=False, folded_name__folded__contains=folded)
    rows = rows.select_related("folded_name").order_by("-comment_count", "pk")[:MAX_CANDIDATES]
    return [
        Suggestion(_("author"), author.name, author.get_absolute_url(), _comment_count(author.comment_count))
        for author in sorted(rows, key=lambda row: not row.folded_name.folded.startswith(folded))[:MAX_TAGS_OR_AUTHORS]
    ]


def _thread_count(count: int) -> str:
    return ngettext("%d thread", "%d threads", count) % count


def _comment_count(count: int) -> str:
    return ngettext("%d comment", "%d comments", count) % count


def _suggest_threads(folded: str) -> list[Suggestion]:
    """Return threads with the text in their title: of the newest, those with most comments. Two queries."""
    tokens = tuple(tokenize(folded).strip(f"{BREAK} ").split())
    if not tokens:
        return []
    prefix = not is_single_character(tokens[-1])
    titles = Or(tuple(Phrase(TextPart.TITLE, spelling, prefix) for spelling in list_spellings(tokens)))
    ids = [hit.article_id for hit in get_backend().find(titles, IdRange(), MAX_CANDIDATES)]
    rows = Article.objects.visible().filter(pk__in=ids).order_by("-comment_count", "pk")
    return [
        Suggestion(_("thread"), article.title, article.get_absolute_url(), _comment_count(article.comment_count))
        for article in rows.only("title", "key", "comment_count")[:MAX_TITLES]
    ]
