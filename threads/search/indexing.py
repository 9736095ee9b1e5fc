"""The search index: update it with the rows, rebuild it, compare it with them. The only writer of its tables.

A changed text gets a new entry id. Ids are never used again, because FTS5 without content cannot delete a text: it
stays in the table as a stale entry, which no search finds and `rebuild_index` removes.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, F, Max, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.database.bulk import in_parts, insert_rows
from threads.models import ArchiveState, Article, Author, AuthorName, Comment, SearchEntry
from threads.search.backends import get_backend
from threads.search.backends.conditions import TextRow
from threads.search.entries import (
    BATCH,
    UNDATED,
    IndexEntry,
    build_article_entries,
    build_comment_entries,
    build_thread_entries,
    day_ordinal,
    first_id,
    is_id_of_day,
    is_last_id,
)
from threads.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from threads.querysets import ArticleQuerySet, CommentQuerySet

INDEX_RULES: Final = 1
"""Increase this when a change of `tokens` or `entries` needs `rebuild_search`."""
RULES_KEY: Final = "search"
ARTICLES_PER_BATCH: Final = 100


class _Source(NamedTuple):
    """The row that an entry belongs to."""

    article_id: int
    comment_id: int | None


class _Indexed(NamedTuple):
    """What the index stores of an entry."""

    id: int
    digest: int


# Updating


def update_articles(article_ids: Iterable[int]) -> None:
    """Update the entries of these articles and their comments. Unchanged entries stay.

    Queries: a fixed number for each 100 articles and each 1,000 comments.
    """
    with transaction.atomic(savepoint=False):
        for ids in in_parts(sorted(set(article_ids)), ARTICLES_PER_BATCH):
            existing = _load_indexed(article__in=ids)
            for batch in build_thread_entries(ids):
                _replace_changed(existing, batch)
            delete_entries([indexed.id for indexed in existing.values()])
        add_author_names()


def update_comments(comment_ids: Iterable[int]) -> None:
    """Update the entries of these comments, whose authors are indexed. At most ten queries for each 1,000 comments."""
    with transaction.atomic(savepoint=False):
        for ids in in_parts(sorted(set(comment_ids)), BATCH):
            _replace_changed(_load_indexed(comment__in=ids), build_comment_entries(ids), is_complete=True)


def _load_indexed(**filters: object) -> dict[_Source, _Indexed]:
    rows = SearchEntry.objects.filter(**filters).values_list("article_id", "comment_id", "id", "digest")
    return {
        _Source(article_id, comment_id): _Indexed(entry_id, digest) for article_id, comment_id, entry_id, digest in rows
    }


def _replace_changed(
    existing: dict[_Source, _Indexed], batch: Iterable[IndexEntry], *, is_complete: bool = False
) -> None:
    """Index new and changed entries again. Remove the sources of the batch from `existing`: the rest is obsolete.

    `is_complete` deletes the rest, too: no other batch follows.
    """
    changed: list[IndexEntry] = []
    outdated: list[int] = []
    new: list[int] = []
    for entry in batch:
        indexed = existing.pop(_Source(entry.article_id, entry.comment_id), None)
        if indexed is None or indexed.digest != entry.digest:
            changed.append(entry)
            outdated += [indexed.id] if indexed else []
            new += [entry.comment_id] if entry.comment_id and indexed is None else []
    if is_complete:
        outdated += [indexed.id for indexed in existing.values()]
    moved = _load_indexed(comment__in=new) if new else {}
    delete_entries([*outdated, *(indexed.id for indexed in moved.values())])
    for source in moved:
        # Its id may be used again on PostgreSQL, so the caller must not delete it.
        existing.pop(source, None)
    add_entries(changed)


def add_entries(entries: Sequence[IndexEntry]) -> None:
    """Index visible articles and comments that are not indexed yet. Their rows must exist. About three queries."""
    if not entries:
        return
    with transaction.atomic(savepoint=False):
        numbered = _assign_ids(entries)
        fields = ("id", "article_id", "comment_id", "author_id", "digest")
        rows = [
            (entry_id, entry.article_id, entry.comment_id, entry.author_id, entry.digest)
            for entry_id, entry in numbered.items()
        ]
        insert_rows(SearchEntry, fields, rows)
        get_backend().write([make_text_row(entry_id, entry) for entry_id, entry in numbered.items()])


def _assign_ids(entries: Sequence[IndexEntry]) -> dict[int, IndexEntry]:
    """Return entries by the next ids of their days, in ascending order. Entries of one day keep their order."""
    days = {UNDATED, *(day_ordinal(entry.day) for entry in entries)}
    last_ids = {day: first_id(day) for day in days} | get_backend().highest_ids(days)
    numbered: dict[int, IndexEntry] = {}
    for entry in sorted(entries, key=lambda entry: day_ordinal(entry.day)):
        day = day_ordinal(entry.day)
        day = UNDATED if is_last_id(last_ids[day]) else day
        last_ids[day] += 1
        numbered[last_ids[day]] = entry
    return {entry_id: numbered[entry_id] for entry_id in sorted(numbered)}


def make_text_row(entry_id: int, entry: IndexEntry) -> TextRow:
    """Return an entry's row of the full-text table."""
    return TextRow(entry_id, entry.text.title, entry.text.words, entry.text.quoted, entry.meta)


