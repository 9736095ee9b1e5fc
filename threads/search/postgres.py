"""The full-text table on PostgreSQL: pairs of characters and words in a tsvector under GIN. Called through `backends`.

A pair is exact for a word of two characters, which most are, where trigrams could not serve one at all; a single
character is the beginning of a pair. Longer phrases are found by their pairs and then looked for in the spaced text
itself. GIN keeps no order, so newest first is a sort of what was found; the planner is kept from walking the table by
date instead, which takes half a second where a term is rare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from django.db import connection

from threads.search.conditions import And, Condition, Not, Or, Part, Phrase, Window
from threads.search.numbers import FIRST_DAY, SHIFT, first_of
from threads.search.rows import Hit, TextRow, hits_of
from threads.search.tables import TextTable, bounds_of
from threads.search.tokens import BREAK, is_single, pairs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import psycopg

PREFIXES: Final = {Part.TEXT: "", Part.TITLE: "T", Part.QUOTED: "Q", Part.META: "M"}
"""No token holds a capital, so the parts do not meet."""
LONG: Final = "L"
"""The term of texts with more terms than a tsvector can hold (1 MB): always a candidate, always looked at itself."""
ROOM: Final = 900_000
NEAR: Final = 6_000
"""How many of the newest entries are looked through first."""
STEPS: Final = 4
"""How many stretches are looked through before all that is left."""
AMPLE: Final = 2
"""How many times the stretch that should hold enough matches is looked through next: words come and go."""
EVERYTHING: Final = "(Mka | Mkc)"
"""An entry is an article or a comment: a tsquery has no constants of its own."""
NOTHING: Final = "N"
"""A term that no text has."""


class PostgresBackend(TextTable):
    """A tsvector column. Numbers are the primary key."""

    numbers = "threads_searchtext"

    def highest(self, days: Collection[int]) -> dict[int, int]:
        """Return the highest number in use in each of these days, where there is one. One query."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT day, (SELECT max(id) FROM threads_searchtext"
                " WHERE id >= day << %s AND id < CASE day WHEN 0 THEN %s ELSE day + 1 END << %s)"
                " FROM unnest(%s::bigint[]) day",
                [SHIFT, FIRST_DAY, SHIFT, sorted(days)],
            )
            return {day: number for day, number in cursor.fetchall() if number is not None}

    def write(self, rows: Sequence[TextRow]) -> None:
        """Add rows, by COPY."""
        with connection.cursor() as cursor:
            raw = cast("psycopg.Cursor", cursor.cursor)
            with raw.copy("COPY threads_searchtext (id, long, title, words, quoted, terms) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(text_columns(row))

    def drop(self, numbers: Collection[int]) -> None:
        """Delete rows. One query."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM threads_searchtext WHERE id = ANY(%s)", [list(numbers)])

    def clear(self) -> None:
        """Empty the table."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM threads_searchtext")

    def tidy(self) -> None:
        """Move what waits beside the GIN index into it, and let the planner know what is in every table.

        It learns that by itself, but minutes later; until then it reads ten thousand threads once for each other row.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list('threads_searchtext_terms')")
            cursor.execute("ANALYZE")

    def shrink(self) -> None:
        """Leave it to autovacuum."""

    def problems(self) -> list[str]:
        """Return what is wrong inside the table: nothing that PostgreSQL does not itself refuse."""
        return []

    def find(self, condition: Condition, window: Window, limit: int, *, oldest: bool = False) -> list[Hit]:
        """Return the entries that meet a condition, newest first (`oldest`: oldest first). Two queries and a few more.

        GIN gives every match, in no order, and reads the row of each. So the newest entries are looked through first;
        how many matches they hold tells how far back enough of them are likely to be found, and only then all. A very
        common word is found in the first step, one that is less common in the second, a rare one has few in all.
        """
        bound, end = self._steps(window, oldest=oldest)
        found: list[Hit] = []
        rest = window
        for _ in range(STEPS):
            if bound is None or (bound >= end if oldest else bound <= end):
                break
            near, rest = halves(rest, bound, oldest=oldest)
            found += self._find(condition, near, limit - len(found), oldest=oldest)
            if not found or len(found) == limit:
                break
            # At least as far again, so that a few that are still missing do not take many steps.
            bound += (bound - found[0].number) * max(AMPLE * (limit - len(found)), len(found)) // len(found)
        return found if len(found) == limit else found + self._find(condition, rest, limit - len(found), oldest=oldest)

    def _steps(self, window: Window, *, oldest: bool) -> tuple[int | None, int]:
        """Return where the NEAR newest (or oldest) entries of a window end, None where it has no more; and its end.

        Its end is its last entry with a date: those without one have numbers far from all others.
        """
        tests, values = bounds_of(window, "text.id")
        order, reverse = ("ASC", "DESC") if oldest else ("DESC", "ASC")
        entries = f"SELECT id FROM threads_searchentry text WHERE {' AND '.join(['true', *tests])}"  # noqa: S608 - fixed
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT ({entries} ORDER BY id {order} OFFSET %s LIMIT 1),"
                f" ({entries} AND id >= %s ORDER BY id {reverse} LIMIT 1)",
                [*values, NEAR, *values, first_of(FIRST_DAY)],
            )
            first, last = cursor.fetchone()
        return first, last or 0

    def _find(self, condition: Condition, window: Window, limit: int, *, oldest: bool) -> list[Hit]:
        tests, values = tests_of(condition)
        bounds, numbers = bounds_of(window, "text.id")
        direction = "ASC" if oldest else "DESC"
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH found AS MATERIALIZED"  # noqa: S608 - fixed strings
                f" (SELECT text.id FROM threads_searchtext text WHERE {' AND '.join([*tests, *bounds])}),"
                f" first AS MATERIALIZED (SELECT id FROM found ORDER BY id {direction} LIMIT %s)"
                " SELECT entry.id, entry.article_id, entry.comment_id, entry.author_id"
                f" FROM first JOIN threads_searchentry entry ON entry.id = first.id ORDER BY entry.id {direction}",
                [*values, *numbers, limit],
            )
            return hits_of(cursor.fetchall())


def halves(window: Window, number: int, *, oldest: bool) -> tuple[Window, Window]:
    """Return the parts of a window on either side of a number: the newer one first (`oldest`: the older one)."""
    newer, older = window.within(Window(low=number)), window.within(Window(high=number))
    return (older, newer) if oldest else (newer, older)


def text_columns(row: TextRow) -> tuple[object, ...]:
    """Return a row's columns in the order in which they are copied."""
    title = pairs(row.title)
    terms = pairs(row.words) | title
    terms.update(PREFIXES[Part.TITLE] + term for term in title)
    terms.update(PREFIXES[Part.QUOTED] + term for term in pairs(row.quoted))
    meta = " ".join(PREFIXES[Part.META] + token for token in row.meta.split())
    written = " ".join(terms)
    long = len(written.encode()) > ROOM
    return (
        row.number,
        long,
        f" {row.title} ",
        f" {row.words} ",
        f" {row.quoted} ",
        f"{LONG if long else written} {meta}",
    )


