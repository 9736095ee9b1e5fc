"""Folding of text (case, width, Traditional to Simplified), clean names, slugs, and detection of the script.

Search, tags and links compare folded text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache, lru_cache
from hashlib import blake2b
from html.entities import html5
from typing import Final, NamedTuple

from django.conf import settings
from django.utils.text import slugify
from opencc import OpenCC

NAME_LENGTH: Final = 255
TAG_LENGTH: Final = 100
SAMPLE_LENGTH: Final = 1_000
"""Characters of a text that `detect_script` reads."""

ENTITY: Final = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
"""A pattern for an HTML entity as CommonMark reads it: with its semicolon."""

_ENTITY: Final = re.compile(ENTITY)
_HAN_RANGES: Final = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2FA20), (0x30000, 0x323B0))
_CASED_END: Final = 0x1F000
_TABLE_END: Final = _HAN_RANGES[-1][1]
_CONVERSIONS: Final = ("t2s", "tw2s", "hk2s", "t2s")
"""OpenCC configurations. tw2s and hk2s convert regional characters such as 著 and 衞, which t2s keeps."""
# OpenCC keeps these, because their Simplified form depends on the word (瞭解 is 了解, 瞭望 stays 瞭望) or on custom.
_FOLDED_DESPITE_OPENCC: Final = str.maketrans(
    "瞭藉覆彷甦祇牠妳揹甯籐荳菓伕隄濬暱燄鎗拏砲馀",
    "了借复仿苏只它你背宁藤豆果夫堤浚昵焰枪拿炮余",
)

_HASH_SUFFIX: Final = re.compile(r"[~_ ][0-9a-f]{10}\Z")
_UNSAFE_IN_SLUG: Final = re.compile(r"[/\\?#%\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
# Control, zero-width and direction characters, the byte order mark, and U+FFFE and U+FFFF, which XML forbids.
_INVISIBLE: Final = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
_DIRECTION: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT: Final = re.compile(
    r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# Joiners, selectors and fillers, which visible text may need: with nothing else, a text shows nothing.
_BLANK: Final = re.compile(
    r"[\s\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]*"
)
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_ADDRESS: Final = re.compile(r"[a-zA-Z][a-zA-Z+.-]*://[^\s一-鿿]+")
_WEB_ADDRESS: Final = re.compile(r"(?:https?|ftp)://[^\s一-鿿]*")
_LATIN: Final = re.compile(r"[A-Za-z]")
_HAN: Final = re.compile(r"[㐀-鿿]")
_LETTER: Final = re.compile(r"[^\W\d_]")


class TagName(NamedTuple):
    """A tag as an article spells it."""

    spelling: str
    folded: str
    slug: str


def fold(text: str) -> str:
    """Return `text` with case, width and script folded. Idempotent. About 25 ns a character.

    Each character becomes one character (`ß` stays `ß`), so that positions are the same in both texts.
    """
    if text.isascii():
        return text.lower()
    return text.translate(_fold_table())


def decode_entities(text: str) -> str:
    """Return `text` with its HTML entities (`&amp;`, `&#20013;`) decoded. An unknown name stays as written."""
    return _ENTITY.sub(lambda match: decode_entity(match[0]), text) if "&" in text else text


def decode_entity(entity: str) -> str:
    """Return the text of a match of ENTITY; `html.unescape` would read `&notanentity;` as `&not` and a rest."""
    return html.unescape(entity) if entity[1] == "#" else html5.get(entity[1:], entity)


def prepare_folding() -> None:
    """Build the table of `fold` before the process forks or serves its first request."""
    _fold_table()


def letters(text: str) -> str:
    """Return the folded letters of `text`, and each digit as `0`: no spaces, signs or addresses.

    Digits are masked, so that digests of the result do not reveal numbers. About 70 ns a character.
    """
    if "://" in text:
        text = _WEB_ADDRESS.sub(" ", text)
    return text.translate(_letter_table())


@cache
def _letter_table() -> list[int | None]:
    """Return the folded code point of each letter, `0` for digits, and None for other characters."""
    return [_letter(code) for code in _fold_table()]


def _letter(code: int) -> int | None:
    char = chr(code)
    if char.isdigit():
        return ord("0")
    return code if char.isalpha() else None


@cache
def _fold_table() -> list[int]:
    """Return the folded code point of each code point. `translate` is twice as fast with a list as with a dict."""
    table = list(range(_TABLE_END))
    for code in range(_CASED_END):
        table[code] = ord(_fold_case(_fold_width(chr(code))))
    han = [chr(code) for first, end in _HAN_RANGES for code in range(first, end)]
    for char, variant in zip(han, _convert([_fold_width(char) for char in han], *_CONVERSIONS), strict=True):
        table[ord(char)] = _FOLDED_DESPITE_OPENCC.get(ord(variant), ord(variant))
    return table


def _fold_width(char: str) -> str:
    """Return the ordinary form of a full-width, half-width, no-break or compatibility character."""
    tag, _, _ = unicodedata.decomposition(char).partition(" ")
    if tag not in {"<wide>", "<narrow>", "<noBreak>"} and not ("豈" <= char <= "﫿" or char >= "\U0002f800"):
        return char
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char


def _fold_case(char: str) -> str:
    folded = char.casefold()
    if len(folded) > 1:
        folded = char.lower()
    return folded if len(folded) == 1 else char


def _convert(chars: list[str], *conversions: str) -> list[str]:
    """Return each character after all `conversions` of OpenCC."""
    # Line feeds between the characters keep OpenCC from matching phrases.
    lines = "\n".join(chars)
    for conversion in conversions:
        lines = OpenCC(conversion).convert(lines)
    return [new if len(new) == 1 else old for old, new in zip(chars, lines.split("\n"), strict=True)]


@lru_cache(maxsize=1 << 16)
def clean_name(name: str) -> str:
    """Return an author's name in NFC, with single spaces, without invisible characters, <= 255 long. Idempotent.

    Empty if nothing of the name is visible. Lone surrogates become U+FFFD.
    """
    name = " ".join(name.split())
    if not name.isprintable():
        name = " ".join(_INVISIBLE.sub("", _SURROGATE.sub("\ufffd", name)).split())
    return "" if is_blank(name) else unicodedata.normalize("NFC", name)[:NAME_LENGTH].rstrip()


def is_placeholder(name: str | None) -> bool:
    """Return whether a clean name is one of PLACEHOLDER_NAMES, in any case: many people have it."""
    return name is not None and name.casefold() in _placeholder_names(tuple(settings.PLACEHOLDER_NAMES))


@lru_cache(maxsize=8)
def _placeholder_names(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(clean_name(name).casefold() for name in names)


def is_blank(text: str) -> bool:
    """Return whether a text shows nothing: it is empty, or has only white space and invisible characters."""
    return _BLANK.fullmatch(text) is not None


def drop_direction_signs(text: str) -> str:
    """Return `text` without the characters that change the direction of the text beside them."""
    return text if text.isascii() else _DIRECTION.sub("", text)


def isolate(text: str) -> str:
    """Return words of a file for a line of plain text with other words: right-to-left words do not move these.

    HTML has `bdi` and `dir="auto"` for this. Idempotent.
    """
    text = drop_direction_signs(text)
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}" if _RIGHT_TO_LEFT.search(text) else text


def author_slug(name: str) -> str:
    """Return the slug of an author's name: the name if it is safe in a path, else a readable part and a hash.

    At most 255 long. Two names never share a slug: a name that ends like a hash gets a hash too.
    """
    safe = _UNSAFE_IN_SLUG.sub("-", name).strip()
    if safe == name and name not in {"", ".", ".."} and len(name) <= NAME_LENGTH and not _HASH_SUFFIX.search(name):
        return name
    return _add_hash(safe.strip(" .-"), name, NAME_LENGTH)


def tag_slug(name: str) -> str:
    """Return the slug of a tag, from its folded name. At most 100 long. Two different tags never share a slug.

    Spaces become `_`, so that `green tea` and `green-tea` differ. Other names that `slugify` changes get a hash.
    """
    folded = " ".join(fold(name).split())
    slug = folded.replace(" ", "_")
    is_safe = slugify(slug, allow_unicode=True) == slug and "_" not in folded and not _HASH_SUFFIX.search(folded)
    if is_safe and 0 < len(slug) <= TAG_LENGTH:
        return slug
    return _add_hash(slugify(folded, allow_unicode=True), folded, TAG_LENGTH, separator="_")


def _add_hash(readable: str, name: str, max_length: int, separator: str = "~") -> str:
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
    return f"{readable[: max_length - len(digest) - len(separator)]}{separator}{digest}"


def detect_script(text: str) -> str:
    """Return `zh-Hans`, `zh-Hant`, `en`, or the empty string if unknown.

    Counts the distinct characters among the first 1,000 that only one script has: OpenCC converts them, and one of
    Big5 and GB 2312 lacks them. Latin text without accented letters is English.
    """
    sample = text[:SAMPLE_LENGTH]
    if "://" in sample:
        sample = _ADDRESS.sub("", sample)
    # A Chinese character has three bytes in UTF-8: mostly Latin text has fewer than 1.5 bytes a character.
    if len(sample.encode("utf-8", "surrogatepass")) < 1.5 * len(sample) and _is_english(sample):
        return "en"
    pattern, traditional = _one_script_chars()
    chars = set(pattern.findall(sample))
    balance = 2 * len(chars & traditional) - len(chars)
    if balance == 0:
        return ""
    return "zh-Hant" if balance > 0 else "zh-Hans"


def _is_english(text: str) -> bool:
    latin = len(_LATIN.findall(text))
    if text.isascii():
        return latin > 1
    han = len(_HAN.findall(text))
    foreign = len(_LETTER.findall(text)) - latin - han
    return latin > 8 * han + 1 and foreign < 0.02 * latin


@cache
def _one_script_chars() -> tuple[re.Pattern[str], frozenset[str]]:
    """Return a pattern of the characters that only one script has, and the set of those that only Traditional has."""
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
