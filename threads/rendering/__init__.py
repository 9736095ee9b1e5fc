"""Markdown to safe HTML: links, pictures, quote marks. Owns the only `mark_safe`. Pure: no database.

Stored HTML depends on the stored text alone: the name, words and state of other rows are filled in by `complete` when
a page is shown. It holds no text of the interface, so that one copy serves every language. What style sheets style:

    <a href="https://…" rel="nofollow noopener noreferrer">…</a>                          a link to another site
    <a href="https://…" rel="…" data-thread="KEY">…</a>      stored: a link to a thread, which the archive may have
    <a href="/t/KEY/">…</a>                                  completed: the same to a thread in the archive
    <a class="picture" href="ORIGINAL" rel="…" data-picture="ORIGINAL">
      <span class="host">HOST</span> <span class="alt">ALT</span></a>      a remote picture; nothing is requested for it
    <blockquote class="quote" data-quote="ORDINAL"></blockquote>           stored: an inline quote
    <blockquote class="quote"><a href="/c/KEY/"><cite>NAME</cite> <q>EXCERPT</q></a></blockquote>          completed
    <blockquote class="quote missing"><cite>NAME</cite> <q>EXCERPT</q></blockquote>      its target is not archived
    <blockquote class="quote withheld"><a href="/c/KEY/">…</a></blockquote>  its target is hidden: neither is shown

beside p, br, em, strong, code, pre, blockquote, ul, ol, li, hr and h3 to h6. `cite` and the alt may be absent.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from threads.rendering.blocks import BlockRenderer
from threads.rendering.links import Links
from threads.rendering.marks import (
    InlineQuote,
    QuoteSpan,
    complete,
    excerpt_html,
    linked_threads,
    placeholder,
    split_at_quotes,
)
from threads.rendering.plain_text import is_flat, is_plain, render_paragraphs, render_unparsed
from threads.rendering.sanitizer import sanitize
from threads.rendering.stored_html import convert_script, highlight
from threads.rendering.time_limit import OutOfTimeError, run_with_time_limit

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "InlineQuote",
    "QuoteSpan",
    "Rendered",
    "complete",
    "convert_script",
    "excerpt_html",
    "highlight",
    "linked_threads",
    "render",
    "trusted",
]


HARMLESS: Final = 1_000
"""Characters without blocks but paragraphs that need no timer: the worst known take 10 ms, and a timer takes 20 µs."""


class Rendered(NamedTuple):
    """The outcome of rendering one body."""

    html: str
    thread_links: frozenset[str]
    """Keys of the threads it links to, archived or not."""
    warning: str | None
    """Why the text is shown as plain text, to follow its name in a sentence; None where all went well."""


class _Dialects(threading.local):
    """The Markdown instance of each thread: a library object that holds state while it works."""

    dialect: BlockRenderer | None = None


_dialects = _Dialects()


def render(body: str, marks: Sequence[QuoteSpan] = (), seconds: float = 2.0) -> Rendered:
    """Render one body within `seconds` of processor time (in a main thread; elsewhere without a limit). Never raises.

    `marks` are the quote marks of `body`, in order: leading ones are left out, inline ones become placeholders. A text
    that takes longer, or that the library fails on, is returned as escaped plain text with a warning.
    """
    pieces = split_at_quotes(body, marks)
    if len(pieces) == 1 and isinstance(pieces[0], str) and is_plain(pieces[0]):
        return Rendered(render_paragraphs(pieces[0]), frozenset(), None)
    links = Links()
    try:
        if len(body) <= HARMLESS and all(isinstance(piece, int) or is_flat(piece) for piece in pieces):
            html = _cleaned(pieces, links)
        else:
            html = run_with_time_limit(seconds, lambda: _cleaned(pieces, links))
    except OutOfTimeError:
        return _unread(pieces, _("is shown as plain text: rendering it takes more than %g s") % seconds)
    except Exception as error:
        return _unread(pieces, _("is shown as plain text: rendering it failed (%s)") % type(error).__name__)
    return Rendered(html, frozenset(links.threads), None)


def _cleaned(pieces: Sequence[str | int], links: Links) -> str:
    return sanitize("\n".join([_html(piece, links) for piece in pieces]))


def _html(piece: str | int, links: Links) -> str:
    """Return the HTML of a piece of a body, not yet sanitised."""
    if isinstance(piece, int):
        return placeholder(piece)
    if is_plain(piece):
        return render_paragraphs(piece)
    if _dialects.dialect is None:
        _dialects.dialect = BlockRenderer()
    return _dialects.dialect.render(piece, links)


def _unread(pieces: Sequence[str | int], warning: str) -> Rendered:
    """Return the pieces as plain text. The interrupted library object is discarded: its state is unknown."""
    _dialects.dialect = None
    html = "\n".join(placeholder(piece) if isinstance(piece, int) else render_unparsed(piece) for piece in pieces)
    return Rendered(html, frozenset(), warning)


def trusted(html: str) -> SafeString:
    """Mark stored HTML, which this room made, as safe to print."""
    return mark_safe(html)  # noqa: S308 — the one place
