"""Where lists and quotes end, made plain for Python-Markdown. Called by `blocks`.

CommonMark knows by the column a line starts at what it belongs to. Python-Markdown wants four columns for each list a
line stands in, and an empty line between blocks of different kind. `outlined` rewrites lines of the first reading for
the second: else the words that follow a quote could end up in it.
"""

from __future__ import annotations

import re
from typing import Final

RULE: Final = re.compile(r"(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})\Z")
OTHER_BLOCK: Final = re.compile(r"#{1,6} |`{3,}[^`]*\Z|~{3,}|>")
FENCE: Final = re.compile(r"`{3,}(?=[^`]*\Z)|~{3,}")
MARK: Final = re.compile(r"(?:[*+-]|([0-9]{1,9})[.)])( +)(?=[^ ])")
UNDERLINE: Final = re.compile(r"(?:=+|-+) *\Z")
DASHES: Final = re.compile(r"-+ *\Z")
ESCAPABLE: Final = re.compile(r"(?=[.)>#=*+_~`-])")

EMPTY_CODE: Final = "\x1a"
"""Stands for an empty line of code in a list, where Python-Markdown takes an empty line for the end of a block."""
DEEPEST: Final = 64
"""Lists within each other that are told apart; more are too deep to be rendered anyway."""


def outlined(lines: list[str]) -> list[str]:
    """Return `lines` with lists indented by four columns each, and empty lines where a block ends without one."""
    outline = Outline()
    for line in lines:
        outline.add(line)
    return outline.lines


class Outline:
    """What is open at a line of a text, or at a line of what stands in one quote."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.items: list[tuple[int, bool]] = []
        """The open list items: the column at which their words start, and whether they are numbered."""
        self.quote: Outline | None = None
        """What stands in the quote that the last line belongs to."""
        self.fence = ""
        """The marks of the open code fence."""
        self.words = False
        """True after a line of a paragraph, which the next line may go on with."""
        self.loose = False
        """True where an empty line stands in the list."""

    def add(self, line: str) -> None:
        """Add the next line."""
        content = line.lstrip(" ")
        column = len(line) - len(content)
        if self.fence:
            self._add_code(content, column)
        elif not content:
            self._emit("")
            self.words, self.quote, self.loose = False, None, True
        else:
            self._add(content, column)

    def _add_code(self, content: str, column: int) -> None:
        inside = max(column - (self.items[-1][0] if self.items else 0), 0)
        self._emit(" " * inside + (content or (EMPTY_CODE if self.items else "")))
        if content.startswith(self.fence) and not content.strip(self.fence[0] + " "):
            self.fence = ""

    def _add(self, content: str, column: int) -> None:
        items = [item for item in self.items if item[0] <= column]
        inside = column - (items[-1][0] if items else 0)
        left = len(items) < len(self.items)
        if self.words and (inside > 3 or not self._starts(content, left=left)):
            self.go_on(content, lazy=left)
            return
        if self._ends_a_block(content, len(items)):
            self._emit("")
            self.loose = True
        self.items = items
        self.loose = self.loose and bool(items)
        if inside < 4 and content.startswith(">"):
            self._add_quoted(content[1:].removeprefix(" "))
        else:
            self._emit(" " * inside + content)
            self.words, self.quote = False, None
            if inside < 4:
                self._open(content, column)

    def _starts(self, content: str, *, left: bool) -> bool:
        """Say whether a line starts a block of its own right below words. A list that begins with 2 does not."""
        if RULE.match(content):
            return left or self.quote is not None or not DASHES.match(content)
        mark = MARK.match(content)
        if mark:
            return left or self.quote is not None or mark[1] in {None, "1"}
        return OTHER_BLOCK.match(content) is not None

    def _ends_a_block(self, content: str, depth: int) -> bool:
        """Say whether a line ends the block above it in a way that Python-Markdown sees only by an empty line."""
        if self.quote is not None and not content.startswith(">"):
            return True
        mark = None if RULE.match(content) else MARK.match(content)
        if mark is None:
            return depth < len(self.items) or (depth > 0 and FENCE.match(content) is not None)
        if depth == len(self.items):
            return self.words and not self.items
        return self.loose or self.items[depth][1] != bool(mark[1])

    def go_on(self, content: str, *, lazy: bool) -> None:
        """Add a line that goes on with a paragraph, whatever it looks like; `lazy`: it stands outside its block."""
        if self.quote is not None:
            self.quote.go_on(content, lazy=True)
            self._take_quote(self.quote)
        elif (lazy and UNDERLINE.match(content)) or any(b.match(content) for b in (OTHER_BLOCK, MARK)):
            self._emit(ESCAPABLE.sub(r"\\", content, count=1))
        else:
            self._emit(content)

    def _add_quoted(self, content: str) -> None:
        self.quote = self.quote or Outline()
        self.quote.add(content)
        self._take_quote(self.quote)

    def _take_quote(self, quote: Outline) -> None:
        for line in quote.lines:
            self._emit(f"> {line}")
        quote.lines.clear()
        self.words = quote.words

    def _open(self, content: str, column: int) -> None:
        """Remember what a line opens: list items, then a fence or words."""
        while len(self.items) < DEEPEST and (mark := MARK.match(content)) and not RULE.match(content):
            wide = mark.end() if len(mark[2]) < 5 else mark.end() - len(mark[2]) + 1
            column += wide
            self.items.append((column, bool(mark[1])))
            content = content[wide:]
        fence = FENCE.match(content)
        self.fence = fence[0] if fence else ""
        self.words = not OTHER_BLOCK.match(content) and not RULE.match(content)
        if RULE.match(content):
            self._emit("")

    def _emit(self, text: str) -> None:
        self.lines.append(" " * (4 * len(self.items)) + text if text else "")
