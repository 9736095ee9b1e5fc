"""The search index: update it with the rows, rebuild it, compare it with them. The only writer of its tables.

A changed text gets a new entry id. Ids are never used again, because FTS5 without content cannot delete a text: it
stays in the table as a stale entry, which no search finds and `rebuild_index` removes.
"""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final

from django.db import connection, transaction
from django.db.models import Exists, F, Max, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from threads.database.bulk_writes import in_parts, insert_rows
from threads.models import ArchiveState, Article, Author, AuthorName, Comment, SearchEntry
from threads.search.backends import get_backend
from threads.search.backends.conditions import Hit, NewEntry, TextRow
from threads.search.entries import (
    BATCH,
    DAY_SHIFT,
    FIRST_DAY,
    INDEX_RULES,
    UNDATED,
    IndexEntry,
    build_article_entries,
    build_comment_entries,
    build_thread_entries,
    day_ordinal,
    first_id,
    is_id_of_day,
)
from threads.text import fold_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from threads.querysets import ArticleQuerySet, CommentQuerySet

RULES_KEY: Final = "search"
ARTICLES_PER_BATCH: Final = 100


# Updating


def update_articles(article_ids: Iterable[int]) -> None:
    """Update the entries of these articles and their comments. Unchanged entries stay.

    Queries: a fixed number for each 100 articles and each 1,000 comments.
    """
    with transaction.atomic(savepoint=False):
        for ids in in_parts(sorted(set(article_ids)), ARTICLES_PER_BATCH):
            # Entries of comments that came from other threads still have the former thread.
            moved = SearchEntry.objects.filter(comment__article__in=ids).exclude(article__in=ids)
            _replace_changed([*SearchEntry.objects.filter(article__in=ids), *moved], build_thread_entries(ids))
        add_author_names()


def update_comments(comment_ids: Iterable[int]) -> None:
    """Update the entries of these comments, whose authors are indexed. At most ten queries for each 1,000 comments."""
    with transaction.atomic(savepoint=False):
        for ids in in_parts(sorted(set(comment_ids)), BATCH):
            _replace_changed(SearchEntry.objects.filter(comment__in=ids), [build_comment_entries(ids)])


def _replace_changed(rows: Iterable[SearchEntry], batches: Iterable[Sequence[IndexEntry]]) -> None:
    """Index new and changed entries again, and delete the rows without an entry."""
    existing = {_source(row): row for row in rows}
    for batch, following in pairwise(chain(batches, (None,))):
        changed: list[IndexEntry] = []
        outdated: list[int] = []
        for entry in batch or ():
            row = existing.pop(_source(entry), None)
            if row is None or row.digest != entry.digest:
                changed.append(entry)
                outdated += [row.id] if row else []
        if following is None:
            outdated += [row.id for row in existing.values()]
        delete_entries(outdated)
        add_entries(changed)


def _source(entry: SearchEntry | IndexEntry) -> tuple[bool, int]:
    """Return whether an entry is that of a comment, and the id of the comment or article."""
    return (False, entry.article_id) if entry.comment_id is None else (True, entry.comment_id)


def add_entries(entries: Sequence[IndexEntry]) -> None:
    """Index visible articles and comments that are not indexed yet. Their rows must exist. About three queries."""
    if not entries:
        return
    with transaction.atomic(savepoint=False):
        numbered = _assign_ids(entries)
        _write_entries(numbered.items())


def _write_entries(entries: Iterable[tuple[int, IndexEntry]]) -> None:
    """Write entries with their ids, which ascend."""
    get_backend().write(
        [
            NewEntry(
                Hit(entry_id, entry.article_id, entry.comment_id, entry.author_id),
                entry.digest,
                TextRow(*entry.text, entry.meta),
            )
            for entry_id, entry in entries
        ]
    )


def _assign_ids(entries: Sequence[IndexEntry]) -> dict[int, IndexEntry]:
    """Return entries by the next ids of their days, in ascending order. Entries of one day keep their order.

    Entries after the last id of a day get an id without a date. One query.
    """
    last_ids = _last_ids({UNDATED, *(day_ordinal(entry.day) for entry in entries)})
    numbered: dict[int, IndexEntry] = {}
    for entry in sorted(entries, key=lambda entry: day_ordinal(entry.day)):
        day = day_ordinal(entry.day)
        if day != UNDATED and last_ids[day] + 1 == first_id(day + 1):
            day = UNDATED
        last_ids[day] += 1
        numbered[last_ids[day]] = entry
    return {entry_id: numbered[entry_id] for entry_id in sorted(numbered)}


def _last_ids(days: Iterable[int]) -> dict[int, int]:
    """Return the highest id ever used on each of these days. One query."""
    ranges = [(first_id(day), first_id(FIRST_DAY if day == UNDATED else day + 1)) for day in days]
    values = ", ".join(map(str, ranges))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT column1, (SELECT max(id) FROM {get_backend().id_table} WHERE id >= column1 AND id < column2)"  # noqa: S608
            f" FROM (VALUES {values}) AS days"
        )
        return {low >> DAY_SHIFT: low if last_id is None else last_id for low, last_id in cursor.fetchall()}


