"""The language in which readers search: a line of text to clauses, and what could not be read, in words. Pure.

Nothing a reader can type is an error: what makes no sense is left out and a note says so. Called by `results`; the
names in a query become rows in `resolution`, its words in another language are `description`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils.translation import gettext as _

from threads.search.dates import read_span
from threads.search.tokens import BREAK, is_single, spaced
from threads.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

LONGEST: Final = 1_000
"""Characters of a query that are read; nobody types more, and a page must be quick whatever is pasted."""
MOST_WORDS: Final = 30
"""Words that are looked for, a Chinese character counting as one. FTS5 reads a list of texts for each: a thousand
characters, pasted or from someone who wishes the site ill, would keep it busy for seconds."""
SHORTEST_PREFIX: Final = 3
"""Letters before a `*`; fewer would begin half the words there are."""


class Kind(StrEnum):
    """What a term asks for."""

    WORDS = "words"
    QUOTED = "quoted"
    AUTHOR = "author"
    TAG = "tag"
    ANSWERS = "answers"
    THREAD = "thread"


class Scope(StrEnum):
    """Where words are looked for."""

    TITLE = "title"
    ARTICLE = "article"
    COMMENTS = "comments"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing asked for; `value` as typed, `phrases` its tokens where it is words (all of them must be there)."""

    kind: Kind
    value: str
    phrases: tuple[tuple[str, ...], ...] = ()
    prefix: bool = False
    """The last word may go on: it was typed with a `*`."""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was understood. All clauses must hold; of each clause, one term."""

    text: str = ""
    clauses: tuple[tuple[Term, ...], ...] = ()
    scopes: frozenset[Scope] = frozenset()
    """Empty: everywhere."""
    after: date | None = None
    """The first day that counts."""
    before: date | None = None
    """The first day that does not count any more."""
    notes: tuple[str, ...] = ()
    whole: str = ""
    """The text without what is unfinished at its end: what any other piece can be put after."""
    taken: int = 0
    """How many words were read, a name counting as one, and what comes twice as two."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is asked for."""
        return not (self.clauses or self.scopes or self.after or self.before)

    @property
    def words(self) -> tuple[Term, ...]:
        """The words looked for: what there is to mark in a text."""
        return tuple(term for clause in self.clauses for term in clause if term.phrases and not term.negated)


class _Item(NamedTuple):
    """One piece of a query, still as typed."""

    negated: bool
    field: str
    value: str
    quoted: bool
    end: int
    """Where it ends in the query."""
    is_open: bool
    """Its quotation mark was not closed."""


