"""A window's rows to what `markup` prints: which comments are drawn, what each answers, and by which links.

Pure but for the reader's language. Called by `thread`.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from django.conf import settings
from django.utils.html import conditional_escape
from django.utils.translation import gettext, ngettext

from threads.display_html import DisplayHtml
from threads.models import LinkMethod, Reason, Visibility, address
from threads.pages import thread_window as rows_of
from threads.rendering import convert_script, excerpt_html, trusted
from threads.search.highlighting import Highlighter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

    from threads.pages.thread_window import AnswerRow, QuoteRow, Row, Window

DEEPEST = 6
"""Levels of indentation; deeper comments say whom they answer."""
MONOGRAM_COLOURS = 8
QUIET_METHODS = {LinkMethod.NEAREST.value}
"""Methods whose links are called a guess."""


class Link(NamedTuple):
    """A link to a comment, by name: what this one answers, or what answers it."""

    url: str
    name: str
    excerpt: str = ""
    """HTML."""
    lang: str = ""
    note: str = ""
    """`guess`, `missing` or empty; a class, and a word beside the link."""
    key: str = ""


class Drawn(NamedTuple):
    """One comment, ready to print."""

    pk: int
    key: str
    number: int
    depth: int
    level: int
    """Steps of indentation: `depth`, at most DEEPEST."""
    author: str | None
    """None where the comment was removed and only its place is drawn."""
    author_url: str
    monogram: str
    colour: int
    opener: bool
    """True where the author is the article's."""
    day: str
    answers: Sequence[Link]
    body: str
    """HTML."""
    lang: str
    removed: str
    """The line that says so where it was removed, here or at the source; else empty."""
    answer_count: str
    answered_by: Sequence[Link]
    more: int
    branch: int
    sought: bool = False
    """True where words that the reader searched for are marked in it."""


