"""Functions that make authors, tags, threads and quotes for tests. Every value has a neutral default.

Threads are rendered, ordered, counted, indexed and written by the functions that an import uses. A call costs a fixed
number of queries for any number of comments.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from threads import rendering, text
from threads.database import bulk_writes, names, totals
from threads.importing import changes, loader, row_writing, state
from threads.importing.build import CommentRecord, QuoteRecord, ThreadRecord
from threads.models import Article, ArticleTag, Author, Comment, Quote, Tag
from threads.replies import reading_order
from threads.replies.comment_keys import comment_key
from threads.replies.parsed_comments import parse_comment
from threads.search import indexing, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ARTICLE_FIELDS = frozenset(field.name for field in dataclasses.fields(ThreadRecord))
LINK: dict[str, Any] = {"link_method": "excerpt", "link_confidence": 0.99}

_numbers = count(1)


def make_author(name: str = "", **fields: object) -> Author:
    """Return the author with this name or, without one, with a new name. Create the author if it does not exist."""
    name = name or f"gardener{next(_numbers)}"
    return Author.objects.get_or_create(name=name, defaults={"slug": text.author_slug(name), **fields})[0]


def make_tag(name: str, **fields: object) -> Tag:
    """Return the tag with this name. Create it if it does not exist."""
    defaults = {"name": name, "slug": text.tag_slug(name), **fields}
    tag: Tag = Tag.objects.get_or_create(folded=text.fold_name(name, text.TAG_LENGTH), defaults=defaults)[0]
    return tag


def make_article(
    title: str = "Pruning roses", *, author: str | None = "gardener", tags: Sequence[str] = (), **fields: Any
) -> Article:
    """Make an article without comments. `author` is None if it is unknown.

    `fields` are facts that an import writes, or other fields of the row, such as `visibility`.
    """
    number = next(_numbers)
    body = fields.get("body", "When do you prune roses?")
    rendered = rendering.render(body)
    values: dict[str, Any] = {
        "key": f"example.org/article/{number}",
        "kind": "article",
        "published_at": datetime(2020, 9, 30, 12, tzinfo=UTC),
        "modified_at": None,
        "source_url": f"https://example.org/article/{number}",
        "front_matter": "{}",
        "body": body,
        "body_html": rendered.html,
        "script": text.detect_script(body) or text.detect_script(title),
        "thread_links": tuple(sorted(rendered.thread_links)),
    } | fields
    record = ThreadRecord(
        title=title,
        author=author,
        tags=tuple(text.TagName(name, text.fold_name(name, text.TAG_LENGTH), text.tag_slug(name)) for name in tags),
        comments=(),
        sources=(),
        problems=(),
        search=(tokens.prepare_entry_text(title, body),),
        **{name: value for name, value in values.items() if name in ARTICLE_FIELDS},
    )
    (outcome,) = loader.load_threads([record], loader.Circumstances())
    if others := _other_fields(values, ARTICLE_FIELDS):
        Article.objects.filter(pk=outcome.article_id).update(**others)
        totals.recount_threads([outcome.article_id])
        indexing.update_articles([outcome.article_id])
    return Article.objects.get(pk=outcome.article_id)


def add_tag(article: Article, name: str, position: int = 0) -> Tag:
    """Put a tag on an article and count the tag's articles again."""
    tag = make_tag(name)
    ArticleTag.objects.create(tag=tag, content_object=article, spelling=name, position=position)
    totals.count_tags([tag.pk])
    tag.refresh_from_db()
    return tag


def make_comment(
    article: Article, *, author: str | None = "hiker", answers: Comment | None = None, body: str = "", **fields: Any
) -> Comment:
    """Add a comment at the end of a thread. `fields` are as for `make_article`. For several, use `make_comments`."""
    link: dict[str, Any] = {}
    if answers is not None:
        link = LINK | {"addressee": answers.author.name if answers.author else ""}
    (pk,) = add_comments(article, [{"author": author, "answers": answers, "body": body} | link | fields])
    return Comment.objects.select_related("article", "author").get(pk=pk)


def make_comments(article: Article, parents: Sequence[int | None]) -> list[Comment]:
    """Add comments to a thread without any: for each, the index of the earlier one that it answers, or None."""
    authors = ("hiker", "baker", "cyclist")
    add_comments(
        article,
        [
            {"author": authors[number % 3], "answers": parent, "body": ""}
            | ({} if parent is None else LINK | {"addressee": authors[parent % 3]})
            for number, parent in enumerate(parents)
        ],
    )
    return list(article.comments.order_by("position"))


def make_quote(comment: Comment, target: Comment | None = None, excerpt: str = "", **fields: object) -> Quote:
    """Add a quote to a comment: an excerpt of `target` or, without a target, of a text that is not in the archive."""
    excerpt = excerpt or (target.body[:50] if target else "Never in winter")
    values: dict[str, object] = {"ordinal": comment.quotes.count(), "leading": True}
    return Quote.objects.create(comment=comment, target=target, excerpt=excerpt, **(values | fields))


