"""Where lists and quotes end: rewrites CommonMark lines so that Python-Markdown ends blocks at the same lines.

CommonMark assigns a line to a block by its column. Python-Markdown needs four columns for each list, and an empty line
between blocks of different kinds. Without the rewriting, text after a quote could become part of the quote.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

RULE: Final = re.compile(r"(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})\Z")
OTHER_BLOCK: Final = re.compile(r"#{1,6} |`{3,}[^`]*\Z|~{3,}|>")
FENCE: Final = re.compile(r"`{3,}(?=[^`]*\Z)|~{3,}")
LIST_MARKER: Final = re.compile(r"(?:[*+-]|([0-9]{1,9})[.)])( +)(?=[^ ])")
UNDERLINE: Final = re.compile(r"(?:=+|-+) *\Z")
DASHES: Final = re.compile(r"-+ *\Z")
ESCAPABLE: Final = re.compile(r"(?=[.)>#=*+_~`-])")

EMPTY_CODE_LINE: Final = "\x1a"
"""Stands for an empty line of code in a list. Python-Markdown would end the code there."""
MAX_LISTS: Final = 64
"""Depth of lists that is tracked. Deeper lists are not rendered."""


class ListItem(NamedTuple):
    """An open list item."""

    column: int
    """The column at which its text starts."""
    is_numbered: bool


def separate_blocks(lines: list[str]) -> list[str]:
    """Return `lines` with four columns of indent for each list, and an empty line after each block."""
    open_blocks = OpenBlocks()
    for line in lines:
        open_blocks.add_line(line)
    return open_blocks.output


class OpenBlocks:
    """The open blocks of a text or of the content of one quote, and the lines written so far."""

    def __init__(self) -> None:
        self.output: list[str] = []
        self.items: list[ListItem] = []
        self.quote: OpenBlocks | None = None
        """The content of the quote that the last line belongs to."""
        self.fence = ""
        """The characters that opened the current code fence."""
        self.in_paragraph = False
        self.has_empty_line = False
        """Whether the open list contains an empty line."""

    def add_line(self, line: str) -> None:
        """Add the next line."""
        content = line.lstrip(" ")
        column = len(line) - len(content)
        if self.fence:
            self._add_code(content, column)
        elif not content:
            self._write("")
            self.in_paragraph, self.quote, self.has_empty_line = False, None, True
        else:
            self._add_content(content, column)

    def _add_code(self, content: str, column: int) -> None:
        indent = max(column - (self.items[-1].column if self.items else 0), 0)
        if content:
            self._write(" " * indent + content)
        else:
            self._write(EMPTY_CODE_LINE if self.items else "")
        if content.startswith(self.fence) and not content.strip(self.fence[0] + " "):
            self.fence = ""

    def _add_content(self, content: str, column: int) -> None:
        items = [item for item in self.items if item.column <= column]
        indent = column - (items[-1].column if items else 0)
        leaves_list = len(items) < len(self.items)
        if self.in_paragraph and (indent > 3 or not self._starts_block(content, leaves_list=leaves_list)):
            self.continue_paragraph(content, lazy=leaves_list)
            return
        if indent > 3:
            # Indented text is prose: the source's converter puts code between fences.
            indent, column = 0, column - indent
        if self._needs_empty_line(content, len(items)):
            self._write("")
            self.has_empty_line = True
        self.items = items
        self.has_empty_line = self.has_empty_line and bool(items)
        if content.startswith(">"):
            self._add_quoted(content[1:].removeprefix(" "))
        else:
            self._write(" " * indent + content)
            self.in_paragraph, self.quote = False, None
            self._track(content, column)

    def _starts_block(self, content: str, *, leaves_list: bool) -> bool:
        """Return whether a line below a paragraph starts a block. A list that begins with 2 does not."""
        outside = leaves_list or self.quote is not None
        if RULE.match(content):
            return outside or not DASHES.match(content)
        marker = LIST_MARKER.match(content)
        if marker:
            return outside or marker[1] in {None, "1"}
        return OTHER_BLOCK.match(content) is not None

    def _needs_empty_line(self, content: str, depth: int) -> bool:
        """Return whether Python-Markdown needs an empty line to end the block above a line."""
        if self.quote is not None and not content.startswith(">"):
            return True
        marker = None if RULE.match(content) else LIST_MARKER.match(content)
        if marker is None:
            return depth < len(self.items) or (depth > 0 and FENCE.match(content) is not None)
        if depth == len(self.items):
            return self.in_paragraph and not self.items
        return self.has_empty_line or self.items[depth].is_numbered != bool(marker[1])

    def continue_paragraph(self, content: str, *, lazy: bool) -> None:
        """Add a line to the open paragraph. A `lazy` line stands outside the block of its paragraph."""
        if self.quote is not None:
            self.quote.continue_paragraph(content, lazy=True)
            self._take_quoted_lines(self.quote)
        elif (lazy and UNDERLINE.match(content)) or OTHER_BLOCK.match(content) or LIST_MARKER.match(content):
            self._write(ESCAPABLE.sub(r"\\", content, count=1))
        else:
            self._write(content)

    def _add_quoted(self, content: str) -> None:
        self.quote = self.quote or OpenBlocks()
        self.quote.add_line(content)
        self._take_quoted_lines(self.quote)

    def _take_quoted_lines(self, quote: OpenBlocks) -> None:
        for line in quote.output:
            self._write(f"> {line}")
        quote.output.clear()
        self.in_paragraph = quote.in_paragraph

    def _track(self, content: str, column: int) -> None:
        """Track the blocks that a line opens: list items, then a fence or a paragraph."""
        while len(self.items) < MAX_LISTS and (marker := LIST_MARKER.match(content)) and not RULE.match(content):
            width = marker.end() if len(marker[2]) < 5 else marker.end() - len(marker[2]) + 1
            column += width
            self.items.append(ListItem(column, bool(marker[1])))
            content = content[width:]
        fence = FENCE.match(content)
        self.fence = fence[0] if fence else ""
        is_rule = RULE.match(content) is not None
        self.in_paragraph = not is_rule and not OTHER_BLOCK.match(content)
        if is_rule:
            self._write("")

    def _write(self, text: str) -> None:
        self.output.append(" " * (4 * len(self.items)) + text if text else "")
