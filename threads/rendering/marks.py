"""Quote marks inside a body: cut out when a text is rendered, completed from rows when it is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote as percent_encode

from threads.rendering.plain_text import normalize
from threads.rendering.sanitizer import escape

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

SHORTEST_CUT: Final = 47
"""The source cuts excerpts at this many characters or more: at 50, in its last years at 47."""

PLACEHOLDER: Final = re.compile(r'<blockquote class="quote" data-quote="([0-9]+)"></blockquote>')
THREAD_LINK: Final = re.compile(r'<a href="([^"]*)" rel="([^"]*)" data-thread="([^"]*)"')


class QuoteSpan(Protocol):
    """Where a quote mark stands in a body, in characters."""

    @property
    def start(self) -> int:
        """Index of its first character."""

    @property
    def end(self) -> int:
        """Index after its last character."""

    @property
    def leading(self) -> bool:
        """True if only other quote marks and white space precede it: the page shows it above the text."""


@dataclass(frozen=True, slots=True)
class InlineQuote:
    """What a page shows of a quote mark inside a text."""

    excerpt: str
    author: str | None
    target_key: str | None
    """Key of the quoted comment; None if it is not in the archive."""
    is_masked: bool = False
    """True if the quoted comment is hidden: neither excerpt nor name is shown."""


def split_at_quotes(body: str, marks: Sequence[QuoteSpan]) -> list[str | int]:
    """Return the normalized texts between quote marks and the ordinals of inline marks, in the order of `body`."""
    pieces: list[str | int] = []
    position = 0
    for ordinal, mark in enumerate(marks):
        pieces.append(normalize(body[position : mark.start]))
        if not mark.leading:
            pieces.append(ordinal)
        position = max(position, mark.end)
    pieces.append(normalize(body[position:]))
    return [piece for piece in pieces if piece != ""]


def placeholder(ordinal: int) -> str:
    """Return the stored HTML of an inline quote: its ordinal alone."""
    return f'<blockquote class="quote" data-quote="{ordinal}"></blockquote>'


def excerpt_html(excerpt: str) -> str:
    """Return an excerpt as HTML, with an ellipsis if the source cut it."""
    return escape(normalize(excerpt) + ("…" if len(excerpt) >= SHORTEST_CUT else ""))


def complete(html: str, quotes: Mapping[int, InlineQuote], archived: Container[str]) -> str:
    """Return stored HTML with its inline quotes and its links to archived threads filled in.

    `quotes` by ordinal; a quote that is missing there stays empty. `archived` holds keys of visible threads: a link to
    another thread keeps its original address. Linear.
    """
    if "data-quote=" in html:
        html = PLACEHOLDER.sub(lambda match: _quote_html(quotes.get(int(match[1]))), html)
    if "data-thread=" in html:
        html = THREAD_LINK.sub(lambda match: _link_start(match, archived), html)
    return html


def linked_threads(html: str) -> set[str]:
    """Return the keys of the threads that stored HTML links to."""
    return {match[3] for match in THREAD_LINK.finditer(html)} if "data-thread=" in html else set()


def _link_start(match: re.Match[str], archived: Container[str]) -> str:
    href, rel, key = match.groups()
    return f'<a href="/t/{percent_encode(key)}/"' if key in archived else f'<a href="{href}" rel="{rel}"'


def _quote_html(quote: InlineQuote | None) -> str:
    """Return the HTML of an inline quote: a link to its target, with author and excerpt unless masked."""
    if quote is None:
        return '<blockquote class="quote missing">…</blockquote>'
    author = f"<cite>{escape(quote.author)}</cite>" if quote.author and not quote.is_masked else ""
    inside = "…" if quote.is_masked else f"{author} <q>{excerpt_html(quote.excerpt)}</q>".strip()
    if not quote.target_key:
        return f'<blockquote class="quote missing">{inside}</blockquote>'
    state = "quote withheld" if quote.is_masked else "quote"
    return f'<blockquote class="{state}"><a href="/c/{percent_encode(quote.target_key)}/">{inside}</a></blockquote>'
