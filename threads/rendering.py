"""Markdown to safe HTML: links, images, quote marks. Owns the only `mark_safe`. Pure: no database.

Called by `assembling` in workers, by `placement` and `moderation` for single pieces, and by templates (`trusted`).
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe


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


def render(
    body: str, quotes: Sequence[InlineQuote] = (), known_threads: Container[str] = frozenset(), seconds: float = 2.0
) -> Rendered:
    """Render one body within `seconds` (in a main thread; elsewhere without a limit). Never raises."""
    raise NotImplementedError


def trusted(html: str) -> SafeString:
    """Mark stored HTML, which this room made, as safe to print."""
    return mark_safe(html)  # noqa: S308 — the one place


def convert(html: str, script: str) -> str:
    """Return stored HTML with its Chinese text in `zh-Hans` or `zh-Hant`; code, addresses and attributes untouched."""
    raise NotImplementedError
