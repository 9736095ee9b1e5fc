"""Text to search tokens, for indexed texts and queries alike. Pure: import workers use it without a database.

A token is a single character of a script without spaces (Chinese, kana, Hangul, Thai, symbols), or a sequence of
letters and digits of other scripts. A phrase matches where its tokens are consecutive.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.rendering import forum_tags
from threads.text import WORD_SPELLINGS, decode_entities, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BREAK: Final = "¶"
"""The token for any sequence of punctuation and paragraph ends between two tokens."""
MAX_WORD_LENGTH: Final = 64
"""Characters of a word that count. Longer words are keys or encoded files."""
MAX_SPELLINGS: Final = 8
"""Spellings of a phrase that are searched. Each word of `WORD_SPELLINGS` in it doubles their number."""

# Scripts without spaces between words, and symbols such as emoji.
_SINGLE: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2600-\u27bf\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u3035"
    "\u3038-\u303c\u3041-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\U0001f000-\U0001faff\U00016fe0-\U0001b2ff\U00020000-\U0003ffff"
)
WORD_LETTER: Final = rf"[^\W_{_SINGLE}]"
"""A pattern for one character of a word."""
_SINGLES: Final = re.compile(f"([{_SINGLE}]+)")
_SPACED_RUN: Final = re.compile(f"[{_SINGLE}{BREAK}](?: [{_SINGLE}{BREAK}])*")
# Combining marks and invisible characters do not separate words.
_UNSEEN: Final = "\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
_PIECES: Final = re.compile(rf"[^\W_]+|(?:[^\w\s{_UNSEEN}]|_|\n[^\S\n]*\n)+")
_UNSEEN_RUN: Final = re.compile(f"[{_UNSEEN}]+")

_QUOTED_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s*\"[^\"]*\")?\s*\)")
_ADDRESS: Final = re.compile(
    r"\b(?:https?|ftp)://[^\s<>()\[\]\"\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+", re.IGNORECASE
)
_INNER_MARKS: Final = ("*", "`", "~~")
"""Markdown inside sentences, which would separate the words of a phrase."""
_UNDERSCORE: Final = re.compile(r"(?<!\w)_{1,3}(?=[^\s_])|(?<=[^\s_])_{1,3}(?!\w)")
"""Emphasis by underscores, which are not inside a word."""
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")


def extract_reading_text(body: str, excluded: Iterable[tuple[int, int]] = ()) -> str:
    """Return the text that readers see of a Markdown body: without marks and URLs, with labels of links and images.

    `excluded` are the spans (start, end) of its quote marks. Linear time.
    """
    cuts = [0, *chain.from_iterable(excluded), len(body)]
    text = "\n\n".join(body[start:end] for start, end in zip(cuts[::2], cuts[1::2], strict=True))
    if "[" in text:
        text = forum_tags.words(text)
    if "](" in text:
        # Twice, because a link may have a picture in its label.
        text = _QUOTED_LINK.sub(r"\1", _QUOTED_LINK.sub(r"\1", text))
    if "://" in text:
        text = _ADDRESS.sub(" ", text)
    text = text.replace("  \n", "\n\n")
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text.replace("\\\n", "\n\n"))
    for mark in _INNER_MARKS:
        text = text.replace(mark, "")
    if "_" in text:
        text = _UNDERSCORE.sub("", text)
    return decode_entities(text)


def tokenize(text: str) -> str:
    """Return the folded tokens of a text, separated by single spaces. About 60 ns a character.

    A text matches a phrase if ` text ` contains ` phrase `, both tokenized.
    """
    parts = _SINGLES.split(fold(text))
    parts[1::2] = map(" ".join, parts[1::2])
    parts[0::2] = [_cached_word_tokens(part) if len(part) < 8 else _word_tokens(part) for part in parts[0::2]]
    return " ".join(filter(None, parts))


def _word_tokens(text: str) -> str:
    """Return the tokens of a text without single-character tokens."""
    if not text.isascii():
        text = _UNSEEN_RUN.sub("", text)
    pieces = _PIECES.findall(text)
    return " ".join([piece[:MAX_WORD_LENGTH] if piece[0].isalnum() else BREAK for piece in pieces])


_cached_word_tokens = lru_cache(maxsize=4096)(_word_tokens)
"""The same for short texts, most of which are a comma or a full stop."""


def is_single_character(token: str) -> bool:
    """Return whether a token is a single character of a script without spaces."""
    return _SINGLES.fullmatch(token[:1]) is not None


def list_spellings(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    """Return a phrase, then the same with other spellings of its words (`WORD_SPELLINGS`)."""
    spaced = " ".join(tokens)
    others = _other_spellings()
    phrases = [spaced]
    for match in _any_spelling().finditer(spaced):
        phrases += [phrase[: match.start()] + others[match[0]] + phrase[match.end() :] for phrase in phrases]
        if len(phrases) >= MAX_SPELLINGS:
            break
    return [tuple(phrase.split(" ")) for phrase in phrases]


@cache
def _other_spellings() -> dict[str, str]:
    """Return the other spelling of each tokenized spelling."""
    pairs = [tuple(map(tokenize, pair)) for pair in WORD_SPELLINGS]
    return {spelling: other for left, right in pairs for spelling, other in ((left, right), (right, left))}


@cache
def _any_spelling() -> re.Pattern[str]:
    return re.compile("|".join(_other_spellings()))


class EntryText(NamedTuple):
    """The tokens of an article or comment, separated by spaces."""

    title: str
    words: str
    quoted: str


def prepare_entry_text(
    title: str, body: str, excluded: Iterable[tuple[int, int]] = (), excerpts: Iterable[str] = ()
) -> EntryText:
    """Return the tokens of an article, or of a comment (without title). `excluded` are the spans of its quote marks.

    Only `quoted:` searches the excerpts.
    """
    quoted = f" {BREAK} ".join(filter(None, map(tokenize, excerpts)))
    return EntryText(tokenize(title), tokenize(extract_reading_text(body, excluded)), quoted)


def join_characters(text: str) -> str:
    """Return a tokenized text without the spaces between its single characters and breaks. Words keep theirs."""
    return _SPACED_RUN.sub(lambda run: run[0].replace(" ", ""), text)


def extract_words(text: str) -> set[str]:
    """Return the words of a tokenized text: its tokens without single characters and breaks."""
    return set(_SPACED_RUN.sub("", text).split())
