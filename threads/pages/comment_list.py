"""Lists of comments, each with a snippet and its thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models.functions import Substr

from threads.keyset import ListPage, fetch_page
from threads.models import Visibility
from threads.pages.snippets import SOURCE_LENGTH, make_snippet
from threads.rendering import convert_text
from threads.web.preferences import read_preferences

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from threads.models import Comment
    from threads.querysets import CommentQuerySet

FIELDS = (
    "key", "posted_on", "script", "position", "author__name", "author__slug",
    "answers__author__name", "answers__visibility", "article__key", "article__title", "article__script",
)  # fmt: skip
SNIPPET_LENGTH = 160


@dataclass(frozen=True, slots=True)
class ListedComment:
    """A comment in a list."""

    comment: Comment
    url: str
    day: str
    title: str | SafeString
    """Title of the thread."""
    title_lang: str
    snippet: str | SafeString
    lang: str
    parent_author: str
    """Name of the author it replies to; empty if unknown, or if the parent comment is not visible."""


def fetch_comment_list(request: HttpRequest, comments: CommentQuerySet) -> ListPage[ListedComment]:
    """Return the page of comments that the request asks for, newest first. One query, or two at undated comments."""
    rows = comments.select_related("article", "author", "answers__author").only(*FIELDS)
    rows = rows.annotate(body_start=Substr("body_html", 1, SOURCE_LENGTH))
    page = fetch_page(rows, "posted_on", request.GET.get("after", ""))
    script = read_preferences(request).script
    return ListPage([build_listed_comment(comment, script) for comment in page.rows], page.after, page.is_first)


def build_listed_comment(comment: Comment, script: str) -> ListedComment:
    """Return the row of one comment. No queries."""
    return ListedComment(
        comment,
        comment.get_absolute_url(),
        comment.posted_on.isoformat() if comment.posted_on else "",
        convert_text(comment.article.title, script),
        script or comment.article.script,
        convert_text(make_snippet(comment.body_start, SNIPPET_LENGTH), script),  # type: ignore[attr-defined]  # annotated above
        script or comment.script,
        find_parent_author(comment),
    )


def find_parent_author(comment: Comment) -> str:
    """Return the author's name of the comment that this one replies to."""
    parent = comment.answers
    if parent is None or parent.author is None or parent.visibility != Visibility.VISIBLE:
        return ""
    return parent.author.name
