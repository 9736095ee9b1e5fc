"""Merge names of one person, unmerge them, and opt a person out of the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from threads.database import bulk_writes, locks, totals, versions
from threads.models import Article, Author, Comment, ModerationAction, Quote, Reason, Visibility
from threads.moderation.hide import Row, update_dependents, write_visibility
from threads.moderation.log import (
    Kind,
    ModerationError,
    Moderator,
    UndoRule,
    lock_threads,
    log_line,
    only_entry,
    with_merged,
    write_log,
)
from threads.search import indexing
from threads.text import isolate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet


@transaction.atomic
def merge_authors(into: Author, others: Sequence[Author], *, by: Moderator, note: str = "") -> list[ModerationAction]:
    """Merge `others`, and the names merged into them, into `into`. Raises ModerationError.

    A comment keeps the name of its file; pages, counts and search treat the names as one person.
    """
    into = _lock_author(into)
    if into.merged_into_id is not None:
        raise ModerationError(_("%(name)s is merged into another name.") % {"name": isolate(into.name)})
    if into in others:
        raise ModerationError(_("A name cannot be merged into itself."))
    pks = [other.pk for other in others]
    moved = list(with_merged(Author.objects.all(), pks))
    _check_opt_outs_agree(into, moved)
    left = [row.merged_into_id for row in moved if row.merged_into_id]
    return _write_merge(Kind.MERGE, moved, into, left, by, note)


@transaction.atomic
def unmerge_authors(names: Sequence[Author], *, by: Moderator, note: str = "") -> list[ModerationAction]:
    """Make merged names separate authors again. An opted-out name stays opted out, with its own log entry."""
    locks.lock_people()
    merged = Author.objects.filter(pk__in=[name.pk for name in names], merged_into__isnull=False)
    parted = list(merged.order_by("pk"))
    still_out = [_opt_out_line(row, by, note, _hidden_before_opt_out(row)) for row in parted if row.opted_out]
    left = [row.merged_into_id for row in parted if row.merged_into_id]
    lines = _write_merge(Kind.UNMERGE, parted, None, left, by, note)
    write_log(still_out)
    return lines


@transaction.atomic
def opt_out(author: Author, *, by: Moderator, note: str = "") -> ModerationAction:
    """Hide everything by an author, under all merged names, now and in later imports.

    Missing comments that others reply to or quote lose their name and excerpt.
    """
    author = _lock_author(author)
    if author.opted_out:
        raise ModerationError(_("%(name)s has already opted out.") % {"name": isolate(author.name)})
    names = _ids_of_person(author)
    already = {"articles": _hidden_ids(Article, names), "comments": _hidden_ids(Comment, names)}
    _write_opt_out(names, already, opted_out=True)
    return write_log([_opt_out_line(author, by, note, already)])[0]


@transaction.atomic
def opt_in(author: Author, *, by: Moderator, note: str = "") -> ModerationAction:
    """Undo an opt-out: restore what it hid, at once or in later imports. Rows hidden before it stay hidden."""
    author = _lock_author(author)
    if not author.opted_out:
        raise ModerationError(_("%(name)s has not opted out.") % {"name": isolate(author.name)})
    _write_opt_out(_ids_of_person(author), _hidden_before_opt_out(author), opted_out=False)
    return write_log([log_line(Kind.OPT_IN, by, author, note=note)])[0]


def _lock_author(author: Author) -> Author:
    """Lock people; return the author as stored now."""
    locks.lock_people()
    return Author.objects.get(pk=author.pk)


def _ids_of_person(author: Author) -> list[int]:
    """Return the ids of an author and of every merged name. One query."""
    top = author.merged_into_id or author.pk
    return list(Author.objects.filter(Q(pk=top) | Q(merged_into=top)).order_by("pk").values_list("pk", flat=True))


def _check_opt_outs_agree(into: Author, moved: Sequence[Author]) -> None:
    """Raise ModerationError if only some of the names are opted out."""
    for author in moved:
        if author.opted_out != into.opted_out:
            out, other = (author, into) if author.opted_out else (into, author)
            raise ModerationError(
                _("%(out)s has opted out and %(other)s has not. Opt both out, or both in, first.")
                % {"out": isolate(out.name), "other": isolate(other.name)}
            )


def _opt_out_line(author: Author, by: Moderator, note: str, already: dict[str, list[int]]) -> ModerationAction:
    return log_line(Kind.OPT_OUT, by, author, reason=Reason.REQUEST, note=note, before={"already": already})


def _hidden_before_opt_out(author: Author) -> dict[str, list[int]]:
    """Return what was hidden before each opt-out in force. Two queries.

    Names that opted out separately and were merged later have a log entry each. An opt-in of a name, or of the person
    it belongs to, ends the entries before it.
    """
    person = author.merged_into_id or author.pk
    lines = ModerationAction.objects.filter(kind__in=(Kind.OPT_OUT, Kind.OPT_IN), author__in=_ids_of_person(author))
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
    """Return the ids of the articles that these authors wrote or commented on. Two queries."""
    written = Article.objects.filter(author__in=pks).values_list("pk", flat=True)
    return {*written, *Comment.objects.filter(author__in=pks).values_list("article_id", flat=True).distinct()}


def _write_merge(
    kind: Kind, names: Sequence[Author], into: Author | None, left: Sequence[int], by: Moderator, note: str
) -> list[ModerationAction]:
    """Merge names into an author, or separate them; `left` are the authors that lose them."""
    became = into.pk if into else None
    pks = [row.pk for row in names]
    people = [*pks, *left, *([became] if became else [])]
    touched = _articles_of(people)
    lock_threads(touched)
    before = {row.pk: {"merged_into": row.merged_into_id, "became": became} for row in names}
    lines = [log_line(kind, by, row, note=note, before=before[row.pk]) for row in names]
    Author.objects.filter(pk__in=pks).update(merged_into=into)
    totals.recount_threads(touched, people)
    return write_log(lines)


def _hidden_ids(model: type[Article] | type[Comment], names: list[int]) -> list[int]:
    rows = model.objects.filter(author__in=names, visibility=Visibility.HIDDEN, reason=Reason.REQUEST)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _write_opt_out(names: list[int], already: dict[str, list[int]], *, opted_out: bool) -> None:
    """Hide or restore all rows of an author, except those hidden `already` before the opt-out.

    Update the search index and caches for quotes of missing comments by the author.
    """
    addressees = Author.objects.filter(pk__in=names).values("name")
    # One query over all comments.
    addressed = dict(Comment.objects.filter(addressee__in=addressees).order_by("pk").values_list("pk", "article_id"))
    lock_threads(_articles_of(names) | set(addressed.values()))
    Author.objects.filter(pk__in=names).update(opted_out=opted_out)
    articles = Article.objects.filter(author__in=names).exclude(pk__in=already["articles"])
    comments = Comment.objects.filter(author__in=names).exclude(pk__in=already["comments"])
    update_dependents([*_change_rows(articles, opted_out), *_change_rows(comments, opted_out)])
    for part in bulk_writes.in_parts(addressed):
        quoting = Quote.objects.without_current_target().filter(comment__in=part)
        indexing.update_comments(quoting.values_list("comment_id", flat=True))
    versions.bump_versions(set(addressed.values()))


def _change_rows(rows: QuerySet[Row], opted_out: bool) -> list[Row]:
    if opted_out:
        return write_visibility(rows, {Visibility.VISIBLE}, Visibility.HIDDEN, Reason.REQUEST)
    rows = rows.filter(reason=Reason.REQUEST)
    return write_visibility(rows, {Visibility.HIDDEN}, Visibility.VISIBLE, Reason.NONE)


def _has_author(action: ModerationAction) -> bool:
    return action.author_id is not None


def _undo_merge(action: ModerationAction, by: Moderator, note: str) -> ModerationAction:
    author = Author.objects.get(moderation_actions=action)
    before = action.before["merged_into"]
    if before is None:
        return only_entry(unmerge_authors([author], by=by, note=note))
    into = Author.objects.filter(pk=before).first()
    if into is None:
        raise ModerationError(_("The earlier merge target is no longer in the archive."))
    return merge_authors(into, [author], by=by, note=note)[0]


def _undo_opt_out(action: ModerationAction, by: Moderator, note: str) -> ModerationAction:
    author = Author.objects.get(moderation_actions=action)
    return (opt_in if action.kind == Kind.OPT_OUT else opt_out)(author, by=by, note=note)


UNDO_MERGE: Final = UndoRule((Kind.MERGE, Kind.UNMERGE), "threads.change_author", _has_author, _undo_merge)
UNDO_OPT_OUT: Final = UndoRule((Kind.OPT_OUT, Kind.OPT_IN), "threads.change_author", _has_author, _undo_opt_out)
