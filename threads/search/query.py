"""The search syntax: parse a query, describe it in a sentence, build one from the advanced form. No queries.

No input is an error: `parse_query` leaves out what it cannot read and adds a note.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple
from unicodedata import normalize

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from threads.search.operators import NAME_OPERATORS
from threads.search.tokens import BREAK, is_single_character, tokenize
from threads.text import fold, fold_with_positions, isolate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_QUERY_LENGTH: Final = 1_000
"""Characters of a query that are read."""
MAX_QUERY_WORDS: Final = 30
"""Words of a query that are used. A Chinese character counts as a word. FTS5 reads a list of texts for each word, so a
thousand characters would take seconds."""
MIN_PREFIX: Final = 3
"""Letters before a `*`."""
WORDS: Final = "words"
"""Kind of a term without an operator."""
QUOTED: Final = "quoted"


class Scope(StrEnum):
    """A value of `in:`."""

    TITLE = "title"
    ARTICLE = "article"
    COMMENTS = "comments"


@dataclass(frozen=True, slots=True)
class Term:
    """A word, a phrase or a name. Words and quotes have `phrases`: tokens that must all occur."""

    kind: str
    """WORDS, QUOTED, or the name of an operator."""
    value: str
    phrases: tuple[tuple[str, ...], ...] = ()
    prefix: bool = False
    """The last word ends with a `*`."""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. All clauses must match; a clause matches if one of its terms does."""

    text: str = ""
    clauses: tuple[tuple[Term, ...], ...] = ()
    scopes: frozenset[Scope] = frozenset()
    """Empty: everywhere."""
    after: date | None = None
    """The first day of the range."""
    before: date | None = None
    """The first day after the range."""
    notes: tuple[str, ...] = ()
    complete_text: str = ""
    """The text without an unfinished end. Further operators can be appended to it."""
    word_count: int = 0
    """Words read, with repetitions. A name counts as one."""

    @property
    def is_empty(self) -> bool:
        """Whether the query has no clause, scope or date."""
        return not (self.clauses or self.scopes or self.after or self.before)

    @property
    def text_terms(self) -> tuple[Term, ...]:
        """The terms to highlight: words and quotes that are not negated."""
        return tuple(term for clause in self.clauses for term in clause if term.phrases and not term.negated)


class DateSpan(NamedTuple):
    """A year, month or day. `end` is the first day after it."""

    first: date
    end: date


class _Item(NamedTuple):
    """A part of a query before its interpretation."""

    value: str
    end: int
    """Its end in the query."""
    operator: str = ""
    negated: bool = False
    is_quoted: bool = False
    is_open: bool = False
    """Its closing quotation mark is missing."""


