"""Quotes that name the quoted author and minute, matched with the comments of a thread.

Author and minute decide; of two comments of one minute, the text does. Where nobody of that name wrote in that minute,
the text must agree: the reader's clock was in another time zone, or the author has another name today. A name that is
learned in this way counts for the other quotes of the thread.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from threads.parsing.quotes import find_floor_addresses
from threads.replies.excerpts import SHORTEST_ALONE, ExcerptMatch, squeeze, weight
from threads.text import fold_spellings, is_placeholder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from threads.parsing.quotes import QuoteMark
    from threads.replies.excerpts import ExcerptIndex
    from threads.replies.parsed_comments import ParsedComment

HOUR: Final = 3600
LARGEST_OFFSET: Final = 26 * HOUR
"""Seconds between two time zones, at most."""
COMPARED_LENGTH: Final = 4_000
"""Characters of a comment in which a quoted text is searched."""
SHORTEST: Final = 2.0
"""Least weight (see `excerpts.weight`) of a text that shows another time zone or another name."""


class Minutes:
    """The comments of a thread by author and minute."""

    def __init__(self, comments: Sequence[ParsedComment], texts: ExcerptIndex) -> None:
        self.names: dict[str, str] = {}
        """Present names by the former names that quotes have."""
        self._texts = texts
        self._folded: dict[int, str] = {}
        self._by_minute: dict[datetime, list[int]] = defaultdict(list)
        self._comments = comments
        for index, comment in enumerate(comments):
            if comment.facts.posted_at:
                self._by_minute[comment.facts.posted_at.replace(second=0, microsecond=0)].append(index)
        if self._by_minute:
            self._learn_names()

    def match(self, index: int, mark: QuoteMark) -> ExcerptMatch | None:
        """Return the comment that a quote of comment `index` is of; None if that is not certain."""
        if mark.author is None or mark.minute is None or is_placeholder(mark.author):
            return None
        author = self.names.get(mark.author, mark.author)
        own = [target for target in self._texts.by_author.get(author, ()) if target != index]
        present = [target for target in self._by_minute.get(mark.minute, ()) if target in own]
        fitting = [target for target in present if self._begins(target, mark)]
        found = fitting if len(fitting) == 1 else present
        if not fitting and len(present) != 1 and weight(squeeze(mark.excerpt)) >= SHORTEST:
            found = [target for target in own if self._is_hours_apart(target, mark) and self._begins(target, mark)]
        return ExcerptMatch("minute", found) if len(found) == 1 else None

    def _learn_names(self) -> None:
        """Learn the present name of each quoted name that nobody in the thread has."""
        found: dict[str, set[str]] = defaultdict(set)
        for comment in self._comments:
            for mark in comment.quotes:
                if mark.author is None or mark.minute is None or mark.author in self._texts.by_author:
                    continue
                same = [target for target in self._by_minute.get(mark.minute, ()) if self._begins(target, mark)]
                author = self._comments[same[0]].author if len(same) == 1 else None
                if author and weight(squeeze(mark.excerpt)) >= SHORTEST:
                    found[mark.author].add(author)
        self.names = {name: next(iter(authors)) for name, authors in found.items() if len(authors) == 1}

    def _begins(self, target: int, mark: QuoteMark) -> bool:
        """Return whether a comment has the quoted text: at its beginning, or anywhere if that is long enough."""
        excerpt = fold_spellings(squeeze(mark.excerpt.rstrip(".… ")))
        if not excerpt:
            return False
        if target not in self._folded:
            text = self._comments[target].own_text
            for name, floor in find_floor_addresses(text):
                text = text.partition(f"#{floor}")[2] if name else text
            self._folded[target] = fold_spellings(squeeze(text, COMPARED_LENGTH))
        text = self._folded[target]
        return text.startswith(excerpt) or (weight(excerpt) >= SHORTEST_ALONE and excerpt in text)

    def _is_hours_apart(self, target: int, mark: QuoteMark) -> bool:
        posted_at = self._comments[target].facts.posted_at
        if posted_at is None or mark.minute is None:
            return False
        seconds = abs((posted_at.replace(second=0, microsecond=0) - mark.minute).total_seconds())
        return seconds % HOUR == 0 and seconds <= LARGEST_OFFSET
