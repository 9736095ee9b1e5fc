"""What was removed from threads, out of their rows, as `redaction` wants it. Reads only.

Called by `moderation`, `exporting` and `stored`. A fixed number of queries for any number of threads.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from threads.importing.redaction import Memory, Place, Removed, remember, said_by
from threads.models import Article, Author, Comment, FormerKey, Quote, Redaction, Visibility

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from django.db.models import QuerySet


def of_redactions(article_ids: Collection[int]) -> dict[int, Memory]:
    """Return what was destroyed in each of these articles, by id; articles without any are left out. Three queries.

    What was destroyed elsewhere is not in what is kept of them.
    """
    rows = Redaction.objects.filter(article__in=article_ids, elsewhere="").order_by("pk")
    removed: dict[int, list[Removed]] = defaultdict(list)
    openings = set()
    keys: dict[int, str] = {}
    for pk, key, comment, vanished, memory in rows.values_list(
        "article_id", "article__key", "comment_id", "comment__withdrawn_at", "memory"
    ):
        keys[pk] = key
        if not comment:
            openings.add(pk)
        else:
            removed[pk].append(Removed.load(memory, in_its_file=vanished is None))
    known = known_keys(keys)
    return {pk: Memory(key, tuple(removed[pk]), opening=pk in openings, known=known[pk]) for pk, key in keys.items()}


def of_hidden(article_ids: Collection[int]) -> dict[int, Memory]:
    """Return what is to be kept back of each of these articles: the destroyed, the hidden, and who opted out.

    Eleven queries.
    """
    hidden = Comment.objects.filter(article__in=article_ids, moderated_at__isnull=False, visibility=Visibility.HIDDEN)
    found = of_redactions(article_ids)
    kept_back: dict[int, list[Removed]] = defaultdict(list)
    for comment, removed in remembered(hidden):
        kept_back[comment.article_id].append(removed)
    names, excerpts = _of_opted_out(article_ids)
    keys = dict(Article.objects.filter(pk__in={*kept_back, *names}).values_list("pk", "key"))
    for pk, key in keys.items():
        known = found.get(pk, Memory(key))
        quoted = remember(key, (), None, "", excerpts[pk])
        comments = (*known.comments, *kept_back[pk], quoted)
        found[pk] = replace(known, comments=comments, names=frozenset(names[pk]))
    return found


def _of_opted_out(article_ids: Collection[int]) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    """Return who of those who opted out is named in each of these articles, and what is quoted of nobody else."""
    names, excerpts = defaultdict(set), defaultdict(set)
    gone = list(Author.objects.opted_out().values_list("name", flat=True))
    addressed = Comment.objects.filter(article__in=article_ids, addressee__in=gone)
    written = Comment.objects.filter(article__in=article_ids, author__opted_out=True)
    for pk, name in chain(
        addressed.values_list("article_id", "addressee"), written.values_list("article_id", "author__name")
    ):
        names[pk].add(name)
    quotes = Quote.objects.of_the_missing().filter(comment__in=addressed.values("pk"))
    for pk, excerpt in quotes.values_list("comment__article_id", "excerpt"):
        excerpts[pk].add(excerpt)
    return names, excerpts


def known_keys(article_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Return the keys that comments of these articles have or had. Two queries, none for no articles."""
    found: dict[int, set[str]] = {pk: set() for pk in article_ids}
    if found:
        now = Comment.objects.filter(article__in=found).order_by().values_list("article_id", "key")
        former = FormerKey.objects.filter(comment__article__in=found).values_list("comment__article_id", "key")
        for pk, key in chain(now, former):
            found[pk].add(key)
    return {pk: frozenset(keys) for pk, keys in found.items()}


def remembered(comments: QuerySet[Comment]) -> Iterable[tuple[Comment, Removed]]:
    """Yield each comment with what its words are known by: its own, and what others quote of it. Three queries."""
    pks = comments.values("pk")
    keys, excerpts = defaultdict(list), defaultdict(set)
    for pk, key in FormerKey.objects.filter(comment__in=pks).order_by("pk").values_list("comment_id", "key"):
        keys[pk].append(key)
    for pk, excerpt in Quote.objects.filter(target__in=pks).values_list("target_id", "excerpt"):
        excerpts[pk].add(excerpt)
    for comment in comments.select_related("article", "author").order_by("pk"):
        name = comment.author.name if comment.author else None
        known = [comment.key, *keys[comment.pk]]
        yield comment, remember(comment.article.key, known, name, comment.body, excerpts[comment.pk])


def remembered_in_place(comments: QuerySet[Comment]) -> Iterable[tuple[Comment, Removed]]:
    """Yield what `remembered` does, and for those that are in a file, where they stand in it. Four queries."""
    keys: dict[int, list[str | None]] = defaultdict(lambda: [None])
    together = Comment.objects.current().filter(article__in=comments.values("article")).order_by("article", "position")
    for article, key in together.values_list("article_id", "key"):
        keys[article].append(key)
    at = {key: number for of_thread in keys.values() for number, key in enumerate(of_thread) if key}
    for comment, removed in remembered(comments):
        number = at.get(comment.key)
        if number is None:
            yield comment, removed
            continue
        around = keys[comment.article_id]
        name = comment.author.name if comment.author else None
        place = Place(
            by=said_by(comment.article.key, name, comment.posted_on),
            before=around[number - 1],
            after=around[number + 1] if number + 1 < len(around) else None,
        )
        yield comment, replace(removed, place=place)
