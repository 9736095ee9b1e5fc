"""Moderators' decisions applied to plans: what is hidden, reply links, quotes; stored threads linked again.

Quotes are bound to hidden rows and to rows that are missing from the files, so that they are masked with these.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils import timezone

from threads.database import bulk_writes, locks
from threads.database.names import Person
from threads.importing import build, changes, row_writing, state
from threads.importing.build import CommentRecord, QuoteRecord, ThreadRecord
from threads.importing.changes import ThreadPlan, fill_rows
from threads.importing.state import Decision
from threads.models import Article, LinkMethod, Reason, Visibility
from threads.parsing import quotes
from threads.replies.answers import ARTICLE, NOBODY, Answer
from threads.replies.excerpts import ExcerptIndex, fold_beginning, squeeze

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from threads.importing.state import StoredComment, StoredThread


def apply_decisions(plan: ThreadPlan, people: Mapping[str | None, Person], opted_out: Collection[str]) -> None:
    """Apply moderators' decisions: hidden stays hidden, corrected links stay corrected.

    `opted_out` are the names of all opted-out authors.
    """
    _hide_new_comments(plan, people)
    plan.hidden = {index for index, row in enumerate(plan.rows) if row and not row.is_visible} | plan.decisions.keys()
    plan.hidden |= {index for row, index in plan.merged if not row.is_visible}
    thread, author = plan.thread, plan.record.author
    plan.article_hidden = (
        bool(thread and not thread.is_visible) or plan.article_decision is not None or _has_opted_out(author, people)
    )
    if thread and thread.has_redacted_opening:
        plan.record = _keep_redacted_opening(plan.record, thread)
    if plan.hidden or (thread and (thread.corrections or thread.has_redactions)):
        _apply_corrections(plan)
    _bind_missing_quotes(plan)
    _bind_removed_quotes(plan)
    if opted_out and any(comment.addressee in opted_out for comment in plan.record.comments):
        # The search text made by a worker holds excerpts that search must not find.
        plan.record = replace(plan.record, search=())


def _possible_copies(plan: ThreadPlan) -> set[int]:
    """Return the new comments by the author and day of a redacted comment that is in no file any more."""
    matched = plan.indexes
    missing = {
        (row.author, row.values.posted_on)
        for row in (plan.thread.comments if plan.thread else ())
        if row.visibility == Visibility.REDACTED and row.id not in matched
    }
    return {
        index
        for index in plan.added
        if missing and (plan.record.comments[index].author, plan.record.comments[index].posted_on) in missing
    }


def _hide_new_comments(plan: ThreadPlan, people: Mapping[str | None, Person]) -> None:
    """Hide new comments of opted-out authors, and those by author and day of a missing redacted comment."""
    for index in _possible_copies(plan) - plan.decisions.keys():
        plan.decisions[index] = plan.hold(index)
    for index in plan.added:
        if _has_opted_out(plan.record.comments[index].author, people):
            plan.held.discard(index)
            plan.decisions[index] = Decision(Visibility.HIDDEN.value, Reason.REQUEST.value, timezone.now())


def _has_opted_out(name: str | None, people: Mapping[str | None, Person]) -> bool:
    person = people.get(name)
    return person is not None and person.opted_out


def _keep_redacted_opening(record: ThreadRecord, thread: StoredThread) -> ThreadRecord:
    """Return the record with the redacted opening of its row; tags and dates come from the file."""
    values = thread.values
    return replace(
        record,
        author=thread.author,
        front_matter=json.dumps(values.front_matter, ensure_ascii=False),
        **{
            name: getattr(values, name)
            for name in ("title", "published_at", "source_url", "body", "body_html", "script")
        },
    )


def relink_threads(article_ids: Iterable[int]) -> None:
    """Resolve reply links again from stored text and corrections; order, count and index. Fixed number of queries.

    Withdrawn threads are left out: they are linked when their files return.
    """
    for part in bulk_writes.in_parts(sorted(set(article_ids)), 100):
        locks.lock_articles(part)
        threads = state.stored_threads(Article.objects.current().filter(pk__in=part).values_list("pk", flat=True))
        row_writing.write_rows([plan_again(thread) for thread in threads.values()], {})


def plan_again(thread: StoredThread, *, render: bool = False) -> ThreadPlan:
    """Plan a thread from its own rows: its replies linked and ordered again or, with `render`, its texts rendered."""
    rows = [row for row in thread.comments if row.values.withdrawn_at is None]
    plan = ThreadPlan(_record_from_rows(thread, rows), thread, thread.id, [*rows], [row.id for row in rows])
    plan.hidden = {index for index, row in enumerate(rows) if not row.is_visible}
    plan.article_hidden = not thread.is_visible
    if render:
        plan.record = build.rerender_record(plan.record)
    else:
        _apply_corrections(plan)
    _bind_missing_quotes(plan)
    _bind_removed_quotes(plan)
    names = {row.author: row.values.author_id for row in rows} | {thread.author: thread.values.author_id}
    fill_rows(plan, {name: Person(pk, pk, False) for name, pk in names.items() if pk}, None)
    return plan


def _record_from_rows(thread: StoredThread, rows: Sequence[StoredComment]) -> ThreadRecord:
    """Return a stored thread as a record: the facts of its files, without moderators' decisions."""
    indexes: dict[int | None, int] = {row.id: index for index, row in enumerate(rows)}
    links: dict[int | None, list[str]] = defaultdict(list)
    for link in thread.thread_links:
        links[link.comment_id].append(link.target_key)
    comments = (
        CommentRecord(
            author=row.author,
            answers=indexes.get(row.values.answers_id),
            quotes=quote_records(row, indexes),
            thread_links=tuple(sorted(links[row.id])),
            **{name: getattr(row.values, name) for name in changes.COMMENT_FACTS},
        )
        for row in rows
    )
    return ThreadRecord(
        author=thread.author,
        front_matter=json.dumps(thread.values.front_matter, ensure_ascii=False),
        thread_links=tuple(sorted(links[None])),
        comments=tuple(comments),
        **{name: getattr(thread.values, name) for name in changes.ARTICLE_FACTS},
    )


