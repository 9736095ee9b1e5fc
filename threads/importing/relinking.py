"""Stored threads linked, ordered and counted again from their rows."""

from __future__ import annotations

import json
from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import connection

from threads.database import bulk, totals
from threads.database.names import Person
from threads.importing import build, row_writing, state
from threads.importing.build import CommentRecord, ThreadRecord
from threads.importing.changes import ThreadPlan, fill_rows
from threads.importing.link_decisions import apply_corrections, bind_missing_quotes, quote_records
from threads.models import Article, ArticleTag, Comment, Visibility

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from threads.importing.state import StoredComment, StoredThread


def plan_again(thread: StoredThread, *, render: bool = False) -> ThreadPlan:
    """Plan a thread from its own rows: its replies linked and ordered again or, with `render`, its texts rendered."""
    rows = [row for row in thread.comments if row.values.withdrawn_at is None]
    at = {row.id: index for index, row in enumerate(rows)}
    plan = ThreadPlan(_record_from_rows(thread, rows, at), thread, thread.id)
    plan.known, plan.comment_ids = list(rows), [row.id for row in rows]
    plan.hidden = {index for index, row in enumerate(rows) if not row.shown}
    plan.article_hidden = not thread.shown
    if render:
        plan.record = build.rerender_record(plan.record)
    else:
        plan.record = apply_corrections(plan.record, thread, plan.known, plan.hidden)
    plan.record = bind_missing_quotes(plan.record, thread, plan.known)
    names = {row.author: row.values.author_id for row in rows} | {thread.author: thread.values.author_id}
    fill_rows(plan, {name: Person(pk or 0, pk or 0, False) for name, pk in names.items()}, None)
    return plan


def _record_from_rows(thread: StoredThread, rows: Sequence[StoredComment], at: Mapping[int, int]) -> ThreadRecord:
    """Return a stored thread as a record: the facts of its files, without moderators' decisions."""
    links: dict[int | None, list[str]] = defaultdict(list)
    for link in sorted(thread.thread_links, key=attrgetter("target_key")):
        links[link.comment_id].append(link.target_key)
    values = thread.values
    return ThreadRecord(
        key=values.key,
        kind=values.kind,
        title=values.title,
        author=thread.author,
        published_at=values.published_at,
        modified_at=values.modified_at,
        source_url=values.source_url,
        front_matter=json.dumps(values.front_matter, ensure_ascii=False),
        body=values.body,
        body_html=values.body_html,
        script=values.script,
        tags=(),
        thread_links=tuple(links[None]),
        comments=tuple(_comment_from_row(row, at, tuple(links.get(row.id, ()))) for row in rows),
        sources=(),
        problems=(),
    )


def _comment_from_row(row: StoredComment, at: Mapping[int, int], thread_links: tuple[str, ...]) -> CommentRecord:
    values = row.values
    return CommentRecord(
        key=values.key,
        author=row.author,
        posted_on=values.posted_on,
        source_id=values.source_id,
        body=values.body,
        body_html=values.body_html,
        script=values.script,
        removed_at_source=values.removed_at_source,
        addressee=values.addressee,
        answers=at.get(values.answers_id or 0),
        answers_article=values.answers_article,
        link_method=values.link_method,
        link_confidence=values.link_confidence,
        order=values.order,
        depth=values.depth,
        nth=values.nth,
        answer_count=values.answer_count,
        descendant_count=values.descendant_count,
        quotes=quote_records(row, at),
        former_keys=(),
        thread_links=thread_links,
    )


PEOPLE: Final = 0x7_0065_6F70_6C65
"""The number of PostgreSQL's advisory lock on who is opted out and merged."""


def relink_threads(article_ids: Iterable[int]) -> None:
    """Find links again from kept quotes and corrections, place, count; index what changed. A fixed number of queries.

    Quotes inside texts are drawn again, and those of comments that a moderator removed without their words. Withdrawn
    threads are left as they are: what is written is shown, and they are linked when their files come back.
    """
    for part in bulk.in_parts(sorted(set(article_ids)), 100):
        lock_articles(part)
        threads = state.stored_threads(Article.objects.current().filter(pk__in=part).values_list("pk", flat=True))
        row_writing.write_rows([plan_again(thread) for thread in threads.values()], {})


def recount(article_ids: Iterable[int], authors: Collection[int] | None = None) -> None:
    """Count again what is visible: answers, comments, the authors' and tags' totals; bump versions.

    `authors` are those of whom more or less is visible than before; None: all who wrote there, and the tags as well.
    About twenty queries for each 900 articles; writes only what differs, but the versions.
    """
    for part in bulk.in_parts(sorted(set(article_ids))):
        lock_articles(part)
        comments = _comments(part)
        bulk.update(Comment, ("answer_count", "descendant_count"), _answer_counts(comments))
        _count_comments(part, comments)
        if authors is None:
            articles = Article.objects.filter(pk__in=part)
            totals.count_authors(
                {one.author_id for one in comments if one.author_id}
                | set(articles.exclude(author=None).values_list("author_id", flat=True))
            )
            tags = ArticleTag.objects.filter(content_object__in=part)
            totals.count_tags(set(tags.values_list("tag_id", flat=True)))
        row_writing.bump_versions(part)
    totals.count_authors(authors or ())


class _Placed(NamedTuple):
    """What counting needs to know of a comment."""

    id: int
    article_id: int
    author_id: int | None
    posted_on: date | None
    answers_id: int | None
    order: int
    visibility: str
    answer_count: int
    descendant_count: int

    @property
    def shown(self) -> bool:
        return self.visibility == Visibility.VISIBLE


def lock_articles(article_ids: Iterable[int]) -> None:
    """Keep an import and a moderator from changing one thread at once. One query."""
    list(Article.objects.filter(pk__in=list(article_ids)).select_for_update().order_by("pk").values_list("pk"))


def lock_people() -> None:
    """Keep who is opted out, and which names are one, as it is until the transaction ends. One query, before any other.

    A person opts out of threads that an import has not committed yet, and of which no lock is known: only a lock on all
    keeps one from overtaking the other. SQLite lets one at a time write as it is.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PEOPLE])


def _comments(article_ids: Collection[int]) -> list[_Placed]:
    found = Comment.objects.current().filter(article__in=article_ids).order_by("article_id", "order")
    return [_Placed(*values) for values in found.values_list(*_Placed._fields)]


def _answer_counts(comments: Sequence[_Placed]) -> list[tuple[int, int, int]]:
    """Return (answers, all in the branch, id) where what is stored differs: only what is shown counts."""
    answers: dict[int, int] = defaultdict(int)
    branch: dict[int, int] = defaultdict(int)
    # Last in reading order first: whatever answers a comment stands behind it.
    for one in reversed(comments):
        if one.answers_id:
            answers[one.answers_id] += one.shown
            branch[one.answers_id] += branch[one.id] + one.shown
    return [
        (answers[one.id], branch[one.id], one.id)
        for one in comments
        if (answers[one.id], branch[one.id]) != (one.answer_count, one.descendant_count)
    ]


def _count_comments(article_ids: Sequence[int], comments: Sequence[_Placed]) -> None:
    counts: dict[int, int] = defaultdict(int)
    days: dict[int, date] = {}
    for one in comments:
        if one.shown:
            counts[one.article_id] += 1
            if one.posted_on:
                days[one.article_id] = max(one.posted_on, days.get(one.article_id, one.posted_on))
    bulk.update(Article, ("comment_count", "last_comment_on"), [(counts[pk], days.get(pk), pk) for pk in article_ids])
