"""Folding of text (case, compatibility forms, Traditional to Simplified), clean names, slugs, detection of the script.

Search, tags and links compare folded text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache, lru_cache
from hashlib import blake2b
from html.entities import html5
from typing import TYPE_CHECKING, Final, NamedTuple

from django.conf import settings
from django.utils.text import slugify
from opencc import OpenCC

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAME_LENGTH: Final = 255
TAG_LENGTH: Final = 100
SAMPLE_LENGTH: Final = 1_000
"""Characters of a text that `detect_script` reads."""

ENTITY: Final = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
"""A pattern for an HTML entity as CommonMark reads it: with its semicolon."""

_ENTITY: Final = re.compile(ENTITY)
_HAN_RANGES: Final = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2FA20), (0x30000, 0x323B0))
_CASED_END: Final = 0x20000
_TABLE_END: Final = _HAN_RANGES[-1][1]
_CONVERSIONS: Final = ("t2s", "tw2s", "hk2s", "t2s")
"""OpenCC configurations. tw2s and hk2s convert regional characters such as 著 and 衞, which t2s keeps."""
# OpenCC keeps these, because their Simplified form depends on the word (瞭解 is 了解, 瞭望 stays 瞭望) or on custom.
_FOLDED_DESPITE_OPENCC: Final = str.maketrans(
    "瞭藉覆彷甦祇牠妳揹甯籐荳菓伕隄濬暱燄鎗拏砲馀",
    "了借复仿苏只它你背宁藤豆果夫堤浚昵焰枪拿炮余",
)

WORD_SPELLINGS: Final = tuple(
    (pair[:2], pair[2:])
    for pair in (  # noqa: SIM905 - a list of them takes 70 lines
        "什么甚么 计划计画 规划规画 策划策画 企划企画 筹划筹画 谋划谋画 刻划刻画 家具家俱 想象想像 图象图像 好象好像 "
        "形象形像 现象现像 坐标座标 身分身份 部分部份 成分成份 分量份量 充分充份 过分过份 缘分缘份 账号帐号 账户帐户 "
        "记账记帐 转账转帐 结账结帐 付账付帐 记录纪录 联络连络 联系连系 精英菁英 倒霉倒楣 模糊糢糊 唯一惟一 姐姐姊姊 "
        "姐妹姊妹 精彩精采 糊涂胡涂 番茄蕃茄 熏陶薰陶 英里英哩 海里海哩 咖哩咖喱 沉默沈默 沉重沈重 沉迷沈迷 沉没沈没 "
        "沉思沈思 沉痛沈痛 沉浸沈浸 沉淀沈淀 深沉深沈 手链手炼 项链项炼 铁链铁炼 锁链锁炼 拉链拉炼"
    ).split()
)
"""Two spellings of a word whose characters have different meanings in other words, so that `fold` keeps them apart."""
_TRADE_MARKS: Final = frozenset("™℠")
"""They stand directly after a word. Their compatibility form would be its last letters."""

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


class FoldedText(NamedTuple):
    """A folded text. Its character `i` comes from the characters from `starts[i]` to `ends[i]` of the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> slice:
        """Return the part of the original text that has `text[start:end]`."""
        if start == end:
            return slice(self.ends[start - 1], self.ends[start - 1]) if start else slice(0, 0)
        return slice(self.starts[start], self.ends[end - 1])


def fold(text: str) -> str:
    """Return `text` with case, script and compatibility forms folded, in NFC. Idempotent. About 30 ns a character.

    The length may change: `ﬁ` becomes two characters, a letter with a combining accent becomes one.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", text.translate(_fold_table()))


def fold_spellings(text: str) -> str:
    """Return `text` folded, with the characters of `WORD_SPELLINGS` as one. For comparisons of whole texts."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", text.translate(_spelling_table()))


def fold_name(name: str, length: int = NAME_LENGTH) -> str:
    """Return the folded form of a name, as long as its column: a character may become several."""
    return fold(name)[:length]


def fold_with_positions(text: str) -> FoldedText:
    """Return a folded text with the positions of its characters in `text`. Slow only if characters join or split."""
    plain = text.lower() if text.isascii() else text.translate(_fold_table())
    folded = unicodedata.normalize("NFC", plain)
    if len(plain) == len(text) and folded == plain:
        return FoldedText(folded, range(len(text)), range(1, len(text) + 1))
    starts: list[int] = []
    ends: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not _joins(text[end]):
            length = len(fold(text[start:end]))
            starts += [start] * length
            ends += [end] * length
            start = end
    return FoldedText(folded, starts, ends)


