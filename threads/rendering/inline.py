"""Inline Markdown: emphasis, code, links, pictures and addresses, in one linear pass over a paragraph.

The rules are CommonMark's: Python-Markdown's own inline patterns differ in escapes, emphasis and links, and take
quadratic time on brackets. Two extensions serve the archive: bare addresses become links, and a link without a target
takes the address in its title.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections import defaultdict
from typing import Final, NamedTuple

from threads.rendering.emphasis import DelimiterRun, pair_delimiters, read_delimiter_run
from threads.rendering.links_and_pictures import is_link_to_picture, link_html, picture_html
from threads.rendering.plain_text import has_inline, render_line_ends
from threads.rendering.sanitizer import escape

PUNCTUATION: Final = r"!-/:-@\[-`{-~"
SPECIAL: Final = re.compile(r"[\\&<\]]|!?\[|`+|\*+|_+|\n *|(?<![A-Za-z0-9])https?://", re.IGNORECASE)
ENTITY: Final = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
ESCAPED: Final = re.compile(rf"\\([{PUNCTUATION}])|{ENTITY}")
MAIL: Final = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}"
AUTOLINK: Final = re.compile(rf"<(?:([A-Za-z][A-Za-z0-9+.-]{{1,31}}:[^\s<>]*+)|({MAIL}))>")
BARE_ADDRESS: Final = re.compile(rf"https?://(?:[A-Za-z0-9\-._~:/?#@!$&'()+,;=%]|\\[{PUNCTUATION}])+", re.IGNORECASE)
CHINESE: Final = re.compile(r"[\u3400-\u9fff]+")
PATH_WITH_SLASH: Final = re.compile(r"[a-z]+://[^/]+/(?:[^?#]*/)?[^/?#]+/\Z", re.IGNORECASE)
BACKTICKS: Final = re.compile(r"`+")
TITLE_AS_TARGET: Final = re.compile(r"""\(\s*+(?:<>)?\s*+(?:"([^"]*)"|'([^']*)')\s*+\)""")
ANGLED_TARGET: Final = re.compile(r"\(\s*+<((?:[^<>\n\\]|\\.)*+)>")
TARGET_PART: Final = re.compile(r"[^\s()\\]+|\\.?|\(|\)", re.DOTALL)
TITLE_AND_END: Final = re.compile(
    r"""(?:\s++("(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\)))?\s*+\)""", re.DOTALL
)
MAX_PARENTHESES: Final = 32
"""Depth of parentheses in a target. CommonMark's own bound; it keeps the search linear."""


class Bracket(NamedTuple):
    """A `[` or `![` that may begin a link or a picture."""

    token: int
    runs: int
    """Delimiter runs before it."""
    start: int
    """Position of the text after it."""
    is_picture: bool


class Target(NamedTuple):
    """The address and title of a link, and the position after them."""

    address: str
    title: str
    end: int


class TokenAddress(NamedTuple):
    """A token that is the text of a link, and the address of the link."""

    token: int
    address: str


def unescape(text: str) -> str:
    """Return `text` with backslash escapes and entities resolved."""
    return ESCAPED.sub(lambda match: match[1] or html.unescape(match[0]), text)


def render_inline(text: str) -> str:
    """Return the HTML of the text of one block, without white space at its ends."""
    return Paragraph(text).html() if has_inline(text) else render_line_ends(text)


