"""The map of a page: one line for each comment, indented by its level and as long as its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from threads.web.macros import load_macros

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
    classes: str
    """`op` for the author of the article, `hit` for a comment with a match."""


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
            " ".join(["op"] * comment.is_article_author + ["hit"] * comment.has_match),
        )
        for index, comment in enumerate(comments)
    ]
    return Minimap(lines, len(lines) * LINE_HEIGHT)


def render_minimap(minimap: Minimap | None) -> Any:
    """Return a map as safe HTML; empty without a map."""
    return load_macros("minimap.html").minimap(minimap) if minimap else ""