def _apply_corrections(plan: ThreadPlan) -> None:
    """Link, order and count the comments of a plan with moderators' corrections.

    In a thread with redactions, stored comments keep their links: the redacted text that these were found by is gone.
    """
    thread, rows = plan.thread, plan.rows
    corrections = _corrected_answers(plan)
    if thread is None or not thread.has_redactions:
        plan.record = build.relink_record(plan.record, corrections, plan.hidden)
        return
    answers = _stored_answers(plan)
    for index, correction in corrections.items():
        stored = answers.get(index)
        # A redaction stores links as corrections too. Those keep their method.
        if stored is None or stored.target != correction.target:
            answers[index] = correction
    record = build.relink_record(plan.record, answers, plan.hidden)
    indexes = plan.indexes
    comments = (
        _keep_learnt(comment, row, indexes, same_thread=thread.key == record.key) if row else comment
        for comment, row in zip(record.comments, rows, strict=True)
    )
    plan.record = replace(record, comments=tuple(comments))


def _corrected_answers(plan: ThreadPlan) -> dict[int, Answer]:
    """Return moderators' corrections by index, without those from or to a missing comment."""
    indexes = plan.indexes
    targets = indexes | {ARTICLE: ARTICLE, None: NOBODY}
    return {
        indexes[comment]: Answer(targets[target], LinkMethod.MANUAL)
        for comment, target in (plan.thread.corrections if plan.thread else {}).items()
        if comment in indexes and target in targets
    }


def _stored_answers(plan: ThreadPlan) -> dict[int, Answer | None]:
    """Return the links of stored comments by index, without corrections and links to a missing comment."""
    indexes = plan.indexes
    answers: dict[int, Answer | None] = {}
    for index, row in enumerate(plan.rows):
        if row is None or row.values.link_method == LinkMethod.MANUAL:
            continue
        if row.values.link_method is None:
            answers[index] = None
        elif row.values.answers_article or row.values.answers_id in indexes:
            target = ARTICLE if row.values.answers_id is None else indexes[row.values.answers_id]
            answers[index] = Answer(target, row.values.link_method)
    return answers


