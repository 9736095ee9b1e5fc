"""What storing a record would change: which comment is which row, and which fields differ. No database access."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from threads.importing.build import CommentRecord, QuoteRecord, ThreadRecord
from threads.importing.state import ARTICLE_COLUMNS, ArticleRow, CommentRow, Decision, QuoteRow, TagRow, ThreadLinkRow
from threads.models import Reason, Visibility
from threads.parsing.document import read_facts
from threads.replies import matching
from threads.replies.comment_keys import CommentKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from threads.database.names import Person
    from threads.importing.state import StoredComment, StoredThread

ARTICLE_FACTS: Final = [
    field.name for field in fields(ThreadRecord) if field.name in ARTICLE_COLUMNS and field.name != "front_matter"
]
COMMENT_FACTS: Final = [name for name in CommentRecord._fields if name in CommentRow._fields]
"""Names of the fields that a record and a row have in common."""
COUNTED_FIELDS: Final = frozenset({"article_id", "author_id", "published_at", "posted_on", "withdrawn_at"})
LINK_FIELDS: Final = frozenset({"answers_id", "answers_article", "link_method", "link_confidence"})


@dataclass(slots=True)
class ThreadPlan:
    """One thread: its record, its stored rows, and the rows to write."""

    record: ThreadRecord
    thread: StoredThread | None
    article_id: int = 0
    rows: list[StoredComment | None] = field(default_factory=list)
    """For each comment of the record its row; None if new."""
    comment_ids: list[int] = field(default_factory=list)
    gone: list[StoredComment] = field(default_factory=list)
    """Current rows that are in no file any more: to be withdrawn."""
    merged: list[tuple[StoredComment, int]] = field(default_factory=list)
    """Rows of repeats, each with the index of the comment that it repeats: to be merged with the row of that."""
    merged_ids: Mapping[int | None, int] = field(default_factory=dict)
    """Ids of merged rows of the batch, with those of the comments that they repeat."""
    donors: list[StoredThread] = field(default_factory=list)
    """Threads that lost a file to this one, and live on with their others."""
    decisions: dict[int, Decision] = field(default_factory=dict)
    """Indexes of new, changed and returning comments that are hidden from now on."""
    article_decision: Decision | None = None
    """Set if the opening text is a copy of a removed one."""
    held: set[int | None] = field(default_factory=set)
    """Indexes of new comments, None for the opening text, that may be copies: hidden until a moderator decides."""
    removed_quotes: dict[tuple[int, int], int] = field(default_factory=dict)
    """Ids of removed comments that quotes repeat, by index of the comment and ordinal; also of other threads."""
    hidden: set[int] = field(default_factory=set)
    """Indexes of comments that are hidden or will be hidden when stored."""
    article_hidden: bool = False
    """True if the article is hidden or will be hidden when stored."""
    article: ArticleRow = field(init=False)
    """The row to write, as `fill_rows` made it."""
    comments: list[CommentRow] = field(default_factory=list)
    quotes: list[list[QuoteRow]] = field(default_factory=list)
    tags: list[TagRow] = field(default_factory=list)
    thread_links: set[ThreadLinkRow] = field(default_factory=set)
    changed_fields: dict[int, frozenset[str]] = field(default_factory=dict)
    """Names of changed fields, `quotes` among them, by index of the comment."""
    changed_article: frozenset[str] = frozenset()
    """Names of the article's changed fields; `tags` and `thread_links` among them."""

    def hold(self, index: int | None) -> Decision:
        """Note a text that may be a copy of a removed one; return the decision that hides it until a moderator's."""
        self.held.add(index)
        return Decision(Visibility.HIDDEN.value, Reason.OTHER.value, timezone.now())

    @property
    def added(self) -> list[int]:
        """Indexes of comments without a row."""
        return [index for index, row in enumerate(self.rows) if row is None]

    @property
    def indexes(self) -> dict[int | None, int]:
        """Indexes of the comments that have a row, by the id of the row."""
        return {row.id: index for index, row in enumerate(self.rows) if row}

    @property
    def changed_quotes(self) -> list[int]:
        """Indexes of comments whose quotes changed."""
        return [index for index, names in self.changed_fields.items() if "quotes" in names]

    @property
    def hides_article(self) -> bool:
        """True if a visible article now names an opted-out author or is a copy of a removed one."""
        return self.article_hidden and self.thread is not None and self.thread.is_visible

    @property
    def unmatched_rekeyed_rows(self) -> list[StoredComment]:
        """Rows of a thread whose key changed that are in none of its files; their keys derive from the old key."""
        if self.thread is None or self.thread.key == self.record.key:
            return []
        matched = self.indexes
        return [row for row in self.thread.comments if row.id not in matched and row.visibility != Visibility.REDACTED]

    def freed_keys(self) -> Iterator[tuple[str, int]]:
        """Yield (key, id) for rows that must give up their keys before any other row can get them.

        A comment that is matched by its identity may have the key that another row had. Rows that get their own new key
        later have a key that no comment has, until then.
        """
        wanted = {comment.key for comment in self.record.comments}
        pairs = zip(self.rows, self.record.comments, strict=True)
        yield from ((f"~{row.id}", row.id) for row, comment in pairs if row and row.key != comment.key)
        left = self.unmatched_rekeyed_rows
        if self.thread and not left:
            matched = self.indexes
            left = [row for row in self.thread.comments if row.id not in matched and row.key in wanted]
        yield from self.new_keys(left)

    @property
    def changes(self) -> bool:
        """True if any row differs."""
        changed = self.added or self.gone or self.merged or self.changed_fields or self.changed_article
        return self.thread is None or bool(changed)

    def differences(self) -> Iterator[str]:
        """Yield a line for each difference from the stored rows."""
        if article := self.changed_article:
            yield _("%(key)s: %(fields)s") % {"key": self.record.key, "fields": ", ".join(sorted(article))}
        for index, names in sorted(self.changed_fields.items()):
            key = self.record.comments[index].key
            yield _("comment %(key)s: %(fields)s") % {"key": key, "fields": ", ".join(sorted(names))}
        for index in self.added:
            yield _("comment %s: missing") % self.record.comments[index].key
        for row in self.gone:
            yield _("comment %s: not in any file") % row.key
        for row, index in self.merged:
            other = self.record.comments[index].key
            yield _("comment %(key)s: repeats %(other)s") % {"key": row.key, "other": other}

    def former_keys(self) -> Iterator[tuple[str, tuple[int | None, int | None]]]:
        """Yield former keys of the article and its comments, each with its (article, comment) ids."""
        if self.thread and self.thread.key != self.record.key:
            yield self.thread.key, (self.article_id, None)
            for left in self.unmatched_rekeyed_rows:
                yield left.key, (None, left.id)
        current = {comment.key for comment in self.record.comments}
        for index, (row, comment) in enumerate(zip(self.rows, self.record.comments, strict=True)):
            older = comment.former_keys if row is None or row.key == comment.key else (*comment.former_keys, row.key)
            for key in older:
                if key not in current:
                    yield key, (None, self.comment_ids[index])

    def new_keys(self, rows: Iterable[StoredComment]) -> list[tuple[str, int]]:
        """Return (key, id) for rows without a file: keys derived from the record's thread.

        A comment that returns to a file is matched by this key. Its old key is free for the thread it derives from.
        """
        taken = {comment.key for comment in self.record.comments}
        taken |= {row.key for row in self.thread.comments} if self.thread else set()
        keys = CommentKeys(self.record.key, taken)
        return [(keys.make(row_fingerprint(row)), row.id) for row in rows]

    def touched_authors(self) -> set[int]:
        """Return the ids of authors whose visible articles or comments change."""
        thread = self.thread
        if thread is None:
            return set()
        returns = self.hides_article or thread.values.withdrawn_at is not None
        counted = {index for index, names in self.changed_fields.items() if names & COUNTED_FIELDS}
        counted |= {index for _, index in self.merged} | self.decisions.keys()
        indexes = range(len(self.rows)) if returns else counted.union(self.added)
        matched = self.indexes
        left = [row for row in thread.comments if row.id not in matched and row.values.withdrawn_at is None]
        changed = [*left, *(row for row, _ in self.merged), *(self.rows[index] for index in indexes)]
        authors = {row.values.author_id for row in changed if row} | {self.comments[i].author_id for i in indexes}
        if returns or self.changed_article & COUNTED_FIELDS:
            authors |= {thread.values.author_id, self.article.author_id}
        return {author for author in authors if author is not None}

    def touched_tags(self) -> set[int]:
        """Return the ids of tags whose visible articles change."""
        if self.thread is None:
            return set()
        old, new = {tag.tag_id for tag in self.thread.tags}, {tag.tag_id for tag in self.tags}
        return old | new if self.hides_article or self.thread.values.withdrawn_at is not None else old ^ new


