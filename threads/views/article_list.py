"""Rows of a list of threads, each with a line of its text. Called by every page that lists threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models.functions import Substr

from threads import preferences
from threads.models import Article
from threads.views.drawing import in_script
from threads.views.excerpts import PREFIX, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from threads.views.listing import Listing


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread in a list."""

    article: Article
    title: str | SafeString
    line: str | SafeString
    lang: str


@dataclass(frozen=True, slots=True)
class ThreadList:
    """A page of a list of threads."""

    rows: Sequence[ThreadRow]
    after: str
    first: bool


def with_lines(request: HttpRequest, listing: Listing[Article]) -> ThreadList:
    """Add a line of the text to each row. One query."""
    script = preferences.read(request).script
    ids = [article.pk for article in listing.rows]
    texts = dict(Article.objects.filter(pk__in=ids).values_list("pk", Substr("body_html", 1, PREFIX)))
    rows = [
        ThreadRow(
            article,
            in_script(article.title, script),
            in_script(line(texts[article.pk]), script),
            script or article.script,
        )
        for article in listing.rows
    ]
    return ThreadList(rows, listing.after, listing.first)