def delete_entries(entry_ids: Sequence[int]) -> None:
    """Delete entries from the index."""
    for ids in in_parts(entry_ids, BATCH):
        SearchEntry.objects.filter(pk__in=ids).delete()
        get_backend().delete(ids)


def add_author_names() -> None:
    """Fold the names of authors added since the last call. Names never change, and ids only increase."""
    newest = AuthorName.objects.aggregate(newest=Max("author_id"))["newest"] or 0
    names = Author.objects.filter(pk__gt=newest).values_list("id", "name")
    insert_rows(AuthorName, ("author_id", "folded"), [(pk, fold(name)) for pk, name in names])


def optimize_index() -> None:
    """Optimize the full-text table after many writes: at the end of an import, not after each batch."""
    with transaction.atomic():
        get_backend().optimize()
        _store_rules(only_if_missing=True)
    if not connection.in_atomic_block:
        get_backend().free_space()


def _store_rules(*, only_if_missing: bool = False) -> None:
    state = ArchiveState.objects.select_for_update().get_or_create(pk=1)[0]
    if only_if_missing and RULES_KEY in state.rules:
        return
    state.rules[RULES_KEY] = INDEX_RULES
    state.save(update_fields=["rules"])


# Rebuilding


def rebuild_index(progress: Callable[[int], object] = lambda done: done) -> int:
    """Build the index again from the rows, in one transaction. Return the number of entries.

    Entries keep their ids, so results do not change. `progress` gets the number of entries done so far. Memory grows by
    eight bytes for each entry that was missing.
    """
    done = 0
    with transaction.atomic():
        get_backend().clear()
        for count in chain(_rewrite_existing(), _add_missing()):
            done += count
            progress(done)
        AuthorName.objects.all().delete()
        add_author_names()
        _store_rules()
    optimize_index()
    return done


def _rewrite_existing() -> Iterator[int]:
    """Write the texts of existing entries, and delete obsolete entries. Yield the number of each batch."""
    for rows in _read_batches():
        entries = _build_entries(rows)
        kept: list[SearchEntry] = []
        changed: list[SearchEntry] = []
        for row in rows:
            entry = entries.get(_Source(row.article_id, row.comment_id))
            if entry and is_id_of_day(row.id, entry.day):
                kept.append(row)
                if (row.digest, row.author_id) != (entry.digest, entry.author_id):
                    row.digest, row.author_id = entry.digest, entry.author_id
                    changed.append(row)
        kept_ids = {row.id for row in kept}
        delete_entries([row.id for row in rows if row.id not in kept_ids])
        SearchEntry.objects.bulk_update(changed, ["digest", "author"], batch_size=200)
        get_backend().write([make_text_row(row.id, entries[_Source(row.article_id, row.comment_id)]) for row in kept])
        yield len(kept)