def tests_of(condition: Condition) -> tuple[list[str], list[str | int]]:
    """Return SQL tests, all of which must hold, and their values: terms first, texts where they do not settle it."""
    exact, values = precise(condition)
    if settled(condition):
        return ["text.terms @@ %s::tsquery", f"(NOT text.long OR {exact})"], [coarse(condition), *values]
    return ["text.terms @@ %s::tsquery", exact], [coarse(condition), *values]


def coarse(condition: Condition) -> str:
    """Return a tsquery that holds wherever the condition does, and perhaps elsewhere."""
    if settled(condition):
        return f"({decisive(condition)} | {LONG})"
    match condition:
        case And(of):
            return _joined("&", map(coarse, of), EVERYTHING)
        case Or(of):
            return _joined("|", map(coarse, of), NOTHING)
        case Not():
            return EVERYTHING
        case Phrase():
            return f"({terms_of(condition)} | {LONG})"


def decisive(condition: Condition) -> str:
    """Return the tsquery that holds exactly where a settled condition does, but for long texts."""
    match condition:
        case And(of):
            return _joined("&", map(decisive, of), EVERYTHING)
        case Or(of):
            return _joined("|", map(decisive, of), NOTHING)
        case Not(of):
            return f"!{decisive(of)}"
        case Phrase():
            return terms_of(condition)


def _joined(sign: str, parts: Iterable[str], empty: str) -> str:
    return f"({f' {sign} '.join(parts) or empty})"


def terms_of(phrase: Phrase) -> str:
    """Return the terms that every text with the phrase has."""
    before = PREFIXES[phrase.part]
    tokens = phrase.tokens
    terms: list[str] = []
    for place, token in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        previous = tokens[place - 1] if place else BREAK
        if token == BREAK:
            continue
        if not is_single(token):
            terms.append(token + (":*" if following is None and phrase.prefix else ""))
        elif following is not None:
            terms.append(token + following if is_single(following) else token)
        elif not is_single(previous):
            terms.append(f"{token}:*")
    return "(" + " & ".join(before + term for term in dict.fromkeys(terms)) + ")"


def settled(condition: Condition) -> bool:
    """Say whether terms alone decide the condition: nothing longer than one word or two characters is asked for."""
    match condition:
        case And(of) | Or(of):
            return all(map(settled, of))
        case Not(of):
            return settled(of)
        case Phrase(tokens=(_,)) | Phrase(part=Part.META):
            return True
        case Phrase(tokens=(first, second)):
            return is_single(first) and is_single(second)
        case _:
            return False


def precise(condition: Condition) -> tuple[str, list[str | int]]:
    """Return the condition as SQL over the spaced texts, and its values."""
    match condition:
        case Not(of):
            sql, values = precise(of)
            return f"NOT {sql}", values
        case And(of) | Or(of):
            word, empty = (" AND ", "true") if isinstance(condition, And) else (" OR ", "false")
            made = [precise(part) for part in of]
            values = [value for _, values in made for value in values]
            return f"({word.join(sql for sql, _ in made)})" if made else empty, values
        case Phrase(part=Part.META):
            return "text.terms @@ %s::tsquery", [terms_of(condition)]
        case Phrase(part, tokens, prefix):
            sought = f" {' '.join(tokens)}" + ("" if prefix else " ")
            columns = ("words", "title") if part is Part.TEXT else (part.value,)
            tests = " OR ".join(f"strpos(text.{column}, %s) > 0" for column in columns)
            return f"({tests})", [sought] * len(columns)
