"""The quote marks in a comment's body, and the comment's own text.

Letters in brackets are the forms of docs/file-format.md. The source took an excerpt from the displayed comment: without
quotes, images, Markdown signs and line breaks. `own_text` gives the same of a body, and `QuoteMark.excerpt` follows the
same rules. So the two can be compared character by character without white space: a body does not show whether a broken
line ended in a space. Some excerpts leave out the text of links or have the numbers of a list: `readings` gives all.
"""

from __future__ import annotations

import re
from datetime import datetime
from heapq import merge
from itertools import islice, product
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.parsing import fences
from threads.text import ENTITY, clean_name, decode_entity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHORTEST_CUT: Final = 20
"""The source cuts after 47 or 50 characters; dots after fewer than these are the writer's own."""
SHORTEST_CUT_BY_SIGN: Final = 45
"""The same for an ellipsis of one character, which writers use more than dots."""
MOST_MARKS: Final = 1_000
"""Quote marks read in one body; real comments have a few."""

_DESTINATION: Final = r'\([ \t]*+([^()\s"]*+)[ \t]*+(?:"([^"\n]*+)")?[ \t]*+\)'
_SIGNED: Final = re.compile(
    r"^[ ]{0,3}+>[ ]?+\[\\?>\\?>\]" + _DESTINATION + r"([^\n]*+(?:\n[ ]{0,3}+>[^\n]*+)*+)", re.MULTILINE
)
"""[a], [b]: a block quote that opens with the source's sign."""
_LINKED: Final = re.compile(
    r"\[[ \t]*+\n(?:[ \t]*+\n)*+((?:[ ]{0,3}+>[^\n]*+\n)++)(?:[ \t]*+\n)*+[ \t]*+\]" + _DESTINATION
)
"""[c], [d]: a block quote inside a link."""
_TIMED_HEAD: Final = (
    r"[ ]{0,3}+>[ ]?+@([^\n]{1,255}?)[ ]"
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}):[ \t]*+(?=\n|\Z)"
)
_TIMED: Final = re.compile(rf"^{_TIMED_HEAD}((?:\n(?!{_TIMED_HEAD})[ ]{{0,3}}+>[^\n]*+)*+)", re.MULTILINE)
"""[g]: a block quote whose first line has the quoted author and minute."""
_NUMBER: Final = re.compile(r"(?:item_id-|answer_list_)([0-9]{1,18})(?![0-9])")
_ADDRESSED: Final = re.compile(r"[ \t\n]*+@([^@:：\n]{1,255}+)(?::(?!//)|：)")
_FLOOR: Final = re.compile(r"[ \t\n]*+@([^\n]{1,255}?)[ ]#([0-9]{1,6})(?![^\s])")

_PLAIN: Final = re.compile(r"(?:[ ]{0,3}+>(?![ ]?+\[\\?>\\?>\]\()[^\n]*+(?:\n|\Z))++")
"""[f]: an ordinary block quote, which the source wrote until early 2020."""
_BLANK: Final = re.compile(r"(?:[ \t]*+\n)*+")
_PLAIN_SIGN: Final = '[\\>>]( "")'
_MARKDOWN: Final = re.compile(r"[\\`*_\[\]~<>#=&]")
_MARKDOWN_LINE: Final = re.compile(r"\n {0,3}(?:[-+] |[0-9]++[.)] |---)")
_QUOTED_LINE: Final = re.compile(r"^ {0,3}>[^\n]*+\n?", re.MULTILINE)
_QUOTE_SIGN: Final = re.compile(r"^ {0,3}> ?", re.MULTILINE)
_NUMBERS_LEFT: Final = (
    r"^ {0,3}(?:(?:\*[ \t]*+){3,}$|(?:-[ \t]*+){3,}$|(?:_[ \t]*+){3,}$|=++[ \t]*+$"  # rules and underlines
    r"|(?:```|~~~)[^\n]*+$|\#{1,6}[ \t]++|[*+-][ \t]++"
)
_LINE_SIGN: Final = re.compile(rf"{_NUMBERS_LEFT}|[0-9]{{1,9}}[.)][ \t]++)", re.MULTILINE)
_LINE_SIGN_BUT_NUMBERS: Final = re.compile(rf"{_NUMBERS_LEFT})", re.MULTILINE)
_LIST_NUMBER: Final = re.compile(r"\n {0,3}[0-9]{1,9}[.)][ \t]")
_LABEL: Final = r"\[((?:[^\[\]\n\\]|\\.)*+)\]"
_TARGET: Final = r"\((?:[^()\n\\]|\\.|\([^()\n]*+\))*+\)"
_IMAGE: Final = re.compile("!" + _LABEL + _TARGET)
_LINK: Final = re.compile(r"(\\.)|" + _LABEL + _TARGET + r"|<(https?://[^<>\s]++)>")
_STRUCK: Final = re.compile(r"(?<!\\)~~?(?=[^~\s])([^~\n]{1,500}+)~~?")
_SIGN: Final = re.compile(rf"\\([!-/:-@\[-`{{-~])|[*_`]|({ENTITY})")


