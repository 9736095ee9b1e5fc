"""Quote marks inside a body: where they cut it, and how they are drawn. Called by `rendering` only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote as percent_encode

from threads.rendering.plain_text import normalize
from threads.rendering.sanitizer import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTEST_CUT: Final = 47
"""An excerpt of as many characters was cut off by the source: at 50, in its last years at 47."""


@dataclass(frozen=True, slots=True)
class InlineQuote:
    """A quote mark inside a body, to be drawn where it stands. Leading ones are cut out: the page draws them."""

    start: int
    end: int
    leading: bool
    excerpt: str
    author: str | None
    target_key: str | None
    """Key of the comment quoted; None: not in the archive."""
    withheld: bool = False
    """True where the comment quoted was removed: neither excerpt nor name is shown."""


def parts(body: str, quotes: Sequence[InlineQuote]) -> list[str | InlineQuote]:
    """Return the texts between the quote marks of `body`, normalized, and the marks that are to be drawn, in order."""
    found: list[str | InlineQuote] = []
    at = 0
    for quote in sorted(quotes, key=lambda quote: quote.start):
        found.append(normalize(body[at : quote.start]))
        if not quote.leading:
            found.append(quote)
        at = max(at, quote.end)
    found.append(normalize(body[at:]))
    return [part for part in found if part]


def excerpt_html(excerpt: str) -> str:
    """Return quoted words as HTML, with an ellipsis where they were cut off."""
    return escape(normalize(excerpt) + ("…" if len(excerpt) >= SHORTEST_CUT else ""))


def draw(quote: InlineQuote) -> str:
    """Return the HTML of a quote: a link to what it quotes, with name and excerpt; of what was removed, neither."""
    author = f"<cite>{escape(quote.author)}</cite>" if quote.author else ""
    inside = "…" if quote.withheld else f"{author} <q>{excerpt_html(quote.excerpt)}</q>".strip()
    if not quote.target_key:
        return f'<blockquote class="quote missing">{inside}</blockquote>'
    state = "quote withheld" if quote.withheld else "quote"
    return f'<blockquote class="{state}"><a href="/c/{percent_encode(quote.target_key)}/">{inside}</a></blockquote>'
