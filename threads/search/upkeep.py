"""The index as a whole: made anew from the rows, compared with them. Called by `rebuild_search`, `verify_archive`."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.models import ArchiveState, Article, AuthorName, Comment, SearchEntry
from threads.search import entries
from threads.search.backends import backend
from threads.search.index import (
    BATCH,
    RULES,
    RULES_KEY,
    add_new,
    chunks,
    drop,
    learn_names,
    remember_rules,
    text_of,
    tidy,
)
from threads.search.numbers import stands_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from threads.querysets import ArticleQuerySet, CommentQuerySet
    from threads.search.entries import Entry


def rebuild(progress: Callable[[int], object] = lambda done: done) -> int:
    """Make the whole index anew from the rows, in one transaction; return how many entries it has.

    Entries keep their numbers, so every search has the same results before and after. `progress` is told how many are
    done. Memory grows with the archive only by eight bytes an entry that the index had lost.
    """
    done = 0
    with transaction.atomic():
        backend().clear()
        for count in chain(_write_known(), _write_missing()):
            done += count
            progress(done)
        AuthorName.objects.all().delete()
        learn_names()
        remember_rules()
    tidy()
    return done


def check() -> list[str]:
    """Return, in words, every way in which the index does not say what the rows say; nothing where it does.

    Reads every text and changes nothing. Queries: a fixed number for each 1,000 entries.
    """
    found = backend().problems()
    if _rules() != RULES:
        found.append(_("the search index was made with other rules than today's; run rebuild_search"))
    missing = _articles_without_entry().count() + _comments_without_entry().count()
    if missing:
        found.append(ngettext("%d text is missing from search", "%d texts are missing from search", missing) % missing)
    if lost := backend().lost():
        found.append(ngettext("%d entry of search has no text", "%d entries of search have no text", lost) % lost)
    wrong = sum(len(rows) - _true(rows) for rows in _known())
    if wrong:
        found.append(
            ngettext(
                "%d entry of search is not what its text says",
                "%d entries of search are not what their texts say",
                wrong,
            )
            % wrong
        )
    return found


def remains() -> int:
    """Return how many texts that nobody can find any more the full-text table still holds. One query."""
    return backend().remains()


def _rules() -> int | None:
    state = ArchiveState.objects.first()
    rules = state.rules.get(RULES_KEY, RULES) if state else RULES
    return rules if isinstance(rules, int) else None


def _known() -> Iterator[list[SearchEntry]]:
    """Return the index's rows by number, in batches. One query each."""
    rows = list(SearchEntry.objects.order_by("id")[:BATCH])
    while rows:
        yield rows
        rows = list(SearchEntry.objects.filter(id__gt=rows[-1].id).order_by("id")[:BATCH])


def _today(rows: list[SearchEntry]) -> dict[tuple[int, int | None], Entry]:
    """Return what should be indexed of the articles and comments these rows stand for."""
    articles = [row.article_id for row in rows if row.comment_id is None]
    comments = [row.comment_id for row in rows if row.comment_id is not None]
    found = [*entries.of_articles(articles), *entries.of_comments(entries.comments_among(comments))]
    return {(entry.article_id, entry.comment_id): entry for entry in found}


def _true(rows: list[SearchEntry]) -> int:
    """Return how many rows say what should be indexed, under a number of the right day."""
    today = _today(rows)
    return sum(
        1
        for row in rows
        if (entry := today.get((row.article_id, row.comment_id)))
        and entry.digest == row.digest
        and stands_for(row.id, entry.day)
    )


def _write_known() -> Iterator[int]:
    """Write the texts of entries that have a number, take out those that should have none. Return the counts."""
    for rows in _known():
        today = _today(rows)
        kept: list[SearchEntry] = []
        changed: list[SearchEntry] = []
        for row in rows:
            entry = today.get((row.article_id, row.comment_id))
            if entry and stands_for(row.id, entry.day):
                kept.append(row)
                if (row.digest, row.author_id) != (entry.digest, entry.author_id):
                    row.digest, row.author_id = entry.digest, entry.author_id
                    changed.append(row)
        numbers = {row.id for row in kept}
        drop([row.id for row in rows if row.id not in numbers])
        SearchEntry.objects.bulk_update(changed, ["digest", "author"], batch_size=200)
        backend().write([text_of(row.id, today[row.article_id, row.comment_id]) for row in kept])
        yield len(kept)


def _write_missing() -> Iterator[int]:
    """Index what may be seen and has no number yet, oldest first. Return the counts."""
    articles = _articles_without_entry().order_by(F("published_at").asc(nulls_first=True), "key")
    for ids in chunks(list(articles.values_list("pk", flat=True)), BATCH):
        new = entries.of_articles(ids)
        add_new(new)
        yield len(new)
    comments = _comments_without_entry().order_by(F("posted_on").asc(nulls_first=True), "article__key", "position")
    for ids in chunks(list(comments.values_list("pk", flat=True)), BATCH):
        new = entries.of_comments(entries.comments_among(ids))
        add_new(new)
        yield len(new)


def _articles_without_entry() -> ArticleQuerySet:
    own = SearchEntry.objects.filter(article=OuterRef("pk"), comment=None)
    return Article.objects.visible().filter(~Exists(own))


def _comments_without_entry() -> CommentQuerySet:
    return Comment.objects.visible().filter(~Exists(SearchEntry.objects.filter(comment=OuterRef("pk"))))
