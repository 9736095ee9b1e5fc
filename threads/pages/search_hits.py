"""The lists on the search page as HTML: joined strings, for the reason that comments are (decision 15).

Every value that is not HTML already passes through `escape`. Called by the search view.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.pages.comments import in_script
from threads.rendering import trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.utils.safestring import SafeString

    from threads.search.drawing import Found
    from threads.search.results import Group


class Words(NamedTuple):
    """The words that stand on every result, in the reader's language, escaped."""

    unknown: str
    opening: str
    quotes: str


def draw_groups(groups: Sequence[Group], script: str, within: Callable[[str], str] | None = None) -> SafeString:
    """Return the items of the list: one for each group, its title above its texts. No queries.

    `script` is the one the reader wants texts in, empty for each text's own. `within` gives the address of the same
    search in one thread, by its key, where texts are grouped by thread.
    """
    words = Words(escape(_("unknown author")), escape(_("opening text")), escape(_("quotes")))
    return trusted("".join([_group(group, words, script, within) for group in groups]))


def draw_choices(choices: Iterable[tuple[str, str, int]]) -> SafeString:
    """Return the items of a list of choices: label, address and count of each.

    Robots are asked to follow none: the choices of each lead to as many more.
    """
    return trusted(
        "".join(
            [
                f'<li class="entry"><a href="{escape(address)}" rel="nofollow">{escape(label)}</a>'
                f'<span class="n meta">{count}</span></li>'
                for label, address, count in choices
            ]
        )
    )


def _group(group: Group, words: Words, script: str, within: Callable[[str], str] | None) -> str:
    first = group.found[0]
    more = _more(group.more, within(first.thread_key)) if within and group.more else ""
    texts = "".join([_text(found, words, script) for found in group.found])
    return (
        f'<li><h3 class="title"{_lang(script or first.title_lang)}><a href="{escape(first.url)}">'
        f"{in_script(first.title_html, script)}</a></h3>{texts}{more}</li>\n"
    )


def _text(found: Found, words: Words, script: str) -> str:
    if found.author_url:
        author = f'<a href="{escape(found.author_url)}">{escape(found.author)}</a>'
    else:
        author = f"<span>{words.unknown}</span>"
    day = f"<time>{found.day.isoformat()}</time>" if found.day else ""
    place = f'<a href="{escape(found.url)}">#{found.place}</a>' if found.place else f"<span>{words.opening}</span>"
    answers = f"<span>{escape(found.answers)}</span>" if found.answers else ""
    quoted = ""
    if found.quoted_html:
        quoted = f'<p class="snippet quotes">{words.quotes} <q>{in_script(found.quoted_html, script)}</q></p>'
    return (
        f'<p class="meta dots">{author}{day}{place}{answers}</p>{quoted}'
        f'<p class="snippet"{_lang(script or found.lang)}>{in_script(found.snippet_html, script)}</p>'
    )


def _lang(script: str) -> str:
    return f' lang="{escape(script)}"' if script else ""


def _more(count: int, address: str) -> str:
    words = escape(ngettext("and %d more text in this thread", "and %d more texts in this thread", count) % count)
    link = f'<a href="{escape(address)}" rel="nofollow">{words}</a>' if address else words
    return f'<p class="meta">{link}</p>'
