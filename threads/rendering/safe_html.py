"""The mark that tells templates not to escape a string."""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe


def trusted(html: str) -> SafeString:
    """Mark HTML that this package rendered as safe. It does not sanitize."""
    return mark_safe(html)  # noqa: S308 — the only use
