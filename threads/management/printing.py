"""What is fit for a terminal: names of files and values out of them, which may hold anything. Called by commands."""

from __future__ import annotations

import unicodedata
from typing import Final

UNFIT: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
"""Categories of characters that command a terminal, reorder a line, or show nothing at all."""


def printable(line: str) -> str:
    """Return one line of text with such characters as escapes: what is on the screen is what is there."""
    if line.isprintable():
        return line
    return "".join(_escaped(char) if unicodedata.category(char) in UNFIT else char for char in line)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
