"""What a comment answers, as the rules of linking find it."""

from __future__ import annotations

from typing import Final, NamedTuple

ARTICLE: Final = -1
"""In answers and links: the index of the article, as a parent."""
NOBODY: Final = -2
"""In answers: no parent, as a moderator decided."""


class Answer(NamedTuple):
    """A parent and the method that found it."""

    target: int
    """Index of the parent, ARTICLE or NOBODY."""
    method: str
