"""Full-text search on PostgreSQL: the text of each entry in its row, and a GIN index of its characters and words.

GIN finds candidates by the characters and words of a phrase, and `strpos` checks their texts. Long texts contain most
characters, and are slow to check. So the index has the pairs of their characters instead: each character, with the
class of the next one. Pairs of all texts would double the index. A text is stored without spaces between single
characters, so a Chinese character takes three bytes.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from django.apps import apps

from threads.database.reading import connection
from threads.search.backends.conditions import (
    And,
    Condition,
    Hit,
    IdRange,
    NewEntry,
    Not,
    Or,
    Phrase,
    TextPart,
    TextRow,
)
from threads.search.entries import FIRST_DAY, first_id
from threads.search.tokens import BREAK, extract_words, is_single_character, join_characters

if TYPE_CHECKING:
    from collections.abc import Sequence

VECTOR: Final = "threads_search_vector(title || words || quoted, terms)"
"""The indexed expression, as a tsvector: the characters of the texts, or their pairs, and the words in `terms`."""
CLASSES: Final = 12
"""Classes of a character's successor, as in the SQL function `threads_search_vector`."""
FIRST_SINGLE: Final = "\u0e00"
"""The lowest single character. Lower ones are in words."""
COLUMNS: Final = (*Hit._fields, "digest", "title", "words", "quoted", "terms")
PREFIXES: Final = {TextPart.TEXT: "", TextPart.TITLE: "T", TextPart.QUOTED: "", TextPart.META: "M"}
"""Prefix of the terms of each part. Tokens have no capital letters, so terms with a prefix equal no token."""
LONG: Final = "L"
"""The term of texts whose words exceed a tsvector (1 MB). These are always candidates."""
MAX_TERM_BYTES: Final = 500_000
NEAR: Final = 3_000
"""Entries in the first range, from the newest. They are read without the index."""
MAX_STEPS: Final = 2
"""Ranges before all remaining entries are searched at once."""
MARGIN: Final = 2
"""Factor for the length of the next range, because matches are spread unevenly."""
EVERYTHING: Final = "(Mka | Mkc)"
"""Matches all entries: each is an article or a comment, and a tsquery has no constant for true."""
NOTHING: Final = "N"
"""A term of no text."""


SQLTest = tuple[str, list[str | int]]
"""A test in SQL, and its parameters."""


