"""The people in the headings of comments: who wrote, and who is answered.

A heading on one line may hold one name with a space, or two names. A quote at the start of the comment decides: if its
words begin a comment by a name that the heading ends in, the rest of the heading is the author. Files of early 2020
have ordinary block quotes there ([f] of docs/file-format.md); those that quote a comment get the source's sign.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.parsing.headings import Names, person_name
from threads.parsing.quotes import find_plain_quotes, find_quotes, readings, sign_quotes
from threads.replies.excerpts import FEW, SHORTEST_ALONE, ExcerptIndex, squeeze, weight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from threads.parsing.headings import Heading
    from threads.parsing.quotes import QuoteMark
    from threads.replies.excerpts import ArticleText

MOST_WORDS: Final = 12
"""Words of a heading that is tried as two names."""
SITE_CUT: Final = range(40, 56)
"""Lengths of an excerpt that the source has cut, with room for what was left out of it."""

_ARTICLE: Final = -1
_PLAIN_LINE: Final = re.compile(r"\n {0,3}>(?! ?\[\\?>\\?>\]\()")


class HeadingReading(NamedTuple):
    """What heading and text of one comment say together."""

    names: Names
    other_authors: tuple[str, ...]
    """The authors by other readings of a heading on one line."""
    body: str
    """The text; ordinary block quotes that quote a comment have the source's sign."""


def read_people(headings: Sequence[Heading], bodies: Sequence[str], article: ArticleText) -> list[HeadingReading]:
    """Return author, addressee and text of each comment. Linear, but for the searches of `ExcerptIndex`."""
    possible = [tuple(_possible_names(heading)) for heading in headings]
    doubtful = any(len(names) > 1 for names in possible)
    if doubtful or any(
        names[0].addressee and _opening_quotes(body) for names, body in zip(possible, bodies, strict=True)
    ):
        return list(_People(possible, bodies, article).read())
    return [HeadingReading(names[0], (), body) for names, body in zip(possible, bodies, strict=True)]


def _opening_quotes(body: str) -> tuple[QuoteMark, ...]:
    """Return the ordinary block quotes at the start of a comment."""
    return find_plain_quotes(body, find_quotes(body)) if _PLAIN_LINE.search("\n" + body) else ()


def _possible_names(heading: Heading) -> Iterator[Names]:
    """Yield the readings of a heading: first as its lines are, then of a single line every split into two names."""
    parts = [person_name(name) for name in heading.names]
    name = parts[0] if parts else None
    yield Names(name, person_name(" ".join(filter(None, parts[1:]))))
    words = name.split(" ") if name and len(parts) == 1 and heading.dated else []
    if len(words) <= MOST_WORDS:
        for i in range(1, len(words)):
            yield Names(" ".join(words[:i]), " ".join(words[i:]))


