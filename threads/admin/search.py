"""Search boxes of articles and comments in admin: URL, key, author name or text, also of hidden rows.

Text goes through the site's search index. Hidden rows are not in that index; they are few and scanned.
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

MATCH_LIMIT = 1000
"""Matches of a text that are used, newest first."""
COMMENT_ADDRESS = re.compile(r"/c/([^/?#]+)")
ARTICLE_ADDRESS = re.compile(r"/t/([^?#]+)")


def find_articles(rows: QuerySet[Article], text: str) -> QuerySet[Article]:
    """Find articles by URL, key or author name, else by title or text."""
    address = ARTICLE_ADDRESS.search(text)
    key = (unquote(address[1]) if address else text).strip("/ ")
    exact = rows.filter(_match_key(key, "article") | Q(author__in=_find_author_ids(text)))
    if address or exact.exists():
        return exact
    ids = [hit.article_id for hit in _search_index(text, Scope.ARTICLE)]
    return rows.filter(Q(pk__in=ids) | Q(moderated_at__isnull=False, title__icontains=text))


def find_comments(rows: QuerySet[Comment], text: str) -> QuerySet[Comment]:
    """Find comments by URL, key or author name, else by text."""
    address = COMMENT_ADDRESS.search(text)
    key = address[1] if address else text.strip()
    exact = rows.filter(_match_key(key, "comment") | Q(author__in=_find_author_ids(text)))
    if address or exact.exists():
        return exact
    ids = [hit.comment_id for hit in _search_index(text, Scope.COMMENTS)]
    return rows.filter(Q(pk__in=ids) | Q(moderated_at__isnull=False, body__icontains=text))


def _match_key(key: str, kind: str) -> Q:
    former = FormerKey.objects.filter(**{"key": key, f"{kind}__isnull": False})
    return Q(key=key) | Q(pk__in=list(former.values_list(kind, flat=True)))


def _find_author_ids(text: str) -> list[int]:
    return list(Author.objects.filter(name=text.strip()).values_list("pk", flat=True))


def _search_index(text: str, kind: Scope) -> list[Hit]:
    """Return the newest matches among articles or comments; none if the query is empty."""
    query = parse_query(text)
    allowed = {Scope.COMMENTS} if kind is Scope.COMMENTS else {Scope.TITLE, Scope.ARTICLE}
    scopes = query.scopes & allowed if query.scopes else frozenset({kind})
    if query.is_empty or not scopes:
        return []
    resolved = resolve_query(replace(query, scopes=scopes))
    return get_backend().find(resolved.condition, resolved.id_range, MATCH_LIMIT)
