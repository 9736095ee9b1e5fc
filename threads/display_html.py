"""Stored HTML completed for display: inline quotes and links to archived threads filled in from rows.

Pages, feeds, exports and the comment preview all show bodies through `DisplayHtml`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from threads import rendering
from threads.models import Quote
from threads.quote_masking import IS_MASKED
from threads.rendering import InlineQuote
from threads.thread_links import archived_threads

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class DisplayHtml:
    """What the rows say about the inline quotes and thread links of some texts."""

    archived: frozenset[str]
    """Keys of the visible threads that the texts link to."""
    quotes: Mapping[int, Mapping[int, InlineQuote]]
    """Inline quotes by comment id and ordinal."""

    @classmethod
    def load(cls, openings: Iterable[str], comments: Mapping[int, str]) -> DisplayHtml:
        """Read what these texts need: stored HTML of opening texts, and of comments by id.

        One query if any text links to a thread, one if any comment has an inline quote.
        """
        keys = set[str]().union(*map(rendering.linked_threads, chain(openings, comments.values())))
        quoting = [pk for pk, html in comments.items() if "data-quote=" in html]
        return cls(archived_threads(keys), inline_quotes(quoting))

    def opening(self, html: str) -> SafeString:
        """Return the HTML of an opening text as a page shows it."""
        return rendering.complete(html, {}, self.archived)

    def comment(self, pk: int, html: str) -> SafeString:
        """Return the HTML of a comment's text as a page shows it."""
        return rendering.complete(html, self.quotes.get(pk, {}), self.archived)


def inline_quotes(comment_ids: Collection[int]) -> dict[int, dict[int, InlineQuote]]:
    """Return the inline quotes of these comments by ordinal. One query; none without comments."""
    quotes: dict[int, dict[int, InlineQuote]] = defaultdict(dict)
    if comment_ids:
        rows = Quote.objects.filter(comment__in=comment_ids, leading=False)
        for pk, ordinal, excerpt, addressee, key, author, withdrawn_at, is_masked in rows.values_list(
            "comment_id",
            "ordinal",
            "excerpt",
            "comment__addressee",
            "target__key",
            "target__author__name",
            "target__withdrawn_at",
            IS_MASKED,
        ):
            is_missing = key is None or withdrawn_at is not None
            name = addressee if is_missing else author or addressee
            quotes[pk][ordinal] = InlineQuote(excerpt, name or None, None if is_missing else key, is_masked)
    return quotes
