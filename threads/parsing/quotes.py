"""The quote marks in one comment's body, and the comment's own words. Pure. Called by `assembling`.

Letters in brackets are the forms of the file format. The source cut an excerpt from what a reader saw of a comment: no
quotes, no images, no Markdown signs, line breaks gone. `own_words` gives the same of a body, and `QuoteMark.excerpt` is
made by the same rules, so the two can be compared character by character, but for white space: whether a broken line
ended in a space, the body does not tell. Compare with all white space left out.
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
"""Quote marks read in one body; real comments have a handful."""

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
    """What is quoted, as plain text, without the mark of the cut (`...`, `..`) at its end."""
    cut: bool
    """True where the excerpt says that it was cut."""
    start: int
    end: int
    leading: bool
    """True where nothing but other quote marks and white space stands before it."""


def find(body: str) -> tuple[QuoteMark, ...]:
    """Return the quote marks in `body`, in order; at most MOST_MARKS. Linear in its length.

    An ordinary block quote is none, nor is anything inside fenced code.
    """
    signed = _SIGNED.finditer(body) if ">](" in body else iter(())
    if "\n](" in body:
        matches = merge(signed, _LINKED.finditer(body), key=_start)
        return tuple(islice(_read_all(body, matches), MOST_MARKS))
    return tuple(islice(_read_all(body, signed), MOST_MARKS))


def own_words(body: str, marks: tuple[QuoteMark, ...]) -> str:
    """Return what the site takes excerpts from: the body's own words, line breaks gone, marks and images left out.

    Block quotes of any kind are not the writer's own. A link's words stay, as they do at the source.
    """
    if marks:
        body = "".join(_between(body, marks))
    if _MARKDOWN.search(body) or _MARKDOWN_LINE.search("\n" + body):
        body = _plain(_QUOTED_LINE.sub("\n", body))
    return _joined(body)


def _between(body: str, marks: tuple[QuoteMark, ...]) -> Iterator[str]:
    place = 0
    for mark in marks:
        yield body[place : mark.start]
        place = mark.end
    yield body[place:]


def addressed(body: str) -> str | None:
    """Return the name in an opening `@name:` (form e of the file format), None where there is none."""
    match = _ADDRESSED.match(body)
    return _SIGN.sub(_unescaped, match[1]).strip() or None if match else None


def _start(match: re.Match[str]) -> int:
    return match.start()


def _read_all(body: str, matches: Iterator[re.Match[str]]) -> Iterator[QuoteMark]:
    code: list[tuple[int, int]] | None = None
    fence = end = 0
    leading = True
    for match in matches:
        start = match.start()
        code = fences.spans(body) if code is None else code
        while fence < len(code) and code[fence][1] <= start:
            fence += 1
        fenced = fence < len(code) and code[fence][0] <= start
        mark = None if fenced or start < end else _read(match)
        if mark is not None:
            leading = leading and not body[end:start].strip()
            end = mark.end
            yield QuoteMark(mark.source_id, mark.excerpt, mark.cut, start, end, leading)


def _read(match: re.Match[str]) -> QuoteMark | None:
    if match.re is _SIGNED:
        address, title, inside = match.groups()
    else:
        inside, address, title = match.groups()
    number = _NUMBER.search(address) or _NUMBER.search(title or "")
    if number is None and match.re is _LINKED:
        return None
    excerpt, cut = _uncut(_joined(_plain(_QUOTE_SIGN.sub("", inside))))
    return QuoteMark(int(number[1]) if number else None, excerpt, cut, match.start(), match.end(), leading=True)


def _uncut(excerpt: str) -> tuple[str, bool]:
    words = excerpt.removesuffix(".").removesuffix(".").removesuffix(".")
    # The source counts as JavaScript does: a character outside the first plane is two.
    length = len(words.encode("utf-16-le", "surrogatepass")) // 2
    if len(excerpt) - len(words) < 2 or length < SHORTEST_CUT:
        return excerpt, False
    return words, True


def _joined(text: str) -> str:
    return "".join([line.strip() for line in text.split("\n")]) if "\n" in text else text.strip()


def _plain(text: str) -> str:
    """Return `text` without Markdown's signs; images go, the words of links stay."""
    text = _LINE_SIGN.sub("", text)
    if "](" in text or "<" in text:
        text = _LINK.sub(_link_words, _IMAGE.sub("", text))
    if "~" in text:
        text = _STRUCK.sub(r"\1", text)
    return _SIGN.sub(_unescaped, text)


def _link_words(match: re.Match[str]) -> str:
    escape, label, address = match.groups()
    return escape or label or address or ""


def _unescaped(match: re.Match[str]) -> str:
    return match[1] or ""
