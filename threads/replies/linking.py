"""Reply links: the parent of each comment, with a method and a confidence. Deterministic.

A file does not hold the source id of a comment; only quotes of it do. So each quote is first matched by its excerpt
(`ExcerptIndex`). Then the quotes of one source id are bound together (`_SourceIds`), for they have one target. Comments
without quotes are linked by the addressee's name. File order decides only between equal comments, and only if the bound
source ids show that it is the order of writing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.parsing.quotes import find_plain_quotes
from threads.replies.answers import ARTICLE, NOBODY, Answer
from threads.replies.excerpts import FEW, ArticleText, ExcerptIndex, ExcerptMatch, pieces_of, squeeze
from threads.replies.minutes import Minutes
from threads.replies.stated_parents import Containers, Floors
from threads.text import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from threads.parsing.quotes import QuoteMark
    from threads.replies.parsed_comments import ParsedComment

CONFIDENCE: Final[Mapping[str, float]] = {
    "manual": 1.0,
    "source": 0.995,
    "id": 0.99,
    "excerpt": 0.98,
    "minute": 0.98,
    "folded": 0.97,
    "floor": 0.97,
    "prefix": 0.93,
    "text": 0.9,
    "sole": 0.85,
    "article": 0.7,
    "nearest": 0.6,
}
"""Confidence of each method, 0 to 1; of a cycle, the link with the least confidence is cut. Of 100 real replies linked
without their quotes, the addressee's nearest comment was the parent of 67."""

ENOUGH_ANCHORS: Final = 3
"""Bound source ids that must rise through the file before its order counts as the order of writing."""
LEAST_SIMILARITY: Final = 0.2
"""Share of an excerpt that must be in a comment bound by its source id. Other comments have 0.14 at most."""

LONGEST_EXCERPT: Final = 55
"""Characters of a block quote that may be an excerpt; the source cut at 50."""

_METHOD_ORDER: Final = {"minute": 0, "excerpt": 0, "folded": 1, "prefix": 2, "text": 3, "sole": 4, None: 5}


class ReplyLink(NamedTuple):
    """The parent of one comment and the targets of its quotes."""

    answers: int | None
    """Index of the parent, ARTICLE, or None."""
    method: str | None
    confidence: float | None
    targets: tuple[int | None, ...]
    """For each quote, the index of its target, or None."""
    source_id: int | None
    """The comment's id at the source, if a quote of it is bound."""


class _Claim(NamedTuple):
    """One quote and its possible targets."""

    quoting: int
    ordinal: int
    number: int
    """The source id in it; if there is none, a negative number of its own."""
    addressee: str | None
    excerpt: str
    """Squeezed."""
    method: str | None
    candidates: Sequence[int]

    @property
    def order(self) -> tuple[int, bool, int, int]:
        """Sort key: the surest method first."""
        return _METHOD_ORDER[self.method], len(self.candidates) > 1, self.quoting, self.ordinal


def resolve_links(
    comments: Sequence[ParsedComment],
    article_author: str | None,
    decided: Mapping[int, Answer | None] | None = None,
    *,
    article_body: str = "",
) -> list[ReplyLink]:
    """Link every comment. `decided` answers, by index, outrank what is found; None is a comment without a link.

    About linear in the number of comments and quotes, whatever their text. Equal input gets equal links.
    """
    texts = ExcerptIndex([comment.author for comment in comments], [comment.readings for comment in comments])
    source_ids = _SourceIds(comments, texts)
    source_ids.bind_quotes()
    article = ArticleText(article_author, article_body)
    containers, floors = Containers(comments), Floors(comments, article_author, source_ids.minutes.names)
    answers: list[Answer | None] = []
    for index, comment in enumerate(comments):
        if floors.is_addressed(index):
            answers.append(floors.find_parent(index))
        elif comment.facts.container and not any((index, i) in source_ids.quoted for i in range(len(comment.quotes))):
            answers.append(containers.find_parent(index))
        else:
            answers.append(_find_answer(comments, texts, source_ids, index, article))
    for index, answer in (decided or {}).items():
        answers[index] = answer
    _cut_cycles(answers)
    return [_link(source_ids, comment, index, answers[index]) for index, comment in enumerate(comments)]


