"""How a query was read, in a sentence. Called by `results`. Pure but for the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

from threads.search.query import Kind, Scope

if TYPE_CHECKING:
    from datetime import date

    from threads.search.query import Query, Term

_WITH: Final = {
    Kind.WORDS: gettext_noop("with “%s”"),
    Kind.QUOTED: gettext_noop("that quotes “%s”"),
    Kind.AUTHOR: gettext_noop("by %s"),
    Kind.TAG: gettext_noop("in threads tagged %s"),
    Kind.ANSWERS: gettext_noop("that answers %s"),
    Kind.THREAD: gettext_noop("in the thread %s"),
}
_WITHOUT: Final = {
    Kind.WORDS: gettext_noop("without “%s”"),
    Kind.QUOTED: gettext_noop("that does not quote “%s”"),
    Kind.AUTHOR: gettext_noop("not by %s"),
    Kind.TAG: gettext_noop("in threads not tagged %s"),
    Kind.ANSWERS: gettext_noop("that does not answer %s"),
    Kind.THREAD: gettext_noop("outside the thread %s"),
}
_SCOPES: Final = {
    Scope.TITLE: gettext_noop("in titles"),
    Scope.ARTICLE: gettext_noop("in opening texts"),
    Scope.COMMENTS: gettext_noop("in comments"),
}


def describe(query: Query) -> str:
    """Return one sentence that says what is looked for; empty for an empty query."""
    if query.is_empty:
        return ""
    parts = [_clause(clause) for clause in query.clauses]
    if query.scopes:
        parts.append(gettext(" or ").join(_scope(scope) for scope in Scope if scope in query.scopes))
    if query.after:
        parts.append(gettext("from %s on") % _day(query.after))
    if query.before:
        parts.append(gettext("before %s") % _day(query.before))
    return gettext("Everything %s.") % gettext(", ").join(parts)


def _clause(clause: tuple[Term, ...]) -> str:
    return gettext(" or ").join(map(_term, clause))


def _term(term: Term) -> str:
    pattern = _WITHOUT[term.kind] if term.negated else _WITH[term.kind]
    return gettext(pattern) % term.value


def _scope(scope: Scope) -> str:
    return gettext(_SCOPES[scope])


def _day(day: date) -> str:
    return date_format(day, "Y-m-d")