def _note_changes(plan: ThreadPlan) -> None:
    """Record the differences between the stored rows and the rows to write."""
    for index, row in enumerate(plan.rows):
        if row is None:
            continue
        changed_quotes = {"quotes"} if row.quotes != plan.quotes[index] else set()
        if fields := _changed_fields(row.values, plan.comments[index]) | changed_quotes:
            plan.changed_fields[index] = fields
    thread = plan.thread
    if thread is None:
        return
    changed = {name for name in ARTICLE_COLUMNS if getattr(thread.values, name) != getattr(plan.article, name)}
    changed |= {"visibility"} if plan.hides_article else set()
    changed |= {"tags"} if thread.tags != plan.tags else set()
    changed |= {"thread_links"} if thread.thread_links != plan.thread_links else set()
    plan.changed_article = frozenset(changed)


def _changed_fields(old: CommentRow, new: CommentRow) -> frozenset[str]:
    if old == new:
        return frozenset()
    return frozenset(name for name, before, after in zip(old._fields, old, new, strict=True) if before != after)


def match_rows(record: ThreadRecord, thread: StoredThread | None) -> ThreadPlan:
    """Match a record's comments with rows: by key, by equal text, then by similar text or position.

    The identity at the source comes first, where it is known. Withdrawn rows are matched by it, by key and equal text;
    hidden ones also by similar text. Rows of repeats are merged.
    """
    plan = ThreadPlan(record, thread, rows=[None] * len(record.comments))
    rows = list(thread.comments) if thread else []
    # A redacted row has no text left to compare: only its key identifies it.
    known = {read_facts(row.values).identity: row for row in rows if row.visibility != Visibility.REDACTED}
    known.pop("", None)
    _take_rows(plan, [known.get(read_facts(comment).identity) for comment in record.comments] if known else [])
    by_key = {row.key: row for row in rows}
    _take_rows(plan, [by_key.get(comment.key) for comment in record.comments])
    _take_rows(plan, [next((by_key[key] for key in c.former_keys if key in by_key), None) for c in record.comments])
    if thread and any(comment.former_keys for comment in record.comments):
        _merge_repeats(plan, thread)
        rows = thread.comments
    _take_equal_rows(plan, rows)
    taken = plan.indexes
    left = [row for row in rows if row.id not in taken and row.values.withdrawn_at is None]
    rows = [row for row in rows if row.id in taken or row.visibility != Visibility.REDACTED]
    take_similar_rows(plan, [row for row in rows if row.id in taken or row.values.withdrawn_at is None], by_place=True)
    take_similar_rows(plan, [row for row in rows if not row.is_visible])
    taken = plan.indexes
    plan.gone = [row for row in left if row.id not in taken]
    return plan