class _SourceIds:
    """Binds the quotes of each source id together: they have one target, and a comment has one source id.

    Source ids rise with the time of writing. So do the comments of most files, but not of files sorted by votes.
    """

    def __init__(self, comments: Sequence[ParsedComment], texts: ExcerptIndex) -> None:
        self.quoted: dict[tuple[int, int], Answer] = {}
        """The target of each quote, by the index of its comment and its ordinal."""
        self.source_id_of: dict[int, int] = {}
        """The bound source ids, by the index of the comment."""
        self.is_ordered = False
        """True if the bound source ids show that comments are in the order of writing."""
        self.minutes = Minutes(comments, texts)
        self._comments = comments
        self._texts = texts
        self._textless: dict[tuple[str, bool], Sequence[int]] = {}
        self._groups: dict[int, list[_Claim]] = defaultdict(list)
        self._anchors: list[tuple[int, int]] = []
        """Source ids bound by excerpts alone with the indexes of their comments, rising."""

    def bind_quotes(self) -> None:
        """Bind every quote: by excerpt, then by source id and order, then by a guess between equal comments."""
        self._read_claims()
        surest_first = sorted(
            self._groups.values(), key=lambda group: (*group[0].order[:2], -len(group), group[0].number)
        )
        unbound = self._bind_certain(
            [(group, _common_candidates(group)) for group in surest_first if group[0].candidates]
        )
        self._check_order()
        # Each bound source id leaves fewer candidates to the others. Two rounds are enough for real threads.
        for _ in range(2):
            unbound = self._bind_certain(
                [(group, self._possible_candidates(group, candidates)) for group, candidates in unbound]
            )
        for group, candidates in unbound:
            self._guess_nearest(group, candidates)
        for target, number in self.source_id_of.items():
            self._bind_others(self._groups[number], target)

    def _read_claims(self) -> None:
        """Match each quote by its excerpt, and group those of one source id, the surest first."""
        for index, comment in enumerate(self._comments):
            for ordinal, mark in enumerate(comment.quotes):
                number = -1 - len(self._groups) if mark.source_id is None else mark.source_id
                excerpt = squeeze(mark.excerpt)
                if mark.minute:
                    match = self.minutes.match(index, mark) or self._match_exactly(index, mark.author, excerpt, mark)
                else:
                    match = self._match_excerpt(index, comment.addressee, excerpt, cut=mark.cut)
                method, candidates = (match.method, match.indexes) if match else (None, ())
                self._groups[number].append(
                    _Claim(index, ordinal, number, comment.addressee, excerpt, method, candidates)
                )
        for group in self._groups.values():
            group.sort(key=lambda claim: claim.order)

    def _match_exactly(self, index: int, author: str | None, excerpt: str, mark: QuoteMark) -> ExcerptMatch | None:
        """Return the only comment that begins with an excerpt, of its author or else of anyone."""
        match = self._texts.match_author(author, excerpt, cut=mark.cut) if author and excerpt else None
        match = match or (self._texts.match_anyone(excerpt, cut=mark.cut) if excerpt else None)
        match = match and match.without(index)
        return match if match and len(match.indexes) == 1 else None

    def _match_excerpt(self, index: int, addressee: str | None, excerpt: str, *, cut: bool) -> ExcerptMatch | None:
        match = None
        if addressee and excerpt:
            match = self._texts.match_author(addressee, excerpt, cut=cut)
            match = match and match.without(index)
            match = match or self._texts.match_edited(addressee, excerpt, index)
            match = match and match.without(index)
        if not match and excerpt:
            match = self._texts.match_anyone(excerpt, cut=cut, is_named=addressee is not None)
            match = match and match.without(index)
            # An excerpt without its author is certain only if no other comment starts with it.
            match = match if match and len(match.indexes) == 1 else None
        if not match and addressee:
            silent = self._without_text(addressee, removed=bool(excerpt))
            match = ExcerptMatch("sole", silent).without(index) if silent else None
        return match

    def _without_text(self, author: str, *, removed: bool) -> Sequence[int]:
        """Return the comments of `author` that no excerpt can contradict: removed at the source, or without text.

        A placeholder name says too little.
        """
        if is_placeholder(author):
            return ()
        if (author, removed) not in self._textless:
            self._textless[author, removed] = [
                target
                for target in self._texts.by_author.get(author, ())
                if self._comments[target].removed_at_source or not (removed or self._texts.beginning(target))
            ]
        return self._textless[author, removed]

    def _bind_certain(
        self, groups: Iterable[tuple[list[_Claim], Sequence[int]]]
    ) -> list[tuple[list[_Claim], Sequence[int]]]:
        """Bind the groups with one candidate, and return those with several.

        The surest group gets the comment. The target of a group without candidates is not in the thread.
        """
        unbound = []
        for group, candidates in groups:
            surest = group[0]
            if len(candidates) > 1:
                unbound.append((group, candidates))
            elif candidates and (surest.number < 0 or candidates[0] not in self.source_id_of):
                self.quoted[surest.quoting, surest.ordinal] = Answer(candidates[0], str(surest.method))
                if surest.number >= 0:
                    self.source_id_of[candidates[0]] = surest.number
        return unbound

    def _check_order(self) -> None:
        self._anchors = sorted((number, target) for target, number in self.source_id_of.items())
        rising = all(before[1] < after[1] for before, after in pairwise(self._anchors))
        backward = all(claim.quoting > target for number, target in self._anchors for claim in self._groups[number])
        self.is_ordered = len(self._anchors) >= ENOUGH_ANCHORS and rising and backward

    def _possible_candidates(self, group: Sequence[_Claim], candidates: Sequence[int]) -> Sequence[int]:
        """Leave out comments with another source id, and those at positions that are impossible for this one."""
        number, first, end = group[0].number, 0, min(claim.quoting for claim in group)
        if self.is_ordered:
            if number >= 0:
                index = bisect_left(self._anchors, (number, -1))
                first = self._anchors[index - 1][1] + 1 if index else 0
                end = min(end, self._anchors[index][1]) if index < len(self._anchors) else end
            candidates = candidates[bisect_left(candidates, first) : bisect_left(candidates, end)] or candidates
        if number >= 0 and len(candidates) <= FEW:
            candidates = [target for target in candidates if target not in self.source_id_of]
        return candidates

    def _guess_nearest(self, group: Sequence[_Claim], candidates: Sequence[int]) -> None:
        """Bind a group to the nearest of equal comments before the first quote: one guess for a source id.

        Equal comments under a placeholder name are by different people.
        """
        target = _nearest(candidates, min(claim.quoting for claim in group))
        for claim in group:
            if claim.candidates and claim.quoting != target and not is_placeholder(claim.addressee):
                self.quoted[claim.quoting, claim.ordinal] = Answer(target, "nearest")

    def _bind_others(self, group: Sequence[_Claim], target: int) -> None:
        """Bind the other quotes of a source id to the target of the surest, unless they contradict it."""
        surest = group[0]
        for claim in group[1:]:
            if claim.quoting != target and (
                _contains(claim.candidates, target) or self._is_plausible(claim, surest, target)
            ):
                self.quoted[claim.quoting, claim.ordinal] = Answer(target, "id")

    def _is_plausible(self, claim: _Claim, surest: _Claim, target: int) -> bool:
        """Return whether a quote whose excerpt matches another comment, or none, may still have this target."""
        comment = self._comments[target]
        # A name without comments in the thread may be a former name of the author.
        is_name = claim.addressee in self._texts.by_author and not is_placeholder(claim.addressee)
        names_another = is_name and claim.addressee != comment.author
        if claim.method in {"excerpt", "folded"} or names_another:
            return False
        pieces, surest_pieces = pieces_of(claim.excerpt), pieces_of(surest.excerpt)
        is_similar = self._texts.similarity(pieces, target) >= LEAST_SIMILARITY
        is_similar = is_similar or len(pieces & surest_pieces) > LEAST_SIMILARITY * len(pieces)
        return comment.removed_at_source or not claim.excerpt or is_similar


