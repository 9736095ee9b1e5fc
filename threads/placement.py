"""Stored replies: recompute links, reading order and counts of articles from their rows. Sole writer of those fields.

Called by the loader, the commands and `moderation`.
"""

from __future__ import annotations

from collections.abc import Iterable


def relink(article_ids: Iterable[int]) -> None:
    """Find links again from kept quotes and corrections, then place; queries: a fixed number for each batch."""
    raise NotImplementedError


def recount(article_ids: Iterable[int]) -> None:
    """Count again what is visible: answers, comments, the authors' and tags' totals; bump versions. Set-based."""
    raise NotImplementedError