def _add_missing() -> Iterator[int]:
    """Index visible rows without an entry, oldest first. Yield the number of each batch."""
    articles = _articles_without_entry().order_by(F("published_at").asc(nulls_first=True), "key")
    comments = _comments_without_entry().order_by(F("posted_on").asc(nulls_first=True), "article__key", "position")
    article_batches = map(build_article_entries, in_parts(list(articles.values_list("pk", flat=True)), BATCH))
    comment_batches = map(build_comment_entries, in_parts(list(comments.values_list("pk", flat=True)), BATCH))
    for entries in chain(article_batches, comment_batches):
        add_entries(entries)
        yield len(entries)


def _read_batches() -> Iterator[list[SearchEntry]]:
    """Yield the rows of the index by id, in batches. One query each."""
    rows = list(SearchEntry.objects.order_by("id")[:BATCH])
    while rows:
        yield rows
        rows = list(SearchEntry.objects.filter(id__gt=rows[-1].id).order_by("id")[:BATCH])


def _build_entries(rows: Sequence[SearchEntry]) -> dict[_Source, IndexEntry]:
    """Return what the index should have of the sources of these rows."""
    articles = build_article_entries([row.article_id for row in rows if row.comment_id is None])
    comments = build_comment_entries([row.comment_id for row in rows if row.comment_id is not None])
    return {_Source(entry.article_id, entry.comment_id): entry for entry in chain(articles, comments)}


def _articles_without_entry() -> ArticleQuerySet:
    own = SearchEntry.objects.filter(article=OuterRef("pk"), comment=None)
    return Article.objects.visible().filter(~Exists(own))


def _comments_without_entry() -> CommentQuerySet:
    return Comment.objects.visible().filter(~Exists(SearchEntry.objects.filter(comment=OuterRef("pk"))))


# Checking


def find_index_problems() -> list[str]:
    """Return a message for each kind of difference between the index and the rows.

    Reads all texts and changes nothing. A fixed number of queries for each 1,000 entries.
    """
    problems = get_backend().find_damage()
    state = ArchiveState.objects.first()
    if state and state.rules.get(RULES_KEY, INDEX_RULES) != INDEX_RULES:
        problems.append(_("the search index was built with other rules; run rebuild_search"))
    missing = _articles_without_entry().count() + _comments_without_entry().count()
    if missing:
        problems.append(
            ngettext("%d text is missing from the search index", "%d texts are missing from the search index", missing)
            % missing
        )
    if textless := _count_rows_missing_in("threads_searchentry", get_backend().id_table):
        problems.append(ngettext("%d search entry has no text", "%d search entries have no text", textless) % textless)
    wrong = sum(_count_wrong(rows) for rows in _read_batches())
    if wrong:
        problems.append(
            ngettext(
                "%d search entry differs from its article or comment",
                "%d search entries differ from their articles or comments",
                wrong,
            )
            % wrong
        )
    return problems


def _count_wrong(rows: Sequence[SearchEntry]) -> int:
    entries = _build_entries(rows)
    correct = [
        row
        for row in rows
        if (entry := entries.get(_Source(row.article_id, row.comment_id)))
        and entry.digest == row.digest
        and is_id_of_day(row.id, entry.day)
    ]
    return len(rows) - len(correct)


def count_stale_entries() -> int:
    """Return how many texts the full-text table has without an entry. One query."""
    return _count_rows_missing_in(get_backend().id_table, "threads_searchentry")


def _count_rows_missing_in(table: str, other: str) -> int:
    """Return how many rows of a table have no row with the same `id` in the other one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {table} entry"  # noqa: S608 - names of tables
            f" WHERE NOT EXISTS (SELECT 1 FROM {other} other WHERE other.id = entry.id)"
        )
        return int(cursor.fetchone()[0])
