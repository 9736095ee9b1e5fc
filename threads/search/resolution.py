"""A parsed query to a condition on the index: names of authors, tags and threads become filter tokens.

A name that is not in the archive matches nothing, and adds a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from django.db.models import Q
from django.utils.translation import gettext as _

from threads.models import Article, Author, FormerKey, Tag
from threads.parsing.hosts import canonical_key
from threads.querysets import VISIBLE
from threads.search.backends.conditions import And, Condition, IdRange, Not, Or, Phrase, TextPart
from threads.search.entries import ARTICLE_KIND, FIRST_DAY, Filter, first_id
from threads.search.query import Kind, Scope
from threads.search.tokens import list_spellings
from threads.text import TAG_LENGTH, clean_name, fold_name, isolate

if TYPE_CHECKING:
    from datetime import date

    from threads.search.query import Query, Term

TEXT_PARTS: Final = {Kind.WORDS: TextPart.TEXT, Kind.QUOTED: TextPart.QUOTED}

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
        part = TextPart.TITLE if scope is Scope.TITLE and term.kind is Kind.WORDS else TEXT_PARTS[term.kind]
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
    find_ids, name_filter, message = {
        Kind.TAG: (_find_tags, Filter.TAG, _("No tag is called “%s”.")),
        Kind.THREAD: (_find_threads, Filter.THREAD, _("No thread has the key “%s”.")),
        Kind.AUTHOR: (_find_authors, Filter.AUTHOR, _("No author is called “%s”.")),
        Kind.ANSWERS: (_find_authors, Filter.REPLY_TO, _("No author is called “%s”.")),
    }[term.kind]
    ids = find_ids(term.value)
    if not ids:
        notes.append(message % isolate(term.value[:80]))
    return _any(tuple(Phrase(TextPart.META, (name_filter.token(pk),)) for pk in ids))


def _find_authors(name: str) -> list[int]:
    """Return the ids of authors with a name, in any script or case, and of authors merged with them. Two queries.

    A name without visible texts has none, as a name that the archive does not have. A merged name costs two more.
    """
    authors = Author.objects.filter(folded_name__folded=fold_name(clean_name(name)))
    main = {author.merged_into_id or author.pk for author in authors if author.is_public()}
    if not main:
        return []
    merged = Author.objects.filter(merged_into__in=main).values_list("pk", flat=True)
    return sorted({*main, *merged})


def _find_tags(name: str) -> list[int]:
    """Return the ids of tags with a name, in any script or case, and of tags merged with them. Two queries.

    If no tag has the name, the slug counts. A tag without visible threads has none, as an unknown tag.
    """
    slug_or_name = Q(folded=(folded := fold_name(name.strip(), TAG_LENGTH))) | Q(slug=name.strip())
    used = Q(article_count__gt=0) | Q(merged_into__article_count__gt=0)
    tags = list(Tag.objects.filter(slug_or_name, used).only("pk", "merged_into", "folded"))
    by_name = [tag for tag in tags if tag.folded == folded]
    main = {tag.merged_into_id or tag.pk for tag in by_name or tags}
    if not main:
        return []
    merged = Tag.objects.filter(merged_into__in=main).values_list("pk", flat=True)
    return sorted({*main, *merged})


def _find_threads(key: str) -> list[int]:
    """Return the ids of visible threads with a key, a former key, or a URL that ends with one. Two queries."""
    path = unquote(key).partition("?")[0].strip("/ ")
    written = {path, path.rpartition("/t/")[2], path.rpartition("://")[2]}
    keys = written | {canonical_key(key) for key in written}
    current = list(Article.objects.visible().filter(key__in=keys).values_list("pk", flat=True))
    former = FormerKey.objects.filter(key__in=keys, article__visibility=VISIBLE).values_list("article", flat=True)
    return sorted(current or {pk for pk in former if pk is not None})
