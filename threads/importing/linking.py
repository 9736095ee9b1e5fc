"""Which comment answers which, and how surely. Pure and deterministic. Called by `assembling` and `placement`.

A comment's own number is not in its file; only quotes name it. So every quote is first matched by its words (`_Words`),
then the quotes of one number are settled together (`_Numbers`): they mean one comment. What is left goes by name.
File order decides only between equals, and only where the numbers learnt show that it is the order of writing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.importing.excerpts import FEW, Found, Words, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ARTICLE: Final = -1
"""In corrections and results: the article itself is what is answered."""

CONFIDENCE: Final[Mapping[str, float]] = {
    "manual": 1.0,
    "id": 0.99,
    "excerpt": 0.98,
    "folded": 0.97,
    "prefix": 0.9,
    "text": 0.85,
    "sole": 0.8,
    "article": 0.7,
    "nearest": 0.5,
}
"""Sureness of each method, 0 to 1; it also says which link of a circle is cut."""

_RANK: Final = {"excerpt": 0, "folded": 1, "prefix": 2, "text": 3}
ENOUGH_ANCHORS: Final = 2
"""So many numbers must be known, and rise through the file, before its order is taken for the order of writing."""


@dataclass(frozen=True, slots=True)
class QuoteClue:
    """What a quote mark says of its target."""

    source_id: int | None
    excerpt: str
    cut: bool = True


@dataclass(frozen=True, slots=True)
class Utterance:
    """What linking needs to know of one comment."""

    author: str | None
    addressee: str | None
    own_words: str
    quotes: tuple[QuoteClue, ...] = ()
    removed: bool = False
    """True where its words were removed at the source: then no excerpt can contradict it."""


@dataclass(frozen=True, slots=True)
class Link:
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
    method: str | None
    places: Sequence[int]

    @property
    def order(self) -> tuple[int, bool, int, int]:
        """Surest first."""
        return _RANK.get(self.method or "", len(_RANK)), len(self.places) > 1, self.asker, self.ordinal


class _Answer(NamedTuple):
    target: int
    method: str


def resolve(
    comments: Sequence[Utterance], article_author: str | None, corrections: Mapping[int, int | None] | None = None
) -> list[Link]:
    """Link every comment. `corrections` (index to index, ARTICLE or None) outrank all that is found.

    About linear in the number of comments and quotes, whatever they say. The same comments get the same links.
    """
    words = Words([said.author for said in comments], [said.own_words for said in comments])
    quoted: dict[tuple[int, int], _Answer] = {}
    numbers: dict[int, int] = {}
    claims = _claims(comments, words)
    if claims:
        numbers_of = _Numbers(comments, claims)
        quoted, numbers = numbers_of.quoted, {place: number for number, place in numbers_of.known.items()}
    answers: list[_Answer | None] = []
    for at, said in enumerate(comments):
        targets = [quoted.get((at, ordinal)) for ordinal in range(len(said.quotes))]
        answers.append(_by_quote(comments, said, targets) if targets else None)
        if said.addressee is not None and not said.quotes:
            answers[at] = _by_name(words, at, said.addressee, article_author)
    for at, target in (corrections or {}).items():
        answers[at] = None if target is None else _Answer(target, "manual")
    _cut_circles(answers)
    return [
        _link(said, at, answers[at], quoted, numbers.get(at), corrected=at in (corrections or {}))
        for at, said in enumerate(comments)
    ]


def _claims(comments: Sequence[Utterance], words: Words) -> list[_Claim]:
    """Return one claim for each quote, matched by its words alone."""
    claims: list[_Claim] = []
    for at, said in enumerate(comments):
        for ordinal, clue in enumerate(said.quotes):
            number = -1 - len(claims) if clue.source_id is None else clue.source_id
            found = _match(words, at, said.addressee, clue)
            method, places = (found.method, found.places) if found else (None, ())
            claims.append(_Claim(at, ordinal, number, said.addressee, method, places))
    return claims


def _match(words: Words, at: int, addressee: str | None, clue: QuoteClue) -> Found | None:
    excerpt = squeeze(clue.excerpt)
    if not excerpt:
        return None
    found = words.of(addressee, excerpt, cut=clue.cut) if addressee else None
    found = _without(found, at)
    if found is None:
        found = _without(words.anywhere(excerpt, cut=clue.cut), at)
        # Words alone are believed only where no other comment begins with them.
        if found and len(found.places) > 1:
            return None
    return found


def _without(found: Found | None, at: int) -> Found | None:
    """Leave the comment that asks out: nobody answers what they are just writing."""
    if found is None or len(found.places) > FEW:
        return found
    places = [place for place in found.places if place != at]
    return Found(found.method, places) if places else None


class _Numbers:
    """The quotes of each number settled together: they mean one comment, and one comment has one number."""

    def __init__(self, comments: Sequence[Utterance], claims: Sequence[_Claim]) -> None:
        self._comments = comments
        self.quoted: dict[tuple[int, int], _Answer] = {}
        self.known: dict[int, int] = {}
        self._number_at: dict[int, int] = {}
        groups: dict[int, list[_Claim]] = defaultdict(list)
        for claim in claims:
            groups[claim.number].append(claim)
        for group in groups.values():
            group.sort(key=lambda claim: claim.order)
        surest_first = sorted(groups.values(), key=lambda group: (*group[0].order[:2], -len(group), group[0].number))
        open_groups = [(group, _common(group)) for group in surest_first if group[0].places]
        open_groups = self._bind_single(open_groups)
        self._anchors = sorted((number, place) for number, place in self.known.items())
        self._orderly = self._is_orderly(groups)
        for _ in range(2):
            open_groups = self._bind_single([(group, self._narrow(group, places)) for group, places in open_groups])
        for group, places in open_groups:
            if len(places) > 1:
                self._guess(group, places)
        for number, group in groups.items():
            if number in self.known:
                self._serve(group, self.known[number])

    def _bind_single(
        self, open_groups: Iterable[tuple[list[_Claim], Sequence[int]]]
    ) -> list[tuple[list[_Claim], Sequence[int]]]:
        """Bind the numbers for which one comment is left; return the others."""
        rest = []
        for group, places in open_groups:
            number = group[0].number
            if len(places) != 1:
                rest.append((group, places))
            elif places[0] not in self._number_at or number < 0:
                self._bind(group, places[0])
        return rest

    def _bind(self, group: Sequence[_Claim], place: int) -> None:
        teacher = group[0]
        self.quoted[teacher.asker, teacher.ordinal] = _Answer(place, teacher.method or "id")
        if teacher.number >= 0:
            self.known[teacher.number] = place
            self._number_at[place] = teacher.number

    def _is_orderly(self, groups: Mapping[int, Sequence[_Claim]]) -> bool:
        places = [place for _, place in self._anchors]
        rising = all(one < next_ for one, next_ in pairwise(places))
        backward = all(place < min(c.asker for c in groups[number]) for number, place in self._anchors)
        return len(places) >= ENOUGH_ANCHORS and rising and backward

    def _narrow(self, group: Sequence[_Claim], places: Sequence[int]) -> Sequence[int]:
        """Leave out comments known by another number, and those that stand where this number cannot."""
        number = group[0].number
        if self._orderly and number >= 0:
            at = bisect_left(self._anchors, (number, -1))
            first = self._anchors[at - 1][1] + 1 if at else 0
            end = self._anchors[at][1] if at < len(self._anchors) else len(self._comments)
            end = min(end, *(claim.asker for claim in group), end)
            window = places[bisect_left(places, first) : bisect_left(places, end)]
            places = window or places
        if len(places) <= FEW:
            places = [place for place in places if place not in self._number_at] or places
        return places

    def _guess(self, group: Sequence[_Claim], places: Sequence[int]) -> None:
        asker = min(claim.asker for claim in group)
        at = bisect_left(places, asker)
        place = places[max(0, at - 1)]
        for claim in group:
            if place != claim.asker and claim.places:
                self.quoted[claim.asker, claim.ordinal] = _Answer(place, "nearest")

    def _serve(self, group: Sequence[_Claim], place: int) -> None:
        """Give what one quote taught to the others of its number."""
        for claim in group[1:]:
            if claim.asker == place:
                continue
            agrees = claim.addressee in {None, self._comments[place].author}
            if place in claim.places or (agrees and not claim.places):
                self.quoted[claim.asker, claim.ordinal] = _Answer(place, "id")


def _common(group: Sequence[_Claim]) -> Sequence[int]:
    """Return the places that all quotes of one number may be of; those that contradict a surer one do not count."""
    common = group[0].places
    for claim in group[1:]:
        if len(common) <= FEW and claim.places:
            both = [place for place in common if place in claim.places[bisect_left(claim.places, place) :][:1]]
            common = both or common
    return common


def _by_quote(comments: Sequence[Utterance], said: Utterance, targets: Sequence[_Answer | None]) -> _Answer | None:
    """Return what a comment answers by its quotes: the first of the addressee's words, else the first found."""
    found = [answer for answer in targets if answer]
    of_addressee = [answer for answer in found if comments[answer.target].author == said.addressee]
    return next(iter(of_addressee or found), None)


