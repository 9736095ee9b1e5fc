"""Plans to rows: the only writer of imported fields.

Visibility and reason are written for new and returning rows only: those of opted-out authors, and copies of removed
texts, are hidden from the start. An article is hidden when it names an opted-out author or has a removed opening text.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import UTC
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from threads.database import bulk_writes, totals, versions
from threads.importing.state import ARTICLE_COLUMNS, CommentRow, Decision, QuoteRow, ThreadLinkRow
from threads.models import Article, ArticleTag, Comment, FormerKey, Quote, Reason, Report, ThreadLink, Visibility
from threads.search import indexing
from threads.search.entries import IndexEntry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from threads.database.names import Person
    from threads.importing.changes import ThreadPlan

_OWNERS = ("article_id", "comment_id")


def write_rows(plans: Sequence[ThreadPlan], people: Mapping[str | None, Person]) -> None:
    """Write the rows of plans and what derives from them: totals, search index, versions.

    Queries: a fixed number for each batch and each kind of change in it.
    """
    new = [plan for plan in plans if plan.thread is None]
    existing = [plan for plan in plans if plan.thread is not None and plan.changes]
    if new or existing:
        _write_articles(new, existing)
        _write_comments([*new, *existing])
        _report_held([*new, *existing])
        _write_quotes([*new, *existing])
        _write_tags([*new, *existing])
        _write_thread_links([*new, *existing])
        _write_totals(new, existing, people)
        _write_index(new, existing)
        versions.bump_versions(plan.article_id for plan in existing)
    _write_former_keys(plans)


def _write_articles(new: Sequence[ThreadPlan], existing: Sequence[ThreadPlan]) -> None:
    opted_out = Decision(Visibility.HIDDEN.value, Reason.REQUEST.value, timezone.now())
    hidden = {plan.article_id: plan.article_decision or opted_out for plan in chain(new, existing)}
    bulk_writes.insert_rows(
        Article,
        ("id", *ARTICLE_COLUMNS, "version", *Decision._fields),
        [
            (
                plan.article_id,
                *_values_of(plan),
                1,
                *(hidden[plan.article_id] if plan.article_hidden else Decision()),
            )
            for plan in new
        ],
    )
    changed = [plan for plan in existing if plan.changed_article]
    bulk_writes.update_rows(Article, ARTICLE_COLUMNS, [(*_values_of(plan), plan.article_id) for plan in changed])
    hides = [(*hidden[plan.article_id], plan.article_id) for plan in changed if plan.hides_article]
    bulk_writes.update_rows(Article, Decision._fields, hides)


def _values_of(plan: ThreadPlan) -> tuple[Any, ...]:
    """Return the values of an article's row, with its front matter as JSON text."""
    return replace(plan.article, front_matter=json.dumps(plan.article.front_matter, ensure_ascii=False)).as_tuple()


def _write_comments(plans: Sequence[ThreadPlan]) -> None:
    bulk_writes.update_rows(Comment, ("key",), [pair for plan in plans for pair in plan.freed_keys()])
    bulk_writes.insert_rows(
        Comment,
        ("id", *CommentRow._fields, *Decision._fields),
        [
            (plan.comment_ids[number], *plan.comments[number], *plan.decisions.get(number, Decision()))
            for plan in plans
            for number in plan.added
        ],
    )
    changed = [(*plan.comments[number], plan.comment_ids[number]) for plan in plans for number in plan.changed_fields]
    bulk_writes.update_rows(Comment, CommentRow._fields, changed)
    decided = [(*plan.decisions[n], plan.comment_ids[n]) for plan in plans for n in plan.decisions if plan.rows[n]]
    bulk_writes.update_rows(Comment, Decision._fields, decided)
    now = timezone.now()
    bulk_writes.update_rows(Comment, ("withdrawn_at",), [(now, row.id) for plan in plans for row in plan.gone])


def _report_held(plans: Sequence[ThreadPlan]) -> None:
    """Open a report for each text that is hidden until a moderator decides. One query, if there are any."""
    message = _("This may be a copy of a removed text. It stays hidden until you decide.")
    Report.objects.bulk_create(
        Report(article_id=plan.article_id, message=message)
        if index is None
        else Report(comment_id=plan.comment_ids[index], message=message)
        for plan in plans
        for index in sorted(plan.held, key=lambda index: -1 if index is None else index)
    )


def _write_quotes(plans: Sequence[ThreadPlan]) -> None:
    changed = [(plan, number) for plan in plans for number in plan.changed_quotes]
    for part in bulk_writes.in_parts(plan.comment_ids[number] for plan, number in changed):
        Quote.objects.filter(comment__in=part).delete()
    written = chain(((plan, number) for plan in plans for number in plan.added), changed)
    bulk_writes.insert_rows(
        Quote,
        ("comment_id", "ordinal", *QuoteRow._fields),
        [
            (plan.comment_ids[number], ordinal, *quote)
            for plan, number in written
            for ordinal, quote in enumerate(plan.quotes[number])
        ],
    )


