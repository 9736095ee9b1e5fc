"""What a moderator types into a list's search box: an address, a key, a name, or words, of hidden texts too.

Words go through the site's own search index, so that a list of a million rows is searched as fast as the site. What was
hidden is not in that index; it is rare, and read through.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from django.db.models import Q

from threads.models import Article, Author, Comment, FormerKey
from threads.search.backends import get_backend
from threads.search.query import Scope, parse_query
from threads.search.resolution import resolve_query

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from threads.search.backends.conditions import Hit

MOST = 1000
"""Matches of words that are looked at, newest first, of the rows that are listed."""
COMMENT_ADDRESS = re.compile(r"/c/([^/?#]+)")
ARTICLE_ADDRESS = re.compile(r"/t/([^?#]+)")


def find_articles(rows: QuerySet[Article], text: str) -> QuerySet[Article]:
    """Return the articles of an address, a key or an author's name; else those with these words in title or text."""
    address = ARTICLE_ADDRESS.search(text)
    key = (unquote(address[1]) if address else text).strip("/ ")
    by_name = rows.filter(_keyed(key, "article") | Q(author__in=_named(text)))
    if address or by_name.exists():
        return by_name
    seen = [hit.article_id for hit in _hits(text, Scope.ARTICLE)]
    return rows.filter(Q(pk__in=seen) | Q(moderated_at__isnull=False, title__icontains=text))


def find_comments(rows: QuerySet[Comment], text: str) -> QuerySet[Comment]:
    """Return the comments of an address, a key or an author's name; else those with these words."""
    address = COMMENT_ADDRESS.search(text)
    key = address[1] if address else text.strip()
    by_name = rows.filter(_keyed(key, "comment") | Q(author__in=_named(text)))
    if address or by_name.exists():
        return by_name
    seen = [hit.comment_id for hit in _hits(text, Scope.COMMENTS)]
    return rows.filter(Q(pk__in=seen) | Q(moderated_at__isnull=False, body__icontains=text))


def _keyed(key: str, kind: str) -> Q:
    former = FormerKey.objects.filter(**{"key": key, f"{kind}__isnull": False})
    return Q(key=key) | Q(pk__in=list(former.values_list(kind, flat=True)))


def _named(text: str) -> list[int]:
    return list(Author.objects.filter(name=text.strip()).values_list("pk", flat=True))


def _hits(text: str, kind: Scope) -> list[Hit]:
    """Return the newest matches of a query among articles or among comments; none where it asks for nothing."""
    query = parse_query(text)
    listed = {Scope.COMMENTS} if kind is Scope.COMMENTS else {Scope.TITLE, Scope.ARTICLE}
    scopes = query.scopes & listed if query.scopes else frozenset({kind})
    if query.is_empty or not scopes:
        return []
    asked = resolve_query(replace(query, scopes=scopes))
    return get_backend().find(asked.condition, asked.id_range, MOST)
