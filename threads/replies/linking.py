"""Which comment answers which, and how surely. Pure and deterministic. Called by `assembling` and `placement`.

A comment's own number is not in its file; only quotes name it. So every quote is first matched by its words (`_Words`),
then the quotes of one number are settled together (`_Numbers`): they mean one comment. What is left goes by name.
File order decides only between equals, and only where the numbers learnt show that it is the order of writing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.replies.excerpts import FEW, Found, Words, pieces_of, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ARTICLE: Final = -1
"""In corrections and results: the article itself is what is answered."""

CONFIDENCE: Final[Mapping[str, float]] = {
    "manual": 1.0,
    "id": 0.99,
    "excerpt": 0.98,
    "folded": 0.97,
    "prefix": 0.93,
    "text": 0.9,
    "sole": 0.85,
    "article": 0.7,
    "nearest": 0.6,
}
"""Sureness of each method, 0 to 1; it also says which link of a circle is cut. Of real replies whose quote was hidden
from the resolver, the addressee's nearest comment was the right one in 67 of 100."""

ENOUGH_ANCHORS: Final = 3
"""So many numbers must be known, and rise through the file, before its order is taken for the order of writing."""
LIKE_ENOUGH: Final = 0.2
"""What share of an excerpt must be found again in a comment known by its number. Strangers have 0.14 at most."""

_SURENESS: Final = {"excerpt": 0, "folded": 1, "prefix": 2, "text": 3, "sole": 4, None: 5}


class QuoteClue(NamedTuple):
    """What a quote mark says of its target."""

    source_id: int | None
    excerpt: str
    cut: bool = True


class Utterance(NamedTuple):
    """What linking needs to know of one comment."""

    author: str | None
    addressee: str | None
    own_words: str
    quotes: tuple[QuoteClue, ...] = ()
    removed: bool = False
    """True where its words were removed at the source: then no excerpt can contradict it."""


class Link(NamedTuple):
    """What was found for one comment."""

    answers: int | None
    """Index of the comment answered, ARTICLE, or None."""
    method: str | None
    confidence: float | None
    targets: tuple[int | None, ...]
    """For each quote: index of the comment quoted, or None."""
    source_id: int | None
    """The comment's own number at the source, where a quote taught it."""


class _Claim(NamedTuple):
    """One quote, and which comments its words may be of."""

    asker: int
    ordinal: int
    number: int
    """The number it names; a negative one of its own where it names none."""
    addressee: str | None
    excerpt: str
    """Squeezed."""
    method: str | None
    places: Sequence[int]

    @property
    def order(self) -> tuple[int, bool, int, int]:
        """Surest first."""
        return _SURENESS[self.method], len(self.places) > 1, self.asker, self.ordinal


class _Answer(NamedTuple):
    target: int
    method: str


def resolve(
    comments: Sequence[Utterance], article_author: str | None, corrections: Mapping[int, int | None] | None = None
) -> list[Link]:
    """Link every comment. `corrections` (index to index, ARTICLE or None) outrank all that is found.

    About linear in the number of comments and quotes, whatever they say. Equal input gets equal links.
    """
    words = Words([said.author for said in comments], [said.own_words for said in comments])
    numbers = _Numbers(comments, words)
    numbers.settle()
    answers = [_answer(comments, words, numbers, at, article_author) for at in range(len(comments))]
    for at, target in (corrections or {}).items():
        answers[at] = None if target is None else _Answer(target, "manual")
    _cut_circles(answers)
    return [_link(numbers, said, at, answers[at], corrections or {}) for at, said in enumerate(comments)]


