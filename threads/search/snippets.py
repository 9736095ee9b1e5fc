"""The snippet of a result: the part of a text with the most different search terms. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice
from typing import TYPE_CHECKING, Final

from threads.search.highlighting import TextPiece, split_matches
from threads.text import find_folded, fold

if TYPE_CHECKING:
    from collections.abc import Sequence

SNIPPET_LENGTH: Final = 150
"""Characters of a snippet in narrow scripts. Chinese snippets have two thirds of it, because characters are wider."""
LEAD: Final = 40
"""Characters before the first match, for a snippet of `SNIPPET_LENGTH`."""
MAX_MATCHES: Final = 400
"""Matches of a text that are considered."""

_LINE_MARK: Final = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|(?:>[ \t]?)+|[-+][ \t]+|-{3,}[ \t]*$)", re.MULTILINE)
_LINE_MARK_STARTS: Final = "#>-+"
"""Texts without these characters have no line marks. This check takes a tenth of the time of the pattern."""
_TABLE_RULE: Final = re.compile(r"^[ \t]*+\|?+[ \t]*+:?+-++:?+[ \t]*+\|[-:| \t]*+$", re.MULTILINE)
"""The line between the head and the rows of a table."""
_SENTENCE_END: Final = re.compile(r"[。！？!?；;…\n]\s*|\.\s+")


def choose_snippet(text: str, pattern: re.Pattern[str]) -> list[TextPiece]:
    """Return the snippet of a reading text (`tokens.extract_reading_text`). Without a match, its beginning."""
    if any(mark in text for mark in _LINE_MARK_STARTS):
        text = _LINE_MARK.sub("", text)
    if "|" in text and _TABLE_RULE.search(text):
        text = _TABLE_RULE.sub("", text).replace("|", " ")
    line = " ".join(text.split())
    length = _fit_length(line)
    matches = list(islice(find_folded(pattern, line), MAX_MATCHES))
    start = _snippet_start(line, matches, length)
    end = _snippet_end(line, start, length)
    pieces = split_matches(line[start:end], pattern)
    if start:
        pieces.insert(0, TextPiece("…"))
    if end < len(line):
        pieces.append(TextPiece("…"))
    return pieces


def _fit_length(line: str) -> int:
    """Return the number of characters that have about the width of `SNIPPET_LENGTH` narrow ones."""
    beginning = line[:SNIPPET_LENGTH]
    wide = (len(beginning.encode()) - len(beginning)) // 2  # A wide character has three bytes.
    return SNIPPET_LENGTH - SNIPPET_LENGTH * wide // (3 * len(beginning) or 1)


def _snippet_start(line: str, matches: Sequence[tuple[int, int]], length: int) -> int:
    """Return the start of a snippet: a sentence or word before the best match."""
    if not matches or len(line) <= length:
        return 0
    lead = LEAD * length // SNIPPET_LENGTH
    best = _best_match(line, matches, length - lead)
    earliest = max(0, best - lead)
    if earliest == 0:
        return 0
    sentence = _SENTENCE_END.search(line, earliest, best)
    start = sentence.end() if sentence else earliest
    if not sentence and line[start - 1 : start + 1].isascii():
        space = line.find(" ", start, best)
        start = space + 1 if space >= 0 else start
    return min(start, max(0, len(line) - length))


def _best_match(line: str, matches: Sequence[tuple[int, int]], length: int) -> int:
    """Return the position of the match with the most different terms in the next `length` characters."""
    starts = [start for start, _ in matches]
    terms = [fold(line[start:end]) for start, end in matches]

    def count_terms(first: int) -> int:
        return len(set(terms[first : bisect_left(starts, starts[first] + length)]))

    return starts[max(range(len(starts)), key=count_terms)]


def _snippet_end(line: str, start: int, length: int) -> int:
    """Return the end of a snippet: between two words."""
    end = min(len(line), start + length)
    if end == len(line) or not line[end - 1 : end + 1].isascii() or line[end] == " ":
        return end
    return max(line.rfind(" ", start + length // 2, end), start + length // 2)
