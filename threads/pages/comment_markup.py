"""The HTML of comments, as joined strings: the one part of a page that is not a template.

A template looks up some twelve hundred values for fifty comments and takes ten times as long as all the rest of the
page. Here every value that is not HTML of `rendering` passes through `escape`. Classes are explained in `site.css`.
Called by `thread`.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from django.utils.translation import gettext, pgettext

from threads.rendering import trusted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

    from threads.pages.comment_view import CommentLink, CommentView
    from threads.pages.minimap import MapLine, Minimap


@dataclass(frozen=True, slots=True)
class Words:
    """The words that stand on every comment, in the reader's language, escaped."""

    answers: str
    guess: str
    guess_title: str
    missing: str
    opener: str
    opener_title: str
    link: str
    cite: str
    report: str
    moderate: str
    before_names: str
    between_names: str


def words() -> Words:
    """Return the words in the language of the request."""
    return Words(
        answers=escape(gettext("in reply to")),
        guess=escape(gettext("a guess")),
        guess_title=escape(gettext("Matched by name only: the latest earlier comment by this author")),
        missing=escape(gettext("not in the archive")),
        opener=escape(gettext("author")),
        opener_title=escape(gettext("Author of the article")),
        link=escape(gettext("link")),
        cite=escape(gettext("cite")),
        report=escape(gettext("report")),
        moderate=escape(gettext("moderate")),
        before_names=escape(pgettext("between the number of replies and their authors", ": ")),
        between_names=escape(pgettext("between the authors of replies", ", ")),
    )


def render_comments(views: Iterable[CommentView], *, is_moderator: bool = False) -> SafeString:
    """Return the HTML of comments, one after the other: the tree is in their classes, not in their nesting."""
    said = words()
    parts = [placeholder(c) if c.is_placeholder else comment(c, said, moderator=is_moderator) for c in views]
    return trusted("".join(parts))


def comment(c: CommentView, said: Words, *, moderator: bool) -> str:
    """Return the HTML of one comment."""
    lang = f' lang="{c.lang}"' if c.lang else ""
    notice = f'<p class="gone">{escape(c.note)}</p>' if c.note else ""
    return (
        f'<article class="c d{c.level}{" has" if c.has_branch else ""}" id="c-{c.key}" data-d="{c.depth}">'
        f"{head(c, said, moderator=moderator)}{''.join([answered(link, said) for link in c.targets])}{notice}"
        f'<div class="t"{lang}>{c.body}</div>{foot(c, said)}</article>\n'
    )


def placeholder(c: CommentView) -> str:
    """Return the quiet line in a removed comment's place."""
    return (
        f'<div class="c d{c.level}{" has" if c.has_branch else ""}" id="c-{c.key}" data-d="{c.depth}">'
        f'<p class="gone">{escape(c.note)} <span class="n">#{c.number}</span></p></div>\n'
    )


def head(c: CommentView, said: Words, *, moderator: bool) -> str:
    """Return who, when, which number, and what can be done with it."""
    name = escape(c.author or "")
    who = (
        f'<a class="who" href="{escape(c.author_url)}">{name}</a>'
        if c.author_url
        else f'<span class="who">{name}</span>'
    )
    opener = f'<span class="op" title="{said.opener_title}">{said.opener}</span>' if c.is_article_author else ""
    day = f'<time datetime="{c.day}">{c.day}</time> ' if c.day else ""
    hint = f'<a href="/admin/threads/comment/{c.pk}/change/">{said.moderate}</a>' if moderator else ""
    return (
        f'<header class="head"><span class="m m{c.color}" aria-hidden="true">{escape(c.monogram)}</span>{who}{opener}'
        f'<a class="when" href="/c/{c.key}/">{day}#{c.number}</a><span class="acts">'
        f'<a href="/cite/comment/{c.key}/" rel="nofollow">{said.cite}</a>'
        f'<a href="/report/?c={c.key}" rel="nofollow">{said.report}</a>{hint}</span></header>'
    )


def answered(link: CommentLink, said: Words) -> str:
    """Return the line that says what a comment answers."""
    text = escape(link.name)
    if link.excerpt:
        lang = f' lang="{link.lang}"' if link.lang else ""
        text += f" <q{lang}>{link.excerpt}</q>"
    if link.url:
        known = f' data-c="{link.key}"' if link.key else ""
        text = f'<a href="{link.url}"{known}>{text}</a>'
    else:
        text = f'<span class="lost">{text}</span>'
    note = ""
    if link.is_guess:
        note = f'<i title="{said.guess_title}">{said.guess}</i>'
    elif link.is_missing:
        note = f"<i>{said.missing}</i>"
    return f'<p class="re"><span>{said.answers}</span>{text}{note}</p>'


def foot(c: CommentView, said: Words) -> str:
    """Return the line that says who answered; empty where nobody did."""
    if not c.reply_count:
        return ""
    names = said.between_names.join([f'<a href="{a.url}" data-c="{a.key}">{escape(a.name)}</a>' for a in c.replies])
    more = f" +{c.unnamed_replies}" if c.unnamed_replies else ""
    return f'<footer class="feet">{escape(c.reply_count)}{said.before_names if names else ""}{names}{more}</footer>'


def render_minimap(minimap: Minimap | None) -> SafeString | None:
    """Return the map of a page as SVG. Its links repeat the order of the page."""
    if minimap is None:
        return None
    lines = [
        f'<a href="#c-{line.key}" tabindex="-1" aria-label="#{line.number}"><rect x="{line.x}" y="{line.y}" '
        f'width="{line.width}" height="3"{_line_class(line)}/></a>'
        for line in minimap.lines
    ]
    return trusted(f'<svg viewBox="0 0 72 {minimap.height}">{"".join(lines)}</svg>')


def _line_class(line: MapLine) -> str:
    names = " ".join(name for name, is_set in (("op", line.is_article_author), ("hit", line.has_match)) if is_set)
    return f' class="{names}"' if names else ""
