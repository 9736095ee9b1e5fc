"""Placeholders in stored HTML for what depends on other rows: inline quotes, and links to threads.

Rendering writes them from the text alone. `complete` replaces them when a page is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote as percent_encode

from django.utils.translation import gettext as _

from threads.parsing.hosts import absolute_key, canonical_key
from threads.rendering.plain_text import normalize
from threads.rendering.sanitizer import EXTERNAL_REL, escape, trusted
from threads.text import drop_direction_signs

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from django.utils.safestring import SafeString

    from threads.parsing.quotes import QuoteMark

MIN_CUT_EXCERPT: Final = 47
"""Length in characters from which the source has cut an excerpt: it cut at 50, in its last years at 47."""
TABLE: Final = '<div class="table">'
"""It scrolls. Its label, which the keyboard's focus needs, depends on the language of the page."""
QUOTE_PLACEHOLDER: Final = re.compile(r'<blockquote class="quote" data-quote="([0-9]+)"></blockquote>')
THREAD_LINK: Final = re.compile(r'<a href="(?P<href>[^"]*)" rel="(?P<rel>[^"]*)" data-thread="(?P<key>[^"]*)"')
OWN_LINK: Final = re.compile(r'<a data-thread="(?P<path>/[^"]*)">(?P<inside>.*?)</a>', re.DOTALL)
"""A link to a thread of the site of the text."""


@dataclass(frozen=True, slots=True)
class InlineQuote:
    """What a page shows of a quote mark inside a text."""

    excerpt: str
    author: str | None
    target_key: str | None
    """Key of the quoted comment; None if it is not in the archive."""
    is_masked: bool = False
    """Whether the quoted comment is hidden: neither excerpt nor name is shown."""


def split_at_quotes(body: str, spans: Sequence[QuoteMark]) -> list[str | int]:
    """Return the normalized texts between the quote marks of `body`, and the ordinals of inline quotes, in order."""
    pieces: list[str | int] = []
    position = 0
    for ordinal, span in enumerate(spans):
        pieces.append(normalize(body[position : span.start]))
        if not span.leading:
            pieces.append(ordinal)
        position = max(position, span.end)
    pieces.append(normalize(body[position:]))
    return [piece for piece in pieces if piece != ""]


def quote_placeholder(ordinal: int) -> str:
    """Return the stored HTML of an inline quote."""
    return f'<blockquote class="quote" data-quote="{ordinal}"></blockquote>'


def complete(html: str, quotes: Mapping[int, InlineQuote], archived: Container[str], host: str = "") -> SafeString:
    """Return stored HTML with its placeholders replaced. Linear.

    `quotes` by ordinal; a quote that is missing there stays empty. `archived` contains keys of visible threads; links
    to other threads keep their address. `host` is that of the thread of the text; without it, a link that names no
    host becomes text.
    """
    if "data-quote=" in html:
        html = QUOTE_PLACEHOLDER.sub(lambda match: _quote_html(quotes.get(int(match[1]))), html)
    if "data-thread=" in html:
        html = THREAD_LINK.sub(lambda match: _link_start(match, archived), html)
        html = OWN_LINK.sub(lambda match: _own_link(match, archived, host), html)
    if TABLE in html:
        label = escape(_("Table"))
        html = html.replace(TABLE, f'<div class="table" role="region" tabindex="0" aria-label="{label}">')
    return trusted(html)


def linked_threads(html: str) -> set[str]:
    """Return the keys of the threads that stored HTML links to; `/<kind>/<number>` for a link without a host."""
    if "data-thread=" not in html:
        return set()
    return {canonical_key(match["key"]) for match in THREAD_LINK.finditer(html)} | {
        match["path"] for match in OWN_LINK.finditer(html)
    }


def excerpt_html(excerpt: str) -> SafeString:
    """Return an excerpt as HTML, with an ellipsis if the source cut it."""
    return trusted(escape(drop_direction_signs(normalize(excerpt)) + ("…" if len(excerpt) >= MIN_CUT_EXCERPT else "")))


def _link_start(match: re.Match[str], archived: Container[str]) -> str:
    key = canonical_key(match["key"])
    if key in archived:
        return f'<a href="/t/{percent_encode(key, safe="/:")}/"'
    return f'<a href="{match["href"]}" rel="{match["rel"]}"'


def _own_link(match: re.Match[str], archived: Container[str], host: str) -> str:
    key, inside = absolute_key(match["path"], host), match["inside"]
    if not key:
        return inside
    if key in archived:
        return f'<a href="/t/{percent_encode(key, safe="/:")}/">{inside}</a>'
    return f'<a href="https://{escape(key)}" rel="{EXTERNAL_REL}">{inside}</a>'


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
