"""What storing a record would change: which comments are which rows, and which fields differ. Reads and writes nothing.

Called by the loader before it writes, and by whoever only wants to know: dry runs, the verification.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from threads.importing import link_decisions
from threads.importing.state import (
    ArticleRow,
    CommentRow,
    QuoteRow,
    StoredComment,
    StoredThread,
    TagRow,
    ThreadLinkRow,
)
from threads.models import Visibility
from threads.replies import matching
from threads.replies.drafts import comment_key, draft, known_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from threads.database.names import Person
    from threads.importing.build import CommentRecord, ThreadRecord


LINK_FIELDS: Final = frozenset({"answers_id", "answers_article", "link_method", "link_confidence"})


@dataclass(slots=True)
class ThreadPlan:
    """One thread: the rows as they will be, beside those that are there."""

    record: ThreadRecord
    thread: StoredThread | None
    article_id: int = 0
    known: list[StoredComment | None] = field(default_factory=list)
    """For each comment of the record, its row, None where it is new."""
    comment_ids: list[int] = field(default_factory=list)
    gone: list[StoredComment] = field(default_factory=list)
    """Rows that are in their place no more: to be withdrawn."""
    removed_elsewhere: dict[matching.Said, int] = field(default_factory=dict)
    """Comments that a moderator removed from a thread with which this one shares a file's words, and their rows."""
    held: set[int] = field(default_factory=set)
    """Indexes of new comments that may be edited copies of redacted ones: hidden until a moderator decides."""
    hidden: set[int] = field(default_factory=set)
    """Indexes of comments that are hidden, or will be from the start because their author opted out."""
    article_hidden: bool = False
    """True where the article is hidden, or will be from the start because its author opted out."""
    article: ArticleRow | None = None
    """The row to write; None until `fill`."""
    comments: list[CommentRow] = field(default_factory=list)
    quotes: list[list[QuoteRow]] = field(default_factory=list)
    tags: list[TagRow] = field(default_factory=list)
    thread_links: set[ThreadLinkRow] = field(default_factory=set)
    changed_fields: dict[int, frozenset[str]] = field(default_factory=dict)
    """Index of a known comment to the names of the fields in which it differs from its row."""
    changed_quotes: list[int] = field(default_factory=list)
    """Indexes of known comments whose quotes differ."""
    changed_article: frozenset[str] = frozenset()
    """Names of the article's fields that differ; with `tags` and `thread_links`."""

    @property
    def added(self) -> list[int]:
        """Indexes of comments that have no row yet."""
        return [at for at, row in enumerate(self.known) if row is None]

    @property
    def hides_article(self) -> bool:
        """True where the article was seen, and its file names an author now who opted out."""
        return self.article_hidden and self.thread is not None and self.thread.shown

    @property
    def left_behind(self) -> list[StoredComment]:
        """Rows of a thread whose key changed that are in none of its files, but have keys made of the old one."""
        if self.thread is None or self.thread.key == self.record.key:
            return []
        known = {row.id for row in self.known if row}
        return [row for row in self.thread.comments if row.id not in known and row.visibility != Visibility.REDACTED]

    @property
    def changes(self) -> bool:
        """True where anything at all differs from the rows."""
        return bool(
            self.thread is None
            or self.added
            or self.gone
            or self.changed_fields
            or self.changed_quotes
            or self.changed_article
        )

    def differences(self) -> Iterator[str]:
        """Yield what differs from the rows, a line for each thing."""
        if article := self.changed_article:
            yield _("%(key)s: %(fields)s") % {"key": self.record.key, "fields": ", ".join(sorted(article))}
        quotes = set(self.changed_quotes)
        fields = self.changed_fields
        for at in sorted(quotes | fields.keys()):
            names = sorted(fields.get(at, frozenset()) | ({"quotes"} if at in quotes else set()))
            yield _("comment %(key)s: %(fields)s") % {"key": self.record.comments[at].key, "fields": ", ".join(names)}
        for at in self.added:
            yield _("comment %s: not there") % self.record.comments[at].key
        for row in self.gone:
            yield _("comment %s: in no file") % row.key

    def former_keys(self) -> Iterator[tuple[str, tuple[int | None, int | None]]]:
        """Yield keys under which the article or its comments were known, with (article, comment) of each."""
        if self.thread and self.thread.key != self.record.key:
            yield self.thread.key, (self.article_id, None)
            for left in self.left_behind:
                yield left.key, (None, left.id)
        for at, (row, comment) in enumerate(zip(self.known, self.record.comments, strict=True)):
            older = comment.former_keys if row is None or row.key == comment.key else (*comment.former_keys, row.key)
            for key in older:
                yield key, (None, self.comment_ids[at])

    def rekeyed(self, rows: Iterable[StoredComment]) -> Iterator[tuple[str, int]]:
        """Yield keys of the record's thread, with ids, for rows that are in none of its files and have another's.

        So each is known again if it comes back, and its old key is free for whoever gets the other thread's key.
        """
        taken = {comment.key for comment in self.record.comments}
        taken |= {row.key for row in self.thread.comments} if self.thread else set()
        twins: Counter[matching.Said] = Counter()
        for row in rows:
            words = fingerprint(row)
            while (key := comment_key(self.record.key, words, twins[words])) in taken:
                twins[words] += 1
            taken.add(key)
            yield key, row.id

    def touched_authors(self) -> set[int]:
        """Return the authors (by id) of whom more, less or other things are seen than before."""
        if self.thread is None:
            return set()
        old, new = Counter(_visible_before(self.thread)), Counter(_visible_after(self))
        touched = old + new if self.hides_article else (old - new) + (new - old)
        return {author for author, *_ in touched if author is not None}

    def touched_tags(self) -> set[int]:
        """Return the tags (by id) that the article gains, loses, or has while it comes back."""
        if self.thread is None:
            return set()
        old, new = {tag.tag_id for tag in self.thread.tags}, {tag.tag_id for tag in self.tags}
        return old | new if self.hides_article or self.thread.values.withdrawn_at is not None else old ^ new


