"""Digests of a removed text, by which copies of it are recognized anywhere in the archive. Pure.

A text with at least LEAST_BYTES of letters is recognized by its author, day and words (a sure copy), by its beginning,
and by samples of its words: so it is found when it was cut, edited or extended, or when its author or day changed. A
shorter text is too common for that ("+1", "谢谢"): two of author, day and thread must agree.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

from threads.digests import keyed_digest
from threads.text import letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

LEAST_BYTES: Final = 24
"""Letters of a text, in UTF-8, from which its words alone identify it: 8 Chinese characters, 24 Latin letters."""
LEAST_BYTES_OF_DAY: Final = 9
"""Letters of a short text, in UTF-8, from which day and thread are enough."""
BEGINNING: Final = 24
"""Letters of a beginning; whole excerpts have 47 or 50 characters."""
COMPARED_LENGTH: Final = 20_000
"""Characters of a text that are compared."""
SAMPLE_LENGTH: Final = 6
"""Letters of a sample."""
LEAST_SAMPLES: Final = 24
MOST_SAMPLES: Final = 64
COMMON_SHARE: Final = 1 << 29
"""Hashes (of 32 bits) below this are samples of any text, so that a part of a long text shares samples with it."""
LEAST_SHARED: Final = 2
"""Samples that two texts have in common, if they have so many."""
LEAST_LIKENESS: Final = 0.33
"""Share of the samples of the shorter text from which another text may be a copy.

Of 25,000 real comments, 4 in 1,000 are as similar to one of 1,500 others. Those that were read repeat its words.
"""
FIRST_SAMPLES: Final = 12
"""Samples of a text of which the same share makes it a copy. Of a part of a longer text, the later samples have larger
hashes than that text has samples of."""

_DIGIT: Final = re.compile(r"\d")


class TextDigests(NamedTuple):
    """Digests of one text, as signed numbers of 64 bits."""

    sure: int | None
    """Of author, day and text; None of a short text without both."""
    near: tuple[int, ...]
    """Of a short text: with author and thread, and with day and thread. Of a long one: of its beginning."""
    samples: tuple[int, ...]
    """Of the samples of a long text."""
    quoted: int
    """Of the beginning, as an excerpt repeats it; of a short text, with its author."""

    @property
    def probes(self) -> tuple[int, ...]:
        """The samples that are looked up first. A text that repeats a third of another has one of its probes."""
        return self.samples[: max(LEAST_SAMPLES // 2, len(self.samples) // 2)]


class RemovableText(NamedTuple):
    """A text and what identifies it."""

    thread: str
    """Key of the thread; empty for an opening text."""
    author: str | None
    day: date | None
    text: str


def digest_text(key: bytes, removable: RemovableText) -> TextDigests | None:
    """Return the digests of a text; None if it is empty."""
    thread, author, day, text = removable
    text = text[:COMPARED_LENGTH]
    exact = "".join(_DIGIT.sub("0", text).split())
    if not exact:
        return None
    words, name, on = letters(text) or exact, author or "", day.isoformat() if day else ""
    kind = "comment" if thread else "opening"
    sure = _number(key, "sure", kind, name, on, exact)
    if _is_long(words):
        beginning = _number(key, "beginning", words[:BEGINNING])
        samples = tuple(_number(key, "sample", sample) for sample in find_samples(words))
        return TextDigests(sure, (beginning,), samples, beginning)
    near = [_number(key, "author", kind, name, thread, words)] if name else []
    if on and len(words.encode("utf-8", "surrogatepass")) >= LEAST_BYTES_OF_DAY:
        near.append(_number(key, "day", kind, on, thread, words))
    return TextDigests(sure if name and on else None, tuple(near), (), _number(key, "quoted", name, words))


def is_alike(left: TextDigests, right: TextDigests) -> bool:
    """Return whether two texts have the same beginning or share samples: one may be a copy of the other."""
    samples = set(left.samples)
    shared = [place for place, sample in enumerate(right.samples) if sample in samples]
    return left.quoted == right.quoted or shares_enough(shared, min(len(left.samples), len(right.samples)))


def shares_enough(shared: Sequence[int], shorter: int) -> bool:
    """Return whether common samples make a text a copy.

    `shared` are their places in the samples of the text, `shorter` is the number of samples of the shorter text.
    """
    first = sum(place < FIRST_SAMPLES for place in shared)
    least = max(1, min(LEAST_SHARED, shorter), LEAST_LIKENESS * shorter)
    return len(shared) >= least or first >= LEAST_LIKENESS * FIRST_SAMPLES


def digest_excerpt(key: bytes, addressee: str, excerpt: str) -> int | None:
    """Return the digest by which an excerpt is known as one of a removed text (`TextDigests.quoted`)."""
    words = letters(excerpt)
    if _is_long(words):
        return _number(key, "beginning", words[:BEGINNING])
    words = words or "".join(excerpt.split())
    return _number(key, "quoted", addressee, words) if words and addressee else None


def _is_long(words: str) -> bool:
    return len(words.encode("utf-8", "surrogatepass")) >= LEAST_BYTES


def find_samples(words: str) -> list[str]:
    """Return the samples of a text: the parts with the smallest hashes, first those that begin with certain letters.

    Texts with common parts have common samples, also if one is a part of the other. About 0.4 us a letter.
    """
    count = len(words) - SAMPLE_LENGTH + 1
    codes = list(map(ord, words[: max(0, count)]))
    chosen = _smallest(words, (i for i, code in enumerate(codes) if code % 3 == 0), LEAST_SAMPLES)
    if len(chosen) < LEAST_SAMPLES:
        chosen += _smallest(words, (i for i, code in enumerate(codes) if code % 3), LEAST_SAMPLES - len(chosen), 0)
    return chosen


def _smallest(words: str, starts: Iterable[int], least: int, limit: int = COMMON_SHARE) -> list[str]:
    parts = (words[start : start + SAMPLE_LENGTH] for start in starts)
    hashes = {crc32(part.encode("utf-8", "surrogatepass")): part for part in parts}
    order = sorted(hashes)
    number = max(least, sum(value < limit for value in order[:MOST_SAMPLES]))
    return [hashes[value] for value in order[:number]]


def _number(key: bytes, *parts: str) -> int:
    return int.from_bytes(keyed_digest(key, *parts, size=8), "big", signed=True)