class QuoteMark(NamedTuple):
    """One quote mark; `body[start:end]` is all of it."""

    source_id: int | None
    excerpt: str
    """The quoted text as plain text, without the dots of a cut (`...`, `..`) at its end."""
    cut: bool
    """True if the excerpt ends in the dots of a cut."""
    start: int
    end: int
    leading: bool
    """True if only other quote marks and white space are before it."""
    author: str | None = None
    """The quoted author, if the mark names one ([g])."""
    minute: datetime | None = None
    """When the quoted text was written, with its author; aware."""


class FloorAddress(NamedTuple):
    """An opening `@name #12`."""

    name: str
    floor: int


def find_quotes(body: str) -> tuple[QuoteMark, ...]:
    """Return the quote marks in `body`, in order; at most MOST_MARKS. Linear in its length.

    An ordinary block quote and text in fenced code are not quote marks.
    """
    signed = _SIGNED.finditer(body) if ">](" in body else iter(())
    linked = _LINKED.finditer(body) if "\n](" in body else iter(())
    timed = _TIMED.finditer(body) if "> @" in body or ">@" in body else iter(())
    matches = merge(signed, linked, timed, key=lambda match: match.start())
    return tuple(islice(_read_all(body, matches), MOST_MARKS))


def own_text(body: str, marks: tuple[QuoteMark, ...]) -> str:
    """Return the text from which the source takes excerpts: without line breaks, quotes and images.

    Block quotes of any kind are not the author's own text. The text of a link stays, the numbers of lists do not.
    """
    return _own_text(_without_marks(body, marks))


def encoded_text(body: str, marks: tuple[QuoteMark, ...]) -> str:
    """Return `own_text` with HTML entities as the body has them: earlier keys of comments were made from it."""
    return _own_text(_without_marks(body, marks), entities=False)


def readings(body: str, marks: tuple[QuoteMark, ...]) -> tuple[str, ...]:
    """Return every text of which the source may have taken an excerpt: `own_text`, then others, if they differ.

    Some excerpts have the numbers of a list; some leave out the text of links.
    """
    text = _without_marks(body, marks)
    links = (True, False) if "](" in text or "<http" in text else (True,)
    numbers = (False, True) if _LIST_NUMBER.search("\n" + text) else (False,)
    texts = (_own_text(text, links=link, numbers=number) for link, number in product(links, numbers))
    return tuple(dict.fromkeys(texts))


def find_plain_quotes(body: str, marks: tuple[QuoteMark, ...]) -> tuple[QuoteMark, ...]:
    """Return the ordinary block quotes before all words of a body; `marks` are its quote marks. Linear.

    Until early 2020 the source wrote quotes without a sign and a number ([f]). Only the other comments of a thread show
    whether such a block quote is one.
    """
    plain: list[QuoteMark] = []
    ends = {mark.start: mark.end for mark in marks if mark.leading}
    position = 0
    while len(plain) < MOST_MARKS:
        if position in ends:
            position = ends[position]
        elif match := _PLAIN.match(body, position):
            excerpt, cut = _split_dots(_join_lines(_plain_text(_QUOTE_SIGN.sub("", match[0]), numbers=True)))
            end = match.end() - match[0].endswith("\n")
            plain.append(QuoteMark(None, excerpt, cut, position, end, leading=True))
            position = match.end()
        elif (blank := _BLANK.match(body, position)) and blank.end() > position:
            position = blank.end()
        else:
            break
    return tuple(plain)


def sign_quotes(body: str, plain: Sequence[QuoteMark]) -> str:
    """Return a body in which the ordinary block quotes `plain` have the source's sign, without a number."""
    for mark in reversed(plain):
        start = body.index(">", mark.start) + 1
        body = f"{body[:start]} {_PLAIN_SIGN}{body[start:].removeprefix(' ')}"
    return body


def unsigned(body: str) -> str:
    """Return a body with its quotes as they were before `sign_quotes`."""
    return body.replace(f"> {_PLAIN_SIGN}", "> ")