_FIELDS: Final = {
    **dict.fromkeys(("author", "by", "作者"), "author"),
    **dict.fromkeys(("tag", "标签"), "tag"),
    **dict.fromkeys(("answers", "回复", "回答"), "answers"),
    **dict.fromkeys(("thread", "讨论", "主题"), "thread"),
    **dict.fromkeys(("quoted", "quote", "引用"), "quoted"),
    **dict.fromkeys(("after", "since", "晚于"), "after"),
    **dict.fromkeys(("before", "until", "早于"), "before"),
    **dict.fromkeys(("in", "范围"), "in"),
}
"""Names of fields, folded, so that both scripts and full-width letters do."""
_NAMED: Final = frozenset({"author", "tag", "answers", "thread"})
_SCOPES: Final = {
    **dict.fromkeys(("title", "titles", "标题"), Scope.TITLE),
    **dict.fromkeys(("article", "articles", "正文", "文章"), Scope.ARTICLE),
    **dict.fromkeys(("comment", "comments", "评论"), Scope.COMMENTS),
}
_OR: Final = frozenset({"OR", "|", "||"})
_BETWEEN: Final = _OR | {"AND", "&", "&&", "NOT"}
_COMMA: Final = re.compile("[，、；。]")
_SEPARATORS: Final = re.compile("[，、；。！？…,;!?]+")
"""Part words that need not stand together. Other marks, as in don't and 3.14, hold a phrase together."""
QUOTATION_MARKS: Final = '"“”„‟«»「」『』〝〞〟＂'
"""A phrase may begin with any of them and end with any other."""
_TWICE: Final = re.compile(rf"([{QUOTATION_MARKS}])\1")
_PLAIN: Final = str.maketrans(
    dict.fromkeys("：﹕︰", ":") | dict.fromkeys("－‐‑‒–—―−﹣", "-") | {"　": " ", "｜": "|", "＊": "*"}
)
"""What Chinese keyboards write for the marks of the language, one character for one."""
_ITEM: Final = re.compile(
    rf"""\s*(?P<minus>-(?=[^\s-]))?
    (?:(?P<field>[^\W\d_]{{1,12}}):\s*(?=[^\s:]))?
    (?:[{QUOTATION_MARKS}]
       (?P<phrase>(?(field)(?:[^{QUOTATION_MARKS}]|(?P<same>[{QUOTATION_MARKS}])(?P=same))*|[^{QUOTATION_MARKS}]*))
       (?P<end>[{QUOTATION_MARKS}]|\Z)
      |(?P<bare>[^\s{QUOTATION_MARKS}]+))""",
    re.VERBOSE,
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_UNSEEN: Final = re.compile(r"[\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What comes along when one copies from a page, and stands in no name. Emoji are made with other unseen characters."""


def parse(text: str) -> Query:
    """Read a query. Never raises; linear in the query's length, of which the first 1,000 characters count."""
    kept = _UNSEEN.sub("", _CONTROL.sub(" ", text[: LONGEST * 2]))[:LONGEST].strip()
    notes = [_("Only the first %d characters of the query were read.") % LONGEST] if len(text) > LONGEST else []
    query = Query(text=kept)
    joined = negated = False
    for item in _items(kept, notes):
        word = "" if item.field or item.quoted or item.negated else item.value
        if word in _BETWEEN:
            joined = joined or (word in _OR and bool(query.clauses))
            negated = negated or word == "NOT"
            continue
        longer = _add(query, item._replace(negated=item.negated or negated), notes, joined=joined)
        if longer is not query:
            query = replace(longer, whole=kept[: item.end] + ('"' if item.is_open else ""))
        joined = negated = False
    if kept and query.is_empty and not notes:
        notes.append(_("“%s” joins words, and there are none.") % kept[:40])
    clauses = dict.fromkeys(tuple(dict.fromkeys(clause)) for clause in query.clauses)
    return replace(query, clauses=tuple(clauses), notes=tuple(dict.fromkeys(notes)))


def _items(text: str, notes: list[str]) -> Iterator[_Item]:
    """Yield the pieces of a query."""
    for found in _ITEM.finditer(text.translate(_PLAIN)):
        field = _FIELDS.get(fold(found["field"] or ""), "")
        quoted = found["phrase"] is not None
        value = found["phrase"] if quoted else found["bare"]
        if field in _NAMED:
            # A name keeps its own dashes and colons; a quotation mark in it is written twice.
            value = _TWICE.sub(r"\1", text[slice(*found.span("phrase" if quoted else "bare"))])
        is_open = quoted and not found["end"]
        if is_open:
            notes.append(_("A quotation mark was not closed; the phrase goes to the end of the query."))
        rest = ""
        if found["field"] and not field and quoted:
            yield _Item(bool(found["minus"]), "", found["field"], quoted=False, end=found.end(), is_open=is_open)
        elif found["field"] and not field:
            value = f"{found['field']}:{value}"
        elif field and not quoted:
            value, _comma, rest = _COMMA.sub("\n", value, count=1).partition("\n")
        elif value.endswith(":") and fold(value[:-1]) in _FIELDS:
            notes.append(_("Nothing stands after “%s”.") % value)
            continue
        yield _Item(bool(found["minus"]), field, value.strip(), quoted, found.end(), is_open)
        if rest:
            yield _Item(negated=False, field="", value=rest, quoted=False, end=found.end(), is_open=False)


def _add(query: Query, item: _Item, notes: list[str], *, joined: bool) -> Query:
    """Return the query with one more piece."""
    if item.field in {"after", "before", "in"}:
        return _restrict(query, item, notes, joined=joined)
    clauses = query.clauses
    terms = _terms(item, MOST_WORDS - query.taken, notes)
    if not terms:
        return query
    query = replace(query, taken=query.taken + sum(sum(map(len, term.phrases)) or 1 for term in terms))
    if joined:
        return replace(query, clauses=(*clauses[:-1], clauses[-1] + terms))
    if item.negated:
        return replace(query, clauses=(*clauses, *((term,) for term in terms)))
    return replace(query, clauses=(*clauses, terms))


def _terms(item: _Item, room: int, notes: list[str]) -> tuple[Term, ...]:
    """Return what a piece asks for, in at most `room` words: one term, or none where nothing can be looked for."""
    kind = Kind(item.field or "words")
    if kind not in {Kind.WORDS, Kind.QUOTED}:
        if not item.value:
            notes.append(_("Nothing stands after “%s”.") % f"{item.field}:")
            return ()
        phrases, prefix = [], False
    else:
        phrases = _phrases(item)
        if not phrases:
            notes.append(_("“%s” holds no letter, digit or character to look for.") % item.value[:40])
            return ()
        prefix = _prefix(item, phrases[-1][-1], notes)
    if sum(map(len, phrases)) > room or not room:
        notes.append(_("Only the first %d words of the query were read.") % MOST_WORDS)
        phrases, prefix = [*_first(phrases, room)], False
    return (Term(kind, item.value, tuple(phrases), prefix, item.negated),) if room else ()


def _phrases(item: _Item) -> list[tuple[str, ...]]:
    """Return the phrases of a piece: one where it stands in quotation marks, else one between any two separators."""
    pieces = [item.value] if item.quoted else _SEPARATORS.split(item.value)
    return [tuple(tokens.split(" ")) for piece in pieces if (tokens := spaced(piece).strip(f"{BREAK} "))]


def _prefix(item: _Item, last: str, notes: list[str]) -> bool:
    """Say whether the last word of a piece may go on."""
    prefix = not item.quoted and item.value.endswith("*") and not is_single(last)
    if prefix and len(last) < SHORTEST_PREFIX:
        notes.append(_("Before a * there must be %d letters or more.") % SHORTEST_PREFIX)
        return False
    return prefix


def _first(phrases: Iterable[tuple[str, ...]], room: int) -> Iterator[tuple[str, ...]]:
    """Yield the first `room` words of phrases; none of them ends in a break."""
    for phrase in phrases:
        if room > 0:
            yield phrase[: room - 1] if phrase[:room][-1] == BREAK else phrase[:room]
        room -= len(phrase)


def _restrict(query: Query, item: _Item, notes: list[str], *, joined: bool) -> Query:
    """Return the query within a span of days or a part of the threads."""
    if joined or item.negated:
        notes.append(_("“%s:” holds for the whole query; it cannot be left out or be one of several.") % item.field)
    if item.field == "in":
        scope = _SCOPES.get(fold(item.value))
        if scope is None:
            notes.append(_("“in:” takes title, article or comments, not “%s”.") % item.value[:40])
            return query
        return replace(query, scopes=query.scopes | {scope})
    span = read_span(fold(item.value))
    if span is None:
        notes.append(_("“%s” is not a day; write 2020, 2020-09 or 2020-09-30.") % item.value[:40])
        return query
    if item.field == "after":
        return replace(query, after=max(filter(None, (query.after, span.first))))
    return replace(query, before=min(filter(None, (query.before, span.first))))