def is_regular(text: str) -> bool:
    """Return whether each character of `text` folds to one character. May be False for some such texts. 7 ns each."""
    return text.isascii() or _irregular().search(text) is None


def find_folded(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of the parts of `text` that match, in order and without overlaps.

    `pattern` must match a text and its folded form at the same places.
    """
    if is_regular(text):
        yield from (match.span() for match in pattern.finditer(text))
        return
    folded = fold_with_positions(text)
    position = 0
    for match in pattern.finditer(folded.text):
        span = folded.span(*match.span())
        if span.stop > position:
            yield max(span.start, position), span.stop
            position = span.stop


@cache
def _irregular() -> re.Pattern[str]:
    """Return a pattern for characters that may join others or split. A set with all rare planes would be slow."""
    chars = [chr(code) for code, folded in enumerate(_fold_table()[:0x10000]) if isinstance(folded, str)]
    chars += [char for char in map(chr, range(0x80, 0x10000)) if _joins(char)]
    return re.compile(f"[{re.escape(''.join(chars))}\U00010000-\U0010ffff]")


def _joins(char: str) -> bool:
    """Return whether NFC may join a folded character to the one before: a mark, or the second part of a syllable."""
    first = fold(char)[0]
    return unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff"


def decode_entities(text: str) -> str:
    """Return `text` with its HTML entities (`&amp;`, `&#20013;`) decoded. An unknown name stays as written."""
    return _ENTITY.sub(lambda match: decode_entity(match[0]), text) if "&" in text else text


def decode_entity(entity: str) -> str:
    """Return the text of a match of ENTITY; `html.unescape` would read `&notanentity;` as `&not` and a rest."""
    return html.unescape(entity) if entity[1] == "#" else html5.get(entity[1:], entity)


def prepare_folding() -> None:
    """Build the tables of this module before the process forks or serves its first request."""
    _spelling_table()
    _one_script_chars()


def letters(text: str) -> str:
    """Return the folded letters of `text`, and each digit as `0`: no spaces, signs or addresses.

    Digits are masked, so that digests of the result do not reveal numbers. About 70 ns a character.
    """
    if "://" in text:
        text = _WEB_ADDRESS.sub(" ", text)
    return unicodedata.normalize("NFC", text).translate(_letter_table())


@cache
def _letter_table() -> list[int | str | None]:
    """Return the folded letters of each character, with `0` for digits, and None if it has none."""
    return [_keep_letters(folded) for folded in _fold_table()]


def _keep_letters(folded: int | str) -> int | str | None:
    text = folded if isinstance(folded, str) else chr(folded)
    kept = "".join("0" if char.isdigit() else char for char in text if char.isdigit() or char.isalpha())
    return ord(kept) if len(kept) == 1 else kept or None


@cache
def _spelling_table() -> list[int | str]:
    """Return the table of `fold_spellings`."""
    same: dict[int | str, int] = {}
    for pair in WORD_SPELLINGS:
        for char, variant in zip(*map(fold, pair), strict=True):
            if char != variant:
                same[ord(variant)] = same.get(ord(char), ord(char))
    return [same.get(folded, folded) for folded in _fold_table()]


@cache
def _fold_table() -> list[int | str]:
    """Return the folded code point, or string, of each code point.

    `translate` is twice as fast with a list as with a dict.
    """
    han = [chr(code) for first, end in _HAN_RANGES for code in range(first, end)]
    simple = "".join(_convert(list(map(_plain_form, han)), *_CONVERSIONS)).translate(_FOLDED_DESPITE_OPENCC)
    folded_han = dict(zip(map(ord, han), map(ord, simple), strict=True))
    table: list[int | str] = list(range(_TABLE_END))
    for char in map(chr, range(_CASED_END)):
        if not (char == char.casefold() == char.lower() and unicodedata.is_normalized("NFKC", char)):
            folded = _fold_case(_plain_form(char)).translate(folded_han)
            table[ord(char)] = ord(folded) if len(folded) == 1 else folded
    for code, variant in folded_han.items():
        table[code] = variant
    return table


def _plain_form(char: str) -> str:
    """Return the NFKC form of a character; itself if that is no word, or would become a part of one."""
    plain = unicodedata.normalize("NFKC", char)
    if len(plain) == 1:
        return plain
    return plain if plain[0] != " " and any(map(str.isalnum, plain)) and char not in _TRADE_MARKS else char


def _fold_case(text: str) -> str:
    """Return `text` in lower case. Characters that `casefold` makes several of, such as `ß`, keep their length."""
    return "".join(
        folded if len(folded := char.casefold()) == 1 and not unicodedata.combining(char) else char.lower()
        for char in text
    )


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
