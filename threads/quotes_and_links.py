"""Stored HTML completed for display: inline quotes and links to archived threads filled in from rows.

Pages, feeds, exports and the comment preview all show bodies through `DisplayHtml`. Rows are read whenever a text is
shown, so that hiding a comment or opting an author out changes no other row.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q

from threads import rendering
from threads.models import Article, Author, Comment, Quote, ThreadLink
from threads.parsing.hosts import absolute_key, host_of_key
from threads.querysets import VISIBLE, written_name
from threads.rendering import InlineQuote

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.utils.safestring import SafeString

    from threads.querysets import ArticleQuerySet

HIDDEN_TARGET: Final = Q(target__isnull=False) & ~Q(target__visibility=VISIBLE)
MISSING_TARGET: Final = Q(target=None) | Q(target__withdrawn_at__isnull=False)
OPTED_OUT_ADDRESSEE: Final = Q(Exists(Author.objects.opted_out().filter(name=OuterRef("comment__addressee"))))
IS_MASKED: Final = ExpressionWrapper(
    HIDDEN_TARGET | (MISSING_TARGET & OPTED_OUT_ADDRESSEE), output_field=BooleanField()
)
"""Annotation of a `Quote` that shows neither excerpt nor name, because its target must not be seen.

The target is hidden or redacted, or is missing and addresses an opted-out author. The one definition for pages, feeds,
search, exports and previews.
"""


class DisplayHtml(NamedTuple):
    """What the rows say about the inline quotes and thread links of some texts."""

    hosts: Mapping[int, str]
    """Hosts of the threads of those comments that link to a thread without naming a host, by comment id."""
    archived: frozenset[str]
    """Keys of the visible threads that the texts link to."""
    quotes: Mapping[int, Mapping[int, InlineQuote]]
    """Inline quotes by comment id and ordinal."""

    @classmethod
    def load(cls, openings: Mapping[str, str], comments: Mapping[int, str]) -> DisplayHtml:
        """Read what these texts need: stored HTML of opening texts by the key of their thread, and of comments by id.

        One query if any text links to a thread, one if any comment does so without a host, one if any comment has an
        inline quote.
        """
        own = [pk for pk, html in comments.items() if 'data-thread="/' in html]
        rows = Comment.objects.filter(pk__in=own).values_list("pk", "article__key") if own else ()
        hosts = {pk: host_of_key(key) for pk, key in rows}
        texts = [(host_of_key(key), html) for key, html in openings.items()]
        texts += [(hosts.get(pk, ""), html) for pk, html in comments.items()]
        keys = {absolute_key(link, host) for host, html in texts for link in rendering.linked_threads(html)}
        archived = Article.objects.visible().filter(key__in=keys).values_list("key", flat=True) if keys else ()
        quoting = [pk for pk, html in comments.items() if "data-quote=" in html]
        return cls(hosts, frozenset(archived), inline_quotes(quoting))

    def opening(self, key: str, html: str) -> SafeString:
        """Return the HTML of the opening text of a thread as a page shows it."""
        return rendering.complete(html, {}, self.archived, host_of_key(key))

    def comment(self, pk: int, html: str) -> SafeString:
        """Return the HTML of a comment's text as a page shows it."""
        return rendering.complete(html, self.quotes.get(pk, {}), self.archived, self.hosts.get(pk, ""))


def inline_quotes(comment_ids: Collection[int]) -> dict[int, dict[int, InlineQuote]]:
    """Return the inline quotes of these comments by ordinal. One query; none without comments."""
    quotes: dict[int, dict[int, InlineQuote]] = defaultdict(dict)
    if comment_ids:
        rows = Quote.objects.filter(comment__in=comment_ids, leading=False).values_list(
            "comment_id", "ordinal", "excerpt", "comment__addressee", "target__key", written_name("target__"),
            "target__withdrawn_at", IS_MASKED,
        )  # fmt: skip
        for pk, ordinal, excerpt, addressee, key, author, withdrawn_at, is_masked in rows:
            is_missing = key is None or withdrawn_at is not None
            name = addressee if is_missing else author or addressee
            quotes[pk][ordinal] = InlineQuote(excerpt, name or None, None if is_missing else key, is_masked)
    return quotes


def mentioning_articles(key: str) -> ArticleQuerySet:
    """Return the visible articles, except the thread itself, that link to a thread from a visible text."""
    # A join, because SQLite would list all visible comments for a subquery.
    is_shown = Q(comment=None) | Q(comment__visibility=VISIBLE, comment__withdrawn_at=None)
    links = ThreadLink.objects.filter(is_shown, target_key=key)
    return Article.objects.visible().filter(pk__in=links.values("article")).exclude(key=key)
