"""A thread planned from its own rows: its replies linked and placed anew, or its texts rendered anew.

Called by `placement` and, through workers, by the commands that bring an archive to today's rules. Reads and writes
nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING

from threads.database.names import Person
from threads.importing import build
from threads.importing.changes import ThreadPlan, fill
from threads.importing.recalling import recall
from threads.importing.records import CommentRecord, ThreadRecord
from threads.importing.settling import quotes_of, settle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from threads.importing.state import StoredComment, StoredThread


def again(thread: StoredThread, *, render: bool = False) -> ThreadPlan:
    """Plan a thread from its own rows: its replies linked and ordered again or, with `render`, its texts rendered."""
    rows = [row for row in thread.comments if row.values.withdrawn_at is None]
    at = {row.id: index for index, row in enumerate(rows)}
    plan = ThreadPlan(_record_of(thread, rows, at), thread, thread.id)
    plan.known, plan.comment_ids = list(rows), [row.id for row in rows]
    plan.hidden = {index for index, row in enumerate(rows) if not row.shown}
    plan.article_hidden = not thread.shown
    if render:
        plan.record = build.rerender(plan.record)
    else:
        plan.record = settle(plan.record, thread, plan.known, plan.hidden)
    plan.record = recall(plan.record, thread, plan.known)
    names = {row.author: row.values.author_id for row in rows} | {thread.author: thread.values.author_id}
    fill(plan, {name: Person(pk or 0, pk or 0, False) for name, pk in names.items()}, None)
    return plan


def _record_of(thread: StoredThread, rows: Sequence[StoredComment], at: Mapping[int, int]) -> ThreadRecord:
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
        comments=tuple(_comment_of(row, at, tuple(links.get(row.id, ()))) for row in rows),
        sources=(),
        problems=(),
    )


def _comment_of(row: StoredComment, at: Mapping[int, int], thread_links: tuple[str, ...]) -> CommentRecord:
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
        quotes=quotes_of(row, at),
        former_keys=(),
        thread_links=thread_links,
    )
