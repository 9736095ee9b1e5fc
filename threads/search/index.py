"""The index of all that may be seen, kept true in the transaction that changes the rows. Sole writer of its tables.

Called by the loader, `placement`, `moderation` and the commands. An entry whose text or filters changed gets a new
number. The old number is never given again: FTS5 without content cannot take words back, and what it still holds
under a number that no entry has can be found by no one. `upkeep.rebuild` makes the text anew, without such remains.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from django.db import connection, transaction
from django.db.models import Max

from threads.database.bulk import insert
from threads.models import ArchiveState, Author, AuthorName, SearchEntry
from threads.search import entries
from threads.search.backends import backend
from threads.search.entries import Entry
from threads.search.numbers import UNDATED, day_number, first_of, is_full
from threads.search.rows import TextRow
from threads.search.tokens import EntryText, prepare
from threads.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["RULES", "Entry", "EntryText", "add_new", "prepare", "tidy", "update", "update_comments"]

RULES: Final = 1
"""Grows whenever `tokens` or `entries` would make other text of the same rows; `rebuild` then brings an archive up."""
RULES_KEY: Final = "search"
ENTRY_FIELDS: Final = ("id", "article_id", "comment_id", "author_id", "digest")
BATCH: Final = 1_000
ARTICLES_AT_ONCE: Final = 100

Item = TypeVar("Item")


def update(article_ids: Iterable[int]) -> None:
    """Make the index say of these articles and their comments what may be seen of them now.

    What has not changed is left alone. Queries: a fixed number for each 100 articles and each 1,000 comments.
    """
    with transaction.atomic():
        for ids in chunks(sorted(set(article_ids)), ARTICLES_AT_ONCE):
            _update(ids)


def update_comments(comment_ids: Iterable[int]) -> None:
    """Do the same for these comments alone: where nothing else that is indexed of their threads changed.

    Queries: a fixed number for each 1,000 comments.
    """
    with transaction.atomic():
        for ids in chunks(sorted(set(comment_ids)), BATCH):
            known = _known(comment__in=ids)
            _replace(known, entries.of_comments(entries.comments_among(ids)))
            drop([number for number, _ in known.values()])


def _update(article_ids: Sequence[int]) -> None:
    known = _known(article__in=article_ids)
    for batch in _entries_of(article_ids):
        _replace(known, batch)
    drop([number for number, _ in known.values()])


def _known(**of: object) -> dict[tuple[int, int | None], tuple[int, int]]:
    """Return number and digest of entries by what they are of."""
    rows = SearchEntry.objects.filter(**of).values_list("article_id", "comment_id", "id", "digest")
    return {(article_id, comment_id): (number, digest) for article_id, comment_id, number, digest in rows}


def _replace(known: dict[tuple[int, int | None], tuple[int, int]], batch: Iterable[Entry]) -> None:
    """Index anew what is not `known` as it is, and take it out of `known`: what stays there should not be indexed."""
    changed: list[Entry] = []
    stale: list[int] = []
    for entry in batch:
        before = known.pop((entry.article_id, entry.comment_id), None)
        if before is None or before[1] != entry.digest:
            changed.append(entry)
            stale += [before[0]] if before else []
    drop(stale)
    moved = _known(comment__in=[entry.comment_id for entry in changed if entry.comment_id])
    drop([number for number, _ in moved.values()])
    for one in moved:
        # Its number may be given again, and must not be dropped then for what it was.
        known.pop(one, None)
    add_new(changed)


def _entries_of(article_ids: Sequence[int]) -> Iterator[list[Entry]]:
    """Return what should be indexed of these articles, in batches."""
    yield entries.of_articles(article_ids)
    for rows in chunks(entries.comments_of(article_ids), BATCH):
        yield entries.of_comments(rows)


def add_new(new: Sequence[Entry]) -> None:
    """Index what is not in the index yet: visible articles and comments whose rows are already written.

    About five queries, however many entries. The caller's transaction makes it one with the rows.
    """
    if not new:
        return
    with transaction.atomic():
        numbered = _numbered(new)
        insert(SearchEntry, ENTRY_FIELDS, [row_of(number, entry) for number, entry in numbered])
        backend().write([text_of(number, entry) for number, entry in numbered])
        learn_names()


def _numbered(new: Sequence[Entry]) -> list[tuple[int, Entry]]:
    """Give entries the next numbers of their days, in ascending order; equals keep the order in which they came."""
    days = [day_number(entry.day) for entry in new]
    last = {day: first_of(day) for day in (UNDATED, *days)} | backend().highest({UNDATED, *days})
    numbered: list[tuple[int, Entry]] = []
    for wanted, entry in sorted(zip(days, new, strict=True), key=lambda pair: pair[0]):
        day = UNDATED if is_full(last[wanted]) else wanted
        last[day] += 1
        numbered.append((last[day], entry))
    return sorted(numbered, key=lambda pair: pair[0])


def row_of(number: int, entry: Entry) -> tuple[int, int, int | None, int | None, int]:
    """Return the values of ENTRY_FIELDS that stand for an entry."""
    return number, entry.article_id, entry.comment_id, entry.author_id, entry.digest


def text_of(number: int, entry: Entry) -> TextRow:
    """Return what the full-text table holds of an entry."""
    return TextRow(number, entry.text.title, entry.text.words, entry.text.quoted, entry.meta)


def drop(numbers: Sequence[int]) -> None:
    """Take entries out of the index."""
    for some in chunks(numbers, BATCH):
        SearchEntry.objects.filter(pk__in=some).delete()
        backend().drop(some)


def learn_names() -> None:
    """Fold the names of authors who came since the last time. Names never change; ids grow."""
    newest = AuthorName.objects.aggregate(newest=Max("author_id"))["newest"] or 0
    names = Author.objects.filter(pk__gt=newest).values_list("id", "name")
    insert(AuthorName, ("author_id", "folded"), [(pk, fold(name)) for pk, name in names])


def tidy() -> None:
    """Put the full-text table in order after many writes: at the end of an import, not of each batch."""
    with transaction.atomic():
        backend().tidy()
        remember_rules(only_if_new=True)
    if not connection.in_atomic_block:
        backend().shrink()


def remember_rules(*, only_if_new: bool = False) -> None:
    """Write down with which rules the index was made (`only_if_new`: unless that is already written)."""
    state = ArchiveState.objects.select_for_update().get_or_create(pk=1)[0]
    if only_if_new and RULES_KEY in state.rules:
        return
    state.rules[RULES_KEY] = RULES
    state.save(update_fields=["rules"])


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Return the items in lists of `size`, the last one shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
