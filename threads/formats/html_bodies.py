"""Bodies in HTML or plain text as Markdown that shows the same words (docs/formats/html.md).

A redaction writes Markdown into fields of HTML or plain text: `as_field` marks it, and both readers return it as it is.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urljoin

from markdownify import ATX, MarkdownConverter

from threads.text import ENTITY

if TYPE_CHECKING:
    from collections.abc import Collection

    from bs4 import Tag

DEEPEST: Final = 100
"""Depth of elements that is read; the parser and the converter are recursive."""
VOID: Final = frozenset({"br", "embed", "hr", "img", "input", "source", "wbr"})
"""Elements without an end."""

_FIELD: Final = re.compile(r'<pre class="markdown">\n(.*)</pre>', re.DOTALL)
_BREAK: Final = re.compile(r"<br\s*/?>[ \t\r\n]*", re.IGNORECASE)
_BLANKS: Final = re.compile(r"[\t ]+")
_LINE_END: Final = re.compile(r" ?[\r\n][ \r\n]*")
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)(?:[\s/][^<>]*)?>")
_NO_TAG: Final = re.compile(rf"<(?!{_TAG.pattern[1:]})")
_COMMENT: Final = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_LONG_BLANKS: Final = re.compile(r"[ \t]{64,}")
_EMPTY_LINES: Final = re.compile(r"[ \t]*\n(?:[ \t]*\n)+")
_FENCED: Final = re.compile(r"(^(?:> ?)*(`{3,})\n.*?^(?:> ?)*\2$)", re.DOTALL | re.MULTILINE)
_LINE: Final = re.compile(r"((?:> ?|- )*[ \t]*)(.*?)([ \t]*)")
_TAGGED: Final = re.compile(r"\\\[(url|img)\](<[^<>\s]+>)\\\[/\1\]", re.IGNORECASE)
"""`[url]` around a link. Rendering reads that tag around a bare URL only."""

_SIGN: Final = re.compile(
    r"(https?://[A-Za-z0-9\-._:/?#@!$&+,;=%]*[A-Za-z0-9/])"  # signs in a URL have no meaning
    rf"|[\\`*_\[~]|<(?=[A-Za-z/!?])|(?={ENTITY})&",
    re.IGNORECASE,
)
_FIRST_SIGN: Final = re.compile(
    r"^( ?)(?:([0-9]{1,9})(?=[.)](?:\s|\Z))|(?=[>=]|\+(?:\s|\Z)|-[ \n]|#{1,6}(?:\s|\Z)|[|:-][-:| ]*$))", re.MULTILINE
)
"""What would begin a list, quote, heading, rule or table."""
_UNFIT_IN_TARGET: Final = re.compile(r"[\s<>()\\\"]")
_WEB: Final = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)


def to_markdown(source: str, base: str = "") -> str:
    """Return a body in HTML as Markdown; `base` is the address of relative links. Any text is accepted."""
    if field := _FIELD.fullmatch(source):
        return html.unescape(field[1])
    pieces = _BREAK.split(source)
    if not any("<" in piece for piece in pieces):
        # Most bodies: text with line breaks.
        return _tidy("  \n".join(escape(_fold_blanks(html.unescape(piece)).rstrip(" \n")) for piece in pieces))
    source = _clean("<br>".join(piece.rstrip(" \t\r\n") for piece in pieces))
    if _depth(source) > DEEPEST:
        return from_plain_text(html.unescape(_TAG.sub(" ", source)))
    return _tidy(_Converter(base).convert(source))


def from_plain_text(source: str) -> str:
    """Return plain text as Markdown with the same lines."""
    if field := _FIELD.fullmatch(source):
        return html.unescape(field[1])
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _tidy("  \n".join(escape(_fold_blanks(line).strip(" ")) for line in lines))


def as_field(markdown: str) -> str:
    """Return Markdown as the value of a field of HTML or plain text that is read as this Markdown again."""
    return f'<pre class="markdown">\n{html.escape(markdown, quote=False)}</pre>'


def escape(text: str) -> str:
    """Return text in which no sign has a meaning in Markdown. Line ends stay."""
    text = _SIGN.sub(lambda sign: sign[1] or f"\\{sign[0]}", text)
    return _FIRST_SIGN.sub(lambda sign: f"{sign[1]}{sign[2] or ''}\\", text)


def _fold_blanks(text: str) -> str:
    return _LINE_END.sub("\n", _BLANKS.sub(" ", text))


def _clean(source: str) -> str:
    """Return HTML with nothing that takes the parser quadratic time: no `<` but of tags, no long runs of blanks."""
    return _NO_TAG.sub("&lt;", _COMMENT.sub("", _LONG_BLANKS.sub(" " * 63, source)))


def _depth(source: str) -> int:
    """Return how deep elements are nested."""
    depth = most = 0
    for closing, name in _TAG.findall(source):
        if name.lower() not in VOID:
            depth = max(0, depth - 1) if closing else depth + 1
            most = max(most, depth)
    return most


def _tidy(text: str) -> str:
    """Return Markdown with one empty line between paragraphs, outside of fenced code."""
    if "](" not in text and "\\[/" in text:
        text = _TAGGED.sub(r"\2", text)
    if "```" not in text:
        return _EMPTY_LINES.sub("\n\n", text).strip(" \t\n")
    # The pattern has two groups, so every third piece is text between fences.
    pieces = _FENCED.split(text)
    fenced = (piece for piece in pieces[1::3])
    between = [_EMPTY_LINES.sub("\n\n", piece) for piece in pieces[::3]]
    return "".join(part + next(fenced, "") for part in between).strip(" \t\n")


class _Converter(MarkdownConverter):
    """The conversion of tags. Methods are called by the name of a tag, with the Markdown of its content.

    Tags without a method leave their content: underlined, marked and centred words are plain words.
    """

    def __init__(self, base: str) -> None:
        super().__init__(heading_style=ATX, bullets="-")
        self.base = base

    def escape(self, text: str, parent_tags: Collection[str]) -> str:
        escaped = escape(text)
        return escaped.replace("]", "\\]") if "a" in parent_tags else escaped

    def convert_a(self, el: Tag, text: str, parent_tags: Collection[str]) -> str:
        address = self._address(el, "href")
        words = el.get_text().strip()
        if not address or "_noformat" in parent_tags:
            return text
        if el.find("img") and not words:
            return text
        if _WEB.fullmatch(address) and words in {"", address}:
            return f"<{address}>"
        start, end = text[: -len(text.lstrip())], text[len(text.rstrip()) :]
        return f"{start}[{' '.join(text.split())}]({_target(address)}){end}"

    def convert_img(self, el: Tag, text: str, parent_tags: Collection[str]) -> str:
        address = self._address(el, "src")
        description = _attribute(el, "alt")
        if description.startswith(("http://", "https://", "data:")):
            description = ""
        description = escape(" ".join(description.split())).replace("]", "\\]")
        return f"![{description}]({_target(address)})" if address else description

    def convert_video(self, el: Tag, text: str, parent_tags: Collection[str]) -> str:
        address = self._address(el, "src")
        return f"\n\n<{address}>\n\n" if _WEB.fullmatch(address) else text

    convert_audio = convert_embed = convert_iframe = convert_video

    def convert_b(self, el: Tag, text: str, parent_tags: Collection[str]) -> str:
        return _mark_lines(text, "**", parent_tags, {"b", "strong"})

    convert_strong = convert_b

    def convert_i(self, el: Tag, text: str, parent_tags: Collection[str]) -> str:
        return _mark_lines(text, "*", parent_tags, {"i", "em"})

    convert_em = convert_i

    def convert_s(self, el: Tag, text: str, parent_tags: Collection[str]) -> str:
        return _mark_lines(text, "~~", parent_tags, {"s", "del", "strike"})

    convert_del = convert_strike = convert_s

    def convert_br(self, el: Tag, text: str, parent_tags: Collection[str]) -> str:
        if "pre" in parent_tags:
            return "\n"
        return " " if "_inline" in parent_tags else "  \n"

    def convert_pre(self, el: Tag, text: str, parent_tags: Collection[str]) -> str:
        fence = "```"
        while fence in text:
            fence += "`"
        code = text.replace("\xa0", " ").strip("\n")
        return f"\n\n{fence}\n{code}\n{fence}\n\n" if code.strip() else ""

    def convert_button(self, el: Tag, text: str, parent_tags: Collection[str]) -> str:
        return ""

    def _address(self, el: Tag, name: str) -> str:
        """Return an address. Redirects of the source have the real one in the title; data is no address."""
        address, title = _attribute(el, name), _attribute(el, "title")
        if address.lower().startswith("data:"):
            return ""
        if ":" not in address.partition("/")[0] and not address.startswith("//"):
            return title if _WEB.fullmatch(title) else _join(self.base, address)
        return address


def _attribute(el: Tag, name: str) -> str:
    value: Any = el.get(name)
    return value.strip() if isinstance(value, str) else ""


def _join(base: str, address: str) -> str:
    try:
        return urljoin(base, address) if address else ""
    except ValueError:
        return ""


def _target(address: str) -> str:
    """Return an address between the parentheses of a link."""
    address = _UNFIT_IN_TARGET.sub(lambda sign: quote(sign[0]), address)
    return re.sub(rf"(?={ENTITY})&", r"\\&", address)


def _mark_lines(text: str, sign: str, parent_tags: Collection[str], same: set[str]) -> str:
    """Return text with signs around the words of each line: emphasis does not reach over paragraphs."""
    if "_noformat" in parent_tags or "```" in text or not same.isdisjoint(parent_tags):
        return text
    lines = (_LINE.fullmatch(line) for line in text.split("\n"))
    return "\n".join(f"{m[1]}{sign}{m[2]}{sign}{m[3]}" if m and m[2] else m[0] if m else "" for m in lines)