def _keep_learnt(
    comment: CommentRecord, row: StoredComment, indexes: Mapping[int | None, int], *, same_thread: bool
) -> CommentRecord:
    """Return a comment with its key, source id and quote targets, which came from text that is redacted now."""
    if row.values.source_id is not None:
        comment = comment._replace(source_id=row.values.source_id)
    if row.values.body != comment.body:
        return comment
    key = row.key if same_thread else comment.key
    return comment._replace(key=key, quotes=quote_records(row, indexes), script=row.values.script)


def quote_records(row: StoredComment, indexes: Mapping[int | None, int]) -> tuple[QuoteRecord, ...]:
    """Return the quotes of a row; `indexes` are the indexes of rows by id."""
    return tuple(
        QuoteRecord(quote.source_id, quote.excerpt, quote.leading, indexes.get(quote.target_id)) for quote in row.quotes
    )


def _bind_removed_quotes(plan: ThreadPlan) -> None:
    """Bind quotes of removed comments, also of other threads, to these, so that they are masked with them.

    A quote whose target in this thread begins with its excerpt stays bound to it. A stored target in another thread
    stays, unless the one in this thread is visible.
    """
    stored = _targets_elsewhere(plan)
    bound = stored | plan.removed_quotes
    comments = list(plan.record.comments)
    for (index, ordinal), pk in bound.items():
        marks = list(comments[index].quotes)
        quote = marks[ordinal]
        is_own = quote.target is not None and begins_with(comments[quote.target].body, quote.excerpt)
        if not is_own or ((index, ordinal) in stored and quote.target in plan.hidden):
            marks[ordinal] = quote._replace(target=None, gone=pk)
            comments[index] = comments[index]._replace(quotes=tuple(marks))
    if bound:
        # The search text made by a worker holds the excerpts.
        plan.record = replace(plan.record, comments=tuple(comments), search=())


def _targets_elsewhere(plan: ThreadPlan) -> dict[tuple[int, int], int]:
    """Return the targets in other threads of stored quotes, by index of the comment and ordinal."""
    own = {row.id for row in plan.thread.comments} if plan.thread else set()
    return {
        (index, ordinal): stored.target_id
        for index, (row, comment) in enumerate(zip(plan.rows, plan.record.comments, strict=True))
        if row and row.id in own
        for ordinal, (stored, quote) in enumerate(zip(row.quotes, comment.quotes, strict=False))
        if stored.target_id is not None and stored.target_id not in own and stored.excerpt == quote.excerpt
    }


def _bind_missing_quotes(plan: ThreadPlan) -> None:
    """Bind quotes to hidden rows and to rows that are in no file any more (`QuoteRecord.gone`).

    A quote keeps its earlier target; another is bound by source id, or by name and text as in `linking`. A quote of
    visible text is never bound to a hidden row. Linear in comments and quotes.
    """
    if plan.thread:
        matched = plan.indexes
        rows = [row for row in plan.thread.comments if row.id not in matched or not row.is_visible]
        _bind_quotes(plan, rows, plan.thread)


def _bind_quotes(plan: ThreadPlan, rows: Sequence[StoredComment], thread: StoredThread) -> None:
    """Bind quotes to these rows of a thread: the plan's, or one that lost a file to it."""
    if not rows:
        return
    record = plan.record
    missing = _MissingRows(plan, rows, thread)
    comments = [
        comment._replace(quotes=tuple(missing.bind_quotes(comment, row))) if comment.quotes else comment
        for comment, row in zip(record.comments, plan.rows, strict=True)
    ]
    plan.record = replace(record, comments=tuple(comments))