def delete_entries(entry_ids: Sequence[int]) -> None:
    """Delete entries from the index."""
    for ids in in_parts(entry_ids, BATCH):
        SearchEntry.objects.filter(pk__in=ids).delete()


def add_author_names() -> None:
    """Fold the names of authors added since the last call. Names never change, and ids only increase."""
    newest = AuthorName.objects.aggregate(newest=Max("author_id"))["newest"] or 0
    names = Author.objects.filter(pk__gt=newest).values_list("id", "name")
    insert_rows(AuthorName, ("author_id", "folded"), [(pk, fold_name(name)) for pk, name in names])


def optimize_index() -> None:
    """Optimize the full-text table after many writes: at the end of an import, not after each batch."""
    with transaction.atomic():
        get_backend().optimize()
        state = ArchiveState.objects.select_for_update().get_or_create(pk=1)[0]
        state.rules.setdefault(RULES_KEY, INDEX_RULES)
        state.save(update_fields=["rules"])
    if not connection.in_atomic_block:
        get_backend().free_space()


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
        state = ArchiveState.objects.select_for_update().get_or_create(pk=1)[0]
        state.rules[RULES_KEY] = INDEX_RULES
        state.save(update_fields=["rules"])
    optimize_index()
    return done


def _rewrite_existing() -> Iterator[int]:
    """Write existing entries again with their ids, and delete obsolete ones. Yield the number of each batch."""
    for batch in _pair_rows_with_entries():
        delete_entries([row.id for row, _ in batch])
        current = [(row.id, entry) for row, entry in batch if entry]
        _write_entries(current)
        yield len(current)


def _add_missing() -> Iterator[int]:
    """Index visible rows without an entry, oldest first. Yield the number of each batch."""
    articles, comments = _rows_without_entry()
    articles = articles.order_by(F("published_at").asc(nulls_first=True), "key")
    comments = comments.order_by(F("posted_on").asc(nulls_first=True), "article__key", "position")
    article_batches = map(build_article_entries, in_parts(list(articles.values_list("pk", flat=True)), BATCH))
    comment_batches = map(build_comment_entries, in_parts(list(comments.values_list("pk", flat=True)), BATCH))
    for entries in chain(article_batches, comment_batches):
        add_entries(entries)
        yield len(entries)


def _pair_rows_with_entries() -> Iterator[list[tuple[SearchEntry, IndexEntry | None]]]:
    """Yield the rows of the index by id, each with the entry it should have, in batches.

    The entry is None if the row is obsolete: its source is not visible, or has another day.
    """
    rows = list(SearchEntry.objects.order_by("id")[:BATCH])
    while rows:
        articles = build_article_entries([row.article_id for row in rows if row.comment_id is None])
        comments = build_comment_entries([row.comment_id for row in rows if row.comment_id is not None])
        entries = {_source(entry): entry for entry in chain(articles, comments)}
        pairs = [(row, entries.get(_source(row))) for row in rows]
        yield [(row, entry if entry and is_id_of_day(row.id, entry.day) else None) for row, entry in pairs]
        rows = list(SearchEntry.objects.filter(id__gt=rows[-1].id).order_by("id")[:BATCH])


def _rows_without_entry() -> tuple[ArticleQuerySet, CommentQuerySet]:
    """Return the visible articles and comments that are not indexed."""
    own = SearchEntry.objects.filter(article=OuterRef("pk"), comment=None)
    return Article.objects.visible().filter(~Exists(own)), Comment.objects.visible().filter(search_entry=None)


# Checking

_MISSING: Final = ngettext_lazy(
    "%d text is missing from the search index", "%d texts are missing from the search index"
)
_TEXTLESS: Final = ngettext_lazy("%d search entry has no text", "%d search entries have no text")
_DIFFERENT: Final = ngettext_lazy(
    "%d search entry differs from its article or comment", "%d search entries differ from their articles or comments"
)


def find_index_problems() -> list[str]:
    """Return a message for each kind of difference between the index and the rows.

    Reads all texts and changes nothing. A fixed number of queries for each 1,000 entries.
    """
    problems = get_backend().find_damage()
    state = ArchiveState.objects.first()
    if state and state.rules.get(RULES_KEY, INDEX_RULES) != INDEX_RULES:
        problems.append(_("the search index was built with other rules; run rebuild_search"))
    missing = sum(rows.count() for rows in _rows_without_entry())
    textless = get_backend().count_textless()
    pairs = chain.from_iterable(_pair_rows_with_entries())
    different = sum(entry is None or entry.digest != row.digest for row, entry in pairs)
    counts = [(_MISSING, missing), (_TEXTLESS, textless), (_DIFFERENT, different)]
    return problems + [message % count for message, count in counts if count]


def count_stale_entries() -> int:
    """Return how many texts the full-text table has without an entry. One query."""
    return get_backend().count_stale()
