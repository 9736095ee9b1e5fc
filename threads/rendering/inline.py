"""Inline Markdown: emphasis, code, links, pictures and addresses, in one linear pass over a paragraph.

The rules are CommonMark's: Python-Markdown's own inline patterns differ in escapes, emphasis and links, and take
quadratic time on brackets. Two extensions serve the archive: bare addresses become links, and a link without a target
takes the address in its title.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from typing import Final, NamedTuple

from threads.rendering import forum_tags
from threads.rendering.addresses import find_end
from threads.rendering.emphasis import DelimiterRun, pair_delimiters, read_delimiter_runs
from threads.rendering.links_and_pictures import (
    is_automatic_search,
    is_link_to_picture,
    link_html,
    picture_html,
    read_address,
)
from threads.rendering.plain_text import has_inline, render_line_ends
from threads.rendering.sanitizer import escape
from threads.text import ENTITY, decode_entity

PUNCTUATION: Final = r"!-/:-@\[-`{-~"
SPECIAL: Final = re.compile(r"[\\&<\]]|!?\[|`+|\*+|_+|(?<!~)~~(?!~)|\n *|(?<![A-Za-z0-9])https?://", re.IGNORECASE)
ESCAPED: Final = re.compile(rf"\\([{PUNCTUATION}])|{ENTITY}")
MAIL: Final = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}"
AUTOLINK: Final = re.compile(rf"<(?:([A-Za-z][A-Za-z0-9+.-]{{1,31}}:[^\s<>]*+)|({MAIL}))>")
BACKTICKS: Final = re.compile(r"`+")
TITLE_AS_TARGET: Final = re.compile(r"""\(\s*+(?:<>)?\s*+(?:"([^"]*)"|'([^']*)')\s*+\)""")
ANGLED_TARGET: Final = re.compile(r"\(\s*+<((?:[^<>\n\\]|\\.)*+)>")
HOST_WITH_BLANK: Final = re.compile(r"https?://\s?(?:[a-z0-9-]++(?: \.|\. |\.))++[a-z0-9-]++", re.IGNORECASE)
TARGET_PART: Final = re.compile(r"[^\s()\\]+|\\.?|\(|\)", re.DOTALL)
TITLE_AND_END: Final = re.compile(
    r"""(?:\s++("(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\)))?\s*+\)""", re.DOTALL
)
TAG: Final = re.compile(r"<[^>]*>")
EDGES: Final = re.compile(r"\A(?:<br>|[ \n])+|(?:<br>|[ \n])+\Z")
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
    return ESCAPED.sub(lambda match: match[1] or decode_entity(match[0]), text)


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
        self.closed_tags: frozenset[str] | None = None
        self.has_omission = False
        """Whether something was left out, which may have been alone on its line."""

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
        html = "".join(tokens)
        return EDGES.sub("", html) if self.has_omission else html

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
        if self.text.startswith("\\[", start) and (end := self._read_forum_tag(start)):
            return end
        if mark := forum_tags.REPLACED.match(self.text, start):
            self.tokens.append(f"<strong>{escape(mark[1])}</strong>")
            return mark.end()
        escaped = ESCAPED.match(self.text, start)
        if escaped is None:
            return self._add_text(start, start + 1)
        self.tokens.append(escape(escaped[1] or decode_entity(escaped[0])))
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
        runs = read_delimiter_runs(self.text, match.start(), match.end(), len(self.tokens))
        self.runs += runs
        self.tokens += ["" for _ in runs]
        return match.end()

    def _read_angle(self, match: re.Match[str]) -> int:
        autolink = AUTOLINK.match(self.text, match.start())
        if autolink is None:
            return self._add_text(match.start(), match.end())
        address, mail = autolink.groups()
        self._add_autolink(address or f"mailto:{mail}", address or mail)
        return autolink.end()

    def _read_address(self, match: re.Match[str]) -> int:
        """Read an address in running text, and a closing tag of the source's markup directly after it."""
        start = match.start()
        end = find_end(self.text, start)
        if end is None:
            return self._add_text(start, start + 1)
        address = unescape(self.text[start:end]).replace(" ", "")
        self._add_autolink(address, address)
        rest = forum_tags.SWALLOWED.match(self.text, end)
        return rest.end() if rest else end

    def _add_autolink(self, address: str, text: str) -> None:
        self.autolinks.append(TokenAddress(len(self.tokens), address))
        self.tokens.append(escape(text))

    def _read_forum_tag(self, start: int) -> int | None:
        """Read a tag of the source's own markup, or an address between two. Return the position after it, or None."""
        addressed = forum_tags.ADDRESSED.match(self.text, start)
        if addressed:
            inside = unescape(addressed["inside"]).strip()
            address = unescape(addressed["value"] or "").strip() or inside
            if addressed["name"].lower() == "img":
                self.tokens.append(picture_html(address, ""))
            elif read_address(address):
                self._add_autolink(address, inside or address)
            else:
                self.tokens.append(escape(inside or address))
                self.has_omission = True
            return addressed.end()
        tag = forum_tags.TAG.match(self.text, start)
        if tag is None or (forum_tags.is_text(self.text, tag) and tag["name"].lower() not in self._find_closed_tags()):
            return None
        if tag["name"].lower() == "url" and tag["value"]:
            self._add_autolink(unescape(tag["value"]).strip(), unescape(tag["value"]).strip())
        self.has_omission = True
        return tag.end()

    def _find_closed_tags(self) -> frozenset[str]:
        """Return the names of the closing tags of the source's markup. Computed once, to stay linear."""
        if self.closed_tags is None:
            self.closed_tags = forum_tags.closed_names(self.text)
        return self.closed_tags

    def _open_bracket(self, match: re.Match[str]) -> int:
        if match[0] == "[" and (end := self._read_forum_tag(match.start())):
            return end
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
        elif is_automatic_search(target.address):
            self.tokens[bracket.token] = ""
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
        picture = picture_html(address, unescape(self.text[bracket.start : end]))
        if picture.startswith("<a "):
            self.picture_tokens.append(bracket.token)
        self.has_omission = self.has_omission or not picture
        self.tokens.append(picture)

    def _write_link(self, bracket: Bracket, target: Target) -> None:
        """Write a link. If it contains pictures, it follows them, because each picture is a link itself."""
        self._write_emphasis(bracket.runs)
        pictures = []
        for token in self._discard_inside(bracket):
            pictures.append(self.tokens[token])
            self.tokens[token] = ""
        inside = "".join(self.tokens[bracket.token + 1 :])
        del self.tokens[bracket.token :]
        if pictures:
            inside = inside.strip() if TAG.sub("", inside).strip() else ""
        elif not inside:
            self.empty_link = TokenAddress(bracket.token, target.address)
        self.tokens.append(" ".join([*pictures, link_html(target.address, target.title, inside)]))
        self.inactive_brackets = len(self.brackets)

    def _discard_inside(self, bracket: Bracket) -> list[int]:
        """Drop pending runs, autolinks and pictures after `bracket`. Return the tokens of the pictures, in order."""
        del self.runs[bracket.runs :]
        while self.autolinks and self.autolinks[-1].token >= bracket.token:
            self.autolinks.pop()
        first = bisect_left(self.picture_tokens, bracket.token)
        pictures = self.picture_tokens[first:]
        del self.picture_tokens[first:]
        return pictures

    def _read_target(self, start: int) -> Target | None:
        """Return the target in parentheses at `start`."""
        if not self.text.startswith("(", start):
            return None
        data = forum_tags.DATA_TARGET.match(self.text, start)
        if data:
            return Target(data[1], "", data.end())
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
        host = HOST_WITH_BLANK.match(self.text, start)
        end, depth = host.end() if host else start, 0
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
        "~": _read_delimiters,
        "&": _read_escape,
        "<": _read_angle,
        "h": _read_address,
        "H": _read_address,
        "[": _open_bracket,
        "!": _open_bracket,
        "]": _close_bracket,
    }