class PostgresBackend:
    """Columns of `SearchEntry` that the model does not have, and a GIN index."""

    id_table = "threads_searchentry"

    def write(self, entries: Sequence[NewEntry]) -> None:
        """Add entries, by COPY."""
        statement = f"COPY threads_searchentry ({', '.join(COLUMNS)}) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for entry in entries:
                copy.write_row((*entry.hit, entry.digest, *text_columns(entry.text)))

    def clear(self) -> None:
        """Do nothing: texts are deleted with their entries."""

    def optimize(self) -> None:
        """Move pending entries into the GIN index, and update the planner's statistics of the archive's tables.

        Autovacuum updates them only minutes later. Until then, the planner reads ten thousand threads for each row.
        `ANALYZE` of everything would lock tables that all databases of a server share.
        """
        tables = [model._meta.db_table for model in apps.get_app_config("threads").get_models()]  # noqa: SLF001
        with connection.cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list('threads_searchentry_vector')")
            cursor.execute(f"ANALYZE {', '.join(tables)}")

    def free_space(self) -> None:
        """Do nothing: autovacuum frees space."""

    def count_textless(self) -> int:
        """Return how many entries have no text. One query."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM threads_searchentry WHERE terms = ''")
            return int(cursor.fetchone()[0])

    def count_stale(self) -> int:
        """Return 0: there is no text without an entry."""
        return 0

    def find_damage(self) -> list[str]:
        """Return no errors: PostgreSQL has no such check."""
        return []

    def find(self, condition: Condition, id_range: IdRange, limit: int, *, oldest_first: bool = False) -> list[Hit]:
        """Return the entries that meet a condition, newest first by default. Two to six queries.

        GIN returns all candidates without order. So the newest entries are searched first. The number of matches there
        estimates the range that has enough of them. All remaining entries come last.
        """
        bound, end = self._first_range(id_range, oldest_first=oldest_first)
        hits: list[Hit] = []
        rest = id_range
        for step in range(MAX_STEPS):
            if bound is None or (bound >= end if oldest_first else bound <= end):
                break
            newer, older = rest._replace(low=bound), rest._replace(high=bound)
            near, rest = (older, newer) if oldest_first else (newer, older)
            test = compile_strpos(condition) if step == 0 else compile_condition(condition)
            hits += self._find(test, near, limit - len(hits), oldest_first=oldest_first)
            if not hits or len(hits) == limit:
                break
            # At least double the range, so that a few missing matches do not take many steps.
            bound += (bound - hits[0].id) * max(MARGIN * (limit - len(hits)), len(hits)) // len(hits)
        if len(hits) < limit:
            hits += self._find(compile_condition(condition), rest, limit - len(hits), oldest_first=oldest_first)
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

    def _find(self, test: SQLTest, id_range: IdRange, limit: int, *, oldest_first: bool) -> list[Hit]:
        sql, values = test
        columns, direction = ", ".join(Hit._fields), "ASC" if oldest_first else "DESC"
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH found AS MATERIALIZED (SELECT {columns} FROM threads_searchentry"  # noqa: S608 - fixed strings
                f" WHERE {sql} AND id >= %s AND id < %s) SELECT * FROM found ORDER BY id {direction} LIMIT %s",
                [*values, *id_range, limit],
            )
            return list(map(Hit._make, cursor.fetchall()))


def text_columns(text: TextRow) -> tuple[str, ...]:
    """Return the columns of a text: title, words, quoted and terms."""
    words = extract_words(f"{text.title} {text.words} {text.quoted}")
    if sum(len(word.encode()) for word in words) > MAX_TERM_BYTES:
        words = {LONG}
    titles = {PREFIXES[TextPart.TITLE] + token for token in text.title.split() if token != BREAK}
    meta = [PREFIXES[TextPart.META] + token for token in text.meta.split()]
    title, own, quoted = (join_characters(f" {part} ") if part else "" for part in text[:3])
    return title, own, quoted, f" {' '.join([*meta, *titles, *words])} "


def compile_condition(condition: Condition) -> SQLTest:
    """Return a condition as a test by the index, then of the stored texts."""
    sql, values = compile_strpos(condition)
    return f"{VECTOR} @@ %s::tsquery AND {sql}", [f"({compile_terms(condition)} | {LONG})", *values]


def compile_terms(condition: Condition) -> str:
    """Return a tsquery for all matches without long texts, and possibly for other entries."""
    match condition:
        case And(conditions):
            return f"({' & '.join(map(compile_terms, conditions)) or EVERYTHING})"
        case Or(conditions):
            return f"({' | '.join(map(compile_terms, conditions)) or NOTHING})"
        case Not(Phrase(part=TextPart.META) as phrase):
            return f"!{compile_phrase(phrase)}"
        case Not():
            return EVERYTHING
        case Phrase():
            return compile_phrase(condition)


def compile_phrase(phrase: Phrase) -> str:
    """Return the tsquery for the terms that each text with the phrase has."""
    prefix = PREFIXES[phrase.part]
    *others, last = [prefix + token for token in phrase.tokens if token != BREAK]
    terms = {*others, f"{last}:*" if phrase.prefix else last}
    stored = stored_form(phrase)
    if prefix or not any(map(is_single_character, stored)):
        return f"({' & '.join(sorted(terms))})"
    words = {term for term in terms if not is_single_character(term)}
    pairs = {f"{char}{ord(after) % CLASSES}" for char, after in pairwise(stored) if char >= FIRST_SINGLE}
    if not words | pairs:
        return f"{last}:*"
    return f"({' & '.join(sorted(terms))} | {' & '.join(sorted(words | pairs))})"


def compile_strpos(condition: Condition) -> SQLTest:
    """Return a condition as a test of the stored texts."""
    match condition:
        case Not(negated):
            sql, values = compile_strpos(negated)
            return f"NOT {sql}", values
        case And(conditions) | Or(conditions):
            word, empty = (" AND ", "true") if isinstance(condition, And) else (" OR ", "false")
            compiled = [compile_strpos(part) for part in conditions]
            values = [value for _, part_values in compiled for value in part_values]
            return f"({word.join(sql for sql, _ in compiled)})" if compiled else empty, values
        case Phrase(part=TextPart.META, tokens=tokens):
            return "strpos(terms, %s) > 0", [f" {PREFIXES[TextPart.META]}{tokens[0]} "]
        case Phrase(part=part):
            columns = ("words", "title") if part is TextPart.TEXT else (part.value,)
            tests = " OR ".join(f"strpos({column}, %s) > 0" for column in columns)
            return f"({tests})", [stored_form(condition)] * len(columns)


def stored_form(phrase: Phrase) -> str:
    """Return the string that a stored text contains if it contains the phrase. Only words have spaces around them."""
    text = join_characters(phrase.spaced)
    first, last = ((token == BREAK or is_single_character(token)) for token in (phrase.tokens[0], phrase.tokens[-1]))
    return text[1 if first else 0 : -1 if last and not phrase.prefix else None]
