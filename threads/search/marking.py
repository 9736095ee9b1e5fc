"""Where the words of a query stand in a text as it was written, and the stretch of it that shows them. Pure.

The index holds folded text; a reader is shown the text's own characters. So what is looked for is turned into a pattern
that takes every spelling of each character. Called by `ranking` and `results`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Final

from threads.rendering import trusted
from threads.search.tokens import BREAK, WORD_LETTER, is_single
from threads.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.utils.safestring import SafeString

    from threads.search.query import Kind, Query, Term

FOUND: Final = "found"
"""The anchor of the first word marked in the opening text of a thread."""
LENGTH: Final = 150
"""Characters of a snippet in a script of narrow letters; two thirds of it in Chinese, which takes twice the room."""
LEAD: Final = 40
"""Characters before its first marked word, of as many."""
MOST_MARKS: Final = 400
"""Places in a text that are looked at to find its best stretch."""

_UNSEEN: Final = r"[\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff*`\\~]*"
_PUNCTUATION: Final = r"[\W_]+"
_LINE_MARK: Final = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|(?:>[ \t]?)+|[-+][ \t]+|-{3,}[ \t]*$)", re.MULTILINE)
_LINE_MARKS: Final = "#>-+"
"""The characters a line's mark begins with; to look for one takes a tenth of the time of looking at every line."""
_NOTHING: Final = re.compile(r"(?!)")
_END_OF_SENTENCE: Final = re.compile(r"[。！？!?；;…\n]\s*|\.\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, marked where it is one of the words looked for."""

    text: str
    marked: bool = False


def drawn(pieces: Iterable[Piece]) -> SafeString:
    """Return pieces as HTML."""
    written = [f"<mark>{escape(piece.text)}</mark>" if piece.marked else escape(piece.text) for piece in pieces]
    return trusted("".join(written))


def pattern(phrases: Iterable[tuple[Sequence[str], bool]]) -> re.Pattern[str]:
    """Return a pattern that finds phrases (tokens, and whether the last word may go on) as they may be written."""
    written = [_phrase(tuple(tokens), prefix=prefix) for tokens, prefix in phrases]
    longest_first = sorted(dict.fromkeys(written), key=len, reverse=True)
    return re.compile("|".join(longest_first)) if longest_first else _NOTHING


def words_of(query: Query, kind: Kind) -> re.Pattern[str]:
    """Return a pattern that finds what a query asks for in texts (`Kind.WORDS`) or in quotes (`Kind.QUOTED`)."""
    return pattern(phrases_of(term for term in query.words if term.kind is kind))


def phrases_of(terms: Iterable[Term]) -> list[tuple[tuple[str, ...], bool]]:
    """Return the phrases of terms, as `pattern` takes them."""
    return [(phrase, term.prefix and phrase is term.phrases[-1]) for term in terms for phrase in term.phrases]


@lru_cache(maxsize=1024)
def _phrase(tokens: tuple[str, ...], *, prefix: bool) -> str:
    pieces: list[str] = []
    for place, token in enumerate(tokens):
        if place and BREAK not in (token, tokens[place - 1]):
            pieces.append(_gap(tokens[place - 1], token))
        pieces.append(_PUNCTUATION if token == BREAK else _token(token))
    if not is_single(tokens[0]):
        pieces.insert(0, f"(?<!{WORD_LETTER})")
    if not is_single(tokens[-1]) and not prefix:
        pieces.append(f"(?!{WORD_LETTER})")
    return "".join(pieces)


def _gap(previous: str, token: str) -> str:
    """Return what may stand between two tokens that follow one another."""
    return _UNSEEN if is_single(previous) or is_single(token) else _PUNCTUATION


def _token(token: str) -> str:
    return "".join(
        f"[{re.escape(spellings)}]" if len(spellings) > 1 else re.escape(spellings)
        for spellings in map(_spellings, token)
    )


def _spellings(character: str) -> str:
    return _all_spellings().get(character, character)


@cache
def _all_spellings() -> dict[str, str]:
    """Return, for each folded character that several become, all of these. About 50 ms, once for each process."""
    every = "".join(map(chr, [*range(0x20, 0xD800), *range(0xE000, 0x32400)]))
    spellings: dict[str, str] = {}
    for character, folded in zip(every, fold(every), strict=True):
        if character != folded:
            spellings[folded] = spellings.get(folded, folded) + character
    return spellings


def snippet(text: str, words: re.Pattern[str], length: int = LENGTH) -> list[Piece]:
    """Return the stretch of a text around the words found in it, the words marked; its beginning where none is.

    `text` is reading text (`tokens.reading_text`). Of several stretches, the one with the most different words.
    """
    if any(mark in text for mark in _LINE_MARKS):
        text = _LINE_MARK.sub("", text)
    line = " ".join(text.split())
    length = _fitting(line, length)
    found = _some(words, line)
    start = _start(line, found, length)
    end = min(len(line), start + length)
    if end < len(line) and line[end - 1 : end + 1].isascii():
        end = max(line.rfind(" ", start + length // 2, end), start + length // 2) if line[end] != " " else end
    pieces = marked(line[start:end], words)
    if start:
        pieces.insert(0, Piece("…"))
    if end < len(line):
        pieces.append(Piece("…"))
    return pieces


def marked(text: str, words: re.Pattern[str]) -> list[Piece]:
    """Return a text in pieces, the words found in it marked."""
    pieces: list[Piece] = []
    position = 0
    for found in words.finditer(text):
        if found.start() > position:
            pieces.append(Piece(text[position : found.start()]))
        pieces.append(Piece(found[0], marked=True))
        position = found.end()
    if position < len(text):
        pieces.append(Piece(text[position:]))
    return pieces


def _some(words: re.Pattern[str], line: str) -> list[tuple[int, str]]:
    """Return where the first words found stand, and what each is when folded."""
    return [(place.start(), fold(place[0])) for place in islice(words.finditer(line), MOST_MARKS)]


def _fitting(line: str, length: int) -> int:
    """Return how many characters of a line take about the room of `length` narrow ones, by those it begins with."""
    beginning = line[:length]
    wide = (len(beginning.encode()) - len(beginning)) // 2  # three bytes each
    return length - length * wide // (3 * len(beginning)) if beginning else length


def _start(line: str, found: Sequence[tuple[int, str]], length: int) -> int:
    """Return where a snippet should begin: at a sentence's beginning, if one is near before the best stretch."""
    if not found or len(line) <= length:
        return 0
    lead = LEAD * length // LENGTH
    best, most = 0, 0
    last = 0
    for first, (place, _) in enumerate(found):
        last = max(last, first)
        while last + 1 < len(found) and found[last + 1][0] < place + length - lead:
            last += 1
        different = len({word for _, word in found[first : last + 1]})
        if different > most:
            best, most = place, different
    earliest = max(0, best - lead)
    if earliest == 0:
        return 0
    sentences = [mark.end() for mark in _END_OF_SENTENCE.finditer(line, earliest, best)]
    start = sentences[0] if sentences else earliest
    if not sentences and line[start - 1 : start + 1].isascii():
        space = line.find(" ", start, best)
        start = space + 1 if space >= 0 else start
    return min(start, max(0, len(line) - length))