class _Numbers:
    """The quotes of each number settled together: they mean one comment, and one comment has one number.

    Their numbers rise with the time of writing; so do the comments of most files, but not of those sorted by votes.
    """

    def __init__(self, comments: Sequence[Utterance], words: Words) -> None:
        self.quoted: dict[tuple[int, int], _Answer] = {}
        """What each quote, by its comment's index and its own, is of."""
        self.number_at: dict[int, int] = {}
        """The numbers learnt, by the index of the comment."""
        self.orderly = False
        """True where the numbers learnt show that comments stand in the order of writing."""
        self._comments = comments
        self._words = words
        self._silent: dict[tuple[str, bool], Sequence[int]] = {}
        self._groups: dict[int, list[_Claim]] = defaultdict(list)
        self._anchors: list[tuple[int, int]] = []
        """Numbers learnt from words alone with the indexes of their comments, rising."""

    def settle(self) -> None:
        """Find out what every quote is of: by words, then by numbers and order, then by a guess between equals."""
        self._read_claims()
        surest_first = sorted(
            self._groups.values(), key=lambda group: (*group[0].order[:2], -len(group), group[0].number)
        )
        unsettled = self._bind([(group, _in_common(group)) for group in surest_first if group[0].places])
        self._find_order()
        # Each number settled leaves fewer comments to those that are not: twice is enough for all but riddles.
        for _ in range(2):
            unsettled = self._bind([(group, self._possible(group, places)) for group, places in unsettled])
        for group, places in unsettled:
            self._guess(group, places)
        for place, number in self.number_at.items():
            self._serve(self._groups[number], place)

    def _read_claims(self) -> None:
        """Match each quote by its words alone, and put those of one number together, the surest first."""
        for at, said in enumerate(self._comments):
            for ordinal, clue in enumerate(said.quotes):
                number = -1 - len(self._groups) if clue.source_id is None else clue.source_id
                excerpt = squeeze(clue.excerpt)
                found = self._match(at, said.addressee, excerpt, cut=clue.cut)
                method, places = (found.method, found.places) if found else (None, ())
                self._groups[number].append(_Claim(at, ordinal, number, said.addressee, excerpt, method, places))
        for group in self._groups.values():
            group.sort(key=lambda claim: claim.order)

    def _match(self, at: int, addressee: str | None, excerpt: str, *, cut: bool) -> Found | None:
        found = None
        if addressee and excerpt:
            found = self._words.of(addressee, excerpt, cut=cut)
            found = found and found.without(at)
            found = found or self._words.edited(addressee, excerpt, at)
            found = found and found.without(at)
        if not found and excerpt:
            found = self._words.anywhere(excerpt, cut=cut)
            found = found and found.without(at)
            # Words alone are believed only where no other comment begins with them.
            found = found if found and len(found.places) == 1 else None
        if not found and addressee:
            silent = self._silent_of(addressee, removed=bool(excerpt))
            found = Found("sole", silent).without(at) if silent else None
        return found

    def _silent_of(self, author: str, *, removed: bool) -> Sequence[int]:
        """Return the comments of `author` that no excerpt can contradict: removed at the source, or without words."""
        if (author, removed) not in self._silent:
            self._silent[author, removed] = [
                place
                for place in self._words.by_author.get(author, ())
                if self._comments[place].removed or not (removed or self._words.beginning(place))
            ]
        return self._silent[author, removed]

    def _bind(self, groups: Iterable[tuple[list[_Claim], Sequence[int]]]) -> list[tuple[list[_Claim], Sequence[int]]]:
        """Settle the numbers for which one comment is left, and return those for which several are.

        The surest number takes the comment; where none is left for another, what that one means is not here.
        """
        unsettled = []
        for group, places in groups:
            teacher = group[0]
            if len(places) > 1:
                unsettled.append((group, places))
            elif places and (teacher.number < 0 or places[0] not in self.number_at):
                self.quoted[teacher.asker, teacher.ordinal] = _Answer(places[0], str(teacher.method))
                if teacher.number >= 0:
                    self.number_at[places[0]] = teacher.number
        return unsettled

    def _find_order(self) -> None:
        self._anchors = sorted((number, place) for place, number in self.number_at.items())
        rising = all(before[1] < after[1] for before, after in pairwise(self._anchors))
        backward = all(claim.asker > place for number, place in self._anchors for claim in self._groups[number])
        self.orderly = len(self._anchors) >= ENOUGH_ANCHORS and rising and backward

    def _possible(self, group: Sequence[_Claim], places: Sequence[int]) -> Sequence[int]:
        """Leave out comments that have another number, and those that stand where this number cannot."""
        number, first, end = group[0].number, 0, min(claim.asker for claim in group)
        if self.orderly:
            if number >= 0:
                at = bisect_left(self._anchors, (number, -1))
                first = self._anchors[at - 1][1] + 1 if at else 0
                end = min(end, self._anchors[at][1]) if at < len(self._anchors) else end
            places = places[bisect_left(places, first) : bisect_left(places, end)] or places
        if number >= 0 and len(places) <= FEW:
            places = [place for place in places if place not in self.number_at]
        return places

    def _guess(self, group: Sequence[_Claim], places: Sequence[int]) -> None:
        """Take, of comments with equal words, the nearest before the first that quotes it: one guess for a number."""
        place = _nearest(places, min(claim.asker for claim in group))
        for claim in group:
            if claim.places and claim.asker != place:
                self.quoted[claim.asker, claim.ordinal] = _Answer(place, "nearest")

    def _serve(self, group: Sequence[_Claim], place: int) -> None:
        """Give what one quote taught to the others of its number, unless they contradict it."""
        teacher = group[0]
        for claim in group[1:]:
            if claim.asker != place and (_holds(claim.places, place) or self._agrees(claim, teacher, place)):
                self.quoted[claim.asker, claim.ordinal] = _Answer(place, "id")

    def _agrees(self, claim: _Claim, teacher: _Claim, place: int) -> bool:
        """Tell whether a quote whose words lead elsewhere, or nowhere, may still be of the comment at `place`."""
        said = self._comments[place]
        # A name that nobody has here may be one that the author had then.
        elsewhere = claim.addressee != said.author and claim.addressee in self._words.by_author
        if claim.method in {"excerpt", "folded"} or elsewhere:
            return False
        pieces, taught = pieces_of(claim.excerpt), pieces_of(teacher.excerpt)
        alike = self._words.likeness(pieces, place) >= LIKE_ENOUGH or len(pieces & taught) > LIKE_ENOUGH * len(pieces)
        return said.removed or not claim.excerpt or alike