_OPERATORS: Final = {
    **{word: entry.name for entry in NAME_OPERATORS.values() for word in (entry.name, *entry.spellings)},
    **dict.fromkeys(("quoted", "quote", "引用"), QUOTED),
    **dict.fromkeys(("after", "since", "晚于"), "after"),
    **dict.fromkeys(("before", "until", "早于"), "before"),
    **dict.fromkeys(("in", "范围"), "in"),
}
"""Operators by their folded names, so that both scripts and full-width letters work."""
_SCOPES: Final = {
    **dict.fromkeys(("title", "titles", "标题"), Scope.TITLE),
    **dict.fromkeys(("article", "articles", "正文", "文章"), Scope.ARTICLE),
    **dict.fromkeys(("comment", "comments", "评论"), Scope.COMMENTS),
}
_OR: Final = frozenset({"OR", "|", "||"})
_CONNECTORS: Final = _OR | {"AND", "&", "&&", "NOT"}
_COMMA: Final = re.compile("[，、；。､｡]")
_SEPARATORS: Final = re.compile("[，、；。！？…,;!?]+")
"""Separate words that need not be consecutive. Other marks, as in don't and 3.14, keep a phrase together."""
QUOTATION_MARKS: Final = '"“”„‟«»「」『』〝〞〟＂｢｣﹁﹂﹃﹄'
"""A phrase may start with any of them and end with any other."""
_DOUBLED: Final = re.compile(rf"([{QUOTATION_MARKS}])\1")
_QUOTATION_MARK: Final = re.compile(f"[{QUOTATION_MARKS}]")
_SIGNS: Final = {"︰": ":", "　": " "} | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
"""Signs of the syntax that `fold` keeps, or that a word has too. One character each, so that positions stay."""
_PLAIN: Final = str.maketrans(
    {
        char: normalize("NFKC", char)
        for char in map(chr, [*range(0xFE10, 0xFE20), *range(0xFE50, 0xFE6C), *range(0xFF01, 0xFF65)])
        if char not in "，！；？（）" and len(normalize("NFKC", char)) == 1
    }
    | _SIGNS
)
"""The ordinary form of letters and signs from Chinese keyboards. Punctuation that separates words stays."""
_FOLDED_SIGNS: Final = str.maketrans(_SIGNS)
_ITEM: Final = re.compile(
    rf"""\s*(?P<minus>-(?=[^\s-]))?
    (?:(?P<operator>{"|".join(_OPERATORS)}):\s*(?=[^\s:]))?
    (?:[{QUOTATION_MARKS}]
       (?P<phrase>(?(operator)(?:[^{QUOTATION_MARKS}]|(?P<same>[{QUOTATION_MARKS}])(?P=same))*|[^{QUOTATION_MARKS}]*))
       (?P<end>[{QUOTATION_MARKS}]|\Z)
      |(?P<bare>[^\s{QUOTATION_MARKS}]+))""",
    re.VERBOSE,
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE: Final = re.compile(r"[\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Characters that pasted text contains and names do not. Emoji contain other invisible characters."""
_DATE: Final = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?")


# Parsing


def parse_query(text: str) -> Query:
    """Parse the first 1,000 characters of a query. Linear time. Never raises."""
    cleaned = _INVISIBLE.sub("", _CONTROL.sub(" ", text[: MAX_QUERY_LENGTH * 2]))[:MAX_QUERY_LENGTH].strip()
    cut_note = _("Only the first %d characters of the query were used.") % MAX_QUERY_LENGTH
    notes = [cut_note] if len(text) > MAX_QUERY_LENGTH else []
    query = Query(text=cleaned)
    is_joined = is_negated = False
    for item in _split_items(cleaned, notes):
        word = "" if item.operator or item.is_quoted or item.negated else item.value
        if word in _CONNECTORS:
            is_joined = is_joined or (word in _OR and bool(query.clauses))
            is_negated = is_negated or word == "NOT"
            continue
        extended = _add_item(query, item._replace(negated=item.negated or is_negated), notes, is_joined=is_joined)
        if extended is not query:
            query = replace(extended, complete_text=cleaned[: item.end] + ('"' if item.is_open else ""))
        is_joined = is_negated = False
    if cleaned and query.is_empty and not notes:
        notes.append(_("“%s” needs search terms.") % isolate(cleaned[:40]))
    clauses = dict.fromkeys(tuple(dict.fromkeys(clause)) for clause in query.clauses)
    return replace(query, clauses=tuple(clauses), notes=tuple(dict.fromkeys(notes)))


def _split_items(text: str, notes: list[str]) -> Iterator[_Item]:
    """Yield the items of a query."""
    folded = fold_with_positions(text)
    for match in _ITEM.finditer(folded.text.translate(_FOLDED_SIGNS)):
        operator = _OPERATORS.get(match["operator"], "")
        is_quoted = match["phrase"] is not None
        written = text[folded.span(*match.span("phrase" if is_quoted else "bare"))]
        end = folded.span(*match.span()).stop
        # A name keeps its own dashes and colons. A quotation mark in it is doubled.
        value = _DOUBLED.sub(r"\1", written) if operator in NAME_OPERATORS else written.translate(_PLAIN)
        is_open = is_quoted and not match["end"]
        if is_open:
            notes.append(_("The closing quotation mark is missing. The phrase extends to the end of the query."))
        rest: list[str] = []
        if operator and not is_quoted:
            value, *rest = _COMMA.split(value, maxsplit=1)
        elif value.endswith(":") and fold(value[:-1]) in _OPERATORS:
            notes.append(_("“%s” needs a value.") % isolate(value))
            continue
        yield _Item(value.strip(), end, operator, bool(match["minus"]), is_quoted, is_open)
        yield from (_Item(words, end) for words in rest if words)


def _add_item(query: Query, item: _Item, notes: list[str], *, is_joined: bool) -> Query:
    """Return the query with one more item."""
    if item.operator in {"after", "before", "in"}:
        return _add_restriction(query, item, notes, is_joined=is_joined)
    term = _make_term(item, MAX_QUERY_WORDS - query.word_count, notes)
    if not term:
        return query
    clauses = query.clauses
    clauses = (*clauses[:-1], (*clauses[-1], term)) if is_joined else (*clauses, (term,))
    return replace(query, clauses=clauses, word_count=query.word_count + (sum(map(len, term.phrases)) or 1))


def _make_term(item: _Item, max_words: int, notes: list[str]) -> Term | None:
    """Return the term of an item, cut to `max_words`; None if nothing is left."""
    kind = item.operator or WORDS
    phrases, prefix = [], False
    if kind in {WORDS, QUOTED}:
        phrases = _make_phrases(item)
        if not phrases:
            notes.append(_("“%s” has no letter, digit or character to search for.") % isolate(item.value[:40]))
            return None
        prefix = _is_prefix(item, phrases[-1][-1], notes)
    elif not item.value:
        notes.append(_("“%s” needs a value.") % f"{item.operator}:")
        return None
    if sum(map(len, phrases)) > max_words or not max_words:
        notes.append(_("Only the first %d words of the query were used.") % MAX_QUERY_WORDS)
        phrases, prefix = [*_cut_phrases(phrases, max_words)], False
    return Term(kind, item.value, tuple(phrases), prefix, item.negated) if max_words else None


def _make_phrases(item: _Item) -> list[tuple[str, ...]]:
    """Return the phrases of an item: one in quotation marks, otherwise one between two separators."""
    pieces = [item.value] if item.is_quoted else _SEPARATORS.split(item.value)
    return [tuple(tokens.split(" ")) for piece in pieces if (tokens := tokenize(piece).strip(f"{BREAK} "))]


def _is_prefix(item: _Item, last: str, notes: list[str]) -> bool:
    """Return whether the last word of an item is a prefix."""
    prefix = not item.is_quoted and item.value.endswith("*") and not is_single_character(last)
    if prefix and len(last) < MIN_PREFIX:
        notes.append(_("A * needs at least %d letters before it.") % MIN_PREFIX)
        return False
    return prefix


def _cut_phrases(phrases: Iterable[tuple[str, ...]], max_words: int) -> Iterator[tuple[str, ...]]:
    """Yield the first `max_words` words of phrases, without a break at the end."""
    for phrase in phrases:
        if max_words > 0:
            yield phrase[: max_words - 1] if phrase[:max_words][-1] == BREAK else phrase[:max_words]
        max_words -= len(phrase)


def _add_restriction(query: Query, item: _Item, notes: list[str], *, is_joined: bool) -> Query:
    """Return the query with a date range or a scope."""
    if is_joined or item.negated:
        notes.append(_("“%s:” applies to the whole query. It does not work with - or OR.") % item.operator)
    if item.operator == "in":
        scope = _SCOPES.get(fold(item.value))
        if scope is None:
            notes.append(_("“in:” needs title, article or comments, not “%s”.") % isolate(item.value[:40]))
            return query
        return replace(query, scopes=query.scopes | {scope})
    span = parse_date_span(fold(item.value))
    if span is None:
        notes.append(_("“%s” is not a date. Use 2020, 2020-09 or 2020-09-30.") % isolate(item.value[:40]))
        return query
    if item.operator == "after":
        return replace(query, after=max(filter(None, (query.after, span.first))))
    return replace(query, before=min(filter(None, (query.before, span.first))))


def parse_date_span(text: str) -> DateSpan | None:
    """Return the span of a year (2020), month (2020-09) or day (2020-09-30, 2020年9月30日). None for other texts."""
    match = _DATE.fullmatch(text.strip())
    if not match:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    with suppress(ValueError):
        first = date(year or 0, month or 1, day or 1)
        if day:
            return DateSpan(first, date.fromordinal(first.toordinal() + 1))
        if month:
            return DateSpan(first, date(first.year + month // 12, month % 12 + 1, 1))
        return DateSpan(first, date(first.year + 1, 1, 1))
    return None


# Description

_PATTERNS: Final = {
    WORDS: (gettext_noop("with “%s”"), gettext_noop("without “%s”")),
    QUOTED: (gettext_noop("that quotes “%s”"), gettext_noop("that does not quote “%s”")),
    **{entry.name: entry.patterns for entry in NAME_OPERATORS.values()},
}
"""Descriptions of a term, as it is and negated."""
_SCOPE_NAMES: Final = {
    Scope.TITLE: gettext_noop("in titles"),
    Scope.ARTICLE: gettext_noop("in articles"),
    Scope.COMMENTS: gettext_noop("in comments"),
}


def describe_query(query: Query) -> str:
    """Return a sentence for a query, or an empty string for an empty query."""
    if query.is_empty:
        return ""
    parts = [
        _(" or ").join(_(_PATTERNS[term.kind][term.negated]) % isolate(term.value) for term in clause)
        for clause in query.clauses
    ]
    if query.scopes:
        parts.append(_(" or ").join(_(_SCOPE_NAMES[scope]) for scope in Scope if scope in query.scopes))
    if query.after:
        parts.append(_("since %s") % date_format(query.after, "Y-m-d"))
    if query.before:
        parts.append(_("before %s") % date_format(query.before, "Y-m-d"))
    return _("Everything %s.") % _(", ").join(parts)


# Building a query

FORM_FIELDS: Final = ("all", "phrase", "any", "none", "author", "answers", "tag", "from", "to", "in")
_FIELD_SEPARATORS: Final = re.compile(r"[\s，、；。,;]+")


def format_operator(operator: str, value: str) -> str:
    """Return an operator with its value, in quotation marks if needed."""
    if value.isalnum():
        return f"{operator}:{value}"
    doubled = _QUOTATION_MARK.sub(r"\g<0>\g<0>", value)
    return f'{operator}:"{doubled}"'


def compose_query(fields: Mapping[str, str]) -> str:
    """Return the query for the fields of the advanced form. Empty fields are left out."""
    names = {name: " ".join(fields.get(name, "").split()) for name in FORM_FIELDS}
    values = {name: " ".join(_QUOTATION_MARK.sub(" ", value).split()) for name, value in names.items()}
    parts = [
        values["all"],
        f'"{values["phrase"]}"' if values["phrase"] else "",
        " OR ".join(_split_field(values["any"])),
        *(f"-{word}" for word in _split_field(values["none"])),
        *(format_operator(name, names[name]) for name in ("author", "answers", "tag") if names[name]),
        f"in:{values['in']}" if values["in"] else "",
        *_compose_dates(values["from"], values["to"]),
    ]
    return " ".join(filter(None, parts))


def _split_field(text: str) -> list[str]:
    """Return the words of a field for separate words."""
    return [word for part in _FIELD_SEPARATORS.split(text.translate(_PLAIN)) if (word := part.lstrip("-"))]


def _compose_dates(first: str, last: str) -> list[str]:
    """Return the operators of a date range that includes its last day. Other text is kept for the parser to report."""
    start, end = parse_date_span(fold(first)), parse_date_span(fold(last))
    return [
        *([f"after:{start.first}"] if start else [format_operator("after", first)] if first else []),
        *([f"before:{end.end}"] if end else [format_operator("before", last)] if last else []),
    ]
