"""Highlight the terms of a query in texts as they were written. Pure.

The index has folded text. A pattern matches each spelling of a folded character.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.rendering import highlight
from threads.search.query import WORDS, parse_query
from threads.search.tokens import BREAK, WORD_LETTER, is_single_character, list_spellings
from threads.text import find_folded, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.utils.safestring import SafeString

    from threads.search.query import Query, Term

FIRST_MATCH_ID: Final = "found"
"""The anchor of the first match in an article."""
MAX_PAGE_CHARACTERS: Final = 100_000
"""Characters of a thread page that are searched for matches."""

_INVISIBLE: Final = r"[\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff*`\\~]*"
_PUNCTUATION: Final = r"[\W_]+"
_NO_MATCH: Final = re.compile(r"(?!)")


class TextPiece(NamedTuple):
    """A part of a text: a match or the text between two matches."""

    text: str
    is_match: bool = False


def term_pattern(query: Query, kind: str) -> re.Pattern[str]:
    """Return a pattern for the words of a query (`WORDS`), or for its quoted text (`QUOTED`)."""
    return phrase_pattern(list_phrases(term for term in query.text_terms if term.kind == kind))


def list_phrases(terms: Iterable[Term]) -> list[tuple[tuple[str, ...], bool]]:
    """Return the phrases of terms, each with whether its last word is a prefix."""
    return [(phrase, term.prefix and phrase is term.phrases[-1]) for term in terms for phrase in term.phrases]


def phrase_pattern(phrases: Iterable[tuple[Sequence[str], bool]]) -> re.Pattern[str]:
    """Return a pattern for phrases (tokens, and whether the last word is a prefix). Takes milliseconds."""
    sources = [
        _phrase_source(spelling, prefix=prefix) for tokens, prefix in phrases for spelling in list_spellings(tokens)
    ]
    longest_first = sorted(dict.fromkeys(sources), key=len, reverse=True)
    return re.compile("|".join(longest_first)) if longest_first else _NO_MATCH


@lru_cache(maxsize=1024)
def _phrase_source(tokens: tuple[str, ...], *, prefix: bool) -> str:
    pieces: list[str] = []
    for index, token in enumerate(tokens):
        if index and BREAK not in (token, tokens[index - 1]):
            is_adjacent = is_single_character(tokens[index - 1]) or is_single_character(token)
            pieces.append(_INVISIBLE if is_adjacent else _PUNCTUATION)
        characters = [_spellings().get(character, re.escape(character)) for character in token]
        pieces.append(_PUNCTUATION if token == BREAK else "".join(characters))
    if not is_single_character(tokens[0]):
        pieces.insert(0, f"(?<!{WORD_LETTER})")
    if not is_single_character(tokens[-1]) and not prefix:
        pieces.append(f"(?!{WORD_LETTER})")
    return "".join(pieces)


@cache
def _spellings() -> dict[str, str]:
    """Return a pattern for all characters that fold to one character. About 100 ms, once a process."""
    characters = [*map(chr, [*range(0x20, 0xD800), *range(0xE000, 0x32400)])]
    spellings: dict[str, str] = {}
    for character, folded in zip(characters, fold("\n".join(characters)).split("\n"), strict=True):
        if character != folded and len(folded) == 1:
            spellings[folded] = spellings.get(folded, folded) + character
    return {folded: f"[{re.escape(variants)}]" for folded, variants in spellings.items()}


def split_matches(text: str, pattern: re.Pattern[str]) -> list[TextPiece]:
    """Return a text as pieces: matches and the text between them."""
    pieces: list[TextPiece] = []
    position = 0
    for start, end in find_folded(pattern, text):
        if start > position:
            pieces.append(TextPiece(text[position:start]))
        pieces.append(TextPiece(text[start:end], is_match=True))
        position = end
    if position < len(text):
        pieces.append(TextPiece(text[position:]))
    return pieces


class Highlighter:
    """Highlights the words of one query in the texts of one thread page."""

    def __init__(self, query_text: str = "") -> None:
        """Take the query as typed. Without one, texts stay unchanged."""
        self.pattern: re.Pattern[str] | None = term_pattern(parse_query(query_text), WORDS) if query_text else None
        self.remaining = MAX_PAGE_CHARACTERS

    def highlight_html(self, html: SafeString, first_id: str = "") -> SafeString:
        """Return stored HTML with matches in `mark` elements, the first with an id, until a page's limit is used up."""
        if self.pattern is None or len(html) > self.remaining:
            return html
        self.remaining -= len(html)
        return highlight(html, self.pattern, first_id)