class Paragraph:
    """The text of one paragraph, without white space at its ends. Call `html` once.

    A `_read_…` method takes a match of SPECIAL, reads what it starts, adds tokens, and returns the position after it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        """Pieces of HTML, in order."""
        self.runs: list[DelimiterRun] = []
        self.brackets: list[Bracket] = []
        self.inactive_brackets = 0
        """How many of the first brackets contain a link and cannot begin another."""
        self.autolinks: list[TokenAddress] = []
        """Addresses in the text. They become links at the end, unless a link around them removes them."""
        self.picture_tokens: list[int] = []
        self.empty_link: TokenAddress | None = None
        """The last link without text."""
        self.backticks: dict[int, list[int]] | None = None

    def html(self) -> str:
        """Return the text as HTML."""
        position, text, tokens = 0, self.text, self.tokens
        while match := SPECIAL.search(text, position):
            if match.start() > position:
                tokens.append(escape(text[position : match.start()]))
            position = self._readers[match[0][0]](self, match)
        tokens.append(escape(text[position:]))
        self._write_emphasis(0)
        for token, address in self.autolinks:
            tokens[token] = link_html(address, "", tokens[token])
        return "".join(tokens)

    def _write_emphasis(self, first: int) -> None:
        """Pair the delimiter runs from index `first` on, and write them to their tokens."""
        if len(self.runs) == first:
            return
        runs = self.runs[first:]
        del self.runs[first:]
        pair_delimiters(runs)
        for run in runs:
            self.tokens[run.token] = run.html()

    def _add_text(self, start: int, end: int) -> int:
        self.tokens.append(escape(self.text[start:end]))
        return end

    def _read_escape(self, match: re.Match[str]) -> int:
        """Read a backslash or an entity."""
        start = match.start()
        if self.text.startswith("\\\n", start):
            self.tokens.append("<br>")
            return start + 1
        escaped = ESCAPED.match(self.text, start)
        if escaped is None:
            return self._add_text(start, start + 1)
        self.tokens.append(escape(escaped[1] or html.unescape(escaped[0])))
        return escaped.end()

    def _read_newline(self, match: re.Match[str]) -> int:
        """Read a line end: a `br` after two spaces. White space around it is removed."""
        self.tokens[-1] = self.tokens[-1].rstrip(" ")
        self.tokens.append("<br>\n" if self.text.endswith("  ", 0, match.start()) else "\n")
        return match.end()

    def _read_code(self, match: re.Match[str]) -> int:
        start, length = match.end(), len(match[0])
        closings = self._find_backticks()[length]
        nearest = bisect_left(closings, start)
        if nearest == len(closings):
            return self._add_text(match.start(), start)
        end = closings[nearest]
        code = self.text[start:end].replace("\n", " ")
        if code.startswith(" ") and code.endswith(" ") and code.strip(" "):
            code = code[1:-1]
        self.tokens.append(f"<code>{escape(code)}</code>")
        return end + length

    def _find_backticks(self) -> dict[int, list[int]]:
        """Return the positions of runs of backticks by length. Computed once, to stay linear."""
        if self.backticks is None:
            self.backticks = defaultdict(list)
            for match in BACKTICKS.finditer(self.text):
                self.backticks[len(match[0])].append(match.start())
        return self.backticks

    def _read_delimiters(self, match: re.Match[str]) -> int:
        self.runs.append(read_delimiter_run(self.text, match.start(), match.end(), len(self.tokens)))
        return self._add_text(match.start(), match.end())

    def _read_angle(self, match: re.Match[str]) -> int:
        autolink = AUTOLINK.match(self.text, match.start())
        if autolink is None:
            return self._add_text(match.start(), match.end())
        address, mail = autolink.groups()
        self._add_autolink(address or f"mailto:{mail}", address or mail)
        return autolink.end()

    def _read_address(self, match: re.Match[str]) -> int:
        """Read an address in running text.

        It ends before closing punctuation and before Chinese text. Chinese belongs to it only after a slash deep in
        the path, as in `…/wiki/臺灣`.
        """
        bare = BARE_ADDRESS.match(self.text, match.start())
        if bare is None:
            return self._add_text(match.start(), match.start() + 1)
        source = bare[0]
        chinese = CHINESE.match(self.text, bare.end()) if PATH_WITH_SLASH.match(source) else None
        if chinese:
            source += chinese[0]
        source = source[: _end_of_address(source)]
        address = unescape(source)
        self._add_autolink(address, address)
        return match.start() + len(source)

    def _add_autolink(self, address: str, text: str) -> None:
        self.autolinks.append(TokenAddress(len(self.tokens), address))
        self.tokens.append(escape(text))

    def _open_bracket(self, match: re.Match[str]) -> int:
        self.brackets.append(Bracket(len(self.tokens), len(self.runs), match.end(), match[0] == "!["))
        return self._add_text(match.start(), match.end())

    def _close_bracket(self, match: re.Match[str]) -> int:
        """Read a `]`: the end of a link or picture if a target follows, else text."""
        start = match.start()
        if not self.brackets:
            return self._add_text(start, start + 1)
        bracket = self.brackets.pop()
        is_inactive = len(self.brackets) < self.inactive_brackets
        self.inactive_brackets = min(self.inactive_brackets, len(self.brackets))
        target = None if is_inactive and not bracket.is_picture else self._read_target(start + 1)
        if target is None:
            return self._add_text(start, start + 1)
        if bracket.is_picture:
            self._write_picture(bracket, start, target.address)
        else:
            self._write_link(bracket, target)
        return target.end

    def _write_picture(self, bracket: Bracket, end: int, address: str) -> None:
        """Write a picture. The site's converter puts the link of a picture before it, without text."""
        self._discard_inside(bracket)
        del self.tokens[bracket.token :]
        link = self.empty_link
        if link and link.token == bracket.token - 1:
            is_same = is_link_to_picture(link.address, address)
            self.tokens[link.token] = "" if is_same else self.tokens[link.token] + " "
        self.picture_tokens.append(bracket.token)
        self.tokens.append(picture_html(address, unescape(self.text[bracket.start : end])))

    def _write_link(self, bracket: Bracket, target: Target) -> None:
        """Write a link. If it contains pictures, it follows them, because each picture is a link itself."""
        self._write_emphasis(bracket.runs)
        has_pictures = self._discard_inside(bracket)
        inside = "".join(self.tokens[bracket.token + 1 :])
        del self.tokens[bracket.token :]
        if has_pictures:
            link = f"{inside} {link_html(target.address, target.title, '')}"
        else:
            link = link_html(target.address, target.title, inside)
        if not inside:
            self.empty_link = TokenAddress(bracket.token, target.address)
        self.tokens.append(link)
        self.inactive_brackets = len(self.brackets)

    def _discard_inside(self, bracket: Bracket) -> bool:
        """Drop pending runs, autolinks and pictures after `bracket`. Return whether there were pictures."""
        del self.runs[bracket.runs :]
        while self.autolinks and self.autolinks[-1].token >= bracket.token:
            self.autolinks.pop()
        has_pictures = False
        while self.picture_tokens and self.picture_tokens[-1] >= bracket.token:
            self.picture_tokens.pop()
            has_pictures = True
        return has_pictures

    def _read_target(self, start: int) -> Target | None:
        """Return the target in parentheses at `start`."""
        if not self.text.startswith("(", start):
            return None
        title = TITLE_AS_TARGET.match(self.text, start)
        if title:
            return Target(unescape(title[1] or title[2] or ""), "", title.end())
        angled = ANGLED_TARGET.match(self.text, start)
        if angled:
            address, end = angled[1], angled.end()
        else:
            address, end = self._read_bare_target(start)
        rest = TITLE_AND_END.match(self.text, end)
        if rest is None:
            return None
        return Target(unescape(address), unescape((rest[1] or "")[1:-1]), rest.end())

    def _read_bare_target(self, start: int) -> tuple[str, int]:
        """Return the address after the `(` at `start`, and its end: white space or an unbalanced `)`."""
        start += 1
        while self.text[start : start + 1].isspace():
            start += 1
        end, depth = start, 0
        while (part := TARGET_PART.match(self.text, end)) and 0 <= depth <= MAX_PARENTHESES:
            depth += (part[0] == "(") - (part[0] == ")")
            if depth < 0:
                break
            end = part.end()
        return self.text[start:end], end

    _readers = {
        "\\": _read_escape,
        "\n": _read_newline,
        "`": _read_code,
        "*": _read_delimiters,
        "_": _read_delimiters,
        "&": _read_escape,
        "<": _read_angle,
        "h": _read_address,
        "H": _read_address,
        "[": _open_bracket,
        "!": _open_bracket,
        "]": _close_bracket,
    }


def _end_of_address(source: str) -> int:
    """Return the length of an address without closing punctuation and without a `)` that it did not open."""
    end, surplus = len(source), source.count(")") - source.count("(")
    while (surplus > 0 and source[end - 1] == ")") or source[end - 1] in "?!.,:;'~&":
        surplus -= source[end - 1] == ")"
        end -= 1
    return end
