"""A parsed query to a condition on the index: names of authors, tags and threads become filter tokens.

A name that is not in the archive matches nothing, and adds a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils.translation import gettext as _

from threads.search.backends.conditions import And, Condition, IdRange, Not, Or, Phrase, TextPart
from threads.search.entries import ARTICLE_KIND, FIRST_DAY, first_id
from threads.search.operators import NAME_OPERATORS
from threads.search.query import QUOTED, WORDS, Scope
from threads.search.tokens import list_spellings
from threads.text import isolate

if TYPE_CHECKING:
    from datetime import date

    from threads.search.query import Query, Term

TEXT_PARTS: Final = {WORDS: TextPart.TEXT, QUOTED: TextPart.QUOTED}

IS_ARTICLE: Final = Phrase(TextPart.META, (ARTICLE_KIND,))
SCOPE_CONDITIONS: Final[dict[Scope | None, tuple[Condition, ...]]] = {
    None: (),
    Scope.TITLE: (IS_ARTICLE,),
    Scope.ARTICLE: (IS_ARTICLE,),
    Scope.COMMENTS: (Not(IS_ARTICLE),),
}
"""The list of articles is much shorter than the list of comments."""


class ResolvedQuery(NamedTuple):
    """The condition and id range of a query, and notes about unknown names."""

    condition: Condition
    id_range: IdRange
    notes: tuple[str, ...]


def resolve_query(query: Query) -> ResolvedQuery:
    """Return the condition of a query. One or two queries for each name in it."""
    notes: list[str] = []
    names = {
        term: _resolve_name(term, notes) for clause in query.clauses for term in clause if term.kind not in TEXT_PARTS
    }
    scopes: list[Scope | None] = [scope for scope in Scope if scope in query.scopes] or [None]
    alternatives = []
    for scope in scopes:
        clauses = [_any(tuple(_term_condition(term, names, scope) for term in clause)) for clause in query.clauses]
        alternatives.append(And((*SCOPE_CONDITIONS[scope], *clauses)))
    return ResolvedQuery(
        _any(tuple(alternatives)), date_id_range(query.after, query.before), tuple(dict.fromkeys(notes))
    )


def date_id_range(after: date | None, before: date | None) -> IdRange:
    """Return the entry ids of a date range. Entries without a date are in none."""
    if after is None and before is None:
        return IdRange()
    low = first_id(max(after.toordinal() if after else 0, FIRST_DAY))
    return IdRange(low, first_id(before.toordinal())) if before else IdRange(low)


def _any(alternatives: tuple[Condition, ...]) -> Condition:
    return alternatives[0] if len(alternatives) == 1 else Or(alternatives)


def _term_condition(term: Term, names: dict[Term, Condition], scope: Scope | None) -> Condition:
    """Return the condition of one term."""
    if term.kind in TEXT_PARTS:
        part = TextPart.TITLE if scope is Scope.TITLE and term.kind == WORDS else TEXT_PARTS[term.kind]
        last = len(term.phrases) - 1
        phrases = [
            _any(tuple(Phrase(part, spelling, term.prefix and index == last) for spelling in list_spellings(phrase)))
            for index, phrase in enumerate(term.phrases)
        ]
        condition = And(tuple(phrases)) if last else phrases[0]
    else:
        condition = names[term]
    return Not(condition) if term.negated else condition


def _resolve_name(term: Term, notes: list[str]) -> Condition:
    """Return the condition of a name, not negated."""
    operator = NAME_OPERATORS[term.kind]
    ids = operator.find_ids(term.value)
    if not ids:
        notes.append(_(operator.unknown) % isolate(term.value[:80]))
    return _any(tuple(Phrase(TextPart.META, (operator.filter_token(pk),)) for pk in ids))
