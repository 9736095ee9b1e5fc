"""Pipe tables: a row of header cells, a row of dashes with as many cells, and rows with a pipe.

Rows are never filled up to the width of the header: a thousand columns and a thousand short rows would make a million
cells. Cells beyond the header's stay, so that no text is lost. The alignment of columns is ignored.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from markdown.blockprocessors import BlockProcessor

from threads.rendering.block_boundaries import LIST_MARKER, OTHER_BLOCK

DASHES: Final = re.compile(r"(?:^|\n)(?=[^\n]*\|) {0,3}[|:-][-:| ]*-[-:| ]*(?=\n|\Z)")
_DASH_CELL: Final = re.compile(r":?-+:?")
_CELL: Final = re.compile(r"((?:[^|\\]|\\.?)*+)(?:\||\Z)", re.DOTALL)


def split_cells(row: str) -> list[str]:
    """Return the cells of a row. A pipe after a backslash does not end a cell. Linear."""
    cells = [match[1].strip(" ").replace("\\|", "|") for match in _CELL.finditer(row.strip(" ").removeprefix("|"))]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


class PipeTable(BlockProcessor):
    """A table in a block, also in quotes and list items."""

    def test(self, _parent: Element, block: str) -> bool:
        """Return whether `block` may contain a table."""
        return DASHES.search(block) is not None

    def run(self, parent: Element, blocks: list[str]) -> bool:
        """Read the tables of the first block and the text around them."""
        lines = blocks[0].split("\n")
        heads = [index for index in range(len(lines) - 1) if _is_head(lines, index)]
        if not heads:
            return False
        del blocks[0]
        start = 0
        for head in heads:
            if head >= start:
                self._read_text(parent, lines[start:head])
                start = _end_of_rows(lines, head + 2)
                _add_table(parent, lines[head], lines[head + 2 : start])
        self._read_text(parent, lines[start:])
        return True

    def _read_text(self, parent: Element, lines: list[str]) -> None:
        if lines:
            self.parser.parseBlocks(parent, ["\n".join(lines)])


def _is_head(lines: list[str], index: int) -> bool:
    """Return whether a table begins at a line."""
    if "|" not in lines[index] or not DASHES.match(lines[index + 1]):
        return False
    dashes = split_cells(lines[index + 1])
    return all(map(_DASH_CELL.fullmatch, dashes)) and len(split_cells(lines[index])) == len(dashes)


def _end_of_rows(lines: list[str], index: int) -> int:
    while index < len(lines) and "|" in lines[index] and not _starts_block(lines[index].lstrip(" ")):
        index += 1
    return index


def _starts_block(content: str) -> bool:
    return OTHER_BLOCK.match(content) is not None or LIST_MARKER.match(content) is not None


def _add_table(parent: Element, head: str, rows: list[str]) -> None:
    table = SubElement(SubElement(parent, "div", {"class": "table"}), "table")
    _add_rows(SubElement(table, "thead"), "th", [head], {"scope": "col"})
    if rows:
        _add_rows(SubElement(table, "tbody"), "td", rows, {})


def _add_rows(group: Element, tag: str, rows: list[str], attributes: dict[str, str]) -> None:
    for row in rows:
        line = SubElement(group, "tr")
        for cell in split_cells(row):
            SubElement(line, tag, attributes).text = cell
