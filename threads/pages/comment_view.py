"""What a comment shows: author, day, links, text and replies, or the placeholder of a hidden or redacted comment.

Also the map of a page: one line for each comment, indented by its level and as long as its text. No queries. The
templates are in `templates/jinja2/`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast
from zlib import crc32

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template import engines
from django.utils.translation import gettext, ngettext, pgettext

from threads.models import LinkMethod, Visibility, address
from threads.pages.hidden_comments import describe_removal, shown_rows
from threads.pages.snippets import make_snippet, strip_tags
from threads.pages.thread_order import THREADED, page_of_place
from threads.pages.thread_page import REPLIES_SHOWN
from threads.rendering import convert_text, excerpt_html
from threads.search.highlighting import Highlighter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from django.template.backends.jinja2 import Jinja2
    from django.utils.safestring import SafeString

    from threads.pages.thread_page import CommentPage, LeadingQuote, PageRow
    from threads.quotes_and_links import DisplayHtml

MAX_LEVEL: Final = 6
"""Levels of indentation. Deeper comments name their parent."""
MONOGRAM_COLORS: Final = 8
MAX_MAP_WIDTH: Final = 46
"""In units of the map."""
MIN_COMMENTS_FOR_MAP: Final = 12
FOLD_LENGTH: Final = 2_000
"""Characters of a comment that is folded if it is longer: two screens of Chinese text on a desktop, four on a phone."""
PAGE_LENGTH: Final = 400_000
"""Characters of stored HTML on a page. Comments have equal shares; longer ones have a page of their own."""
FOLD_START: Final = 200
"""Characters of a folded comment that are shown."""
GUESSED_METHODS: Final = {LinkMethod.NEAREST.value}
"""Methods whose links are marked as a guess."""


class CommentLink(NamedTuple):
    """A link to the target of a comment, or to a reply."""

    url: str
    """Empty if the target is not in the archive."""
    name: str
    excerpt: str | SafeString = ""
    lang: str = ""
    key: str = ""
    """Key of the comment, for previews; empty without a preview."""
    is_guess: bool = False
    is_missing: bool = False


class Fold(NamedTuple):
    """How a very long comment is folded."""

    start: str | SafeString
    """Its first words."""
    label: str
    """Such as `All 12,345 characters`."""
    url: str
    """The page of its text, if that is not on this page; else empty."""
    is_open: bool = False


class CommentView(NamedTuple):
    """A comment as the template shows it. A placeholder has position and note only."""

    pk: int
    key: str
    number: int
    depth: int
    level: int
    """Steps of indentation: `depth`, at most MAX_LEVEL."""
    has_branch: bool
    """Whether comments below it belong to its branch."""
    note: str = ""
    """Why it is removed; empty if it is not."""
    is_placeholder: bool = False
    author: str = ""
    author_url: str = ""
    monogram: str = ""
    color: int = 0
    is_article_author: bool = False
    day: str = ""
    moment: str = ""
    """The minute as an ISO 8601 time in UTC; empty if only the day is known."""
    moment_title: str = ""
    votes: str = ""
    """With a sign, such as `▲12`; empty for none."""
    votes_label: str = ""
    """For screen readers."""
    facts: Sequence[str] = ()
    """Floor, deleted account and time of the edit, as far as the source states them."""
    targets: Sequence[CommentLink] = ()
    body: str | SafeString = ""
    lang: str = ""
    reply_count: str = ""
    """Such as `3 replies`; empty for none."""
    replies: Sequence[CommentLink] = ()
    unnamed_replies: int = 0
    """Number of replies beyond `replies`."""
    quoted_by: Sequence[CommentLink] = ()
    """Replies to other comments that quote this one."""
    fold: Fold | None = None
    """None if the text is shown at once."""
    length: int = 0
    """Characters of its HTML."""
    has_match: bool = False
    """Whether terms of the reader's search are highlighted in it."""


