"""The participants of a thread: comments of each author over time, and replies between authors."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db.models import Count

from threads.models import Comment, Visibility, address
from threads.pages import charts
from threads.querysets import person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threads.models import Article

PARTICIPANTS_SHOWN: Final = 24
PAIRS_SHOWN: Final = 40
ROW_HEIGHT: Final = 28
"""Height of a participant's row in pixels, as in the style sheet."""
MAX_REACH: Final = 290
"""Distance of the control points of the widest arc, in pixels. The arc reaches three quarters of it."""


class Participant(NamedTuple):
    """An author who wrote in the thread."""

    name: str
    url: str
    comment_count: int


class ReplyPair(NamedTuple):
    """The replies of one author to another. `path` is an SVG arc between their rows; `dot` marks its end."""

    author: str
    target: str
    reply_count: int
    path: str
    dot: float
    stroke: float


class Participants(NamedTuple):
    """The participants of a thread and the replies between them."""

    shown: Sequence[Participant]
    remaining: int
    """Number of participants beyond those shown."""
    pairs: Sequence[ReplyPair]
    height: int
    chart: charts.Chart | None


def fetch_participants(article: Article) -> Participants:
    """Return the participants of a thread; merged authors are one. Three queries, which read the whole thread."""
    comments = Comment.objects.visible().filter(article=article).order_by()
    author, target = person("author"), person("answers__author")
    counts = comments.exclude(author=None).annotate(name=author.name, slug=author.slug).values_list("name", "slug")
    participants = [
        Participant(name, address("author", slug), n)
        for name, slug, n in counts.annotate(n=Count("pk")).order_by("-n", "name")
    ]
    shown = participants[:PARTICIPANTS_SHOWN]
    replies = (
        comments.filter(answers__visibility=Visibility.VISIBLE, author__isnull=False, answers__author__isnull=False)
        .annotate(name=author.name, target_name=target.name)
        .values_list("name", "target_name")
        .annotate(n=Count("pk"))
    )
    return Participants(
        shown=shown,
        remaining=len(participants) - len(shown),
        pairs=build_arcs([row.name for row in shown], Counter({(name, other): n for name, other, n in replies})),
        height=ROW_HEIGHT * len(shown),
        chart=charts.build_chart(comments.count_by_day()),
    )


def build_arcs(names: Sequence[str], replies: Counter[tuple[str, str]]) -> list[ReplyPair]:
    """Return the pairs of `names` with replies, most replies first. Replies to oneself are left out. Pure."""
    rows = {name: ROW_HEIGHT * index + ROW_HEIGHT / 2 for index, name in enumerate(names)}
    pairs = []
    for (author, target), count in sorted(replies.items(), key=lambda item: (-item[1], item[0])):
        if author in rows and target in rows and author != target:
            start, end = rows[author], rows[target]
            reach = round(min(MAX_REACH, 16 + abs(end - start) * 0.45), 1)
            path = f"M6 {start:g}C{reach:g} {start:g} {reach:g} {end:g} 6 {end:g}"
            pairs.append(ReplyPair(author, target, count, path, end, min(6.0, 0.75 + count * 0.5)))
    return pairs[:PAIRS_SHOWN]