def _write_tags(plans: Sequence[ThreadPlan]) -> None:
    changed = [plan for plan in plans if plan.thread is None or plan.thread.tags != plan.tags]
    for part in bulk_writes.in_parts(plan.article_id for plan in changed if plan.thread):
        ArticleTag.objects.filter(content_object__in=part).delete()
    bulk_writes.insert_rows(
        ArticleTag,
        ("content_object_id", "tag_id", "spelling", "position"),
        [(plan.article_id, *tag, position) for plan in changed for position, tag in enumerate(plan.tags)],
    )


def _write_thread_links(plans: Sequence[ThreadPlan]) -> None:
    changed = [plan for plan in plans if plan.thread is None or plan.thread.thread_links != plan.thread_links]
    for part in bulk_writes.in_parts(plan.article_id for plan in changed if plan.thread):
        ThreadLink.objects.filter(article__in=part).delete()
    bulk_writes.insert_rows(
        ThreadLink,
        ("article_id", *ThreadLinkRow._fields),
        [
            (plan.article_id, *link)
            for plan in changed
            for link in sorted(plan.thread_links, key=lambda link: (link.comment_id or 0, link.target_key))
        ],
    )


def _write_former_keys(plans: Sequence[ThreadPlan]) -> None:
    """Store former keys; delete those that are in use again."""
    former = dict(pair for plan in plans for pair in plan.former_keys())
    used = {plan.record.key for plan in plans if plan.changes}
    used |= {comment.key for plan in plans if plan.thread and plan.changes for comment in plan.record.comments}
    stale = []
    for part in bulk_writes.in_parts(sorted(used | former.keys())):
        for pk, key, *owner in FormerKey.objects.filter(key__in=part).values_list("id", "key", *_OWNERS):
            if former.get(key) == tuple(owner):
                del former[key]
            else:
                stale.append(pk)
    for part in bulk_writes.in_parts(stale):
        FormerKey.objects.filter(pk__in=part).delete()
    bulk_writes.insert_rows(FormerKey, ("key", *_OWNERS), [(key, *owner) for key, owner in former.items()])


def _write_totals(
    new: Sequence[ThreadPlan], existing: Sequence[ThreadPlan], people: Mapping[str | None, Person]
) -> None:
    """Update totals: add new threads, recount what changed in others."""
    again = {author for plan in existing for author in plan.touched_authors()}
    per_author: defaultdict[int, totals.Total] = defaultdict(totals.Total)
    tagged: defaultdict[int, int] = defaultdict(int)
    for plan in new:
        if plan.article_hidden:
            continue
        if author := people.get(plan.record.author):
            per_author[author.counted_as].add(articles=1, days=(plan.record.published_at,))
        for number, comment in enumerate(plan.record.comments):
            if number not in plan.hidden and (author := people.get(comment.author)):
                per_author[author.counted_as].add(comments=1, days=(comment.posted_on,))
        for tag in plan.tags:
            tagged[tag.tag_id] += 1
    totals.add_to_authors(per_author)
    totals.count_authors(again)
    changed_tags = {tag for plan in existing for tag in plan.touched_tags()}
    totals.add_to_tags(tagged)
    totals.count_tags(changed_tags)


def _write_index(new: Sequence[ThreadPlan], existing: Sequence[ThreadPlan]) -> None:
    plain = [plan for plan in new if plan.record.search and not (plan.hidden or plan.article_hidden or any(plan.rows))]
    indexing.add_entries([entry for plan in plain for entry in _entries(plan)])
    quick = {plan.article_id for plan in plain}
    indexing.update_articles([plan.article_id for plan in chain(new, existing) if plan.article_id not in quick])


def _entries(plan: ThreadPlan) -> Iterator[IndexEntry]:
    """Yield the search entries of a new thread without hidden comments."""
    tag_ids = tuple(tag.tag_id for tag in plan.tags)
    pk, author, published = plan.article_id, plan.article.author_id, plan.article.published_at
    day = published.astimezone(UTC).date() if published else None
    yield IndexEntry(pk, None, day, author, None, tag_ids, plan.record.search[0], plan.record.votes)
    authors = {comment_id: row.author_id for comment_id, row in zip(plan.comment_ids, plan.comments, strict=True)}
    for comment_id, row, words in zip(plan.comment_ids, plan.comments, plan.record.search[1:], strict=True):
        parent = author if row.answers_article else authors.get(row.answers_id or 0)
        yield IndexEntry(pk, comment_id, row.posted_on, row.author_id, parent, tag_ids, words, row.votes)