@dataclass(slots=True)
class CommentPresenter:
    """Makes the views of the comments of one page for one reader."""

    page: CommentPage
    display: DisplayHtml
    """Completes the stored HTML of the page's visible comments."""
    mode: str = THREADED
    article_author: int | None = None
    """Id of the person who wrote the article."""
    script: str = ""
    """The script that the reader chose, if any."""
    highlighter: Highlighter = field(default_factory=Highlighter)
    folds: bool = True
    """False to show all texts whole."""
    keys: set[str] = field(init=False)
    labels: Labels = field(init=False)

    def __post_init__(self) -> None:
        self.keys = {row.key for row in self.page.rows}
        self.labels = Labels()

    def present(self) -> list[CommentView]:
        """Return the views in order. A removed comment is left out if nothing below it is shown."""
        return [
            self.present_comment(row) if row.visibility == Visibility.VISIBLE else self.present_placeholder(row)
            for row in shown_rows(self.page.rows, is_threaded=self.mode == THREADED)
        ]

    def present_comment(self, row: PageRow) -> CommentView:
        """Return the view of a visible comment."""
        unknown, replies = self.labels.unknown_author, self.page.replies.get(row.pk, ())
        links = [
            CommentLink(self.comment_url(reply.key, reply.order), reply.author or unknown, key=reply.key)
            for reply in replies
        ]
        reply_links = links[: sum(reply.nth < REPLIES_SHOWN for reply in replies)]
        body = convert_text(self.display.comment(row.pk, row.body_html), self.script)
        highlighted = self.highlighter.highlight_html(body)
        has_match = highlighted != body
        fold = self.fold(row, is_open=has_match)
        return CommentView(
            *self.place(row),
            note=self.labels.removed_at_source if row.removed_at_source else "",
            author=row.author or unknown,
            author_url=address("author", row.person_slug) if row.person_slug else "",
            monogram=make_monogram(row.author),
            color=choose_color(row.person),
            is_article_author=self.article_author is not None and row.person_id == self.article_author,
            day=row.posted_on.isoformat() if row.posted_on else "",
            moment=f"{as_utc(row.posted_at):%Y-%m-%dT%H:%MZ}" if row.posted_at else "",
            moment_title=format_minute(row.posted_at),
            votes=format_votes(row.votes),
            votes_label=describe_votes(row.votes),
            facts=[*self.present_facts(row)],
            targets=self.present_targets(row),
            body="" if fold and fold.url else highlighted,
            lang=self.script or row.script,
            reply_count=self.labels.count_replies(row.answer_count),
            replies=reply_links,
            unnamed_replies=max(0, row.answer_count - len(reply_links)) if reply_links else 0,
            has_match=has_match,
            quoted_by=links[len(reply_links) :][:REPLIES_SHOWN],
            fold=fold,
            length=len(body),
        )

    def present_facts(self, row: PageRow) -> Iterator[str]:
        """Yield the labels of what the source states of a comment."""
        if row.floor is not None:
            yield gettext("floor %(number)d") % {"number": row.floor}
        if row.account_deleted:
            yield self.labels.account_deleted
        if row.edited_at:
            yield gettext("edited %(time)s") % {"time": format_minute(row.edited_at)}

    def fold(self, row: PageRow, *, is_open: bool) -> Fold | None:
        """Return how a comment is folded; None for one that is not very long."""
        if not self.folds or len(row.body_html) <= FOLD_LENGTH:
            return None
        length = len(strip_tags(row.body_html))
        own_page = len(row.body_html) > max(FOLD_LENGTH, PAGE_LENGTH // len(self.page.rows))
        if length <= FOLD_LENGTH and not own_page:
            return None
        start = convert_text(make_snippet(row.body_html[:FOLD_LENGTH], FOLD_START), self.script)
        label = gettext("All %(count)s characters") % {"count": intcomma(length)}
        return Fold(start, label, f"/c/{row.key}/text/" if own_page else "", is_open)

    def present_placeholder(self, row: PageRow) -> CommentView:
        """Return the view of a hidden or redacted comment: its position and the reason."""
        return CommentView(*self.place(row), note=describe_removal(row.reason), is_placeholder=True)

    def place(self, row: PageRow) -> tuple[int, str, int, int, int, bool]:
        """Return the first fields of a view. In a flat view the depth is zero, and no comment has a branch."""
        is_threaded = self.mode == THREADED
        depth = row.depth if is_threaded else 0
        has_branch = is_threaded and row.descendant_count > 0
        return row.pk, row.key, row.position + 1, depth, min(depth, MAX_LEVEL), has_branch

    def present_targets(self, row: PageRow) -> list[CommentLink]:
        """Return links to the comments that a comment replies to: its parent and its leading quotes."""
        quotes = self.page.quotes.get(row.pk, ())
        links = [self.quote_link(row, quote) for quote in quotes]
        is_quoted = row.answers_key is not None and any(quote.key == row.answers_key for quote in quotes)
        parent = None if is_quoted else self.parent_link(row, has_quotes=bool(quotes))
        return [parent, *links] if parent else links

    def quote_link(self, row: PageRow, quote: LeadingQuote) -> CommentLink:
        """Return the link of a leading quote. A masked quote shows neither name nor excerpt of its target."""
        labels = self.labels
        if quote.key is None or quote.order is None or quote.withdrawn_at:
            if quote.is_masked:
                return CommentLink("", labels.removed_comment)
            excerpt, lang = convert_text(excerpt_html(quote.excerpt), self.script), self.script or row.script
            return CommentLink("", row.addressee, excerpt, lang, is_missing=True)
        url = self.comment_url(quote.key, quote.order)
        if quote.is_masked:
            return CommentLink(url, labels.removed_comment)
        return CommentLink(
            url,
            quote.author or labels.unknown_author,
            convert_text(excerpt_html(quote.excerpt), self.script),
            self.script or quote.script or "",
            quote.key,
            is_guess=quote.key == row.answers_key and row.link_method in GUESSED_METHODS,
        )

    def parent_link(self, row: PageRow, *, has_quotes: bool) -> CommentLink | None:
        """Return the link to a parent that is not quoted; None if there is none."""
        labels = self.labels
        if row.answers_key is not None and row.answers_order is not None:
            url = self.comment_url(row.answers_key, row.answers_order)
            if row.answers_visibility != Visibility.VISIBLE:
                return CommentLink(url, labels.removed_comment)
            is_guess = row.link_method in GUESSED_METHODS
            return CommentLink(url, row.answers_author or labels.unknown_author, key=row.answers_key, is_guess=is_guess)
        if row.answers_article and row.link_method != LinkMethod.SOURCE:
            # A moderator can have linked a comment that addresses somebody else.
            return CommentLink("#article", (not row.addressee_opted_out and row.addressee) or labels.article)
        if has_quotes or row.answers_article or not row.addressee:
            return None
        if row.addressee_opted_out:
            return CommentLink("", labels.removed_comment)
        return CommentLink("", row.addressee, is_missing=True)

    def comment_url(self, key: str, order: int) -> str:
        """Return the shortest URL of a comment in this thread: anchor, page with anchor, or permalink."""
        if key in self.keys:
            return f"#c-{key}"
        if self.mode == THREADED:
            return f"?page={page_of_place(order)}#c-{key}"
        return f"/c/{key}/"


class Labels:
    """Texts of comments in the language of the request, translated once for a page."""

    def __init__(self) -> None:
        self.removed_at_source = gettext("Removed at the source by its author or by the site.")
        self.removed_comment = gettext("a removed comment")
        self.account_deleted = gettext("account deleted")
        self.unknown_author = gettext("unknown author")
        self.article = gettext("the article")
        self.in_reply_to = gettext("in reply to")
        self.guess = gettext("a guess")
        self.guess_title = gettext("Matched by name only: the latest earlier comment by this author")
        self.quoted_by = gettext("quoted by")
        self.missing = gettext("not in the archive")
        self.article_author = gettext("author")
        self.article_author_title = gettext("Author of the article")
        self.cite = gettext("cite")
        self.report = gettext("report")
        self.moderate = gettext("moderate")
        self.admin_path = f"/{settings.ADMIN_PATH}/threads/comment/"
        self.before_replies = pgettext("between the number of replies and their authors", ": ")
        self.between_replies = pgettext("between the authors of replies", ", ")
        self.reply_counts = {0: ""}

    def count_replies(self, number: int) -> str:
        """Return a text such as `3 replies`; empty for none."""
        if number not in self.reply_counts:
            self.reply_counts[number] = ngettext("%(count)d reply", "%(count)d replies", number) % {"count": number}
        return self.reply_counts[number]


def render_comments(comments: Sequence[CommentView], *, is_moderator: bool = False) -> Any:
    """Return the list of comments of a thread page as safe HTML."""
    return load_macros("comment.html").comment_list(comments, Labels(), is_moderator)


def render_comment_card(comment: CommentView, url: str) -> Any:
    """Return one comment as the preview of a link to it, as safe HTML. `url` is its URL in the thread."""
    return load_macros("comment.html").comment_card(comment, url)


def render_text(body: SafeString, lang: str) -> Any:
    """Return an opening text or the text of a comment alone, as in a feed, as safe HTML."""
    return load_macros("comment.html").comment_text({"body": body, "lang": lang})


def as_utc(moment: datetime) -> datetime:
    """Return a time in UTC; SQLite stores no time zone."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def format_minute(moment: datetime | None) -> str:
    """Return a minute such as `2009-10-21 09:31 UTC`; empty if unknown."""
    return f"{as_utc(moment):%Y-%m-%d %H:%M} UTC" if moment else ""


def format_votes(votes: int | None) -> str:
    """Return votes with a sign, such as `▲12` or `▼3`; empty for none."""
    return f"{'▲' if votes > 0 else '▼'}{intcomma(abs(votes))}" if votes else ""


def describe_votes(votes: int | None) -> str:
    """Return votes in words, such as `12 votes`; empty for none."""
    return ngettext("%(count)d vote", "%(count)d votes", votes) % {"count": votes} if votes else ""


def make_monogram(name: str | None) -> str:
    """Return the letter of an author's monogram; `?` without a letter or digit."""
    return next((letter.upper() for letter in name or "" if letter.isalnum()), "?")


def choose_color(name: str | None) -> int:
    """Return the number of an author's color. It depends on the name alone."""
    return crc32(name.encode()) % MONOGRAM_COLORS if name else MONOGRAM_COLORS


def render_minimap(comments: Sequence[CommentView]) -> Any:
    """Return the map of a page as safe HTML, with a line for each comment; empty for a short page."""
    if len(comments) < MIN_COMMENTS_FOR_MAP:
        return ""
    widths = [min(MAX_MAP_WIDTH, 4 * (comment.length + 2).bit_length()) for comment in comments]
    return load_macros("minimap.html").minimap(zip(comments, widths, strict=True), len(comments))


def load_macros(template: str) -> Any:
    """Return the macros of a template in `templates/jinja2/` as attributes. They escape values and return safe HTML.

    Jinja2 is for the parts of a page with many values: a Django template takes six times as long.
    """
    return cast("Jinja2", engines["jinja2"]).env.get_template(template).module
