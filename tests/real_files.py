"""Real files, for tests marked `corpus`. They are not part of the project: REAL_FILES names folders of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BESIDE = Path(__file__).parents[2] / "shared" / "corpus" / "real"
"""Where they are looked for if nothing is named."""
WHY_NOT = "no real files: name folders of them in REAL_FILES"


def real_files() -> Iterator[Path]:
    """Yield the real files there are."""
    for folder in os.environ.get("REAL_FILES", str(BESIDE)).split(os.pathsep):
        yield from sorted(Path(folder).glob("*.md"))
