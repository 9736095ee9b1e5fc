"""A thread planned from its own rows: its replies linked and placed anew, or its texts rendered anew.

Called by `placement` and, through workers, by the commands that bring an archive to today's rules. Reads and writes
nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from threads.database.names import Person
from threads.importing import build
from threads.importing.changes import ThreadPlan, fill
from threads.importing.recalling import recall
from threads.importing.records import CommentRecord, ThreadRecord
from threads.importing.settling import quotes_of, settle, withhold
from threads.importing.state import ARTICLE_FIELDS, COMMENT_FIELDS, StoredComment, StoredThread

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

_KEPT_FIELDS: Final = (
    "key",
    "kind",
    "title",
    "published_at",
    "modified_at",
    "source_url",
    "body",
    "body_html",
    "script",
)


def again(thread: StoredThread, known_threads: Container[str], *, render: bool = False) -> ThreadPlan:
    """Plan a thread from its own rows: its replies linked and placed anew or, with `render`, its texts drawn anew."""
    rows = [row for row in thread.comments if row["withdrawn_at"] is None]
    at = {row.id: index for index, row in enumerate(rows)}
    plan = ThreadPlan(_record_of(thread, rows, at), thread, thread.id)
    plan.known, plan.comment_ids = list(rows), [row.id for row in rows]
    plan.hidden = {index for index, row in enumerate(rows) if not row.shown}
    plan.article_hidden = not thread.shown
    if render:
        plan.record = build.rerender(plan.record, known_threads, plan.hidden)
    else:
        plan.record = settle(plan.record, thread, plan.known, plan.hidden, known_threads)
    plan.record = recall(plan.record, thread, plan.known)
    plan.record = withhold(plan.record, thread, plan.hidden, thread.opted_out, known_threads)
    names = {row.author: row["author_id"] for row in rows} | {thread.author: thread["author_id"]}
    fill(plan, {name: Person(pk, pk, False) for name, pk in names.items()}, None)
    return plan


def _record_of(thread: StoredThread, rows: Sequence[StoredComment], at: Mapping[int, int]) -> ThreadRecord:
    """Return a stored thread as a record: what its files said, not what a moderator made of it."""
    article = dict(zip(ARTICLE_FIELDS, thread.values, strict=True))
    kept = {name: article[name] for name in _KEPT_FIELDS}
    return ThreadRecord(
        **kept,
        author=thread.author,
        front_matter=json.dumps(article["front_matter"], ensure_ascii=False),
        tags=(),
        thread_links=tuple(thread.thread_links),
        comments=tuple(_comment_of(row, at) for row in rows),
        sources=(),
        problems=(),
    )


def _comment_of(row: StoredComment, at: Mapping[int, int]) -> CommentRecord:
    values = dict(zip(COMMENT_FIELDS, row.values, strict=True))
    answers = at.get(values.pop("answers_id") or 0)
    for name in ("article_id", "position", "author_id", "withdrawn_at"):
        del values[name]
    return CommentRecord(**values, author=row.author, answers=answers, quotes=quotes_of(row, at), former_keys=())
