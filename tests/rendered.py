"""HTML of bodies as tests expect it. No test in here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from threads.quotes_and_links import DisplayHtml
from threads.rendering import render

if TYPE_CHECKING:
    from threads.models import Article, Comment

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


def shown_text(comment: Comment) -> str:
    """Return a comment's HTML as a page shows it."""
    return DisplayHtml.load({}, {comment.pk: comment.body_html}).comment(comment.pk, comment.body_html)


def shown_opening(article: Article) -> str:
    """Return the HTML of an opening text as a page shows it."""
    return DisplayHtml.load({article.key: article.body_html}, {}).opening(article.key, article.body_html)
