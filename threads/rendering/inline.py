"""The inline rules: CommonMark's, in one pass over the text of a paragraph. Called by `dialect`.

Python-Markdown's own inline patterns differ from CommonMark in escapes, emphasis and links, and take quadratic time on
brackets; this pass stands in their place. What is not CommonMark here serves the archive's own forms: addresses in
the title of a link without a target, and bare addresses as links.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from threads.rendering.cleaning import escape
from threads.rendering.emphasis import Run, pair, run_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from threads.rendering.links import Links

PUNCTUATION: Final = r"!-/:-@\[-`{-~"
SPECIAL: Final = re.compile(r"[\\`*_\[\]<&\n]|!\[|(?<![A-Za-z0-9])https?://", re.IGNORECASE)
ENTITY: Final = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
ESCAPED: Final = re.compile(rf"\\([{PUNCTUATION}])|{ENTITY}")
AUTOLINK: Final = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*+)>")
MAIL: Final = re.compile(r"<([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253})>")
BARE: Final = re.compile(rf"https?://(?:[A-Za-z0-9\-._~:/?#@!$&'()+,;=%]|\\[{PUNCTUATION}])+", re.IGNORECASE)
BARE_CHINESE: Final = re.compile(r"[\u3400-\u9fff]+")
IN_A_PATH: Final = re.compile(r"[a-z]+://[^/]+/(?:[^?#]*/)?[^/?#]+/\Z", re.IGNORECASE)
TICKS: Final = re.compile(r"`+")
TITLE_ONLY: Final = re.compile(r"""\(\s*+(?:<>)?\s*+(?:"([^"]*)"|'([^']*)')\s*+\)""")
ANGLED: Final = re.compile(r"\(\s*+<((?:[^<>\n\\]|\\.)*+)>")
PART: Final = re.compile(r"[^\s()\\]+|\\.?|\(|\)", re.DOTALL)
REST: Final = re.compile(r"""(?:\s++("(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\)))?\s*+\)""", re.DOTALL)
LABEL: Final = re.compile(r"\[((?:[^\[\]\\]|\\.){0,999}+)\]", re.DOTALL)
DEEPEST: Final = 32
"""Parentheses within each other in an address: CommonMark's own bound, and what keeps the search linear."""


def unescape(text: str) -> str:
    """Return `text` with backslash escapes and entities resolved."""
    return ESCAPED.sub(lambda m: m[1] or html.unescape(m[0]), text)


def _end_of_address(written: str) -> int:
    """Return where an address in running text ends: before closing punctuation, and a `)` that it did not open."""
    end, surplus = len(written), written.count(")") - written.count("(")
    while (surplus > 0 and written[end - 1] == ")") or written[end - 1] in "?!.,:;'~&":
        surplus -= written[end - 1] == ")"
        end -= 1
    return end


@dataclass(slots=True)
class Bracket:
    """A `[` or `![` that may begin a link or a picture: its token, the runs before it, where its text begins."""

    token: int
    runs: int
    start: int
    picture: bool


