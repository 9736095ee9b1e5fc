"""The slim map of a page: one line for each comment, as far in as it stands and as long as it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threads.views.drawing import Drawn

STEP = 5
"""Height of a line, in the map's units."""
WORTH_A_MAP = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One comment's line in the map."""

    key: str
    label: str
    x: int
    y: int
    width: int
    opener: bool


def lines(comments: Sequence[Drawn]) -> list[Line]:
    """Return the map's lines from top to bottom; none for a page that is seen at a glance."""
    if len(comments) < WORTH_A_MAP:
        return []
    return [
        Line(
            key=comment.key,
            label=f"#{comment.number} {comment.author}",
            x=comment.level * 4,
            y=index * STEP + 1,
            width=min(46, 4 * round(log2(len(comment.body) + 2))),
            opener=comment.opener,
        )
        for index, comment in enumerate(comments)
    ]
