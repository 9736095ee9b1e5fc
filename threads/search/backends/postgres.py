"""The full-text table on PostgreSQL: words and pairs of characters in a tsvector with a GIN index.

Most Chinese words have two characters, which a pair finds exactly. A single character is a prefix of a pair. For longer
phrases, GIN finds candidates by their pairs, and `strpos` checks the stored tokens. GIN has no order, so the matches
are sorted after the lookup. Otherwise the planner reads the table by date, half a second for a rare term.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.apps import apps

from threads.database.reading import connection
from threads.search.backends.conditions import And, Condition, Hit, IdRange, Not, Or, Phrase, TextPart, TextRow
from threads.search.entries import FIRST_DAY, first_id
from threads.search.tokens import BREAK, extract_terms, is_single_character

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

PREFIXES: Final = {TextPart.TEXT: "", TextPart.TITLE: "T", TextPart.QUOTED: "Q", TextPart.META: "M"}
"""Prefix of the terms of each part. Tokens have no capital letters, so terms of different parts are never equal."""
LONG: Final = "L"
"""The term of texts whose terms exceed a tsvector (1 MB). These are always candidates and checked by `strpos`."""
MAX_TERM_BYTES: Final = 900_000
NEAR: Final = 6_000
"""Entries in the first range, from the newest."""
MAX_STEPS: Final = 4
"""Ranges before all remaining entries are searched at once."""
MARGIN: Final = 2
"""Factor for the length of the next range, because matches are spread unevenly."""
EVERYTHING: Final = "(Mka | Mkc)"
"""Matches all entries: each is an article or a comment, and a tsquery has no constant for true."""
NOTHING: Final = "N"
"""A term of no text."""


class PostgresBackend:
    """A tsvector column. Entry ids are the primary key."""

    id_table = "threads_searchtext"

    def write(self, rows: Sequence[TextRow]) -> None:
        """Add rows, by COPY."""
        statement = "COPY threads_searchtext (id, long, title, words, quoted, terms) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(copied_columns(row))

    def delete(self, ids: Collection[int]) -> None:
        """Delete rows. One query."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM threads_searchtext WHERE id = ANY(%s)", [list(ids)])

    def clear(self) -> None:
        """Delete all rows."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM threads_searchtext")

    def optimize(self) -> None:
        """Move pending entries into the GIN index, and update the planner's statistics of the archive's tables.

        Autovacuum updates them only minutes later. Until then, the planner reads ten thousand threads for each row.
        `ANALYZE` of everything would lock tables that all databases of a server share.
        """
        tables = [model._meta.db_table for model in apps.get_app_config("threads").get_models()]  # noqa: SLF001
        with connection.cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list('threads_searchtext_terms')")
            cursor.execute(f"ANALYZE {', '.join([*tables, self.id_table])}")

    def free_space(self) -> None:
        """Do nothing: autovacuum frees space."""

    def find_damage(self) -> list[str]:
        """Return no errors: PostgreSQL has no such check."""
        return []

    def find(self, condition: Condition, id_range: IdRange, limit: int, *, oldest_first: bool = False) -> list[Hit]:
        """Return the entries that meet a condition, newest first by default. Two to six queries.

        GIN returns all matches without order, and reads the row of each. So the newest entries are searched first. The
        number of matches there estimates the range that has enough of them. All remaining entries come last.
        """
        bound, end = self._first_range(id_range, oldest_first=oldest_first)
        hits: list[Hit] = []
        rest = id_range
        for _ in range(MAX_STEPS):
            if bound is None or (bound >= end if oldest_first else bound <= end):
                break
            newer, older = rest._replace(low=bound), rest._replace(high=bound)
            near, rest = (older, newer) if oldest_first else (newer, older)
            hits += self._find(condition, near, limit - len(hits), oldest_first=oldest_first)
            if not hits or len(hits) == limit:
                break
            # At least double the range, so that a few missing matches do not take many steps.
            bound += (bound - hits[0].id) * max(MARGIN * (limit - len(hits)), len(hits)) // len(hits)
        if len(hits) < limit:
            hits += self._find(condition, rest, limit - len(hits), oldest_first=oldest_first)
        return hits

    def _first_range(self, id_range: IdRange, *, oldest_first: bool) -> tuple[int | None, int]:
        """Return the id after the first `NEAR` entries (None if there are fewer), and the id of the last dated entry.

        Ids of entries without a date are far from all others.
        """
        order, reverse = ("ASC", "DESC") if oldest_first else ("DESC", "ASC")
        entries = "SELECT id FROM threads_searchentry WHERE id >= %s AND id < %s"
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT ({entries} ORDER BY id {order} OFFSET %s LIMIT 1), ({entries} ORDER BY id {reverse} LIMIT 1)",
                [*id_range, NEAR, max(id_range.low, first_id(FIRST_DAY)), id_range.high],
            )
            bound, end = cursor.fetchone()
        return bound, end or 0

    def _find(self, condition: Condition, id_range: IdRange, limit: int, *, oldest_first: bool) -> list[Hit]:
        test, values = compile_condition(condition)
        direction = "ASC" if oldest_first else "DESC"
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH found AS MATERIALIZED"  # noqa: S608 - fixed strings
                f" (SELECT text.id FROM threads_searchtext text WHERE {test} AND text.id >= %s AND text.id < %s),"
                f" first AS MATERIALIZED (SELECT id FROM found ORDER BY id {direction} LIMIT %s)"
                " SELECT entry.id, entry.article_id, entry.comment_id, entry.author_id"
                f" FROM first JOIN threads_searchentry entry ON entry.id = first.id ORDER BY entry.id {direction}",
                [*values, *id_range, limit],
            )
            return list(map(Hit._make, cursor.fetchall()))


def copied_columns(row: TextRow) -> tuple[object, ...]:
    """Return a row's columns in the order of the COPY statement."""
    title = extract_terms(row.title)
    terms = extract_terms(row.words) | title
    terms.update(PREFIXES[TextPart.TITLE] + term for term in title)
    terms.update(PREFIXES[TextPart.QUOTED] + term for term in extract_terms(row.quoted))
    meta = " ".join(PREFIXES[TextPart.META] + token for token in row.meta.split())
    all_terms = " ".join(terms)
    is_long = len(all_terms.encode()) > MAX_TERM_BYTES
    vector = f"{LONG if is_long else all_terms} {meta}"
    return row.id, is_long, f" {row.title} ", f" {row.words} ", f" {row.quoted} ", vector