def _merge_repeats(plan: ThreadPlan, thread: StoredThread) -> None:
    """Take the rows of other keys of matched comments out of the thread, to merge them; redacted ones stay."""
    index_of = {key: index for index, comment in enumerate(plan.record.comments) for key in comment.former_keys}
    taken = plan.indexes
    kept_rows: dict[int | None, StoredComment] = {}
    for row in thread.comments:
        index = index_of.get(row.key)
        kept = None if index is None else plan.rows[index]
        if index is not None and kept and row.id not in taken and row.visibility != Visibility.REDACTED:
            plan.merged.append((row, index))
            kept_rows[row.id] = kept
    thread.comments = [row for row in thread.comments if row.id not in kept_rows]
    corrections = dict(sorted(thread.corrections.items(), key=lambda pair: pair[0] not in kept_rows))
    ids = {merged: kept.id for merged, kept in kept_rows.items()}
    thread.corrections = {ids.get(comment, comment): ids.get(target, target) for comment, target in corrections.items()}


def _take_rows(plan: ThreadPlan, rows: Sequence[StoredComment | None]) -> None:
    """Assign rows to unmatched comments, each row once."""
    taken = set(plan.indexes)
    for index, row in enumerate(rows):
        if row is not None and plan.rows[index] is None and row.id not in taken:
            plan.rows[index] = row
            taken.add(row.id)