def _in_common(group: Sequence[_Claim]) -> Sequence[int]:
    """Return the comments that all quotes of one number may be of; those that contradict a surer one do not count."""
    common = group[0].places
    for claim in group[1:]:
        if 1 < len(common) <= FEW:
            common = [place for place in common if _holds(claim.places, place)] or common
    return common


def _holds(places: Sequence[int], place: int) -> bool:
    at = bisect_left(places, place)
    return at < len(places) and places[at] == place


def _nearest(places: Sequence[int], asker: int) -> int:
    """Return the last of `places` (rising, more than one) before `asker`, else the first after it."""
    at = bisect_left(places, asker)
    if at:
        return places[at - 1]
    return places[1] if places[0] == asker else places[0]


def _answer(
    comments: Sequence[Utterance], words: Words, numbers: _Numbers, at: int, article_author: str | None
) -> _Answer | None:
    """Return what a comment answers: by its quotes, of which the addressee's goes first, else by the addressee's name.

    A quote that is of no comment here says that what is answered is not here: the name then decides nothing.
    """
    said = comments[at]
    if said.quotes:
        found = [numbers.quoted[at, i] for i in range(len(said.quotes)) if (at, i) in numbers.quoted]
        return next(
            (one for one in found if comments[one.target].author == said.addressee), found[0] if found else None
        )
    return _by_name(words, numbers, at, said.addressee, article_author) if said.addressee else None


def _by_name(words: Words, numbers: _Numbers, at: int, addressee: str, article_author: str | None) -> _Answer | None:
    places: Sequence[int] = words.by_author.get(addressee, ())
    if len(places) > 2:
        return _Answer(_nearest(places, at), "nearest")
    others = [place for place in places if place != at]
    if len(others) == 2:
        return _Answer(_nearest(others, at), "nearest")
    if others:
        impossible = numbers.orderly and others[0] > at
        return _Answer(others[0], "nearest" if impossible else "sole")
    return _Answer(ARTICLE, "article") if addressee == article_author else None


def _cut_circles(answers: list[_Answer | None]) -> None:
    """Cut the least sure link of every circle; of equally sure ones, one that points forward, then the last."""
    seen = [-1] * len(answers)
    for start in range(len(answers)):
        path: list[int] = []
        at = start
        while at != ARTICLE and seen[at] < 0:
            seen[at] = start
            path.append(at)
            answer = answers[at]
            at = answer.target if answer else ARTICLE
        if at != ARTICLE and seen[at] == start:
            circle = [(answers[place], place) for place in path[path.index(at) :]]
            answers[min(_cut_order(answer, place) for answer, place in circle if answer)[-1]] = None


def _cut_order(answer: _Answer, at: int) -> tuple[float, bool, int, int]:
    return CONFIDENCE[answer.method], answer.target < at, -at, at


def _link(
    numbers: _Numbers, said: Utterance, at: int, answer: _Answer | None, corrections: Mapping[int, int | None]
) -> Link:
    quoted = [numbers.quoted.get((at, ordinal)) for ordinal in range(len(said.quotes))]
    answers_nothing = at in corrections and corrections[at] is None
    method = answer.method if answer else "manual" if answers_nothing else None
    return Link(
        answers=answer.target if answer else None,
        method=method,
        confidence=CONFIDENCE[method] if method else None,
        targets=tuple(one.target if one else None for one in quoted),
        source_id=numbers.number_at.get(at),
    )
