"""Search boxes of articles and comments in admin: URL, key, author name or text, also of hidden rows.

Text goes through the site's search index. Hidden rows are not in that index; they are few and scanned.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote

from django.db.models import Q

from threads.models import Article, Author, Comment, FormerKey
from threads.search.backends import get_backend
from threads.search.limits import limit_search
from threads.search.query import Scope, parse_query
from threads.search.resolution import resolve_query
from threads.text import clean_name, is_placeholder

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from threads.search.backends.conditions import Hit

Row = TypeVar("Row", Article, Comment)

MATCH_LIMIT = 1000
"""Matches of a text that are used, newest first."""
ADDRESS = {Article: re.compile(r"/t/([^?#]+)"), Comment: re.compile(r"/c/([^/?#]+)")}


def find_rows(rows: QuerySet[Row], text: str) -> QuerySet[Row]:
    """Find articles or comments by URL, key or author name, else by title or text."""
    authors = Author.objects.filter(name=text.strip()).values_list("pk", flat=True)
    exact = match_key(rows, text) | rows.filter(author__in=list(authors))
    if is_placeholder(name := clean_name(text)):
        exact |= rows.filter(placeholder_name=name)
    if ADDRESS[rows.model].search(text) or exact.exists():
        return exact
    is_article = issubclass(rows.model, Article)
    hits = _search_index(text, Scope.ARTICLE if is_article else Scope.COMMENTS)
    if is_article:
        hidden = Q(moderated_at__isnull=False, title__icontains=text)
        return rows.filter(Q(pk__in=[hit.article_id for hit in hits]) | hidden)
    hidden = Q(moderated_at__isnull=False, body__icontains=text)
    return rows.filter(Q(pk__in=[hit.comment_id for hit in hits]) | hidden)


def match_key(rows: QuerySet[Row], text: str) -> QuerySet[Row]:
    """Find an article or comment by its URL, key or former key."""
    address = ADDRESS[rows.model].search(text)
    key = (unquote(address[1]) if address else text).strip("/ ")
    owner = "article" if issubclass(rows.model, Article) else "comment"
    # A list, because databases scan the table for subqueries joined by OR.
    former = list(FormerKey.objects.filter(key=key).values_list(owner, flat=True))
    return rows.filter(Q(key=key) | Q(pk__in=former))


@limit_search()
def _search_index(text: str, kind: Scope) -> list[Hit]:
    """Return the newest matches among articles or comments; none if the query is empty. Raises SearchRefusedError."""
    query = parse_query(text)
    allowed = {Scope.COMMENTS} if kind is Scope.COMMENTS else {Scope.TITLE, Scope.ARTICLE}
    scopes = query.scopes & allowed if query.scopes else frozenset({kind})
    if query.is_empty or not scopes:
        return []
    resolved = resolve_query(replace(query, scopes=scopes))
    return get_backend().find(resolved.condition, resolved.id_range, MATCH_LIMIT)
