"""The one matcher: which comments of two lists are the same, by equal, similar or replaced text.

Used for files that are united, for re-imports, for threads that are rekeyed, and for hidden and redacted comments.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.parsing.quotes import find_quotes, own_text
from threads.parsing.values import storable_text
from threads.text import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence
    from datetime import date

LEAST_SIMILARITY: Final = 0.5
"""Similarity of two texts of one comment, before and after an edit."""
MOST_COMPARED: Final = 2_000
"""Pairs of comments compared in one group of equal author and day; beyond it, only those of equal rank."""
COMPARED_LENGTH: Final = 4_000
"""Characters of each text that are compared."""


class CommentFingerprint(NamedTuple):
    """What identifies a comment in its thread."""

    author: str | None
    posted_on: date | None
    text: str
    """See `compared_text`."""


def fingerprint(author: str | None, posted_on: date | None, body: str) -> CommentFingerprint:
    """Return the fingerprint of a comment."""
    body = storable_text(body)
    return CommentFingerprint(author, posted_on, compared_text(own_text(body, find_quotes(body)), body))


def compared_text(own_text: str, body: str) -> str:
    """Return a comment's own text, or its whole body if it has none (a picture, for example), in NFC."""
    text = " ".join((own_text or body).split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def match_comments(
    old: Sequence[CommentFingerprint], new: Sequence[CommentFingerprint], *, by_position: bool = False
) -> dict[int, int]:
    """Return, for each index in `new` that has a match in `old`, its index there.

    First equal author, day and text (the k-th with the k-th); then, for one author and day, the most similar of the
    others. With `by_position`, a comment with replaced text matches by the same author and day between the same two
    neighbours. Linear but for the groups, whose comparisons are limited by MOST_COMPARED.
    """
    matches = match_equal(old, new)
    if len(matches) < len(new):
        matches |= _match_similar(old, new, matches)
    if by_position and len(matches) < len(new):
        matches |= _match_by_position(old, new, matches)
    return matches


def similarity(left: str, right: str) -> float:
    """Return the share (0..1) of neighbouring character pairs that two texts have in common (Dice's coefficient)."""
    left_pairs, right_pairs = _bigrams(left), _bigrams(right)
    return _dice(left_pairs, right_pairs) if left_pairs and right_pairs else float(left == right)


def _dice(left: set[str], right: set[str]) -> float:
    both = len(left) + len(right)
    return 2 * len(left & right) / both if both else 0.0


def _bigrams(text: str) -> set[str]:
    text = text[:COMPARED_LENGTH]
    return {text[i : i + 2] for i in range(len(text) - 1)}


def match_equal(old: Sequence[CommentFingerprint], new: Sequence[CommentFingerprint]) -> dict[int, int]:
    """Return, for each index in `new` that has an equal in `old`, its index there: the k-th with the k-th."""
    indexes: dict[CommentFingerprint, list[int]] = defaultdict(list)
    for i in range(len(old) - 1, -1, -1):
        indexes[_by_nobody(old[i])].append(i)
    return {j: indexes[comment].pop() for j, comment in enumerate(map(_by_nobody, new)) if indexes.get(comment)}


def _by_nobody(comment: CommentFingerprint) -> CommentFingerprint:
    """Return a fingerprint without a placeholder name: another file may leave the name out."""
    return comment._replace(author=None) if comment.author and is_placeholder(comment.author) else comment


def _match_similar(
    old: Sequence[CommentFingerprint], new: Sequence[CommentFingerprint], matches: Mapping[int, int]
) -> dict[int, int]:
    result: dict[int, int] = {}
    old_left, new_left = _group(old, set(matches.values())), _group(new, matches)
    for group, new_indexes in new_left.items():
        taken: set[int] = set()
        for share, j, i in sorted(_compare(old, new, old_left.get(group, []), new_indexes)):
            if -share >= LEAST_SIMILARITY and j not in result and i not in taken:
                result[j] = i
                taken.add(i)
    return result


def _group(
    comments: Sequence[CommentFingerprint], matched: Container[int]
) -> dict[tuple[str | None, date | None], list[int]]:
    """Return the indexes of unmatched comments by author and day."""
    groups: dict[tuple[str | None, date | None], list[int]] = defaultdict(list)
    for i, comment in enumerate(comments):
        if i not in matched:
            groups[_by_nobody(comment)[:2]].append(i)
    return groups


def _compare(
    old: Sequence[CommentFingerprint],
    new: Sequence[CommentFingerprint],
    old_indexes: Sequence[int],
    new_indexes: Sequence[int],
) -> Iterator[tuple[float, int, int]]:
    """Yield the negative similarity of each pair compared, the index in `new` and the index in `old`."""
    if len(old_indexes) * len(new_indexes) > MOST_COMPARED:
        for i, j in zip(old_indexes, new_indexes, strict=False):
            yield -similarity(old[i].text, new[j].text), j, i
        return
    old_pairs = {i: _bigrams(old[i].text) for i in old_indexes}
    for j in new_indexes:
        new_pairs = _bigrams(new[j].text)
        for i in old_indexes:
            yield -_dice(new_pairs, old_pairs[i]), j, i


def _match_by_position(
    old: Sequence[CommentFingerprint], new: Sequence[CommentFingerprint], matches: Mapping[int, int]
) -> dict[int, int]:
    result: dict[int, int] = {}
    taken = set(matches.values())
    for j, comment in enumerate(new):
        if j in matches:
            continue
        # The comment before this one matches i - 1 (or both are first), so this one was at i.
        before = matches.get(j - 1, result.get(j - 1)) if j else -1
        if before is None:
            continue
        i = before + 1
        both_last = i + 1 == len(old) and j + 1 == len(new)
        if i >= len(old) or i in taken or not (both_last or matches.get(j + 1) == i + 1):
            continue
        if (old[i].author, old[i].posted_on) == (comment.author, comment.posted_on):
            result[j] = i
    return result
