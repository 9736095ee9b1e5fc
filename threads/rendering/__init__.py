"""Markdown to safe HTML: links, images, quote marks. Owns the only `mark_safe`. Pure: no database.

Called by `assembling` in workers, by `placement` and `moderation` for single pieces, and by templates (`trusted`).

The HTML it makes holds no word of its own, so that one stored text serves every language. What pages style:

    <a href="/t/KEY/">…</a>                                       a link to a thread of the archive
    <a href="https://…" rel="nofollow noopener noreferrer">…</a>  a link to elsewhere
    <a class="picture" href="ORIGINAL" rel="…" data-picture="ORIGINAL">
      <span class="host">HOST</span> <span class="alt">ALT</span></a>    a remote picture, not requested
    <blockquote class="quote"><a href="/c/KEY/"><cite>NAME</cite> <q>EXCERPT</q></a></blockquote>
    <blockquote class="quote missing"><cite>NAME</cite> <q>EXCERPT</q></blockquote>      not in the archive
    <blockquote class="quote withheld"><a href="/c/KEY/"><cite>NAME</cite></a></blockquote>    removed: no excerpt

and p, br, em, strong, code, pre, blockquote, ul, ol, li, hr, h3 to h6.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

import markdown
import opencc
from django.utils.safestring import SafeString, mark_safe

from threads.rendering import addresses
from threads.rendering.budget import OutOfTimeError, within
from threads.rendering.cleaning import OUTSIDE_REL, clean

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
ESCAPE_CHARACTERS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


@dataclass(frozen=True, slots=True)
class InlineQuote:
    """A quote mark inside a body, to be drawn as a link where it stands. Leading ones are cut out (drawn by the page)."""

    start: int
    end: int
    leading: bool
    excerpt: str
    author: str | None
    target_key: str | None
    """Key of the comment quoted; None: not in the archive."""
    withheld: bool = False
    """True where the comment quoted was removed: the excerpt is not shown."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The outcome of rendering one body."""

    html: str
    thread_links: frozenset[str]
    """Keys of threads linked to, whether or not the archive has them."""
    warning: str | None
    """Why the text was left as plain text, None where all went well."""


@dataclass(slots=True)
class _Piece:
    known: Container[str]
    threads: set[str] = field(default_factory=set)


def render(
    body: str, quotes: Sequence[InlineQuote] = (), known_threads: Container[str] = frozenset(), seconds: float = 2.0
) -> Rendered:
    """Render one body within `seconds` (in a main thread; elsewhere without a limit). Never raises."""
    parts = _parts(body, quotes)
    piece = _Piece(known_threads)
    try:
        made = within(seconds, lambda: clean("\n".join(_made(part, piece) for part in parts)))
    except OutOfTimeError:
        return Rendered(_plain(parts), frozenset(), f"took longer than {seconds:g} s to render; shown as plain text")
    except Exception as error:
        return Rendered(
            _plain(parts), frozenset(), f"could not be rendered ({type(error).__name__}); shown as plain text"
        )
    return Rendered(made, frozenset(piece.threads), None)


def _parts(body: str, quotes: Sequence[InlineQuote]) -> list[str | InlineQuote]:
    parts: list[str | InlineQuote] = []
    at = 0
    for quote in sorted(quotes, key=lambda q: q.start):
        parts.append(CONTROLS.sub("", body[at : quote.start]))
        if not quote.leading:
            parts.append(quote)
        at = max(at, quote.end)
    parts.append(CONTROLS.sub("", body[at:]))
    return [part for part in parts if not isinstance(part, str) or part.strip()]


def _made(part: str | InlineQuote, piece: _Piece) -> str:
    if isinstance(part, InlineQuote):
        return _quote(part)
    md = markdown.Markdown()
    md.preprocessors.deregister("html_block")
    md.inlinePatterns.deregister("html")
    md.ESCAPED_CHARS = list(ESCAPE_CHARACTERS)
    made = md.convert(part)
    return re.sub(r"<a href=\"([^\"]*)\"(?: title=\"([^\"]*)\")?>", lambda m: _link(m, piece), made)


def _link(match: re.Match[str], piece: _Piece) -> str:
    address = addresses.read(entities.unescape(match[1] or match[2] or ""))
    if address is None:
        return "<a>"
    if address.thread:
        piece.threads.add(address.thread)
        if address.thread in piece.known:
            return f'<a href="/t/{address.thread}/">'
    return f'<a href="{entities.escape(address.href)}" rel="{OUTSIDE_REL}">'


def _quote(quote: InlineQuote) -> str:
    words = f"<cite>{entities.escape(quote.author)}</cite>" if quote.author else ""
    if not quote.withheld:
        words += f" <q>{entities.escape(quote.excerpt)}</q>"
    if quote.target_key is None:
        return f'<blockquote class="quote missing">{words}</blockquote>'
    state = "quote withheld" if quote.withheld else "quote"
    return f'<blockquote class="{state}"><a href="/c/{quote.target_key}/">{words}</a></blockquote>'


def _plain(parts: list[str | InlineQuote]) -> str:
    return clean(
        "\n".join(
            _quote(part)
            if isinstance(part, InlineQuote)
            else "<p>" + entities.escape(part).replace("\n", "<br>\n") + "</p>"
            for part in parts
        )
    )


def trusted(html: str) -> SafeString:
    """Mark stored HTML, which this room made, as safe to print."""
    return mark_safe(html)  # noqa: S308 — the one place


_CONVERTERS = {"zh-Hans": opencc.OpenCC("t2s"), "zh-Hant": opencc.OpenCC("s2t")}
_TAG = re.compile(r"(<[^>]*>)")


def convert(html: str, script: str) -> str:
    """Return stored HTML with its Chinese text in `zh-Hans` or `zh-Hant`; code, addresses and attributes untouched."""
    out, code = [], 0
    for at, chunk in enumerate(_TAG.split(html)):
        if at % 2:
            code += {"<code>": 1, "</code>": -1}.get(chunk, 0)
            out.append(chunk)
        else:
            out.append(chunk if code else _CONVERTERS[script].convert(chunk))
    return "".join(out)
