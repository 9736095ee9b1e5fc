"""HTML of bodies as tests expect it. No test in here."""

from __future__ import annotations

from threads.rendering import render

REL = 'rel="nofollow noopener noreferrer"'


def html(body: str, **options: object) -> str:
    made = render(body, **options)  # type: ignore[arg-type]
    assert made.warning is None
    return made.html


def outside(address: str, words: str) -> str:
    return f'<a href="{address}" {REL}>{words}</a>'


def picture(address: str, host: str, alt: str = "") -> str:
    words = f' <span class="alt">{alt}</span>' if alt else ""
    inside = f'<span class="host">{host}</span>{words}'
    return f'<a class="picture" href="{address}" {REL} data-picture="{address}">{inside}</a>'
