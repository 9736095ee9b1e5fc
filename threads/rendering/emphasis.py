"""Which runs of `*` and `_` pair up to emphasis: CommonMark's rule, in one pass. Called by `inline` only.

One departure, for Chinese: CommonMark wants white space or punctuation outside a mark that has punctuation inside,
so `**重要：**文字` would stay as it stands. Chinese has no white space between words; here a Chinese character
outside is enough, and Chinese punctuation inside counts as a letter.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

DEEPEST: Final = 16
TAGS: Final = {1: "em", 2: "strong"}
ASCII_PUNCTUATION: Final = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


@dataclass(slots=True)
class Run:
    """A run of marks: where its token stands, and what has been used of it."""

    token: int
    mark: str
    count: int
    opens: bool
    closes: bool
    length: int = 0
    opening: list[str] = field(default_factory=list)
    closing: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.length = self.count

    def html(self) -> str:
        """Return the run as HTML: closing tags, what is left of the marks, opening tags."""
        return "".join(self.closing) + self.mark * self.count + "".join(reversed(self.opening))


def run_at(text: str, start: int, end: int, token: int) -> Run:
    """Return the run `text[start:end]`, with whether it may open and close by what stands on its two sides."""
    mark = text[start]
    before = text[start - 1] if start else "\n"
    after = text[end] if end < len(text) else "\n"
    chinese = mark == "*"
    before_marks, after_marks = _punctuation(before, chinese), _punctuation(after, chinese)
    left = not after.isspace() and (
        not after_marks or before.isspace() or _punctuation(before) or (chinese and _is_chinese(before))
    )
    right = not before.isspace() and (
        not before_marks or after.isspace() or _punctuation(after) or (chinese and _is_chinese(after))
    )
    if mark == "*":
        return Run(token, mark, end - start, left, right)
    opens = left and (not right or _punctuation(before))
    closes = right and (not left or _punctuation(after))
    return Run(token, mark, end - start, opens, closes)


def pair(runs: list[Run]) -> None:
    """Pair `runs` from left to right, each closing run with the nearest that can open. Linear in their number.

    Runs that would nest deeper than anybody reads stay text, all of them.
    """
    openers: list[Run] = []
    floors: dict[tuple[str, bool, int], int] = {}
    for run in runs:
        if run.closes:
            _close(run, openers, floors)
        if run.opens and run.count:
            openers.append(run)
    depths = accumulate(len(run.opening) - len(run.closing) for run in runs)
    if max(depths, default=0) > DEEPEST:
        for run in runs:
            run.count, run.opening, run.closing = run.length, [], []


def _close(run: Run, openers: list[Run], floors: dict[tuple[str, bool, int], int]) -> None:
    """Match `run` with open runs while it lasts; remember how far down was searched in vain."""
    kind = (run.mark, run.opens, run.length % 3)
    floor = floors.get(kind, -1)
    while run.count:
        at = len(openers) - 1
        while at >= 0 and openers[at].token > floor and not _match(openers[at], run):
            at -= 1
        if at < 0 or openers[at].token <= floor:
            floors[kind] = openers[-1].token if openers else floor
            return
        opener = openers[at]
        size = 2 if opener.count >= 2 and run.count >= 2 else 1
        opener.opening.append(f"<{TAGS[size]}>")
        run.closing.append(f"</{TAGS[size]}>")
        opener.count -= size
        run.count -= size
        del openers[at + 1 if opener.count else at :]


def _match(opener: Run, closer: Run) -> bool:
    if opener.mark != closer.mark:
        return False
    both = opener.closes or closer.opens
    return not (both and (opener.length + closer.length) % 3 == 0 and (opener.length % 3 or closer.length % 3))


def _punctuation(char: str, chinese_is_letter: bool = False) -> bool:
    if char in ASCII_PUNCTUATION:
        return True
    if chinese_is_letter and _is_chinese(char):
        return False
    return not char.isascii() and unicodedata.category(char)[0] in "PS"


def _is_chinese(char: str) -> bool:
    return (
        "\u2e80" <= char <= "\u9fff"
        or "\uf900" <= char <= "\ufaff"
        or "\uff00" <= char <= "\uffef"
        or char >= "\U00020000"
    )