class _People:
    """Decides between the readings of the headings of one file."""

    def __init__(self, possible: Sequence[tuple[Names, ...]], bodies: Sequence[str], article: ArticleText) -> None:
        self._possible = possible
        self._bodies = bodies
        self._article = article
        marks = [find_quotes(body) for body in bodies]
        self._signed = [tuple(mark for mark in found if mark.leading) for found in marks]
        self._plain = [_opening_quotes(body) for body in bodies]
        texts = [readings(body, found) for body, found in zip(bodies, marks, strict=True)]
        pairs = [
            (index, author)
            for index, names in enumerate(possible)
            for author in dict.fromkeys(reading.author for reading in names)
            if author
        ]
        self._owners = [index for index, _ in pairs]
        self._texts = ExcerptIndex([author for _, author in pairs], [texts[index] for index, _ in pairs])
        self._clear = {name for names in possible if len(names) == 1 for name in names[0] if name}
        self._clear |= {article.author} if article.author else set()

    def read(self) -> Iterator[HeadingReading]:
        """Yield the reading of each comment."""
        decided = self._decide_by_quotes()
        self._clear |= {name for names in decided.values() for name in names if name}
        final = [decided.get(index) or self._decide_by_names(index) for index in range(len(self._possible))]
        for index in decided:
            addressee = final[index].addressee
            if addressee and len(self._possible[index]) > 1 and not self._is_answered(index, addressee, final):
                final[index] = self._decide_by_names(index)
        for index, names in enumerate(final):
            authors = dict.fromkeys(other.author for other in self._possible[index] if other.author)
            authors.pop(names.author or "", None)
            quoting = [mark for mark in self._plain[index] if self._is_reply_quote(index, mark, final)]
            yield HeadingReading(names, tuple(authors), sign_quotes(self._bodies[index], quoting))

    def _decide_by_quotes(self) -> dict[int, Names]:
        """Return the readings that quotes show: of the quoting comments, then of those that they quote."""
        decided: dict[int, Names] = {}
        claims: dict[int, set[str]] = defaultdict(set)
        for index, names in enumerate(self._possible):
            if not self._signed[index] and not self._plain[index]:
                continue
            splits = names if len(names) == 1 else names[1:]
            fitting = [split for split in splits if split.addressee and any(self._find(index, split.addressee))]
            if fitting and len(names) > 1:
                # Comments of two people with the same words show nothing.
                decided[index] = fitting[0] if len(fitting) == 1 else names[0]
            if len(fitting) != 1:
                continue
            for targets in self._find(index, str(fitting[0].addressee)):
                if len(targets) == 1:
                    claims[targets[0]].add(str(fitting[0].addressee))
        for target, authors in claims.items():
            if target != _ARTICLE and len(self._possible[target]) > 1 and target not in decided and len(authors) == 1:
                decided[target] = next(names for names in self._possible[target] if names.author in authors)
        return decided

    def _decide_by_names(self, index: int) -> Names:
        """Return two names if both are clear; with a quote, one clear name or the only way to split is enough.

        Clear are the article's author, names on lines of their own, and those that quotes showed. Of 10,632 comments
        that open with the source's quote, one has no addressee.
        """
        whole, *splits = self._possible[index]
        if not splits or whole.author in self._clear:
            return whole
        fitting = [split for split in splits if split.author in self._clear and split.addressee in self._clear]
        if not fitting and (self._signed[index] or any(map(_is_site_cut, self._plain[index]))):
            # The person quoted is more likely to have written in the thread before than the person who quotes.
            answered = [split for split in splits if split.addressee in self._clear]
            fitting = answered or [split for split in splits if split.author in self._clear]
            fitting = fitting or (splits if self._signed[index] else [])
        return fitting[0] if len(fitting) == 1 else whole

    def _find(self, index: int, addressee: str) -> Iterator[list[int]]:
        """Yield the comments by a possible author `addressee` that each opening quote fits, if any; _ARTICLE too."""
        for mark in (*self._signed[index], *self._plain[index]):
            if targets := self._find_targets(index, mark, addressee):
                yield targets

    def _find_targets(self, index: int, mark: QuoteMark, addressee: str) -> list[int]:
        excerpt = squeeze(mark.excerpt)
        if not excerpt:
            return []
        match = self._texts.match_author(addressee, excerpt, cut=mark.cut)
        if not match and weight(excerpt) >= SHORTEST_ALONE:
            match = self._texts.match_edited(addressee, excerpt, -1)
        targets = {self._owners[entry] for entry in match.indexes[: FEW + 1]} - {index} if match else set()
        if not targets and mark.source_id is None and addressee == self._article.author:
            return [_ARTICLE] if self._article.has(mark.excerpt) else []
        return sorted(targets)

    def _is_answered(self, index: int, addressee: str, final: Sequence[Names]) -> bool:
        return any(self._has_author(targets, addressee, final) for targets in self._find(index, addressee))

    def _has_author(self, targets: Collection[int], author: str, final: Sequence[Names]) -> bool:
        return any(target == _ARTICLE or final[target].author == author for target in targets)

    def _is_reply_quote(self, index: int, mark: QuoteMark, final: Sequence[Names]) -> bool:
        """Return whether an ordinary block quote quotes a comment: of the addressee, or the only one with its words.

        A quote that the source has cut is one too, of a comment that the file does not have.
        """
        addressee = final[index].addressee
        if not addressee:
            return False
        targets = self._find_targets(index, mark, addressee)
        if targets:
            return targets != [_ARTICLE] and self._has_author(targets, addressee, final)
        anyone = self._texts.match_anyone(squeeze(mark.excerpt), cut=mark.cut)
        owners = {self._owners[entry] for entry in anyone.indexes[: FEW * MOST_WORDS]} - {index} if anyone else set()
        return len(owners) == 1 or (_is_site_cut(mark) and "\n" not in self._bodies[index][mark.start : mark.end])


def _is_site_cut(mark: QuoteMark) -> bool:
    return mark.cut and len(mark.excerpt) in SITE_CUT