def _common_candidates(group: Sequence[_Claim]) -> Sequence[int]:
    """Return the candidates that all quotes of one source id share; a quote that contradicts a surer one is ignored."""
    common = group[0].candidates
    for claim in group[1:]:
        if 1 < len(common) <= FEW:
            common = [target for target in common if _contains(claim.candidates, target)] or common
    return common


def _contains(candidates: Sequence[int], target: int) -> bool:
    index = bisect_left(candidates, target)
    return index < len(candidates) and candidates[index] == target


def _nearest(candidates: Sequence[int], quoting: int) -> int:
    """Return the last of `candidates` (rising, more than one) before `quoting`, else the first after it."""
    index = bisect_left(candidates, quoting)
    if index:
        return candidates[index - 1]
    return candidates[1] if candidates[0] == quoting else candidates[0]


def _find_answer(
    comments: Sequence[ParsedComment],
    texts: ExcerptIndex,
    source_ids: _SourceIds,
    index: int,
    article: ArticleText,
) -> Answer | None:
    """Return the parent by a comment's quotes, first those of the addressee, else by the addressee's name.

    If a comment has quotes and none is bound, its parent is not in the thread, and the name does not decide. The same
    is true of an ordinary block quote that the source has cut; with another as short, the name is only a guess. A quote
    of the article's text is an answer to it.
    """
    comment = comments[index]
    if comment.quotes and comment.quotes[0].minute:
        mark = comment.quotes[0]
        is_opening = mark.author == article.author and article.has(mark.excerpt)
        return source_ids.quoted.get((index, 0)) or (Answer(ARTICLE, "minute") if is_opening else None)
    if comment.quotes:
        answers = [source_ids.quoted[index, i] for i in range(len(comment.quotes)) if (index, i) in source_ids.quoted]
        first = answers[0] if answers else None
        return next((answer for answer in answers if comments[answer.target].author == comment.addressee), first)
    if not comment.addressee:
        return None
    opening = find_plain_quotes(comment.body, comment.quotes)
    if comment.addressee == article.author and any(article.has(mark.excerpt) for mark in opening):
        return Answer(ARTICLE, "article")
    if any(mark.cut for mark in opening):
        return None
    answer = _answer_by_name(texts, source_ids, index, comment.addressee, article.author)
    is_guess = answer and answer.method == "sole" and any(len(mark.excerpt) <= LONGEST_EXCERPT for mark in opening)
    return Answer(answer.target, "nearest") if answer and is_guess else answer


