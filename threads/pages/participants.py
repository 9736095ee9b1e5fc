"""Who took part in a thread: how much each wrote and when, and who answered whom. Called by `thread` and its template.

Two queries that read the whole thread; so they are a page of their own, which the page cache keeps.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from threads.models import Comment, Visibility
from threads.pages import charts
from threads.pages.comments import author_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threads.models import Article

SPEAKERS_SHOWN = 24
PAIRS_SHOWN = 40
ROW = 28
"""Height of a speaker's row, in pixels, as the style sheet has it."""
WIDEST = 290
"""How far the handles of the widest arc reach, in pixels; the arc itself goes three quarters as far."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """One who wrote in the thread."""

    name: str
    url: str
    comments: int


@dataclass(frozen=True, slots=True)
class Pair:
    """One who answered another, and how often; `path` is the arc between their rows, ending in a dot at `dot`."""

    answerer: str
    answered: str
    times: int
    path: str
    dot: float
    stroke: float


@dataclass(frozen=True, slots=True)
class People:
    """The people of a thread and what went on between them."""

    speakers: Sequence[Speaker]
    others: int
    """Speakers beyond those shown."""
    pairs: Sequence[Pair]
    height: int
    chart: charts.Chart | None


def of(article: Article) -> People:
    """Return the people of a thread. Three queries."""
    comments = Comment.objects.visible().filter(article=article).order_by()
    counts = comments.exclude(author=None).values_list("author__name", "author__slug").annotate(n=Count("pk"))
    ranked = [Speaker(name, author_url(slug), n) for name, slug, n in counts.order_by("-n", "author__name")]
    speakers = ranked[:SPEAKERS_SHOWN]
    answers = (
        comments.filter(answers__visibility=Visibility.VISIBLE, author__isnull=False, answers__author__isnull=False)
        .values_list("author__name", "answers__author__name")
        .annotate(n=Count("pk"))
    )
    return People(
        speakers=speakers,
        others=len(ranked) - len(speakers),
        pairs=arcs([speaker.name for speaker in speakers], Counter({(a, b): n for a, b, n in answers})),
        height=ROW * len(speakers),
        chart=charts.build_chart(comments.count_by_day()),
    )


def arcs(names: Sequence[str], answers: Counter[tuple[str, str]]) -> list[Pair]:
    """Draw who answered whom, most often first, between the rows of `names`; those of others are left out. Pure."""
    rows = {name: ROW * index + ROW / 2 for index, name in enumerate(names)}
    pairs = []
    for (answerer, answered), times in sorted(answers.items(), key=lambda item: (-item[1], item[0])):
        if answerer in rows and answered in rows and answerer != answered:
            start, end = rows[answerer], rows[answered]
            reach = round(min(WIDEST, 16 + abs(end - start) * 0.45), 1)
            path = f"M6 {start:g}C{reach:g} {start:g} {reach:g} {end:g} 6 {end:g}"
            pairs.append(Pair(answerer, answered, times, path, end, min(6.0, 0.75 + times * 0.5)))
    return pairs[:PAIRS_SHOWN]