def _take_equal_rows(plan: ThreadPlan, rows: Sequence[StoredComment]) -> None:
    """Match rows of equal author, day and text, whatever their keys: current rows before withdrawn ones."""
    taken = plan.indexes
    free = [row for row in rows if row.id not in taken and row.visibility != Visibility.REDACTED]
    free.sort(key=lambda row: row.values.withdrawn_at is not None)
    unmatched = plan.added if free else []
    new = [record_fingerprint(plan.record.comments[index]) for index in unmatched]
    for place, row_place in matching.match_equal([row_fingerprint(row) for row in free] if new else [], new).items():
        plan.rows[unmatched[place]] = free[row_place]


def take_similar_rows(plan: ThreadPlan, rows: Sequence[StoredComment], *, by_place: bool = False) -> None:
    """Match the remaining rows by equal or similar text; matched rows fix the positions of the others."""
    taken = plan.indexes
    if None not in plan.rows or all(row.id in taken for row in rows):
        return
    old = [
        matching.CommentFingerprint(None, None, row.key) if row.id in taken else row_fingerprint(row) for row in rows
    ]
    new = [
        matching.CommentFingerprint(None, None, row.key) if row else record_fingerprint(comment)
        for row, comment in zip(plan.rows, plan.record.comments, strict=True)
    ]
    pairs = matching.match_comments(old, new, by_position=by_place)
    _take_rows(plan, [rows[pairs[index]] if index in pairs else None for index in range(len(new))])


def row_fingerprint(row: StoredComment) -> matching.CommentFingerprint:
    """Return the fingerprint of a stored comment."""
    return matching.fingerprint(row.author, row.values.posted_on, row.values.body)


def record_fingerprint(comment: CommentRecord) -> matching.CommentFingerprint:
    """Return the fingerprint of a comment of a record."""
    return matching.fingerprint(comment.author, comment.posted_on, comment.body)


def fill_rows(plan: ThreadPlan, people: Mapping[str | None, Person], tag_ids: Mapping[str, int] | None) -> None:
    """Fill in the rows to write. Needs `article_id` and `comment_ids`; without `tag_ids` the tags stay as stored."""
    record, ids = plan.record, plan.comment_ids
    plan.comments = [_comment_row(plan, index, comment, people) for index, comment in enumerate(record.comments)]
    plan.quotes = [[_quote_row(plan, quote) for quote in comment.quotes] for comment in record.comments]
    if plan.thread and (tag_ids is None or plan.thread.has_redacted_opening):
        plan.tags = plan.thread.tags
    elif tag_ids:
        plan.tags = [TagRow(tag_ids[tag.folded], tag.spelling) for tag in record.tags]
    plan.thread_links = {ThreadLinkRow(None, key) for key in record.thread_links}
    plan.thread_links |= {
        ThreadLinkRow(pk, key) for pk, comment in zip(ids, record.comments, strict=True) for key in comment.thread_links
    }
    shown = [comment for index, comment in enumerate(record.comments) if index not in plan.hidden]
    plan.article = ArticleRow(
        **_author_fields(record.author, people),
        front_matter=json.loads(record.front_matter),
        comment_count=len(shown),
        last_comment_on=max((comment.posted_on for comment in shown if comment.posted_on), default=None),
        withdrawn_at=None,
        **{name: getattr(record, name) for name in ARTICLE_FACTS},
    )
    _note_changes(plan)


def _quote_row(plan: ThreadPlan, quote: QuoteRecord) -> QuoteRow:
    gone = plan.merged_ids.get(quote.gone, quote.gone)
    target = gone if quote.target is None else plan.comment_ids[quote.target]
    return QuoteRow(quote.source_id, quote.excerpt, quote.leading, target)


def _author_fields(name: str | None, people: Mapping[str | None, Person]) -> dict[str, Any]:
    """Return the author of a name, or the name itself if nobody is its author."""
    person = people.get(name)
    return {"author_id": person and person.id, "placeholder_name": None if person else name}


def _comment_row(
    plan: ThreadPlan, index: int, comment: CommentRecord, people: Mapping[str | None, Person]
) -> CommentRow:
    return CommentRow(
        article_id=plan.article_id,
        position=index,
        **_author_fields(comment.author, people),
        answers_id=None if comment.answers is None else plan.comment_ids[comment.answers],
        withdrawn_at=None,
        **{name: getattr(comment, name) for name in COMMENT_FACTS},
    )
