"""Rows for tests: plain functions that make authors, articles, comments and quotes, in their places.

Each makes its rows directly, so that a test of a page does not lean on the importer. Every value has a neutral default.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING

from threads.models import Article, ArticleTag, Author, Comment, Quote, Script, Tag
from threads.parsing import quotes
from threads.rendering import render
from threads.text import author_slug, tag_slug

if TYPE_CHECKING:
    from collections.abc import Sequence

_numbers = count(1)


def make_author(name: str = "", **fields: object) -> Author:
    """Return the author called `name` (made where there is none); a new name where none is given."""
    name = name or f"gardener{next(_numbers)}"
    return Author.objects.get_or_create(name=name, defaults={"slug": author_slug(name), **fields})[0]


def make_tag(name: str, **fields: object) -> Tag:
    """Return the tag called `name`, made where there is none."""
    folded = name.casefold()
    tag: Tag = Tag.objects.get_or_create(folded=folded, defaults={"name": name, "slug": tag_slug(name), **fields})[0]
    return tag


def make_article(
    title: str = "Pruning roses", *, author: str | None = "gardener", tags: Sequence[str] = (), **fields: object
) -> Article:
    """Make an article without comments; `author` None is an unknown one."""
    number = next(_numbers)
    values: dict[str, object] = {
        "key": f"example.org/article/{number}",
        "published_at": datetime(2020, 9, 30, 12, tzinfo=UTC),
        "source_url": f"https://example.org/article/{number}",
        "body": "When do you prune roses?",
        "body_html": "<p>When do you prune roses?</p>",
        "script": Script.LATIN,
    }
    row = Article.objects.create(title=title, author=make_author(author) if author else None, **(values | fields))
    for position, name in enumerate(tags):
        add_tag(row, name, position)
    count_again()
    return row


def add_tag(article: Article, name: str, position: int = 0) -> Tag:
    """Put a tag on an article and count the tag's articles again."""
    tag = make_tag(name)
    ArticleTag.objects.create(tag=tag, content_object=article, spelling=name, position=position)
    tag.article_count = tag.article_tags.count()
    tag.save(update_fields=["article_count"])
    return tag


def make_comment(
    article: Article, *, author: str | None = "hiker", answers: Comment | None = None, body: str = "", **fields: object
) -> Comment:
    """Add a comment at the end of the file and put the whole thread in order again. For many, use `make_comments`."""
    row = new_comment(article, article.comments.count(), author=author, answers=answers, body=body, **fields)
    row.save()
    place_thread(article)
    row.refresh_from_db()
    return row


def new_comment(
    article: Article,
    position: int,
    *,
    author: str | None = "hiker",
    answers: Comment | None = None,
    body: str = "",
    **fields: object,
) -> Comment:
    """Return an unsaved comment."""
    body = body or f"Early spring, before the buds open ({position + 1})."
    values: dict[str, object] = {
        "key": hashlib.sha256(f"{article.key} {position}".encode()).hexdigest()[:12],
        "posted_on": date(2020, 9, 30),
        "body_html": render(body, quotes.find(body)).html,
        "script": Script.LATIN,
    }
    if answers:
        values |= {
            "addressee": answers.author.name if answers.author else "",
            "link_method": "excerpt",
            "link_confidence": 0.99,
        }
    return Comment(
        article=article,
        position=position,
        author=make_author(author) if author else None,
        answers=answers,
        body=body,
        **(values | fields),
    )


def make_comments(article: Article, parents: Sequence[int | None]) -> list[Comment]:
    """Add a comment for each item of `parents`: the index of the earlier one it answers, or None. In few queries."""
    authors = [make_author(name) for name in ("hiker", "baker", "cyclist")]
    rows = [new_comment(article, position, author=None) for position in range(len(parents))]
    for position, row in enumerate(rows):
        row.author = authors[position % 3]
    Comment.objects.bulk_create(rows)
    for row, parent in zip(rows, parents, strict=True):
        if parent is not None:
            row.answers, row.link_method, row.link_confidence = rows[parent], "excerpt", 0.99
            row.addressee = authors[parent % 3].name
    Comment.objects.bulk_update(rows, ["answers", "link_method", "link_confidence", "addressee"], batch_size=500)
    place_thread(article)
    return list(article.comments.order_by("position"))


def make_quote(comment: Comment, target: Comment | None = None, excerpt: str = "", **fields: object) -> Quote:
    """Add a quote mark to a comment: of `target`'s first words, or of something that is not in the archive."""
    excerpt = excerpt or (target.body[:50] if target else "Never in winter")
    values: dict[str, object] = {"ordinal": comment.quotes.count(), "leading": True}
    return Quote.objects.create(comment=comment, target=target, excerpt=excerpt, **(values | fields))


def place_thread(article: Article) -> None:
    """Write reading order, depth and counts of an article's comments, from what each answers."""
    rows = list(article.comments.filter(withdrawn_at=None).order_by("position"))
    answers: dict[int | None, list[Comment]] = {}
    for row in rows:
        answers.setdefault(row.answers_id, []).append(row)
    stack = [(row, 0) for row in reversed(answers.get(None, []))]
    placed: list[Comment] = []
    while stack:
        row, row.depth = stack.pop()
        row.order, row.descendant_count = len(placed), 0
        placed.append(row)
        below = answers.get(row.pk, [])
        row.answer_count = sum(answer.visibility == "visible" for answer in below)
        stack += [(answer, row.depth + 1) for answer in reversed(below)]
    count_branches(placed, answers)
    Comment.objects.bulk_update(placed, ["order", "depth", "nth", "answer_count", "descendant_count"], batch_size=500)
    Article.objects.filter(pk=article.pk).update(comment_count=sum(row.visibility == "visible" for row in placed))
    article.refresh_from_db()
    count_again()


def count_branches(placed: Sequence[Comment], answers: dict[int | None, list[Comment]]) -> None:
    """Fill in each row's place among its siblings and the size of its branch."""
    for siblings in answers.values():
        for nth, row in enumerate(siblings):
            row.nth = nth
    for row in reversed(placed):
        row.descendant_count = sum(1 + answer.descendant_count for answer in answers.get(row.pk, []))


def count_again() -> None:
    """Write every author's counts and days, from what is visible."""
    for author in Author.objects.all():
        comments = author.comments.visible()
        days = sorted(day for day in comments.values_list("posted_on", flat=True) if day)
        author.article_count, author.comment_count = author.articles.visible().count(), comments.count()
        author.first_seen, author.last_seen = (days[0], days[-1]) if days else (None, None)
        author.save()