def _by_name(words: Words, at: int, addressee: str, article_author: str | None) -> _Answer | None:
    places = words.by_author.get(addressee, [])
    others = [place for place in places if place != at] if len(places) <= 2 else places
    if not others:
        return _Answer(ARTICLE, "article") if addressee == article_author else None
    if len(others) == 1:
        return _Answer(others[0], "sole")
    before = bisect_left(others, at)
    if before:
        return _Answer(others[before - 1], "nearest")
    return _Answer(next(place for place in others if place != at), "nearest")


def _cut_circles(answers: list[_Answer | None]) -> None:
    """Cut the least sure link of every circle of answers."""
    seen = [0] * len(answers)
    for start in range(len(answers)):
        path = []
        at: int = start
        while at != ARTICLE and not seen[at]:
            seen[at] = start + 1
            path.append(at)
            answer = answers[at]
            at = ARTICLE if answer is None else answer.target
        if at != ARTICLE and seen[at] == start + 1:
            circle = path[path.index(at) :]
            answers[min(circle, key=lambda place: _sureness(answers, place))] = None


def _sureness(answers: Sequence[_Answer | None], at: int) -> tuple[float, bool, int]:
    answer = answers[at]
    return (CONFIDENCE[answer.method], answer.target < at, -at) if answer else (1.0, True, -at)


def _link(
    said: Utterance,
    at: int,
    answer: _Answer | None,
    quoted: Mapping[tuple[int, int], _Answer],
    number: int | None,
    *,
    corrected: bool,
) -> Link:
    targets = [quoted.get((at, ordinal)) for ordinal in range(len(said.quotes))]
    method = answer.method if answer else "manual" if corrected else None
    return Link(
        answer.target if answer else None,
        method,
        CONFIDENCE[method] if method else None,
        tuple(target.target if target else None for target in targets),
        number,
    )