def _note_changes(plan: ThreadPlan) -> None:
    """Note where the rows as they will be differ from those that are there."""
    for at, row in enumerate(plan.known):
        if row is None:
            continue
        if fields := _changed_fields(row.values, plan.comments[at]):
            plan.changed_fields[at] = fields
        if row.quotes != plan.quotes[at]:
            plan.changed_quotes.append(at)
    thread = plan.thread
    if thread is None or plan.article is None:
        return
    changed = set(_changed_fields(thread.values, plan.article))
    changed |= {"visibility"} if plan.hides_article else set()
    changed |= {"tags"} if thread.tags != plan.tags else set()
    changed |= {"thread_links"} if thread.thread_links != plan.thread_links else set()
    plan.changed_article = frozenset(changed)


def _visible_before(thread: StoredThread) -> Iterator[tuple[int | None, str, Any]]:
    """Yield author, kind and day of all that is in a thread; what is hidden is of a kind of its own."""
    if thread.values.withdrawn_at is None:
        yield thread.values.author_id, "article", thread.values.published_at
        for row in thread.comments:
            if row.values.withdrawn_at is None:
                yield row.values.author_id, "comment" if row.shown else "hidden", row.values.posted_on


def _visible_after(plan: ThreadPlan) -> Iterator[tuple[int | None, str, Any]]:
    if plan.article:
        yield plan.article.author_id, "article", plan.article.published_at
    for at, row in enumerate(plan.comments):
        yield row.author_id, "hidden" if at in plan.hidden else "comment", row.posted_on


def _changed_fields(old: ArticleRow | CommentRow, new: ArticleRow | CommentRow) -> frozenset[str]:
    if old == new:
        return frozenset()
    return frozenset(name for name, before, after in zip(old._fields, old, new, strict=True) if before != after)


