"""Markdown to safe HTML. The only package that marks HTML as safe. Pure: no database.

Stored HTML depends on the stored text alone. `complete` fills in the data of other rows when a page is shown. It
contains no text of the interface, so that one copy serves every language. The markup that styles and scripts use:

    <a href="https://…" rel="nofollow noopener noreferrer">…</a>         a link to another site
    <a href="https://…" rel="…" data-thread="KEY">…</a>                  stored: a link to a thread, archived or not
    <a data-thread="/KIND/NUMBER">…</a>                                  stored: the same without a host
    <a href="/t/KEY/">…</a>                                              completed: a link to an archived thread
    <a class="picture" href="ORIGINAL" rel="…" data-picture="ORIGINAL">
      <span class="host">HOST</span> <span class="alt">ALT</span></a>    a remote picture, which is not loaded
    <blockquote class="quote" data-quote="ORDINAL"></blockquote>         stored: an inline quote
    <blockquote class="quote"><a href="/c/KEY/"><cite>NAME</cite> <q>EXCERPT</q></a></blockquote>     completed
    <blockquote class="quote missing"><cite>NAME</cite> <q>EXCERPT</q></blockquote>  its target is not archived
    <blockquote class="quote withheld"><a href="/c/KEY/">…</a></blockquote>          its target is hidden

Other elements: p, br, em, strong, del, code, pre, blockquote, ul, ol, li, hr and h3 to h6. `cite` and
`alt` are optional.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils.translation import gettext as _

from threads.rendering.blocks import render_blocks
from threads.rendering.inline import render_inline
from threads.rendering.placeholders import (
    InlineQuote,
    complete,
    excerpt_html,
    linked_threads,
    quote_placeholder,
    split_at_quotes,
)
from threads.rendering.plain_text import (
    is_flat,
    is_plain,
    render_line_ends,
    render_paragraphs,
    render_unparsed,
    split_sections,
)
from threads.rendering.sanitizer import sanitize, trusted
from threads.rendering.stored_html import convert_script, convert_text, highlight
from threads.rendering.time_limit import OutOfTimeError, run_with_time_limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threads.parsing.quotes import QuoteMark

__all__ = [
    "InlineQuote",
    "Rendered",
    "complete",
    "convert_script",
    "convert_text",
    "excerpt_html",
    "highlight",
    "linked_threads",
    "render",
    "trusted",
]

MAX_UNTIMED: Final = 1_000
"""Characters of paragraphs rendered without a timer. The slowest known case takes 10 ms; a timer takes 20 µs."""


class Rendered(NamedTuple):
    """The result of rendering one body."""

    html: str
    thread_links: frozenset[str]
    """Keys of the threads it links to, archived or not; `/<kind>/<number>` for a link without a host."""
    warning: str | None
    """Why the text is shown as plain text: a predicate whose subject is the name of the text. None if it is not."""


def render(body: str, marks: Sequence[QuoteMark] = (), seconds: float = 2.0) -> Rendered:
    """Render one body within `seconds` of processor time; without a limit outside the main thread. Never raises.

    `marks` are the quote marks of `body`, in order. Leading ones are left out; inline ones become placeholders. If
    rendering fails or takes longer, the result is plain text with a warning.
    """
    pieces = split_at_quotes(body, marks)
    if len(pieces) == 1 and isinstance(pieces[0], str) and is_plain(pieces[0]):
        return Rendered(render_paragraphs(pieces[0], render_line_ends), frozenset(), None)
    try:
        if len(body) <= MAX_UNTIMED and all(isinstance(piece, int) or is_flat(piece) for piece in pieces):
            html = _render_pieces(pieces)
        else:
            html = run_with_time_limit(seconds, lambda: _render_pieces(pieces))
    except OutOfTimeError:
        return _as_plain_text(pieces, _("is shown as plain text: rendering takes more than %g s") % seconds)
    except Exception as error:
        return _as_plain_text(pieces, _("is shown as plain text: rendering failed (%s)") % type(error).__name__)
    return Rendered(html, frozenset(linked_threads(html)), None)


def _render_pieces(pieces: Sequence[str | int]) -> str:
    return sanitize("\n".join(map(_render_piece, pieces)))


def _render_piece(piece: str | int) -> str:
    """Return the HTML of a text or of an inline quote, not sanitized."""
    if isinstance(piece, int):
        return quote_placeholder(piece)
    parts = [
        render_paragraphs(section, render_inline) if has_only_paragraphs else render_blocks(section)
        for has_only_paragraphs, section in split_sections(piece)
    ]
    return "\n".join(filter(None, parts))


def _as_plain_text(pieces: Sequence[str | int], warning: str) -> Rendered:
    parts = [quote_placeholder(piece) if isinstance(piece, int) else render_unparsed(piece) for piece in pieces]
    return Rendered("\n".join(parts), frozenset(), warning)
