"""Rows of a list of threads, each with a line of its text. Called by every page that lists threads."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from django.db.models.functions import Substr

from threads.models import Article
from threads.pages.comments import in_script
from threads.pages.snippets import PREFIX, line
from threads.web import preferences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from threads.pages.keyset import Listing


TAGS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread in a list."""

    article: Article
    url: str
    day: str
    title: str | SafeString
    line: str | SafeString
    lang: str
    tags: Sequence[tuple[str, str]]
    """Address and spelling of the first few."""


@dataclass(frozen=True, slots=True)
class ThreadList:
    """A page of a list of threads."""

    rows: Sequence[ThreadRow]
    after: str
    first: bool


def with_lines(request: HttpRequest, listing: Listing[Article]) -> ThreadList:
    """Add a line of the text and the tags to each row. One query."""
    script = preferences.read(request).script
    ids = [article.pk for article in listing.rows]
    texts = dict(Article.objects.filter(pk__in=ids).values_list("pk", Substr("body_html", 1, PREFIX)))
    rows = [
        ThreadRow(
            article,
            article.get_absolute_url(),
            day_of(article),
            in_script(article.title, script),
            in_script(line(texts[article.pk]), script),
            script or article.script,
            tags_of(article),
        )
        for article in listing.rows
    ]
    return ThreadList(rows, listing.after, listing.first)


def tags_of(article: Article) -> list[tuple[str, str]]:
    """Return address and spelling of an article's first tags, without the ignored ones. Wants them prefetched."""
    tags = sorted(article.article_tags.all(), key=attrgetter("position"))
    return [(tag.tag.get_absolute_url(), tag.spelling) for tag in tags if not tag.tag.ignored][:TAGS_SHOWN]


def day_of(article: Article) -> str:
    """Return the day an article was published, empty where it is not known."""
    return f"{article.published_at:%Y-%m-%d}" if article.published_at else ""
