"""Fenced code in a Markdown text: a heading or a quote in it is only text."""

from __future__ import annotations

import re
from typing import Final

MOST: Final = 100_000
"""A text with more runs of a fence's characters is not searched: the list would not fit into memory."""

_FENCE: Final = re.compile(r"^ {0,3}(`{3,}+(?=[^`\n]*+$)|~{3,}+)([^\n]*+)$", re.MULTILINE)


def find_fences(text: str) -> list[tuple[int, int]]:
    """Return start and end of each fenced block of `text`, in order. Linear.

    A fence that is never closed is text: else it would include all later comments of a file. Lines end in a line feed.
    """
    if not 0 < text.count("```") + text.count("~~~") <= MOST:
        return []
    fences = list(_FENCE.finditer(text))
    closable = _longest_closers(fences)
    blocks: list[tuple[int, int]] = []
    opened: re.Match[str] | None = None
    for i, fence in enumerate(fences):
        mark = fence[1]
        if opened is None:
            if closable[i].get(mark[0], 0) >= len(mark):
                opened = fence
        elif mark[0] == opened[1][0] and len(mark) >= len(opened[1]) and not fence[2].strip():
            blocks.append((opened.start(), fence.end()))
            opened = None
    return blocks


def _longest_closers(fences: list[re.Match[str]]) -> list[dict[str, int]]:
    """Return, for each fence, the length of the longest later fence of each kind that can close another."""
    longest: dict[str, int] = {}
    result: list[dict[str, int]] = []
    for fence in reversed(fences):
        result.append(longest)
        mark = fence[1]
        if not fence[2].strip() and len(mark) > longest.get(mark[0], 0):
            longest = {**longest, mark[0]: len(mark)}
    return result[::-1]
