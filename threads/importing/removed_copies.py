"""What was removed anywhere in the archive: remember its digests, and find copies of it in new and changed texts.

The rules of likeness are in `threads.replies.removed_texts`.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db.models import Q
from django.db.models.functions import Left

from threads.database import bulk_writes, versions
from threads.importing.decisions import begins_with
from threads.importing.state import Decision
from threads.models import Article, Comment, Quote, RemovedText, Report, Visibility
from threads.parsing import quotes
from threads.querysets import written_name
from threads.replies import removed_texts
from threads.replies.matching import fingerprint
from threads.replies.removed_texts import RemovableText

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from threads.importing.changes import ThreadPlan
    from threads.importing.state import StoredComment
    from threads.replies.removed_texts import TextDigests

AT_ONCE: Final = 450
"""Removed texts of one query, which has their ids and the beginnings of their quotes."""
QUOTE_START: Final = 6
"""Characters of a quote that the database compares."""
FIELDS: Final = ("digest", "samples", "article_id", "comment_id")
RemovedRow = tuple[int, int, int | None, int | None]
"""Values of `FIELDS`."""
READ_ALL: Final = 10
"""Digests of a table that are read in the time in which one is looked up."""
CANDIDATES: Final = 5
"""Removed texts with the most common samples that are compared with a text."""


class Owner(NamedTuple):
    """The removed comment or, without one, the article with the removed opening text."""

    article: int | None
    comment: int | None


class _Quoting(NamedTuple):
    """A quote and what its comment and its target say."""

    pk: int
    excerpt: str
    target: int | None
    target_author: str | None
    target_body: str | None
    target_withdrawn_at: datetime | None
    article: int
    addressee: str
    body: str


def remember(rows: Sequence[Article | Comment], *, mask_quotes: bool = False) -> None:
    """Store the digests of removed comments and opening texts that still have text, given with their authors.

    Earlier digests stay: they recognize earlier wordings. With `mask_quotes`, quotes of the comments are bound to
    them in all threads. Three queries for each AT_ONCE, and one; three more if there are such quotes.
    """
    if not rows:
        return
    key = versions.digest_key()
    for part in bulk_writes.in_parts(rows, AT_ONCE):
        comments = {row.pk: row for row in part if isinstance(row, Comment)}
        articles = [row.pk for row in part if isinstance(row, Article)]
        digests = {digest for row in part for digest in _digest_row(key, row)}
        if comments:
            quoting = _read_quotes(comments, _quote_starts(comments.values()) if mask_quotes else set())
            _bind_quotes(key, quoting, {digest: comments[pk] for digest, _, _, pk in digests if pk})
            digests.update(_digest_excerpts(key, quoting, comments))
        stored = RemovedText.objects.filter(Q(comment__in=comments) | Q(article__in=articles)).values_list(*FIELDS)
        bulk_writes.insert_rows(RemovedText, FIELDS, sorted(digests.difference(stored), key=str))


def forget(rows: Iterable[Article | Comment]) -> None:
    """Delete the digests of restored comments and opening texts. One query for each 900."""
    for part in bulk_writes.in_parts(rows):
        comments = [row.pk for row in part if isinstance(row, Comment)]
        articles = [row.pk for row in part if isinstance(row, Article)]
        RemovedText.objects.filter(Q(comment__in=comments) | Q(article__in=articles)).delete()


def remember_hidden(plans: Sequence[ThreadPlan]) -> None:
    """Store the digests of what an import hid, or changed while it was hidden. One query without such texts."""
    comments: list[int] = []
    for plan in plans:
        written = (index for index in plan.hidden if plan.rows[index] is None or index in plan.changed_fields)
        comments += [plan.comment_ids[index] for index in written]
        comments += [row.id for row in plan.unmatched_rekeyed_rows if not row.is_visible]
    articles = [plan.article_id for plan in plans if plan.thread is None or plan.changed_article or plan.donors]
    for part in bulk_writes.in_parts(articles):
        openings = Article.objects.filter(pk__in=part, visibility=Visibility.HIDDEN)
        remember(list(openings.select_related("author").defer("body_html")))
    for part in bulk_writes.in_parts(comments):
        rows = Comment.objects.filter(pk__in=part).select_related("author", "article")
        remember(list(rows.defer("body_html", "article__body", "article__body_html")))


def _digest_row(key: bytes, row: Article | Comment) -> Iterator[RemovedRow]:
    author = row.written_name
    if isinstance(row, Article):
        day = row.published_at.date() if row.published_at else None
        opening = RemovableText("", author, day, f"{row.title}\n{row.body}")
        yield from _rows(removed_texts.digest_text(key, opening), Owner(row.pk, None))
    elif not row.removed_at_source:
        digests = _digest_comment(key, row.article.key, author, row.posted_on, row.body)
        yield from _rows(digests, Owner(None, row.pk))


def _quote_starts(comments: Iterable[Comment]) -> set[str]:
    texts = (words for row in comments for words in quotes.readings(row.body, quotes.find_quotes(row.body)))
    return {words.strip()[:QUOTE_START] for words in texts} - {""}


def _read_quotes(comments: Collection[int], starts: Collection[str]) -> list[_Quoting]:
    """Return the quotes of these comments, and all quotes with these starts. One query, over all quotes if `starts`."""
    rows = Quote.objects.alias(start=Left("excerpt", QUOTE_START)) if starts else Quote.objects.all()
    rows = rows.filter(Q(target__in=comments) | Q(start__in=starts)) if starts else rows.filter(target__in=comments)
    names = ("pk", "excerpt", "target_id", written_name("target__"), "target__body", "target__withdrawn_at")
    fields = (*names, "comment__article_id", "comment__addressee", "comment__body")
    return [_Quoting(*values) for values in rows.exclude(excerpt="").values_list(*fields)]


def _bind_quotes(key: bytes, quoting: Iterable[_Quoting], owners: Mapping[int, Comment]) -> None:
    """Bind quotes in any thread to the removed comments that they repeat (`owners`, by digest).

    They are masked with these: also those too short or without a name, which linking leaves without a
    target. A quote whose current target begins with its excerpt stays bound to it.
    """
    bound: dict[int, int] = {}
    articles: set[int] = set()
    for quote in quoting:
        addressee = quote.addressee or quotes.find_addressee(quote.body) or ""
        owner = owners.get(removed_texts.digest_excerpt(key, addressee, quote.excerpt) or 0)
        has_target = quote.target_withdrawn_at is None and begins_with(quote.target_body or "", quote.excerpt)
        if owner and not has_target:
            bound[quote.pk] = owner.pk
            articles.add(quote.article)
    if bound:
        bulk_writes.update_rows(Quote, ("target_id",), [(target, pk) for pk, target in bound.items()])
        versions.bump_versions(articles)


def _digest_excerpts(key: bytes, quoting: Iterable[_Quoting], comments: Collection[int]) -> Iterator[RemovedRow]:
    """Digest the excerpts of removed comments, which may have earlier words than the text."""
    for quote in quoting:
        digest = removed_texts.digest_excerpt(key, quote.target_author or "", quote.excerpt)
        if digest is not None and quote.target in comments:
            yield (digest, 0, None, quote.target)


def _rows(digests: TextDigests | None, owner: Owner) -> Iterator[RemovedRow]:
    if digests:
        others = {digest for digest in (digests.sure, *digests.near, digests.quoted) if digest is not None}
        yield from ((digest, 0, *owner) for digest in others)
        yield from ((digest, len(digests.samples), *owner) for digest in digests.samples)


def _digest_comment(key: bytes, thread: str, author: str | None, posted_on: date | None, body: str) -> Any:
    return removed_texts.digest_text(key, RemovableText(thread, *fingerprint(author, posted_on, body)))


def find_copies(plans: Sequence[ThreadPlan]) -> None:
    """Hide new, changed and returning texts of plans that are copies of removed ones; find quotes of removed comments.

    A visible comment that is changed into a copy loses its row: it is a new comment. One that returns keeps its row.
    A hidden row loses a text that is unlike its own: it may be another comment, so a moderator decides on it.
    One query if nothing was removed; otherwise five, and one for each 900 digests.
    """
    if not has_removed_texts():
        return
    search = _Search()
    for plan in plans:
        search.add_thread(plan)
    search.read()
    for plan in plans:
        plan.article_decision = search.decide(plan, None)
        for index, row in enumerate(plan.rows):
            if decision := search.decide_comment(plan, index):
                plan.decisions[index] = decision
                if row and row.values.body != plan.record.comments[index].body and not _is_same(row, plan, index):
                    plan.rows[index] = None
                    plan.gone += [row] if row.values.withdrawn_at is None else []
        plan.removed_quotes = search.find_quotes(plan)


def _is_same(row: StoredComment, plan: ThreadPlan, index: int) -> bool:
    """Return whether a row has one of the keys of a comment, which may have several texts in several files."""
    comment = plan.record.comments[index]
    return row.key in {comment.key, *comment.former_keys}


def has_removed_texts() -> bool:
    """Return whether anything is removed in the archive. One query."""
    return RemovedText.objects.exists()


def select_copies(
    texts: Collection[RemovableText], excerpts: Collection[tuple[str, str]]
) -> tuple[set[RemovableText], set[tuple[str, str]]]:
    """Return the texts that are copies of removed ones, also in doubt, and the excerpts of removed comments.

    An excerpt has its addressee before it. Five queries, and one for each 900 digests.
    """
    return _Search().select(texts, excerpts)


class _Search:
    """Digests of the texts and quotes of plans, and the removed texts that have these digests."""

    def __init__(self) -> None:
        self._key = versions.digest_key()
        self._texts: dict[tuple[str, int | None], TextDigests] = {}
        """By key of the thread and index of the comment, None for the opening text."""
        self._earlier: dict[tuple[str, int], TextDigests] = {}
        """Of the stored text of changed comments."""
        self._quotes: dict[str, dict[tuple[int, int], int]] = defaultdict(dict)
        self._decisions: dict[Owner, Decision] = {}
        """Of hidden owners; a redacted one has no text that a moderator could compare."""
        self._owners: dict[int | None, list[tuple[Owner, int]]] = {}
        """Owners by digest, each with the number of its samples."""

    def add_thread(self, plan: ThreadPlan) -> None:
        """Digest the new, changed and returning texts of a plan."""
        record, thread = plan.record, plan.thread
        returns = thread is not None and thread.values.withdrawn_at is not None
        if thread is None or returns or (record.title, record.body) != (thread.values.title, thread.values.body):
            day = record.published_at.date() if record.published_at else None
            opening = RemovableText("", record.author, day, f"{record.title}\n{record.body}")
            if digests := removed_texts.digest_text(self._key, opening):
                self._texts[record.key, None] = digests
        for index, (row, comment) in enumerate(zip(plan.rows, record.comments, strict=True)):
            is_changed = row is None or row.values.body != comment.body
            # Nobody decided on a row that returns: its text may have been removed elsewhere meanwhile.
            is_back = row is not None and (returns or row.values.withdrawn_at) and not row.decision.moderated_at
            has_text = comment.body and not comment.removed_at_source
            if (is_changed or is_back) and has_text and (row is None or row.visibility != Visibility.REDACTED):
                self._add_comment(plan, index, row if is_changed else None)
            # The quotes of other rows keep their targets.
            is_moved = row is not None and (thread is None or row.values.article_id != thread.id)
            for ordinal, quote in enumerate(comment.quotes if is_changed or is_moved else ()):
                if quote.excerpt:
                    addressee = comment.addressee or quotes.find_addressee(comment.body) or ""
                    digest = removed_texts.digest_excerpt(self._key, addressee, quote.excerpt)
                    if digest is not None:
                        self._quotes[record.key][index, ordinal] = digest

    def _add_comment(self, plan: ThreadPlan, index: int, row: StoredComment | None) -> None:
        key, comment = plan.record.key, plan.record.comments[index]
        if digests := _digest_comment(self._key, key, comment.author, comment.posted_on, comment.body):
            self._texts[key, index] = digests
        if row and (digests := _digest_comment(self._key, key, row.author, row.values.posted_on, row.values.body)):
            self._earlier[key, index] = digests

    def read(self) -> None:
        """Read the removed texts with these digests."""
        wanted = {digest for quotes in self._quotes.values() for digest in quotes.values()}
        self._read_owners(wanted, (*self._texts.values(), *self._earlier.values()))
        self._decisions = _read_decisions(owner for owners in self._owners.values() for owner, _samples in owners)

    def select(
        self, texts: Iterable[RemovableText], excerpts: Iterable[tuple[str, str]]
    ) -> tuple[set[RemovableText], set[tuple[str, str]]]:
        """Return the texts that are copies, and the excerpts of removed comments."""
        digested = {text: digests for text in texts if (digests := removed_texts.digest_text(self._key, text))}
        quoted = {pair: removed_texts.digest_excerpt(self._key, *pair) for pair in excerpts}
        self._read_owners({digest for digest in quoted.values() if digest is not None}, digested.values())
        return (
            {text for text, digests in digested.items() if self._is_copy(digests)},
            {
                pair
                for pair, digest in quoted.items()
                if any(owner.comment for owner, _ in self._owners.get(digest, ()))
            },
        )

    def _read_owners(self, wanted: set[int], texts: Collection[TextDigests]) -> None:
        for digests in texts:
            wanted.update(digests.near, digests.probes, () if digests.sure is None else (digests.sure,))
        self._read(wanted)
        likely = (digests for digests in texts if any(probe in self._owners for probe in digests.probes))
        self._read({sample for digests in likely for sample in digests.samples} - self._owners.keys())

    def _read(self, wanted: set[int]) -> None:
        if RemovedText.objects.count() < READ_ALL * len(wanted):
            wanted &= set(RemovedText.objects.values_list("digest", flat=True).iterator())
        for part in bulk_writes.in_parts(sorted(wanted)):
            for digest, samples, *owner in RemovedText.objects.filter(digest__in=part).values_list(*FIELDS):
                self._owners.setdefault(digest, []).append((Owner(*owner), samples))

    def decide_comment(self, plan: ThreadPlan, index: int) -> Decision | None:
        """Return how a comment of a plan is hidden, None if its row says so. Doubtful ones are noted in `plan.held`."""
        row, place = plan.rows[index], (plan.record.key, index)
        earlier, digests = self._earlier.get(place), self._texts.get(place)
        if row is None or row.is_visible:
            # A moderator has seen the visible text of a row that was a copy already.
            return None if earlier and self._is_copy(earlier) else self.decide(plan, index)
        if not earlier or not digests or _is_same(row, plan, index) or removed_texts.is_alike(earlier, digests):
            return None
        return self.decide(plan, index) or plan.hold(index)

    def decide(self, plan: ThreadPlan, index: int | None) -> Decision | None:
        """Return how a text of a plan is hidden, None if it is no copy. A doubtful copy is noted in `plan.held`."""
        digests = self._texts.get((plan.record.key, index))
        if digests is None or not self._owners:
            return None
        sure = () if digests.sure is None else self._owners.get(digests.sure, ())
        decision = next((self._decisions[owner] for owner, _samples in sure if owner in self._decisions), None)
        return plan.hold(index) if decision is None and self._is_copy(digests) else decision

    def _is_copy(self, digests: TextDigests) -> bool:
        if any(digest in self._owners for digest in (digests.sure, *digests.near)):
            return True
        shared: dict[tuple[Owner, int], list[int]] = defaultdict(list)
        for place, digest in enumerate(digests.samples):
            for owner in self._owners.get(digest, ()):
                shared[owner].append(place)
        likely = heapq.nlargest(CANDIDATES, shared.items(), key=lambda pair: len(pair[1]))
        return any(
            removed_texts.shares_enough(places, min(samples, len(digests.samples)))
            for (_owner, samples), places in likely
        )

    def find_quotes(self, plan: ThreadPlan) -> dict[tuple[int, int], int]:
        """Return the ids of removed comments that a plan's quotes repeat, by index and ordinal."""
        result = {}
        for place, digest in self._quotes.get(plan.record.key, {}).items():
            ids = [owner.comment for owner, _samples in self._owners.get(digest, ()) if owner.comment]
            if ids:
                result[place] = min(ids)
        return result


def _read_decisions(owners: Iterable[Owner]) -> dict[Owner, Decision]:
    """Return the decisions about hidden texts, as sure copies of them inherit these; without those in doubt."""
    owners = set(owners)
    hidden = Q(visibility=Visibility.HIDDEN) & ~Q(reports__status=Report.Status.OPEN)
    result: dict[Owner, Decision] = {}
    for part in bulk_writes.in_parts(owner.comment for owner in owners if owner.comment):
        rows = Comment.objects.filter(hidden, pk__in=part)
        result |= {Owner(None, pk): Decision(*fields) for pk, *fields in rows.values_list("pk", *Decision._fields)}
    for part in bulk_writes.in_parts(owner.article for owner in owners if owner.article):
        openings = Article.objects.filter(hidden, pk__in=part)
        result |= {Owner(pk, None): Decision(*fields) for pk, *fields in openings.values_list("pk", *Decision._fields)}
    return result