def place_thread(article: Article) -> None:
    """Write the reading order, depths and counts of a thread whose rows a test has changed."""
    rows = list(article.comments.filter(withdrawn_at=None).order_by("position"))
    index_of = {row.pk: position for position, row in enumerate(rows)}
    places = reading_order.order_comments([index_of.get(row.answers_id or 0) for row in rows])
    fields = reading_order.ReadingPlace._fields
    bulk_writes.update_rows(Comment, fields, [(*place, pk) for pk, place in zip(index_of, places, strict=True)])
    totals.recount_threads([article.pk])
    article.refresh_from_db()


def count_again() -> None:
    """Write the totals of all authors and tags after a test has changed rows."""
    totals.count_authors(set(Author.objects.values_list("pk", flat=True)))
    totals.count_tags(set(Tag.objects.values_list("pk", flat=True)))


def add_comments(article: Article, comments: Sequence[Mapping[str, Any]]) -> list[int]:
    """Add comments with these values to a thread, in file order. Return their ids.

    `answers` is a comment of the thread or the index of a new one.
    """
    (thread,) = state.stored_threads([article.pk]).values()
    rows = [row for row in thread.comments if row.values.withdrawn_at is None]
    index_of = {row.id: index for index, row in enumerate(rows)}
    records = [_stored_record(row, index_of) for row in rows]
    for number, values in enumerate(comments, len(thread.comments)):
        records.append(_new_record(article.key, number, values, index_of))
    places = reading_order.order_comments([record.answers for record in records])
    records = [record._replace(**place._asdict()) for record, place in zip(records, places, strict=True)]
    plan = changes.ThreadPlan(_article_record(thread, records), thread, article.pk)
    plan.rows = [*rows, *(None for _ in comments)]
    added = bulk_writes.reserve_ids(Comment, len(comments))
    plan.comment_ids = [*index_of, *added]
    plan.article_hidden = not thread.is_visible
    people = names.ensure_authors([thread.author, *(record.author for record in records)])
    changes.fill_rows(plan, people, None)
    row_writing.write_rows([plan], people)
    others = [_other_fields(values, CommentRecord._fields) for values in comments]
    for pk, fields in zip(added, others, strict=True):
        if fields:
            Comment.objects.filter(pk=pk).update(**fields)
    if thread.values.withdrawn_at is not None:
        Article.objects.filter(pk=article.pk).update(withdrawn_at=thread.values.withdrawn_at)
    if (
        any(others)
        or not all(row.is_visible for row in rows)
        or not thread.is_visible
        or thread.values.withdrawn_at is not None
    ):
        place_thread(article)
        indexing.update_articles([article.pk])
    article.refresh_from_db()
    return added


def _other_fields(values: Mapping[str, Any], imported: Iterable[str]) -> dict[str, Any]:
    """Return the values of fields that no record has, such as `visibility`."""
    return {name: value for name, value in values.items() if name not in imported}


def _article_record(thread: state.StoredThread, comments: Sequence[CommentRecord]) -> ThreadRecord:
    """Return a stored article as a record with these comments."""
    values = {name: getattr(thread.values, name) for name in state.ARTICLE_COLUMNS if name in ARTICLE_FIELDS}
    return ThreadRecord(
        **values | {"front_matter": json.dumps(thread.values.front_matter)},
        author=thread.author,
        tags=(),
        thread_links=tuple(link.target_key for link in thread.thread_links if link.comment_id is None),
        comments=tuple(comments),
        sources=(),
        problems=(),
    )


def _stored_record(row: state.StoredComment, index_of: Mapping[int, int]) -> CommentRecord:
    """Return a stored comment as a record."""
    values = {name: value for name, value in row.values._asdict().items() if name in CommentRecord._fields}
    marks = [
        QuoteRecord(mark.source_id, mark.excerpt, mark.leading, index_of.get(mark.target_id or 0), mark.target_id)
        for mark in row.quotes
    ]
    answers = index_of.get(row.values.answers_id or 0)
    return CommentRecord(**values | {"author": row.author, "answers": answers}, quotes=tuple(marks), former_keys=())


def _new_record(article_key: str, number: int, values: Mapping[str, Any], index_of: Mapping[int, int]) -> CommentRecord:
    """Return a new comment as a record; `number` counts the comments that were there before it."""
    body = values["body"] or f"Early spring, before the buds open ({number + 1})."
    parsed = parse_comment(values["author"], None, values.get("posted_on", date(2020, 9, 30)), body)
    rendered = rendering.render(parsed.body, parsed.quotes)
    answers = values["answers"]
    defaults: dict[str, Any] = {
        "key": comment_key(article_key, parsed.fingerprint, number),
        "posted_on": parsed.posted_on,
        "source_id": None,
        "body_html": rendered.html,
        "script": text.detect_script(parsed.own_text),
        "removed_at_source": False,
        "addressee": "",
        "answers_article": False,
        "link_method": None,
        "link_confidence": None,
        "quotes": tuple(QuoteRecord(mark.source_id, mark.excerpt, mark.leading, None) for mark in parsed.quotes),
        "former_keys": (),
        "thread_links": tuple(sorted(rendered.thread_links)),
    }
    given = {name: value for name, value in values.items() if name in CommentRecord._fields}
    answers = index_of[answers.pk] if isinstance(answers, Comment) else answers
    places = dict.fromkeys(reading_order.ReadingPlace._fields, 0)
    return CommentRecord(**places | defaults | given | {"body": parsed.body, "answers": answers})