class Paragraph:
    """The text of one paragraph, without white space at its ends, on its way to HTML. For one call of `html`."""

    def __init__(self, text: str, links: Links, references: Mapping[str, tuple[str, str | None]]) -> None:
        self.text = text
        self.links = links
        self.references = references
        self.tokens: list[str] = []
        self.runs: list[Run] = []
        self.brackets: list[Bracket] = []
        self.sealed = 0
        """Brackets before this one stand around a link, so they cannot begin another."""
        self.bare: list[tuple[int, str]] = []
        """Tokens that become links unless they stand inside one, with their addresses."""
        self.pictured: list[int] = []
        self.wordless: tuple[int, str] = (-2, "")
        """The last link without words: its token and address."""
        self.ticks: dict[int, list[int]] | None = None

    def html(self) -> str:
        """Return the text as HTML."""
        at, text, tokens = 0, self.text, self.tokens
        while found := SPECIAL.search(text, at):
            if found.start() > at:
                tokens.append(escape(text[at : found.start()]))
            at = self._readers[found[0][0]](self, found.start())
        tokens.append(escape(text[at:]))
        self._emphasise(0)
        for token, address in self.bare:
            tokens[token] = self.links.link(address, "", tokens[token])
        return "".join(tokens)

    def _emphasise(self, first: int) -> None:
        """Pair the runs from number `first` on, and write them."""
        runs = self.runs[first:]
        del self.runs[first:]
        pair(runs)
        for run in runs:
            self.tokens[run.token] = run.html()

    def _literal(self, at: int, end: int) -> int:
        self.tokens.append(escape(self.text[at:end]))
        return end

    def _escape(self, at: int) -> int:
        following = self.text[at + 1 : at + 2]
        if following == "\n":
            self.tokens.append("<br>")
            return at + 1
        if ESCAPED.match(self.text, at):
            return self._literal(at + 1, at + 2)
        return self._literal(at, at + 1)

    def _newline(self, at: int) -> int:
        """Read a line's end: a break after two spaces. White space around it is dropped."""
        self.tokens[-1] = self.tokens[-1].rstrip(" ")
        self.tokens.append("<br>\n" if self.text.endswith("  ", 0, at) else "\n")
        end = at + 1
        while self.text.startswith(" ", end):
            end += 1
        return end

    def _code(self, at: int) -> int:
        start = self._run_end(at)
        size = start - at
        closings = self._tick_runs()[size]
        nearest = bisect_left(closings, start)
        if nearest == len(closings):
            return self._literal(at, start)
        end = closings[nearest]
        code = self.text[start:end].replace("\n", " ")
        if code.startswith(" ") and code.endswith(" ") and code.strip(" "):
            code = code[1:-1]
        self.tokens.append(f"<code>{escape(code)}</code>")
        return end + size

    def _tick_runs(self) -> dict[int, list[int]]:
        """Return where runs of backticks begin, by their length; found once, so that unpaired ones cost nothing."""
        if self.ticks is None:
            self.ticks = defaultdict(list)
            for run in TICKS.finditer(self.text):
                self.ticks[len(run[0])].append(run.start())
        return self.ticks

    def _marks(self, at: int) -> int:
        end = self._run_end(at)
        self.runs.append(run_at(self.text, at, end, len(self.tokens)))
        return self._literal(at, end)

    def _run_end(self, at: int) -> int:
        """Return where the run of one character that begins at `at` ends."""
        end = at + 1
        while self.text.startswith(self.text[at], end):
            end += 1
        return end

    def _entity(self, at: int) -> int:
        found = ESCAPED.match(self.text, at)
        if found is None:
            return self._literal(at, at + 1)
        self.tokens.append(escape(html.unescape(found[0])))
        return found.end()

    def _angle(self, at: int) -> int:
        found = AUTOLINK.match(self.text, at)
        scheme = ""
        if found is None:
            found, scheme = MAIL.match(self.text, at), "mailto:"
        if found is None:
            return self._literal(at, at + 1)
        self.bare.append((len(self.tokens), scheme + found[1]))
        self.tokens.append(escape(found[1]))
        return found.end()

    def _bare(self, at: int) -> int:
        """Read an address in running text. It ends before closing punctuation, and where Chinese text goes on.

        Only after a slash deep in the path is Chinese its last part, as in `…/wiki/臺灣`.
        """
        found = BARE.match(self.text, at)
        if found is None:
            return self._literal(at, at + 1)
        written = found[0]
        chinese = BARE_CHINESE.match(self.text, found.end()) if IN_A_PATH.match(written) else None
        if chinese:
            written += chinese[0]
        written = written[: _end_of_address(written)]
        address = unescape(written)
        self.bare.append((len(self.tokens), address))
        self.tokens.append(escape(address))
        return at + len(written)

    def _open(self, at: int) -> int:
        end = at + 1 + (self.text[at] == "!")
        self.brackets.append(Bracket(len(self.tokens), len(self.runs), end, picture=end > at + 1))
        return self._literal(at, end)

    def _close(self, at: int) -> int:
        """Read a `]`: the end of a link or picture if a target follows, else text."""
        if not self.brackets:
            return self._literal(at, at + 1)
        bracket = self.brackets.pop()
        sealed = len(self.brackets) < self.sealed
        self.sealed = min(self.sealed, len(self.brackets))
        target = None if sealed and not bracket.picture else self._target(at, bracket)
        if target is None:
            return self._literal(at, at + 1)
        raw, title, end = target
        if bracket.picture:
            self._draw_picture(bracket, at, raw)
        else:
            self._draw_link(bracket, raw, title)
        return end

    def _draw_picture(self, bracket: Bracket, at: int, raw: str) -> None:
        """Draw a picture. The source's converter puts the link around a picture before it, without words."""
        self._forget(bracket)
        del self.tokens[bracket.token :]
        token, address = self.wordless
        if token == bracket.token - 1:
            self.tokens[token] = "" if self.links.same(address, raw) else self.tokens[token] + " "
        self.pictured.append(bracket.token)
        self.tokens.append(self.links.picture(raw, unescape(self.text[bracket.start : at])))

    def _draw_link(self, bracket: Bracket, raw: str, title: str) -> None:
        """Draw a link. Pictures inside have links of their own, so the link follows them instead of holding them."""
        self._emphasise(bracket.runs)
        pictures = self._forget(bracket)
        inside = "".join(self.tokens[bracket.token + 1 :])
        del self.tokens[bracket.token :]
        linked = f"{inside} {self.links.link(raw, title, '')}" if pictures else self.links.link(raw, title, inside)
        if not inside:
            self.wordless = (bracket.token, raw)
        self.tokens.append(linked)
        self.sealed = len(self.brackets)

    def _forget(self, bracket: Bracket) -> bool:
        """Drop what stands inside `bracket` from the lists of what is still to be done; say whether pictures do."""
        del self.runs[bracket.runs :]
        while self.bare and self.bare[-1][0] >= bracket.token:
            self.bare.pop()
        pictures = False
        while self.pictured and self.pictured[-1] >= bracket.token:
            self.pictured.pop()
            pictures = True
        return pictures

    def _target(self, at: int, bracket: Bracket) -> tuple[str, str, int] | None:
        """Return address, title and end of the target after the `]` at `at`: in parentheses, or a definition's."""
        return (self.text.startswith("(", at + 1) and self._inline_target(at + 1)) or self._reference(at, bracket)

    def _inline_target(self, at: int) -> tuple[str, str, int] | None:
        titled = TITLE_ONLY.match(self.text, at)
        if titled:
            return unescape(titled[1] or titled[2] or ""), "", titled.end()
        angled = ANGLED.match(self.text, at)
        start, end = angled.span(1) if angled else self._address(at)
        rest = REST.match(self.text, angled.end() if angled else end)
        if rest is None:
            return None
        return unescape(self.text[start:end]), unescape((rest[1] or "")[1:-1]), rest.end()

    def _address(self, at: int) -> tuple[int, int]:
        """Return the span of a bare address after the `(` at `at`: up to white space or an unbalanced `)`."""
        start = at + 1
        while self.text[start : start + 1].isspace():
            start += 1
        end, depth = start, 0
        while (part := PART.match(self.text, end)) and 0 <= depth <= DEEPEST:
            depth += (part[0] == "(") - (part[0] == ")")
            if depth < 0:
                break
            end = part.end()
        return start, end

    def _reference(self, at: int, bracket: Bracket) -> tuple[str, str, int] | None:
        if not self.references:
            return None
        label = LABEL.match(self.text, at + 1)
        named = (label and label[1]) or self.text[bracket.start : at][:1000]
        known = self.references.get(" ".join(named.split()).lower())
        if known is None:
            return None
        return unescape(known[0]), unescape(known[1] or ""), label.end() if label else at + 1

    _readers = {
        "\\": _escape,
        "\n": _newline,
        "`": _code,
        "*": _marks,
        "_": _marks,
        "&": _entity,
        "<": _angle,
        "h": _bare,
        "H": _bare,
        "[": _open,
        "!": _open,
        "]": _close,
    }