def match_comments(record: ThreadRecord, thread: StoredThread | None) -> ThreadPlan:
    """Find the rows of a record's comments: by key, then by words, then as edited, then by place.

    One that was gone is known again by key and by words, whatever its thread was called meanwhile.
    """
    plan = ThreadPlan(record, thread, known=[None] * len(record.comments))
    rows = list(thread.comments) if thread else []
    by_key = {row.key: row for row in rows}
    _take_rows(plan, [by_key.get(comment.key) for comment in record.comments])
    _take_rows(plan, [next((by_key[key] for key in c.former_keys if key in by_key), None) for c in record.comments])
    _take_equal_rows(plan, rows)
    taken = {row.id for row in plan.known if row}
    left = [row for row in rows if row.id not in taken and row.values.withdrawn_at is None]
    # A redacted row has no text left to compare: only its key identifies it.
    rows = [row for row in rows if row.id in taken or row.visibility != Visibility.REDACTED]
    _take_similar_rows(plan, [row for row in rows if row.id in taken or row.values.withdrawn_at is None], by_place=True)
    taken = {row.id for row in plan.known if row}
    plan.gone = [row for row in left if row.id not in taken]
    return plan


def match_taken_over(plan: ThreadPlan, rows: Sequence[StoredComment]) -> None:
    """Find rows of another thread for comments that have none, by words and as edited."""
    _take_similar_rows(plan, rows, by_place=False)


def _take_rows(plan: ThreadPlan, rows: Sequence[StoredComment | None]) -> None:
    """Note rows found, each once, for comments that have none."""
    taken = {row.id for row in plan.known if row}
    for at, row in enumerate(rows):
        if row is not None and plan.known[at] is None and row.id not in taken:
            plan.known[at] = row
            taken.add(row.id)


def _take_equal_rows(plan: ThreadPlan, rows: Sequence[StoredComment]) -> None:
    """Note rows that say the very same, whatever their keys: those in their place first, then those that were gone."""
    if None not in plan.known:
        return
    taken = {row.id for row in plan.known if row}
    waiting: dict[matching.Said, deque[StoredComment]] = defaultdict(deque)
    for row in sorted(rows, key=lambda row: row.values.withdrawn_at is not None):
        if row.id not in taken and row.visibility != Visibility.REDACTED:
            waiting[fingerprint(row)].append(row)
    for at, comment in enumerate(plan.record.comments):
        if waiting and plan.known[at] is None and (equal := waiting.get(record_fingerprint(comment))):
            plan.known[at] = equal.popleft()


def _take_similar_rows(plan: ThreadPlan, rows: Sequence[StoredComment], *, by_place: bool) -> None:
    """Match what is left by words and likeness. Rows that are taken tell the places of the others."""
    taken = {row.id for row in plan.known if row}
    if None not in plan.known or all(row.id in taken for row in rows):
        return
    old = [matching.Said(None, None, row.key) if row.id in taken else fingerprint(row) for row in rows]
    new = [
        matching.Said(None, None, row.key) if row else record_fingerprint(comment)
        for row, comment in zip(plan.known, plan.record.comments, strict=True)
    ]
    pairs = matching.pair(old, new, by_place=by_place)
    _take_rows(plan, [rows[pairs[at]] if at in pairs else None for at in range(len(new))])


def fingerprint(row: StoredComment) -> matching.Said:
    """Return what tells a stored comment from others."""
    return _fingerprint(row.author, row.values.posted_on, row.values.body)


def record_fingerprint(comment: CommentRecord) -> matching.Said:
    """Return what tells a comment read from others."""
    return _fingerprint(comment.author, comment.posted_on, comment.body)


def _fingerprint(author: str | None, posted_on: Any, body: str) -> matching.Said:
    return matching.Said(author, posted_on, known_words(draft("", author, None, posted_on, body).words, body))


def apply_decisions(plan: ThreadPlan, people: Mapping[str | None, Person], opted_out: Collection[str]) -> None:
    """Bring moderators' words into the plan: what is hidden stays hidden, corrected links stay corrected.

    `opted_out` are the names of all who opted out.
    """
    plan.held = _possible_copies(plan)
    for at, (row, comment) in enumerate(zip(plan.known, plan.record.comments, strict=True)):
        if at in plan.held or (not row.shown if row else _is_born_hidden(plan, comment, people)):
            plan.hidden.add(at)
    thread, author = plan.thread, plan.record.author
    plan.article_hidden = bool(thread and not thread.shown) or (author is not None and people[author].opted_out)
    if thread and thread.opening_removed:
        plan.record = _keep_redacted_opening(plan.record, thread)
    if plan.hidden or (thread and (thread.corrections or thread.cut)):
        plan.record = link_decisions.apply_corrections(plan.record, thread, plan.known, plan.hidden)
    plan.record = link_decisions.bind_missing_quotes(plan.record, thread, plan.known)
    if opted_out and any(comment.addressee in opted_out for comment in plan.record.comments):
        # The search text made by a worker holds excerpts that search must not find.
        plan.record = replace(plan.record, search=())


