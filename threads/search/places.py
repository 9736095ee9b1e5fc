"""Places in a list of results, as addresses carry them. Pure. Called by `results` and `neighbours`."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

NEWEST: Final = "date"
BEST: Final = "relevance"
SORTS: Final = (BEST, NEWEST)

_WRITTEN: Final = re.compile(r"(\d{1,9})\.(\d{1,18})", re.ASCII)


class Place(NamedTuple):
    """Weight (0 where the order is by date) and number of a match; places run downwards."""

    score: int
    number: int

    @classmethod
    def read(cls, text: str) -> Place | None:
        """Return the place written in an address; None for what is none."""
        found = _WRITTEN.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None

    def write(self) -> str:
        """Return the place as `read` reads it."""
        return f"{self.score}.{self.number}"