def _without_marks(body: str, marks: tuple[QuoteMark, ...]) -> str:
    if not marks:
        return body
    starts, ends = [mark.start for mark in marks], [mark.end for mark in marks]
    return "".join(body[start:end] for start, end in zip([0, *ends], [*starts, len(body)], strict=True))


def _own_text(text: str, *, links: bool = True, numbers: bool = False, entities: bool = True) -> str:
    if _MARKDOWN.search(text) or _MARKDOWN_LINE.search("\n" + text):
        text = _plain_text(_QUOTED_LINE.sub("\n", text), links=links, numbers=numbers, entities=entities)
    return _join_lines(text)


def find_addressee(body: str) -> str | None:
    """Return the clean name in an opening `@name:` (form e of the file format), None if there is none."""
    match = _ADDRESSED.match(body)
    return _clean_name(match[1]) or None if match else None


def find_floor_addresses(body: str) -> tuple[FloorAddress, ...]:
    """Return the addresses `@name #12` at the start of a body, in order; at most MOST_MARKS."""
    addresses: list[FloorAddress] = []
    position = 0
    while len(addresses) < MOST_MARKS and (match := _FLOOR.match(body, position)):
        addresses.append(FloorAddress(_clean_name(match[1]), int(match[2])))
        position = match.end()
    return tuple(addresses)


def _clean_name(written: str) -> str:
    return clean_name(_SIGN.sub(_unescaped, written))


def _read_all(body: str, matches: Iterator[re.Match[str]]) -> Iterator[QuoteMark]:
    code: list[tuple[int, int]] | None = None
    fence = end = 0
    leading = True
    for match in matches:
        start = match.start()
        code = fences.find_fences(body) if code is None else code
        while fence < len(code) and code[fence][1] <= start:
            fence += 1
        fenced = fence < len(code) and code[fence][0] <= start
        mark = None if fenced or start < end else _read(match)
        if mark is not None:
            leading = leading and not body[end:start].strip()
            end = mark.end
            yield mark._replace(leading=leading)


def _read(match: re.Match[str]) -> QuoteMark | None:
    if match.re is _TIMED:
        return _read_timed(match)
    address, title, inside = match.groups() if match.re is _SIGNED else (match[2], match[3], match[1])
    number = _NUMBER.search(address) or _NUMBER.search(title or "")
    if number is None and match.re is _LINKED:
        return None
    excerpt, cut = _split_dots(_join_lines(_plain_text(_QUOTE_SIGN.sub("", inside), numbers=True)))
    return QuoteMark(int(number[1]) if number else None, excerpt, cut, match.start(), match.end(), leading=True)


def _read_timed(match: re.Match[str]) -> QuoteMark | None:
    try:
        minute = datetime.fromisoformat(match[2])
    except ValueError:
        return None
    excerpt, cut = _split_dots(_join_lines(_plain_text(_QUOTE_SIGN.sub("", match[3]))))
    name = _clean_name(match[1])
    return QuoteMark(None, excerpt, cut, match.start(), match.end(), leading=True, author=name, minute=minute)


def _split_dots(excerpt: str) -> tuple[str, bool]:
    text = excerpt.removesuffix(".").removesuffix(".").removesuffix(".")
    least = SHORTEST_CUT
    if text == excerpt:
        text, least = excerpt.removesuffix("…"), SHORTEST_CUT_BY_SIGN
    # The source counts as JavaScript does: a character outside the first plane is two.
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if excerpt in {text, text + "."} or length < least:
        return excerpt, False
    return text, True


def _join_lines(text: str) -> str:
    return "".join([line.strip() for line in text.split("\n")]) if "\n" in text else text.strip()


def _plain_text(text: str, *, links: bool = True, numbers: bool = False, entities: bool = True) -> str:
    """Return `text` without Markdown's signs and images, and unless told without the numbers of lists."""
    text = (_LINE_SIGN_BUT_NUMBERS if numbers else _LINE_SIGN).sub("", text)
    if "](" in text or "<" in text:
        label = (lambda match: match[1] or match[2] or match[3] or "") if links else (lambda match: match[1] or "")
        text = _LINK.sub(label, _IMAGE.sub("", text))
    if "~" in text:
        text = _STRUCK.sub(r"\1", text)
    return _SIGN.sub(_unescaped if entities else lambda match: match[1] or match[2] or "", text)


def _unescaped(match: re.Match[str]) -> str:
    return match[1] or (decode_entity(match[2]) if match[2] else "")
