"""The map of a page: one line for each comment, indented by its level and as long as its text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threads.pages.comment_view import CommentView

LINE_HEIGHT: Final = 5
"""In units of the map."""
MAX_WIDTH: Final = 46
MIN_COMMENTS: Final = 12
"""A shorter page has no map."""


class MapLine(NamedTuple):
    """The line of one comment. Units of the map."""

    key: str
    number: int
    x: int
    y: int
    width: int
    is_article_author: bool
    has_match: bool


class Minimap(NamedTuple):
    """The lines of a map and their total height."""

    lines: Sequence[MapLine]
    height: int


def build_minimap(comments: Sequence[CommentView]) -> Minimap | None:
    """Return the map of a page; None for a short page."""
    if len(comments) < MIN_COMMENTS:
        return None
    lines = [
        MapLine(
            comment.key,
            comment.number,
            comment.level * 4,
            index * LINE_HEIGHT,
            min(MAX_WIDTH, 4 * (len(comment.body) + 2).bit_length()),
            comment.is_article_author,
            comment.has_match,
        )
        for index, comment in enumerate(comments)
    ]
    return Minimap(lines, len(lines) * LINE_HEIGHT)
