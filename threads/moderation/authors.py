"""Merge names of one person, unmerge them, and opt a person out of the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from threads.database import locks, totals, versions
from threads.models import Article, Author, Comment, ModerationAction, Quote, Reason, Visibility
from threads.moderation.hide import Row, lock_rows, update_dependents, write_visibility
from threads.moderation.log import (
    Kind,
    ModerationError,
    Moderator,
    in_portions,
    lock_threads,
    log_line,
    with_merged,
    write_log,
)
from threads.search import indexing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet


@transaction.atomic
def merge_authors(into: Author, others: Sequence[Author], *, by: Moderator, note: str = "") -> list[ModerationAction]:
    """Merge `others`, and the names merged into them, into `into`. Raises ModerationError.

    A comment keeps the name of its file; pages, counts and search treat the names as one person.
    """
    locks.lock_people()
    into = _reload_author(into)
    if into.merged_into_id is not None:
        raise ModerationError(_("%(name)s is merged into another name.") % {"name": into.name})
    if into in others:
        raise ModerationError(_("A name cannot be merged into itself."))
    pks = [other.pk for other in others]
    moved = list(with_merged(Author.objects.all(), pks))
    _check_opt_outs_agree(into, moved)
    touched = articles_of([into, *moved])
    lock_threads(touched)
    lines = [log_line(Kind.MERGE, by, row, note=note, before=_merge_log(row.merged_into_id, into.pk)) for row in moved]
    left = [row.merged_into_id for row in moved if row.merged_into_id]
    Author.objects.filter(pk__in=[row.pk for row in moved]).update(merged_into=into)
    totals.recount_threads(touched, [into.pk, *(row.pk for row in moved), *left])
    return write_log(lines)


@transaction.atomic
def unmerge_authors(names: Sequence[Author], *, by: Moderator, note: str = "") -> list[ModerationAction]:
    """Make merged names separate authors again. An opted-out name stays opted out, with its own log entry."""
    locks.lock_people()
    given = Author.objects.filter(pk__in=[name.pk for name in names], merged_into__isnull=False)
    parted = list(given.order_by("pk"))
    left = Author.objects.filter(pk__in=[row.merged_into_id for row in parted])
    touched = articles_of([*parted, *left])
    lock_threads(touched)
    lines = [log_line(Kind.UNMERGE, by, row, note=note, before=_merge_log(row.merged_into_id, None)) for row in parted]
    still_out = [_opt_out_line(row, by, note, _hidden_before_opt_out(row)) for row in parted if row.opted_out]
    Author.objects.filter(pk__in=[row.pk for row in parted]).update(merged_into=None)
    totals.recount_threads(touched, [row.pk for row in (*parted, *left)])
    parting = write_log(lines)
    write_log(still_out)
    return parting


@transaction.atomic
def opt_out(author: Author, *, by: Moderator, note: str = "") -> ModerationAction:
    """Hide everything by an author, under all merged names, now and in later imports.

    Missing comments that others reply to or quote lose their name and excerpt.
    """
    locks.lock_people()
    author = _reload_author(author)
    if author.opted_out:
        raise ModerationError(_("%(name)s has already opted out.") % {"name": author.name})
    names = ids_of_person(author)
    already = {"articles": _hidden_ids(Article, names), "comments": _hidden_ids(Comment, names)}
    addressed = _comments_addressing(names)
    lock_threads(_articles_of(names) | {comment.article_id for comment in addressed})
    Author.objects.filter(pk__in=names).update(opted_out=True)
    _change_all_rows(names, Visibility.VISIBLE, Visibility.HIDDEN, Reason.REQUEST, already)
    _reindex_quotes_in(addressed)
    return write_log([_opt_out_line(author, by, note, already)])[0]


@transaction.atomic
def opt_in(author: Author, *, by: Moderator, note: str = "") -> ModerationAction:
    """Undo an opt-out: restore what it hid, at once or in later imports. Rows hidden before it stay hidden."""
    locks.lock_people()
    author = _reload_author(author)
    if not author.opted_out:
        raise ModerationError(_("%(name)s has not opted out.") % {"name": author.name})
    names = ids_of_person(author)
    already = _hidden_before_opt_out(author)
    addressed = _comments_addressing(names)
    lock_threads(_articles_of(names) | {comment.article_id for comment in addressed})
    Author.objects.filter(pk__in=names).update(opted_out=False)
    _change_all_rows(names, Visibility.HIDDEN, Visibility.VISIBLE, Reason.NONE, already)
    _reindex_quotes_in(addressed)
    line = log_line(Kind.OPT_IN, by, author, note=note)
    return write_log([line])[0]


def ids_of_person(author: Author) -> list[int]:
    """Return the ids of an author and of every merged name. One query."""
    top = author.merged_into_id or author.pk
    return list(Author.objects.filter(Q(pk=top) | Q(merged_into=top)).order_by("pk").values_list("pk", flat=True))


def articles_of(authors: Sequence[Author]) -> set[int]:
    """Return the ids of the articles that these authors wrote or commented on. Two queries."""
    return _articles_of([author.pk for author in authors])


def _reload_author(author: Author) -> Author:
    """Return the author as stored now, while people are locked. One query."""
    return Author.objects.get(pk=author.pk)


def _check_opt_outs_agree(into: Author, moved: Sequence[Author]) -> None:
    """Raise ModerationError if only some of the names are opted out."""
    for name in moved:
        if name.opted_out != into.opted_out:
            out, other = (name, into) if name.opted_out else (into, name)
            raise ModerationError(
                _("%(out)s has opted out and %(other)s has not. Opt both out, or both in, first.")
                % {"out": out.name, "other": other.name}
            )


def _opt_out_line(author: Author, by: Moderator, note: str, already: dict[str, list[int]]) -> ModerationAction:
    return log_line(Kind.OPT_OUT, by, author, reason=Reason.REQUEST, note=note, before={"already": already})


def _hidden_before_opt_out(author: Author) -> dict[str, list[int]]:
    """Return what was hidden before each opt-out in force. Two queries.

    Names that opted out separately and were merged later have a log entry each. An opt-in of a name, or of the person
    it belongs to, ends the entries before it.
    """
    person = author.merged_into_id or author.pk
    lines = ModerationAction.objects.filter(kind__in=(Kind.OPT_OUT, Kind.OPT_IN), author__in=ids_of_person(author))
    already: dict[str, list[int]] = {"articles": [], "comments": []}
    ended: set[int | None] = set()
    for line in lines.order_by("-pk"):
        if line.kind == Kind.OPT_IN:
            ended.add(line.author_id)
        elif not ended & {line.author_id, person}:
            for rows, pks in already.items():
                pks.extend(line.before["already"][rows])
    return already


def _articles_of(pks: Sequence[int]) -> set[int]:
    opened = Article.objects.filter(author__in=pks).values_list("pk", flat=True)
    return {*opened, *Comment.objects.filter(author__in=pks).values_list("article_id", flat=True).distinct()}


def _merge_log(before: int | None, after: int | None) -> dict[str, int | None]:
    return {"merged_into": before, "became": after}


def _hidden_ids(model: type[Article] | type[Comment], names: list[int]) -> list[int]:
    rows = model.objects.filter(author__in=names, visibility=Visibility.HIDDEN, reason=Reason.REQUEST)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _change_all_rows(names: list[int], was: str, becomes: str, reason: str, but: dict[str, list[int]]) -> None:
    """Change all rows of an author in state `was`, except those hidden before the opt-out."""
    articles = Article.objects.filter(author__in=names).exclude(pk__in=but["articles"])
    comments = Comment.objects.filter(author__in=names).exclude(pk__in=but["comments"])
    update_dependents([*_change_rows(articles, was, becomes, reason), *_change_rows(comments, was, becomes, reason)])


def _comments_addressing(names: list[int]) -> list[Comment]:
    """Return the comments addressed to these authors, without text. One query over all comments."""
    addressees = Author.objects.filter(pk__in=names).values("name")
    return list(Comment.objects.filter(addressee__in=addressees).only("article_id").order_by("pk"))


def _reindex_quotes_in(addressed: Sequence[Comment]) -> None:
    """Update the search index and caches for quotes of missing comments by an author."""
    for portion in in_portions([comment.pk for comment in addressed]):
        quoting = Quote.objects.without_current_target().filter(comment__in=portion)
        indexing.update_comments(quoting.values_list("comment_id", flat=True))
    versions.bump_versions({comment.article_id for comment in addressed})


def _change_rows(rows: QuerySet[Row], was: str, becomes: str, reason: str) -> list[Row]:
    if becomes == Visibility.VISIBLE:
        rows = rows.filter(reason=Reason.REQUEST)
    changed = lock_rows(rows, was)
    write_visibility(rows.model, [row.pk for row in changed], becomes, reason)
    return changed