class Pen:
    """Draws the comments of one page for one reader."""

    def __init__(
        self, window: Window, mode: str, opener: int | None, script: str = "", highlighter: Highlighter | None = None
    ) -> None:
        """Take the rows, and what the reader asked for: view, script and the words of a search they came from."""
        self.window = window
        self.highlighter = highlighter or Highlighter()
        self.threaded = mode == rows_of.THREADED
        self.opener = opener
        self.script = script
        self.at_source = gettext("Removed at the source by its author or by the site.")
        self.here = {row.key for row in window.rows}
        shown = {row.pk: row.body_html for row in window.rows if row.visibility == Visibility.VISIBLE}
        self.display = DisplayHtml.load((), shown)
        self.counts = {0: ""}
        self.unknown = gettext("unknown author")
        self.removed_name = gettext("a removed comment")

    def draw(self) -> list[Drawn]:
        """Return the page's comments. A removed one without anything below it on the page is left out."""
        drawn: list[Drawn] = []
        next_depth = -1
        for row in reversed(self.window.rows):
            shown = row.visibility == Visibility.VISIBLE
            if shown or next_depth > row.depth or (not drawn and row.answer_count):
                drawn.append(self.comment(row) if shown else self.placeholder(row))
                next_depth = row.depth if self.threaded else -1
            elif row.answer_count and not self.threaded:
                drawn.append(self.placeholder(row))
        drawn.reverse()
        return drawn

    def comment(self, row: Row) -> Drawn:
        """Draw one comment that may be seen."""
        answered_by = [self.answer(answer) for answer in self.window.answers.get(row.pk, ())]
        html = self.display.comment(row.pk, row.body_html)
        body = convert_script(html, self.script) if self.script else html
        marked = self.highlighter.highlight_comment(body)
        return Drawn(
            row.pk,
            row.key,
            row.position + 1,
            *self.place(row),
            author=row.author or self.unknown,
            author_url=author_url(row.author_slug) if row.author_slug else "",
            monogram=monogram(row.author),
            colour=colour(row.author),
            opener=self.opener is not None and row.author_id == self.opener,
            day=row.posted_on.isoformat() if row.posted_on else "",
            answers=self.answered(row),
            body=marked,
            lang=self.script or row.script,
            removed=self.at_source if row.removed_at_source else "",
            answer_count=self.counted(row.answer_count),
            answered_by=answered_by,
            more=max(0, row.answer_count - len(answered_by)),
            branch=row.descendant_count if self.threaded else 0,
            sought=marked != body,
        )

    def placeholder(self, row: Row) -> Drawn:
        """Draw the quiet line that keeps a removed comment's place."""
        reason = Reason(row.reason).label if row.reason in Reason.values and row.reason else ""
        removed = gettext("This comment was removed.")
        if reason:
            removed = gettext("This comment was removed: %(reason)s.") % {"reason": reason}
        return Drawn(
            row.pk, row.key, row.position + 1, *self.place(row), author=None, author_url="", monogram="", colour=0,
            opener=False, day="", answers=(), body="", lang="", removed=removed, answer_count="", answered_by=(),
            more=0, branch=row.descendant_count if self.threaded else 0,
        )  # fmt: skip

    def place(self, row: Row) -> tuple[int, int]:
        """Return depth and steps of indentation: none in a flat view."""
        return (row.depth, min(row.depth, DEEPEST)) if self.threaded else (0, 0)

    def answered(self, row: Row) -> list[Link]:
        """Return what a comment answers: its parent, then whatever else it quotes before its own words."""
        links: list[Link] = []
        quotes = self.window.quotes.get(row.pk, ())
        parent_drawn = False
        for quote in quotes:
            links.append(self.quoted(row, quote))
            parent_drawn = parent_drawn or (quote.key is not None and quote.key == row.answers_key)
        if not parent_drawn and (parent := self.parent(row, quoted=bool(quotes))):
            links.insert(0, parent)
        return links

    def quoted(self, row: Row, quote: QuoteRow) -> Link:
        """Return the link of one quote mark: name and excerpt; the excerpt of a removed comment is withheld."""
        if quote.key is None or quote.order is None or quote.withdrawn:
            if quote.is_masked:
                return Link("", self.removed_name)
            return Link("", row.addressee, self.excerpt(quote.excerpt), self.script or row.script, "missing")
        url = self.url(quote.key, quote.order)
        if quote.is_masked:
            return Link(url, self.removed_name)
        note = "guess" if quote.key == row.answers_key and row.link_method in QUIET_METHODS else ""
        lang = self.script or quote.script or ""
        return Link(url, quote.author or self.unknown, self.excerpt(quote.excerpt), lang, note, quote.key)

    def parent(self, row: Row, *, quoted: bool) -> Link | None:
        """Return the link to what a comment answers without quoting it."""
        if row.answers_key is not None and row.answers_order is not None:
            url = self.url(row.answers_key, row.answers_order)
            if row.answers_visibility != Visibility.VISIBLE:
                return Link(url, self.removed_name)
            note = "guess" if row.link_method in QUIET_METHODS else ""
            return Link(url, row.answers_author or self.unknown, note=note, key=row.answers_key)
        if row.answers_article:
            # A moderator may have said so of a comment that addresses somebody else.
            return Link("#article", (not row.withheld and row.addressee) or gettext("the article"))
        if quoted or not row.addressee:
            return None
        return Link("", self.removed_name) if row.withheld else Link("", row.addressee, note="missing")

    def counted(self, number: int) -> str:
        """Return `3 answers` in the reader's language; empty for none."""
        if number not in self.counts:
            self.counts[number] = ngettext("%(count)d reply", "%(count)d replies", number) % {"count": number}
        return self.counts[number]

    def answer(self, row: AnswerRow) -> Link:
        """Return the link to a comment that answers one on the page."""
        return Link(self.url(row.key, row.order), row.author or self.unknown, key=row.key)

    def url(self, key: str, order: int) -> str:
        """Return the shortest address of a comment in this thread: an anchor, another page's anchor, its permalink."""
        if key in self.here:
            return f"#c-{key}"
        if self.threaded:
            return f"?page={order // settings.THREAD_PAGE_SIZE + 1}#c-{key}"
        return f"/c/{key}/"

    def excerpt(self, text: str) -> str:
        """Return quoted words as HTML, in the script the reader asked for."""
        html = excerpt_html(text)
        return convert_script(html, self.script) if self.script else html

    def in_script(self, text: str | SafeString) -> str | SafeString:
        """Return text in the script the reader asked for."""
        return in_script(text, self.script)


def in_script(text: str | SafeString, script: str) -> str | SafeString:
    """Return plain text or stored HTML in a script; as it is where `script` is empty."""
    return trusted(convert_script(conditional_escape(text), script)) if script and text else text


def author_url(slug: str) -> str:
    """Return the address of an author's page, ready for an attribute."""
    return escape(address("author", slug))


def monogram(name: str | None) -> str:
    """Return the one letter that stands for a speaker."""
    return next((letter.upper() for letter in name or "" if letter.isalnum()), "?")


def colour(name: str | None) -> int:
    """Return the number of a speaker's colour: the same on every page, whatever else is there."""
    return crc32(name.encode()) % MONOGRAM_COLOURS if name else MONOGRAM_COLOURS
