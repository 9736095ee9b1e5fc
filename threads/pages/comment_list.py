"""Rows of a list of comments, each with a line of its text and its thread. Called by every page that lists comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models.functions import Substr

from threads.models import Visibility
from threads.pages.comments import in_script
from threads.pages.snippets import PREFIX, line
from threads.web import preferences

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from threads.models import Comment
    from threads.pages.keyset import Listing
    from threads.querysets import CommentQuerySet


@dataclass(frozen=True, slots=True)
class CommentLine:
    """A comment in a list, with the thread it stands in."""

    comment: Comment
    url: str
    day: str
    title: str | SafeString
    title_lang: str
    line: str | SafeString
    lang: str
    answers: str
    """Name of the person it answers, empty where there is none or the comment answered was removed."""


def described(comments: CommentQuerySet) -> CommentQuerySet:
    """Comments with what a row of a list shows, and no more of their text than that."""
    return (
        comments.select_related("article", "author", "answers__author")
        .only(
            "key", "posted_on", "script", "position", "author__name", "author__slug", "answers__author__name",
            "answers__visibility",
            "article__key", "article__title", "article__script",
        )
        .annotate(first_words=Substr("body_html", 1, PREFIX))
    )  # fmt: skip


def comment_lines(request: HttpRequest, found: Listing[Comment]) -> list[CommentLine]:
    """Return rows of a list of comments. No queries."""
    script = preferences.read(request).script
    return [
        CommentLine(
            comment,
            comment.get_absolute_url(),
            comment.posted_on.isoformat() if comment.posted_on else "",
            in_script(comment.article.title, script),
            script or comment.article.script,
            in_script(line(comment.first_words, 160), script),  # type: ignore[attr-defined]  # annotated above
            script or comment.script,
            whom(comment),
        )
        for comment in found.rows
    ]


def whom(comment: Comment) -> str:
    """Return the name of the person a comment answers."""
    answered = comment.answers
    if answered is None or answered.author is None or answered.visibility != Visibility.VISIBLE:
        return ""
    return answered.author.name