class _MissingRows:
    """The rows of one thread that are hidden or in none of its files, indexed by source id and text."""

    def __init__(self, plan: ThreadPlan, rows: Iterable[StoredComment], thread: StoredThread) -> None:
        comments = plan.record.comments
        self._comments = comments
        self._indexes = indexes = plan.indexes
        # The last of several matches is taken: a hidden row if there is one.
        self._rows = sorted(rows, key=lambda row: not row.is_visible)
        self._texts = ExcerptIndex(
            [row.author for row in self._rows], [_readings(row.values.body) for row in self._rows]
        )
        self._by_id = {row.id: row for row in self._rows}
        self._by_source_id: dict[int | None, StoredComment] = {}
        self._by_excerpt: dict[tuple[str, str], StoredComment] = {}
        for row in thread.comments:
            for quote in row.quotes:
                if target := self._by_id.get(quote.target_id or 0):
                    self._by_source_id[quote.source_id] = target
                    if quote.source_id is None:
                        addressee = _addressee(row.values.addressee, row.values.body)
                        self._by_excerpt[addressee, squeeze(quote.excerpt)] = target
        self._by_source_id |= {row.values.source_id: row for row in self._rows}
        self._by_source_id |= {comments[indexes[row.id]].source_id: row for row in self._rows if row.id in indexes}
        self._by_source_id.pop(None, None)

    def bind_quotes(self, comment: CommentRecord, row: StoredComment | None) -> Iterator[QuoteRecord]:
        """Yield the quotes of a comment with their targets; `row` is the comment's row."""
        cuts = [mark.cut for mark in quotes.find_quotes(comment.body)]
        addressee = _addressee(comment.addressee, comment.body)
        for ordinal, quote in enumerate(comment.quotes):
            cut = cuts[ordinal] if ordinal < len(cuts) else True
            target = self._earlier_target(quote, ordinal, row) or self._find_row(quote, addressee, cut=cut)
            if quote.target is None and not target:
                target = self._find_similar(quote, addressee)
            if target is None or not (quote.target is None or self._is_rather(quote, target)):
                yield quote
            else:
                yield quote._replace(target=self._indexes.get(target.id), gone=target.id)

    def _earlier_target(self, quote: QuoteRecord, ordinal: int, row: StoredComment | None) -> StoredComment | None:
        if row is None or ordinal >= len(row.quotes):
            return None
        stored = row.quotes[ordinal]
        same = (stored.source_id, stored.excerpt) == (quote.source_id, quote.excerpt)
        return self._by_id.get(stored.target_id or 0) if same else None

    def _find_row(self, quote: QuoteRecord, addressee: str, *, cut: bool) -> StoredComment | None:
        """Return the row with the source id or the excerpt of a quote."""
        excerpt = squeeze(quote.excerpt)
        if quote.source_id is None:
            row = self._by_excerpt.get((addressee, excerpt))
        else:
            row = self._by_source_id.get(quote.source_id)
        if row or not excerpt:
            return row
        match = self._texts.match_author(addressee, excerpt, cut=cut) or self._texts.match_anyone(excerpt, cut=cut)
        return self._rows[match.indexes[-1]] if match else None

    def _find_similar(self, quote: QuoteRecord, addressee: str) -> StoredComment | None:
        """Return the last row that is similar to the excerpt and has no other source id."""
        excerpt = squeeze(quote.excerpt)
        match = self._texts.match_edited(addressee, excerpt, -1) if excerpt else None
        row = self._rows[match.indexes[-1]] if match else None
        return row if row and None in {row.values.source_id, quote.source_id} else None

    def _is_rather(self, quote: QuoteRecord, row: StoredComment) -> bool:
        """Return whether a quote is of this hidden row, because its visible target does not have the quoted text."""
        if quote.target is None or row.is_visible or not quote.excerpt or self._indexes.get(row.id) == quote.target:
            return False
        return not begins_with(self._comments[quote.target].body, quote.excerpt)


def _addressee(named: str, body: str) -> str:
    """Return the addressee of the heading or of the first words."""
    return named or quotes.find_addressee(body) or ""


def begins_with(body: str, excerpt: str) -> bool:
    """Return whether a text begins with an excerpt, as `fold_beginning` compares them."""
    return any(fold_beginning(words).startswith(fold_beginning(excerpt)) for words in _readings(body))


def _readings(body: str) -> tuple[str, ...]:
    return quotes.readings(body, quotes.find_quotes(body))
