"""Emphasis: which runs of `*`, `_` and `~~` pair up. CommonMark's rules, in linear time.

Some rules are relaxed, because the source's converter escapes each `*` that is text and puts the others where bold text
begins and ends, wherever that is:

- Chinese has no spaces between words. CommonMark leaves `**重要：**文字` as text, because punctuation stands inside
  the closing run and a letter outside. Here a Chinese character outside is enough, and Chinese punctuation inside
  counts as a letter. So does a wide or no-break space: `**　重要**　文字`.
- `~~` strikes out, as on GitHub; it follows the rules of `*`. Other runs of `~` are text: many end a sentence.
- Invisible characters beside a run are skipped.
- `****` between two words ends one bold text and begins the next: `**甲****乙**`.
- Two runs `**` that are still unpaired pair up if white space is beside only one of them: `**重要  ⏎**文字`.
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
STRUCK: Final = "del"
ASCII_PUNCTUATION: Final = frozenset(string.punctuation)
LINE_END: Final = re.compile(r" *+(?:\n|\Z)")
WIDE_SPACES: Final = frozenset("\xa0\u2002\u2003\u3000")
INVISIBLE: Final = frozenset(
    "\xad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
CHINESE: Final = re.compile(
    "[\u2014\u2018\u2019\u201c\u201d\u2026\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0010ffff]"
)


@dataclass(slots=True)
class DelimiterRun:
    """A run of one delimiter, `*`, `_` or `~`, and the tags it has become so far."""

    token: int
    """Index of the run in the token list of its paragraph."""
    delimiter: str
    count: int
    """Delimiters not yet used for tags."""
    can_open: bool
    can_close: bool
    is_line: bool = False
    """Whether it is a whole line of its paragraph."""
    length: int = 0
    """Delimiters in the source text."""
    opening_tags: list[str] = field(default_factory=list)
    closing_tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.length = self.count

    def html(self) -> str:
        """Return closing tags, unused delimiters, then opening tags."""
        return "".join(self.closing_tags) + self.delimiter * self.count + "".join(reversed(self.opening_tags))


def read_delimiter_runs(text: str, start: int, end: int, token: int) -> list[DelimiterRun]:
    """Return the run `text[start:end]`, or two if it ends bold text and begins some.

    The neighbouring characters decide whether a run can open and close. The tokens of two runs are consecutive.
    """
    delimiter, length = text[start], end - start
    before, after = _visible(text, start - 1, -1), _visible(text, end, 1)
    left_flanking = _is_flanking(delimiter, outer=before, inner=text[end : end + 1] if after.isspace() else after)
    right_flanking = _is_flanking(
        delimiter, outer=after, inner=text[start - 1] if before.isspace() and start else before
    )
    if delimiter == "_":
        can_open = left_flanking and (not right_flanking or _is_punctuation(before))
        can_close = right_flanking and (not left_flanking or _is_punctuation(after))
        return [DelimiterRun(token, delimiter, length, can_open, can_close)]
    if delimiter == "~":
        return [DelimiterRun(token, delimiter, length, left_flanking, right_flanking)]
    if length == 4 and left_flanking and right_flanking:
        return [DelimiterRun(token, "*", 2, False, True), DelimiterRun(token + 1, "*", 2, True, False)]
    is_line = before == "\n" and LINE_END.match(text, end) is not None
    return [DelimiterRun(token, delimiter, length, left_flanking, right_flanking, is_line)]


def _visible(text: str, index: int, step: int) -> str:
    """Return the first visible character from `index` on; a line end outside the text."""
    while 0 <= index < len(text) and text[index] in INVISIBLE:
        index += step
    return text[index] if 0 <= index < len(text) else "\n"


def _is_flanking(delimiter: str, *, outer: str, inner: str) -> bool:
    """Return whether a run between these characters may begin (or end) emphasis of the text on its inner side."""
    if not inner or inner.isspace():
        return delimiter != "_" and inner in WIDE_SPACES
    if not _is_punctuation(inner) or outer.isspace() or _is_punctuation(outer):
        return True
    return delimiter != "_" and bool(CHINESE.match(outer) or CHINESE.match(inner))


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
    _pair_rest(runs)
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
        tag = STRUCK if run.delimiter == "~" else TAGS[size]
        opener.opening_tags.append(f"<{tag}>")
        run.closing_tags.append(f"</{tag}>")
        opener.count -= size
        run.count -= size
        del openers[index + 1 if opener.count else index :]


def _pair_rest(runs: list[DelimiterRun]) -> None:
    """Pair adjacent runs of two `*` that are unpaired, if they are at the same depth and one may begin or end there."""
    unpaired: list[tuple[int, DelimiterRun]] = []
    depth = 0
    for run in runs:
        depth -= len(run.closing_tags)
        while unpaired and unpaired[-1][0] > depth:
            unpaired.pop()
        if run.count == run.length == 2 and run.delimiter == "*" and (run.can_open or run.can_close or run.is_line):
            opener = unpaired.pop()[1] if unpaired and unpaired[-1][0] == depth else None
            if opener and (opener.can_open or opener.is_line or run.can_close or run.is_line):
                opener.opening_tags.append("<strong>")
                run.closing_tags.append("</strong>")
                opener.count = run.count = 0
            else:
                unpaired.append((depth, run))
        depth += len(run.opening_tags)


def _is_match(opener: DelimiterRun, closer: DelimiterRun) -> bool:
    """Return whether two runs may pair: CommonMark's rules 9 and 10 on lengths divisible by 3."""
    if opener.delimiter != closer.delimiter:
        return False
    ambiguous = opener.can_close or closer.can_open
    return not (ambiguous and (opener.length + closer.length) % 3 == 0 and (opener.length % 3 or closer.length % 3))


def _is_punctuation(char: str) -> bool:
    return char in ASCII_PUNCTUATION if char.isascii() else unicodedata.category(char)[0] in "PS"
