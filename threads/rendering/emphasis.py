"""Emphasis: which runs of `*` and `_` pair up. CommonMark's rules, in linear time.

One rule is relaxed for Chinese, which has no white space between words. CommonMark leaves `**重要：**文字` as text,
because punctuation stands inside the closing run and a letter outside. Here a Chinese character outside is enough, and
Chinese punctuation inside counts as a letter.
"""

from __future__ import annotations

import re
import string
import unicodedata
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

MAX_DEPTH: Final = 16
TAGS: Final = {1: "em", 2: "strong"}
ASCII_PUNCTUATION: Final = frozenset(string.punctuation)
CHINESE: Final = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0010ffff]")


@dataclass(slots=True)
class DelimiterRun:
    """A run of one delimiter, `*` or `_`, and the tags it has become so far."""

    token: int
    """Index of the run in the token list of its paragraph."""
    delimiter: str
    count: int
    """Delimiters not yet used for tags."""
    can_open: bool
    can_close: bool
    length: int = 0
    """Delimiters in the source text."""
    opening_tags: list[str] = field(default_factory=list)
    closing_tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.length = self.count

    def html(self) -> str:
        """Return closing tags, unused delimiters, then opening tags."""
        return "".join(self.closing_tags) + self.delimiter * self.count + "".join(reversed(self.opening_tags))


def read_delimiter_run(text: str, start: int, end: int, token: int) -> DelimiterRun:
    """Return the run `text[start:end]`. Its neighbouring characters decide whether it can open and close."""
    delimiter = text[start]
    before = text[start - 1] if start else "\n"
    after = text[end] if end < len(text) else "\n"
    left_flanking = _is_flanking(delimiter, outer=before, inner=after)
    right_flanking = _is_flanking(delimiter, outer=after, inner=before)
    if delimiter == "*":
        return DelimiterRun(token, delimiter, end - start, left_flanking, right_flanking)
    can_open = left_flanking and (not right_flanking or _is_punctuation(before))
    can_close = right_flanking and (not left_flanking or _is_punctuation(after))
    return DelimiterRun(token, delimiter, end - start, can_open, can_close)


def _is_flanking(delimiter: str, *, outer: str, inner: str) -> bool:
    """Return whether a run between these characters may begin (or end) emphasis of the text on its inner side."""
    if inner.isspace():
        return False
    if not _is_punctuation(inner) or outer.isspace() or _is_punctuation(outer):
        return True
    return delimiter == "*" and bool(CHINESE.match(outer) or CHINESE.match(inner))


def pair_delimiters(runs: list[DelimiterRun]) -> None:
    """Pair each closing run with the nearest opening run, left to right. Linear in the number of runs.

    If the result nests deeper than MAX_DEPTH, all runs stay text.
    """
    openers: list[DelimiterRun] = []
    bottoms: dict[tuple[str, bool, int], int] = {}
    for run in runs:
        if run.can_close:
            _close(run, openers, bottoms)
        if run.can_open and run.count:
            openers.append(run)
    depths = accumulate(len(run.opening_tags) - len(run.closing_tags) for run in runs)
    if max(depths, default=0) > MAX_DEPTH:
        for run in runs:
            run.count, run.opening_tags, run.closing_tags = run.length, [], []


def _close(run: DelimiterRun, openers: list[DelimiterRun], bottoms: dict[tuple[str, bool, int], int]) -> None:
    """Pair `run` with open runs as long as it has delimiters.

    `bottoms` keeps the total linear: for each kind of run, the token below which no opener matches (`openers_bottom`
    in CommonMark's algorithm).
    """
    kind = (run.delimiter, run.can_open, run.length % 3)
    bottom = bottoms.get(kind, -1)
    while run.count:
        index = len(openers) - 1
        while index >= 0 and openers[index].token > bottom and not _is_match(openers[index], run):
            index -= 1
        if index < 0 or openers[index].token <= bottom:
            bottoms[kind] = openers[-1].token if openers else bottom
            return
        opener = openers[index]
        size = 2 if opener.count >= 2 and run.count >= 2 else 1
        opener.opening_tags.append(f"<{TAGS[size]}>")
        run.closing_tags.append(f"</{TAGS[size]}>")
        opener.count -= size
        run.count -= size
        del openers[index + 1 if opener.count else index :]


def _is_match(opener: DelimiterRun, closer: DelimiterRun) -> bool:
    """Return whether two runs may pair: CommonMark's rules 9 and 10 on lengths divisible by 3."""
    if opener.delimiter != closer.delimiter:
        return False
    ambiguous = opener.can_close or closer.can_open
    return not (ambiguous and (opener.length + closer.length) % 3 == 0 and (opener.length % 3 or closer.length % 3))


def _is_punctuation(char: str) -> bool:
    return char in ASCII_PUNCTUATION if char.isascii() else unicodedata.category(char)[0] in "PS"
