"""Comments to reading order, depth and pages of a thread. Pure. Called by `assembling`, `placement` and views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where one comment stands in its thread."""

    order: int
    depth: int
    nth: int
    """Its place among the comments that answer the same one."""
    answer_count: int
    descendant_count: int


def place(parents: Sequence[int | None]) -> list[Place]:
    """Place comments given in file order by the index of what each answers (no cycles); linear, without recursion."""
    raise NotImplementedError
