"""A parsed query to a condition on the index: names of authors, tags and threads become what they stand for.

Called by `results`. A name that is not in the archive finds nothing, and a note says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from django.db.models import Q
from django.utils.translation import gettext as _

from threads.models import Article, AuthorName, FormerKey, Tag
from threads.querysets import VISIBLE
from threads.search.conditions import And, Condition, Not, Or, Part, Phrase, Window
from threads.search.entries import (
    ARTICLE_KIND,
    answered_token,
    author_token,
    tag_token,
    thread_token,
)
from threads.search.numbers import FIRST_DAY, first_of
from threads.search.query import Kind, Scope
from threads.text import clean_name, fold

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from threads.search.query import Query, Term

NOTHING: Final = Or(())


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a query asks of the index, and what could not be found on the way."""

    condition: Condition
    window: Window
    notes: tuple[str, ...]


def resolve(query: Query) -> Resolved:
    """Return what `query` asks of the index. One or two queries for each name in it."""
    notes: list[str] = []
    named = {term: _named(term, notes) for clause in query.clauses for term in clause if term.kind not in _WORDS}
    scopes: list[Scope | None] = [scope for scope in Scope if scope in query.scopes] or [None]
    alternatives = tuple(
        And(
            (
                *_kind(scope),
                *(_any(tuple(_condition(term, named, scope) for term in clause)) for clause in query.clauses),
            )
        )
        for scope in scopes
    )
    return Resolved(_any(alternatives), window(query.after, query.before), tuple(dict.fromkeys(notes)))


def window(after: date | None, before: date | None) -> Window:
    """Return the numbers of a span of days; what has no date is in none."""
    if after is None and before is None:
        return Window()
    low = first_of(max(after.toordinal(), FIRST_DAY) if after else FIRST_DAY)
    return Window(low, first_of(max(before.toordinal(), FIRST_DAY)) if before else None)


_WORDS: Final = {Kind.WORDS: Part.TEXT, Kind.QUOTED: Part.QUOTED}


def _any(alternatives: tuple[Condition, ...]) -> Condition:
    return alternatives[0] if len(alternatives) == 1 else Or(alternatives)


def _meta(token: str) -> Condition:
    return Phrase(Part.META, (token,))


def _kind(scope: Scope | None) -> tuple[Condition, ...]:
    """Return the condition on the kind of entry that a scope means."""
    if scope is None:
        return ()
    # There are many times more comments than articles, and so more to read of what says that a text is one.
    is_article = _meta(ARTICLE_KIND)
    return (Not(is_article) if scope is Scope.COMMENTS else is_article,)


def _condition(term: Term, named: dict[Term, Condition], scope: Scope | None) -> Condition:
    """Return what one term asks."""
    condition: Condition
    if term.kind in _WORDS:
        part = Part.TITLE if scope is Scope.TITLE and term.kind is Kind.WORDS else _WORDS[term.kind]
        last = len(term.phrases) - 1
        condition = And(
            tuple(Phrase(part, phrase, term.prefix and place == last) for place, phrase in enumerate(term.phrases))
        )
        condition = condition.of[0] if last == 0 else condition
    else:
        condition = named[term]
    return Not(condition) if term.negated else condition


def _named(term: Term, notes: list[str]) -> Condition:
    """Return the entries that belong to a name, whether or not they are wanted."""
    if term.kind is Kind.TAG:
        found: Iterable[str] = map(tag_token, _tags(term.value))
        message = _("No tag is called “%s”.")
    elif term.kind is Kind.THREAD:
        found = map(thread_token, _threads(term.value))
        message = _("No thread has the key “%s”.")
    else:
        found = map(author_token if term.kind is Kind.AUTHOR else answered_token, _authors(term.value))
        message = _("No author is called “%s”.")
    conditions = tuple(map(_meta, found))
    if not conditions:
        notes.append(message % term.value[:80])
        return NOTHING
    return _any(conditions)


def _authors(name: str) -> list[int]:
    """Return the ids of authors of a name, in any script or case, and of those merged with them. Two queries."""
    names = AuthorName.objects.filter(folded=fold(clean_name(name))).values_list("author_id", "author__merged_into")
    main = {merged_into or pk for pk, merged_into in names}
    if not main:
        return []
    merged = AuthorName.objects.filter(author__merged_into__in=main).values_list("author_id", flat=True)
    return sorted({*main, *merged})


def _tags(name: str) -> list[int]:
    """Return the ids of the tag of a name, in any script or case, and of those merged with it. Two queries.

    What an address calls a tag is taken where no tag is named so.
    """
    slug_or_name = Q(folded=(folded := fold(name.strip()))) | Q(slug=name.strip())
    found = list(Tag.objects.filter(slug_or_name).values_list("pk", "merged_into", "folded"))
    named = [row for row in found if row[2] == folded]
    main = {merged_into or pk for pk, merged_into, _folded in named or found}
    if not main:
        return []
    merged = Tag.objects.filter(merged_into__in=main).values_list("pk", flat=True)
    return sorted({*main, *merged})


def _threads(key: str) -> list[int]:
    """Return the ids of threads of a key, also of one it had formerly or of an address that ends in it. Two queries."""
    wanted = unquote(key).partition("?")[0].strip("/ ")
    keys = {wanted, wanted.rpartition("/t/")[2], wanted.rpartition("://")[2]}
    found = list(Article.objects.visible().filter(key__in=keys).values_list("pk", flat=True))
    former = FormerKey.objects.filter(key__in=keys, article__visibility=VISIBLE).values_list("article", flat=True)
    return sorted(found or {pk for pk in former if pk is not None})
