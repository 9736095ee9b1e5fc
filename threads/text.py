"""Folding of text (case, width, Traditional to Simplified), names in addresses, and scripts.

Pure; imports nothing of ours. Any room may call it. `fold` is what makes two spellings of one text equal: search, tags
and links compare folded text. Its table is made once per process, from OpenCC, when it is first needed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Final

from django.utils.text import slugify
from opencc import OpenCC

NAME_LENGTH: Final = 255
TAG_LENGTH: Final = 100
SAMPLE_LENGTH: Final = 1_000
"""How much of a text `script_of` looks at, in characters."""

_HAN_RANGES: Final = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2FA20), (0x30000, 0x323B0))
_CASED_END: Final = 0x1F000
_TABLE_END: Final = _HAN_RANGES[-1][1]
_CONVERSIONS: Final = ("t2s", "tw2s", "hk2s", "t2s")
"""Taiwan's and Hong Kong's own characters too: t2s alone leaves 著 and 衞 as they are."""

# OpenCC leaves these alone: their Simplified form depends on the word (瞭解 is 了解, 瞭望 stays 瞭望), or only custom
# replaced them. One is hardly ever met where the other is meant.
_BY_WORD: Final = str.maketrans(
    "瞭藉覆彷甦祇牠妳揹甯籐荳菓伕隄濬暱燄鎗拏砲馀",
    "了借复仿苏只它你背宁藤豆果夫堤浚昵焰枪拿炮余",
)

_HASHED: Final = re.compile(r"[~_ ][0-9a-f]{10}\Z")
_UNSAFE_IN_ADDRESS: Final = re.compile(r"[/\\?#%\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
# Characters nobody sees that change what is seen: zero-width space and its kin, directions, the byte order mark. And
# the two that no XML may hold, which would break every feed that names the person.
_UNSEEN: Final = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
_DAMAGED: Final = re.compile(r"[\ud800-\udfff]")
_ADDRESS: Final = re.compile(r"[a-zA-Z][a-zA-Z+.-]*://[^\s一-鿿]+")
_LATIN: Final = re.compile(r"[A-Za-z]")
_HAN: Final = re.compile(r"[㐀-鿿]")
_LETTER: Final = re.compile(r"[^\W\d_]")


def fold(text: str) -> str:
    """Return `text` with case, width and script folded away; same length, character by character.

    Only changes of one character into one are made, so that a place in the folded text is the same place in the text
    (`ß` stays `ß`). Idempotent. About 25 ns a character.
    """
    if text.isascii():
        return text.lower()
    return text.translate(_fold_table())


def make_table() -> None:
    """Make the table of `fold` now: before processes are made from this one, or a first reader waits for it."""
    _fold_table()


@cache
def _fold_table() -> list[int]:
    """Return the folded code point of each code point. A list, because `translate` is twice as fast with it."""
    table = list(range(_TABLE_END))
    for code in range(_CASED_END):
        table[code] = ord(_fold_case(_fold_width(chr(code))))
    han = [chr(code) for first, end in _HAN_RANGES for code in range(first, end)]
    for char, variant in zip(han, _convert([_fold_width(char) for char in han], *_CONVERSIONS), strict=True):
        table[ord(char)] = _BY_WORD.get(ord(variant), ord(variant))
    return table


def _fold_width(char: str) -> str:
    """Return the plain form of a full-width, half-width, no-break or compatibility character."""
    mark, _, _ = unicodedata.decomposition(char).partition(" ")
    if mark not in {"<wide>", "<narrow>", "<noBreak>"} and not ("豈" <= char <= "﫿" or char >= "\U0002f800"):
        return char
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char


def _fold_case(char: str) -> str:
    folded = char.casefold()
    if len(folded) > 1:
        folded = char.lower()
    return folded if len(folded) == 1 else char


def _convert(chars: list[str], *conversions: str) -> list[str]:
    """Return what OpenCC makes of each character alone, through one conversion after another."""
    # The line feeds keep the characters apart: no phrase is seen.
    lines = "\n".join(chars)
    for conversion in conversions:
        lines = OpenCC(conversion).convert(lines)
    return [new if len(new) == 1 else old for old, new in zip(chars, lines.split("\n"), strict=True)]


@lru_cache(maxsize=1 << 16)
def clean_name(name: str) -> str:
    """Return a person's name as the archive keys it: NFC, white space folded, no control characters, <= 255 long.

    Empty where nothing is left. Damaged bytes (lone surrogates) become U+FFFD. Idempotent.
    """
    folded = " ".join(name.split())
    if not folded.isprintable():
        folded = " ".join(_UNSEEN.sub("", _DAMAGED.sub("\ufffd", folded)).split())
    return unicodedata.normalize("NFC", folded)[:NAME_LENGTH].rstrip()


def author_slug(name: str) -> str:
    """Return the name's form in addresses: itself where it can stand in a path, else with a short hash. Deterministic.

    At most 255 long. A name that itself ends like a hashed one is hashed too, so no two names share a form.
    """
    safe = _UNSAFE_IN_ADDRESS.sub("-", name).strip()
    if safe == name and name not in {"", ".", ".."} and len(name) <= NAME_LENGTH and not _HASHED.search(name):
        return name
    return _hashed(safe.strip(" .-"), name, NAME_LENGTH)


def tag_slug(name: str) -> str:
    """Return a tag's form in addresses, from its folded name. Deterministic; two different tags never share one.

    At most 100 long. Spaces become `_`, so that `green tea` and `green-tea` stay apart; what `slugify` would change
    otherwise gets a short hash.
    """
    folded = " ".join(fold(name).split())
    slug = slugify(folded, allow_unicode=True)
    spaced = folded.replace(" ", "_")
    plain = slugify(spaced, allow_unicode=True) == spaced and "_" not in folded and not _HASHED.search(folded)
    if plain and 0 < len(spaced) <= TAG_LENGTH:
        return spaced
    return _hashed(slug, folded, TAG_LENGTH, mark="_")


def _hashed(readable: str, name: str, length: int, mark: str = "~") -> str:
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
    return f"{readable[: length - len(digest) - len(mark)]}{mark}{digest}"


def script_of(text: str) -> str:
    """Return `zh-Hans`, `zh-Hant`, `en`, or the empty string where there is no telling.

    Goes by the different characters of the first 1,000 that only one script has (they are in Big5 and not in GB 2312,
    or the reverse, and OpenCC converts them). Latin text is taken for English unless it has accented letters.
    """
    sample = text[:SAMPLE_LENGTH]
    if "://" in sample:
        sample = _ADDRESS.sub("", sample)
    # In UTF-8 a Chinese character has three bytes: a text of half as many bytes again as characters is mostly Latin.
    if len(sample.encode("utf-8", "surrogatepass")) < 1.5 * len(sample) and _is_english(sample):
        return "en"
    telling, traditional = _one_script_chars()
    found = set(telling.findall(sample))
    lead = 2 * len(found & traditional) - len(found)
    if lead == 0:
        return ""
    return "zh-Hant" if lead > 0 else "zh-Hans"


def _is_english(text: str) -> bool:
    latin = len(_LATIN.findall(text))
    if text.isascii():
        return latin > 1
    han = len(_HAN.findall(text))
    foreign = len(_LETTER.findall(text)) - latin - han
    return latin > 8 * han + 1 and foreign < 0.02 * latin


@cache
def _one_script_chars() -> tuple[re.Pattern[str], frozenset[str]]:
    """Return what matches a character that only one of the scripts has, and those that only Traditional has."""
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    pairs = [(old, new) for old, new in zip(han, _convert(han, "t2s"), strict=True) if old != new]
    traditional = frozenset(old for old, _ in pairs if not _encodes(old, "gb2312"))
    simplified = frozenset(new for _, new in pairs if new < "\ua000" and not _encodes(new, "big5"))
    return re.compile(f"[{''.join(sorted(simplified | traditional))}]"), traditional


def _encodes(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
