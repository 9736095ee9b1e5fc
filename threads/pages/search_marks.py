"""The words with which a reader came from a search, marked in the thread they were led to. Called by `thread`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from threads.rendering import highlight
from threads.search import marking
from threads.search.query import Kind, parse

if TYPE_CHECKING:
    import re

MOST: Final = 100_000
"""Characters of a page in which words are looked for: a query may have hundreds of words."""


class Marker:
    """Marks the words of one search in the texts of one page."""

    def __init__(self, text: str = "") -> None:
        """Take what the reader typed; nothing for one who came without a search."""
        self.words: re.Pattern[str] | None = marking.words_of(parse(text), Kind.WORDS) if text else None
        self.left = MOST

    def mark(self, html: str) -> str:
        """Return stored HTML with the words marked; as it is once the page's share is used up."""
        if self.words is None or len(html) > self.left:
            return html
        self.left -= len(html)
        return highlight(html, self.words)

    def mark_opening(self, html: str) -> str:
        """Return the same of an opening text; the first word is where a result leads to: the text may be long."""
        marked = self.mark(html)
        return marked if marked == html else marked.replace("<mark>", f'<mark id="{marking.FOUND}">', 1)
