"""The quote marks in a comment's body, and the comment's own text.

Letters in brackets are the forms of docs/file-format.md. The source took an excerpt from the displayed comment: without
quotes, images, Markdown signs and line breaks. `own_text` gives the same of a body, and `QuoteMark.excerpt` follows the
same rules. So the two can be compared character by character without white space: a body does not show whether a broken
line ended in a space.
"""

from __future__ import annotations

import re
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.parsing import fences

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_CUT: Final = 20
"""The source cuts after 47 or 50 characters; dots after fewer than these are the writer's own."""
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
_NUMBER: Final = re.compile(r"(?:item_id-|answer_list_)([0-9]{1,18})(?![0-9])")
_ADDRESSED: Final = re.compile(r"[ \t\n]*+@([^@:：\n]{1,255}+)(?::(?!//)|：)")

_MARKDOWN: Final = re.compile(r"[\\`*_\[\]~<>#=]")
_MARKDOWN_LINE: Final = re.compile(r"\n {0,3}(?:[-+] |[0-9]++[.)] |---)")
_QUOTED_LINE: Final = re.compile(r"^ {0,3}>[^\n]*+\n?", re.MULTILINE)
_QUOTE_SIGN: Final = re.compile(r"^ {0,3}> ?", re.MULTILINE)
_LINE_SIGN: Final = re.compile(
    r"^ {0,3}(?:(?:\*[ \t]*+){3,}$|(?:-[ \t]*+){3,}$|(?:_[ \t]*+){3,}$|=++[ \t]*+$"  # rules and underlines
    r"|(?:```|~~~)[^\n]*+$|\#{1,6}[ \t]++|(?:[*+-]|[0-9]{1,9}[.)])[ \t]++)",
    re.MULTILINE,
)
_LABEL: Final = r"\[((?:[^\[\]\n\\]|\\.)*+)\]"
_TARGET: Final = r"\((?:[^()\n\\]|\\.|\([^()\n]*+\))*+\)"
_IMAGE: Final = re.compile("!" + _LABEL + _TARGET)
_LINK: Final = re.compile(r"(\\.)|" + _LABEL + _TARGET + r"|<(https?://[^<>\s]++)>")
_STRUCK: Final = re.compile(r"(?<!\\)~~?(?=[^~\s])([^~\n]{1,500}+)~~?")
_SIGN: Final = re.compile(r"\\([!-/:-@\[-`{-~])|[*_`]")


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


def find_quotes(body: str) -> tuple[QuoteMark, ...]:
    """Return the quote marks in `body`, in order; at most MOST_MARKS. Linear in its length.

    An ordinary block quote and text in fenced code are not quote marks.
    """
    signed = _SIGNED.finditer(body) if ">](" in body else iter(())
    matches = merge(signed, _LINKED.finditer(body), key=lambda match: match.start()) if "\n](" in body else signed
    return tuple(islice(_read_all(body, matches), MOST_MARKS))


def own_text(body: str, marks: tuple[QuoteMark, ...]) -> str:
    """Return the text from which the source takes excerpts: without line breaks, quotes and images.

    Block quotes of any kind are not the author's own text. The text of a link stays, as it does at the source.
    """
    if marks:
        starts, ends = [mark.start for mark in marks], [mark.end for mark in marks]
        body = "".join(body[start:end] for start, end in zip([0, *ends], [*starts, len(body)], strict=True))
    if _MARKDOWN.search(body) or _MARKDOWN_LINE.search("\n" + body):
        body = _plain_text(_QUOTED_LINE.sub("\n", body))
    return _join_lines(body)


def find_addressee(body: str) -> str | None:
    """Return the name in an opening `@name:` (form e of the file format), None if there is none."""
    match = _ADDRESSED.match(body)
    return _SIGN.sub(_unescaped, match[1]).strip() or None if match else None


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
            yield QuoteMark(mark.source_id, mark.excerpt, mark.cut, start, end, leading)


def _read(match: re.Match[str]) -> QuoteMark | None:
    address, title, inside = match.groups() if match.re is _SIGNED else (match[2], match[3], match[1])
    number = _NUMBER.search(address) or _NUMBER.search(title or "")
    if number is None and match.re is _LINKED:
        return None
    excerpt, cut = _split_dots(_join_lines(_plain_text(_QUOTE_SIGN.sub("", inside))))
    return QuoteMark(int(number[1]) if number else None, excerpt, cut, match.start(), match.end(), leading=True)


def _split_dots(excerpt: str) -> tuple[str, bool]:
    text = excerpt.removesuffix(".").removesuffix(".").removesuffix(".")
    # The source counts as JavaScript does: a character outside the first plane is two.
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if len(excerpt) - len(text) < 2 or length < SHORTEST_CUT:
        return excerpt, False
    return text, True


def _join_lines(text: str) -> str:
    return "".join([line.strip() for line in text.split("\n")]) if "\n" in text else text.strip()


def _plain_text(text: str) -> str:
    """Return `text` without Markdown's signs and images; the text of links stays."""
    text = _LINE_SIGN.sub("", text)
    if "](" in text or "<" in text:
        text = _LINK.sub(lambda match: match[1] or match[2] or match[3] or "", _IMAGE.sub("", text))
    if "~" in text:
        text = _STRUCK.sub(r"\1", text)
    return _SIGN.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    return match[1] or ""