def _answer_by_name(
    texts: ExcerptIndex, source_ids: _SourceIds, index: int, addressee: str, article_author: str | None
) -> Answer | None:
    if is_placeholder(addressee):
        return None
    candidates: Sequence[int] = texts.by_author.get(addressee, ())
    if len(candidates) > 2:
        return Answer(_nearest(candidates, index), "nearest")
    others = [target for target in candidates if target != index]
    if len(others) == 2:
        return Answer(_nearest(others, index), "nearest")
    if others:
        impossible = source_ids.is_ordered and others[0] > index
        return Answer(others[0], "nearest" if impossible else "sole")
    return Answer(ARTICLE, "article") if addressee == article_author else None


def _cut_cycles(answers: list[Answer | None]) -> None:
    """Cut the least sure link of every cycle; of equally sure ones, one that points forward, then the last."""
    seen = [-1] * len(answers)
    for start in range(len(answers)):
        path: list[int] = []
        index = start
        while index >= 0 and seen[index] < 0:
            seen[index] = start
            path.append(index)
            answer = answers[index]
            index = answer.target if answer else ARTICLE
        if index >= 0 and seen[index] == start:
            cycle = [(answers[target], target) for target in path[path.index(index) :]]
            answers[min(_cut_order(answer, target) for answer, target in cycle if answer)[-1]] = None


def _cut_order(answer: Answer, index: int) -> tuple[float, bool, int, int]:
    return CONFIDENCE[answer.method], answer.target < index, -index, index


def _link(source_ids: _SourceIds, comment: ParsedComment, index: int, answer: Answer | None) -> ReplyLink:
    quoted = [source_ids.quoted.get((index, ordinal)) for ordinal in range(len(comment.quotes))]
    return ReplyLink(
        answers=answer.target if answer and answer.target != NOBODY else None,
        method=answer.method if answer else None,
        confidence=CONFIDENCE[answer.method] if answer else None,
        targets=tuple(target.target if target else None for target in quoted),
        source_id=source_ids.source_id_of.get(index),
    )