def compile_condition(condition: Condition) -> tuple[str, list[str | int]]:
    """Return a condition as an SQL test, and its parameters."""
    test, values = compile_strpos(condition)
    if is_decided_by_terms(condition):
        test = f"(NOT text.long OR {test})"
    return f"text.terms @@ %s::tsquery AND {test}", [f"({compile_terms(condition)} | {LONG})", *values]


def compile_terms(condition: Condition) -> str:
    """Return a tsquery for all matches without long texts, and possibly for other entries.

    There are no others if terms decide the condition.
    """
    match condition:
        case And(conditions):
            return f"({' & '.join(map(compile_terms, conditions)) or EVERYTHING})"
        case Or(conditions):
            return f"({' | '.join(map(compile_terms, conditions)) or NOTHING})"
        case Not(negated):
            return f"!{compile_terms(negated)}" if is_decided_by_terms(negated) else EVERYTHING
        case Phrase():
            return phrase_query(condition)


def phrase_query(phrase: Phrase) -> str:
    """Return the tsquery for the terms that each text with the phrase has."""
    *_, previous, last = (BREAK, *phrase.tokens)
    terms = extract_terms(" ".join(phrase.tokens))
    if phrase.prefix or is_single_character(last):
        # In the text, the last token may be the start of a longer word or pair.
        terms.discard(last)
        if not (is_single_character(previous) and is_single_character(last)):
            terms.add(f"{last}:*")
    return "(" + " & ".join(PREFIXES[phrase.part] + term for term in sorted(terms)) + ")"


def is_decided_by_terms(condition: Condition) -> bool:
    """Return whether terms decide the condition: no phrase is longer than one word or two characters."""
    match condition:
        case And(conditions) | Or(conditions):
            return all(map(is_decided_by_terms, conditions))
        case Not(negated):
            return is_decided_by_terms(negated)
        case Phrase(tokens=tokens):
            return len(tokens) == 1 or (len(tokens) == 2 and all(map(is_single_character, tokens)))


def compile_strpos(condition: Condition) -> tuple[str, list[str | int]]:
    """Return the condition as SQL over the stored tokens, and its parameters."""
    match condition:
        case Not(negated):
            sql, values = compile_strpos(negated)
            return f"NOT {sql}", values
        case And(conditions) | Or(conditions):
            word, empty = (" AND ", "true") if isinstance(condition, And) else (" OR ", "false")
            compiled = [compile_strpos(part) for part in conditions]
            values = [value for _, part_values in compiled for value in part_values]
            return f"({word.join(sql for sql, _ in compiled)})" if compiled else empty, values
        case Phrase(part=TextPart.META):
            return "text.terms @@ %s::tsquery", [phrase_query(condition)]
        case Phrase(part=part):
            columns = ("words", "title") if part is TextPart.TEXT else (part.value,)
            tests = " OR ".join(f"strpos(text.{column}, %s) > 0" for column in columns)
            return f"({tests})", [condition.spaced] * len(columns)
