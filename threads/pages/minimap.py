"""The slim map of a page: one line for each comment, as far in as it stands and as long as it is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from threads.rendering import trusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

    from threads.pages.comments import Drawn

STEP = 5
"""Height of a line, in the map's units."""
WORTH_A_MAP = 12


def drawn(comments: Sequence[Drawn]) -> SafeString | None:
    """Return the map as SVG; None for a page that is seen at a glance. Its links repeat the page's own order."""
    if len(comments) < WORTH_A_MAP:
        return None
    lines = [
        f'<a href="#c-{c.key}" tabindex="-1" aria-label="#{c.number}"><rect x="{c.level * 4}" y="{index * STEP}" '
        f'width="{min(46, 4 * (len(c.body) + 2).bit_length())}" height="3"{_classes(c)}/></a>'
        for index, c in enumerate(comments)
    ]
    return trusted(f'<svg viewBox="0 0 72 {len(lines) * STEP}">{"".join(lines)}</svg>')


def _classes(c: Drawn) -> str:
    names = " ".join(name for name, wanted in (("op", c.opener), ("hit", c.sought)) if wanted)
    return f' class="{names}"' if names else ""