def _possible_copies(plan: ThreadPlan) -> set[int]:
    """Return the new comments by the author and day of a redacted comment that is in no file any more."""
    matched = {row.id for row in plan.known if row}
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


def _is_born_hidden(plan: ThreadPlan, comment: CommentRecord, people: Mapping[str | None, Person]) -> bool:
    if comment.author is not None and people[comment.author].opted_out:
        return True
    return bool(plan.removed_elsewhere) and record_fingerprint(comment) in plan.removed_elsewhere


def _keep_redacted_opening(record: ThreadRecord, thread: StoredThread) -> ThreadRecord:
    """Return the record with what was left of its opening when a moderator destroyed it: its day and tags are."""
    return replace(
        record,
        title=thread.values.title,
        author=thread.author,
        published_at=thread.values.published_at,
        body=thread.values.body,
        body_html=thread.values.body_html,
        script=thread.values.script,
        front_matter=json.dumps(thread.values.front_matter, ensure_ascii=False),
    )


def fill_rows(plan: ThreadPlan, people: Mapping[str | None, Person], tag_ids: Mapping[str, int] | None) -> None:
    """Make the rows as they will be. `article_id` and `comment_ids` must be known; `tag_ids` None: tags as they are."""
    record, ids = plan.record, plan.comment_ids
    plan.comments = [_comment_row(plan, at, comment, people) for at, comment in enumerate(record.comments)]
    plan.quotes = [
        [
            QuoteRow(q.source_id, q.excerpt, q.leading, q.gone if q.target is None else ids[q.target])
            for q in comment.quotes
        ]
        for comment in record.comments
    ]
    if plan.thread and (tag_ids is None or plan.thread.opening_removed):
        plan.tags = plan.thread.tags
    elif tag_ids:
        plan.tags = [TagRow(tag_ids[tag.folded], tag.spelling) for tag in record.tags]
    plan.thread_links = {ThreadLinkRow(None, key) for key in record.thread_links}
    plan.thread_links |= {
        ThreadLinkRow(pk, key) for pk, comment in zip(ids, record.comments, strict=True) for key in comment.thread_links
    }
    shown = [comment for at, comment in enumerate(record.comments) if at not in plan.hidden]
    plan.article = ArticleRow(
        record.key,
        record.kind,
        record.title,
        people[record.author].id if record.author else None,
        record.published_at,
        record.modified_at,
        record.source_url,
        json.loads(record.front_matter),
        record.body,
        record.body_html,
        record.script,
        len(shown),
        max((comment.posted_on for comment in shown if comment.posted_on), default=None),
        None,
    )
    _note_changes(plan)


def filled_article(plan: ThreadPlan) -> ArticleRow:
    """Return the article's row of a plan. Raises ValueError before `fill`."""
    if plan.article is None:
        raise ValueError("the rows of this plan are not filled in yet")
    return plan.article


def _comment_row(plan: ThreadPlan, at: int, comment: CommentRecord, people: Mapping[str | None, Person]) -> CommentRow:
    return CommentRow(
        plan.article_id,
        comment.key,
        at,
        people[comment.author].id if comment.author else None,
        comment.posted_on,
        comment.source_id,
        comment.body,
        comment.body_html,
        comment.script,
        comment.removed_at_source,
        comment.addressee,
        None if comment.answers is None else plan.comment_ids[comment.answers],
        comment.answers_article,
        comment.link_method,
        comment.link_confidence,
        comment.order,
        comment.depth,
        comment.nth,
        comment.answer_count,
        comment.descendant_count,
        None,
    )
