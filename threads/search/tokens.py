"""What search sees of a text: the words a reader reads, folded, cut into tokens. Pure; imports `text` only.

A token is one character of a script that writes no spaces (Chinese, kana, Hangul, Thai, a symbol) or a run of letters
and digits of one that does. What is indexed and what is asked for go through the same functions, so a phrase is found
exactly where its tokens follow one another. Called by `assembling` (in workers) and `search`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import add
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

BREAK: Final = "¶"
"""Stands where punctuation or the end of a paragraph parts two tokens; one for any run of them."""
WORD_LENGTH: Final = 64
"""Longer runs of letters (keys, encoded files) count as their first 64 characters."""

# Scripts without spaces between words, and symbols people look for, such as emoji.
_SINGLE: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2600-\u27bf\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u3035"
    "\u3038-\u303c\u3041-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\U0001f000-\U0001faff\U00016fe0-\U0001b2ff\U00020000-\U0003ffff"
)
WORD_LETTER: Final = rf"[^\W_{_SINGLE}]"
"""A pattern of one character of a word, for those who look for words in unfolded text."""
_SINGLES: Final = re.compile(f"([{_SINGLE}]+)")
_SPACED_RUN: Final = re.compile(f"([{_SINGLE}](?: [{_SINGLE}])*)")
# Marks that belong to the letter before them, and characters nobody sees, part nothing.
_UNSEEN: Final = "\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
_PIECES: Final = re.compile(rf"[^\W_]+|(?:[^\w\s{_UNSEEN}]|_|\n[^\S\n]*\n)+")
_UNSEEN_RUN: Final = re.compile(f"[{_UNSEEN}]+")

_QUOTED_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s*\"[^\"]*\")?\s*\)")
_ADDRESS: Final = re.compile(
    r"\b(?:https?|ftp)://[^\s<>()\[\]\"\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+", re.IGNORECASE
)
_INNER_MARKS: Final = ("*", "`", "~~")
"""Marks that stand inside a sentence, where they would part a phrase; others only ever stand where a break does."""
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")


def reading_text(body: str, cuts: Iterable[tuple[int, int]] = ()) -> str:
    """Return what a reader reads of a Markdown `body`: no marks, no addresses, link labels kept.

    `cuts` are the stretches (start, end) to leave out: its quote marks. An image leaves its label. Linear time.
    """
    kept: list[str] = []
    position = 0
    for start, end in cuts:
        kept.append(body[position:start])
        position = end
    kept.append(body[position:])
    text = "\n\n".join(kept)
    if "](" in text:
        text = _QUOTED_LINK.sub(r"\1", text)
    if "://" in text:
        text = _ADDRESS.sub(" ", text)
    text = text.replace("  \n", "\n\n")
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text.replace("\\\n", "\n\n"))
    for mark in _INNER_MARKS:
        text = text.replace(mark, "")
    return text


def spaced(text: str) -> str:
    """Return the tokens of `text`, folded, with one space between two of them; `BREAK` where punctuation parted them.

    About 60 ns a character. A phrase occurs in a text exactly where ` phrase ` stands in ` text `, both spaced.
    """
    parts = _SINGLES.split(fold(text))
    parts[1::2] = map(" ".join, parts[1::2])
    parts[0::2] = [_between(part) if len(part) < 8 else _words(part) for part in parts[0::2]]
    return " ".join(filter(None, parts))


def _words(text: str) -> str:
    """Return the words and breaks of a stretch without single-character tokens."""
    if not text.isascii():
        text = _UNSEEN_RUN.sub("", text)
    pieces = _PIECES.findall(text)
    return " ".join([piece[:WORD_LENGTH] if piece[0].isalnum() else BREAK for piece in pieces])


_between = lru_cache(maxsize=4096)(_words)
"""The same for short stretches, nearly all of which are a comma or a full stop."""


def is_single(token: str) -> bool:
    """Say whether `token` is one character of a script without spaces."""
    return _SINGLES.fullmatch(token[:1]) is not None


class EntryText(NamedTuple):
    """The searchable text of one article or comment, spaced: what `prepare` makes and the index takes."""

    title: str
    words: str
    quoted: str


def prepare(title: str, body: str, cuts: Iterable[tuple[int, int]] = (), excerpts: Iterable[str] = ()) -> EntryText:
    """Return what is indexed of an article (`title`, `body`) or a comment (no title; its quote marks as `cuts`).

    `excerpts` are what it quotes, found by `quoted:` alone.
    """
    quoted = f" {BREAK} ".join(filter(None, map(spaced, excerpts)))
    return EntryText(spaced(title), spaced(reading_text(body, cuts)), quoted)


def pairs(text: str) -> set[str]:
    """Return the terms of a spaced text: its words, and each single character with the one that follows it, if any."""
    parts = _SPACED_RUN.split(text)
    found: set[str] = set()
    for run in parts[1::2]:
        characters = run[::2]
        found.update(map(add, characters, characters[1:]))
        found.add(characters[-1])
    for words in parts[0::2]:
        found.update(words.split())
    found.discard(BREAK)
    return found
