"""Comments of one thread in the order in which they were written. Pure.

The id of a comment at the source grows with time, but is known only for quoted comments. Dates are not used: they are
days, and many replies are dated before their parents.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class TimedComment(NamedTuple):
    """What the order of time depends on."""

    pk: int
    source_id: int | None
    parent: int | None
    """Id of the comment that it replies to."""


def order_oldest_first(rows: Iterable[tuple[int, int | None, int | None]]) -> list[int]:
    """Return the ids of comments, oldest first. `rows` have the fields of `TimedComment`, in file order.

    If the known source ids grow through the file, the file is in order of time. Otherwise (a file sorted by votes) a
    comment without a source id follows its parent, or else the comment before it in the file.
    """
    comments = [*map(TimedComment._make, rows)]
    known_ids = [comment.source_id for comment in comments if comment.source_id is not None]
    if all(earlier < later for earlier, later in pairwise(known_ids)):
        return [comment.pk for comment in comments]
    keys = {comment.pk: (comment.source_id, 0) for comment in comments if comment.source_id is not None}
    parents = {comment.pk: comment.parent for comment in comments}
    latest = min(known_ids), 0
    for comment in comments:
        latest = keys.get(comment.pk) or inherit_sort_key(comment.pk, parents, keys) or latest
        keys.setdefault(comment.pk, latest)
    return sorted(parents, key=keys.__getitem__)


def inherit_sort_key(
    pk: int | None, parents: dict[int, int | None], keys: dict[int, tuple[int, int]]
) -> tuple[int, int] | None:
    """Return the source id of the nearest ancestor that has one, and the distance from it; None if there is none.

    Stores the keys of the comments between in `keys`, so that a long branch is walked once.
    """
    path: list[int] = []
    while pk is not None and pk in parents and pk not in keys:
        path.append(pk)
        pk = parents[pk]
    if pk not in keys or pk is None:
        return None
    source_id, depth = keys[pk]
    for distance, child in enumerate(reversed(path), depth + 1):
        keys[child] = source_id, distance
    return keys[path[0]]
