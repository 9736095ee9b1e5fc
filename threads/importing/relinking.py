"""Stored threads linked, ordered and counted again from their rows."""

from __future__ import annotations

import json
from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING

from threads.database import bulk, locks
from threads.database.names import Person
from threads.importing import build, row_writing, state
from threads.importing.build import CommentRecord, ThreadRecord
from threads.importing.changes import ThreadPlan, fill_rows
from threads.importing.link_decisions import apply_corrections, bind_missing_quotes, quote_records
from threads.models import Article
from threads.parsing.document import DETAILS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from threads.importing.state import StoredComment, StoredThread


def plan_again(thread: StoredThread, *, render: bool = False) -> ThreadPlan:
    """Plan a thread from its own rows: its replies linked and ordered again or, with `render`, its texts rendered."""
    rows = [row for row in thread.comments if row.values.withdrawn_at is None]
    at = {row.id: index for index, row in enumerate(rows)}
    plan = ThreadPlan(_record_from_rows(thread, rows, at), thread, thread.id)
    plan.rows, plan.comment_ids = list(rows), [row.id for row in rows]
    plan.hidden = {index for index, row in enumerate(rows) if not row.is_visible}
    plan.article_hidden = not thread.is_visible
    if render:
        plan.record = build.rerender_record(plan.record)
    else:
        plan.record = apply_corrections(plan.record, thread, plan.rows, plan.hidden)
    plan.record = bind_missing_quotes(plan.record, thread, plan.rows)
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
        **{name: getattr(values, name) for name in DETAILS},
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


def relink_threads(article_ids: Iterable[int]) -> None:
    """Resolve reply links again from stored text and corrections; order, count and index. Fixed number of queries.

    Withdrawn threads are left out: they are linked when their files return.
    """
    for part in bulk.in_parts(sorted(set(article_ids)), 100):
        locks.lock_articles(part)
        threads = state.stored_threads(Article.objects.current().filter(pk__in=part).values_list("pk", flat=True))
        row_writing.write_rows([plan_again(thread) for thread in threads.values()], {})
