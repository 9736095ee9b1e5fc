"""The list of a search's results as HTML: joined strings, for the reason that comments are (decision 15).

Every value goes through `format_html`. Called by the search view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.views.drawing import in_script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

    from threads.search.drawing import Found
    from threads.search.results import Group

ITEM: Final = '<li><h3 class="title"{}><a href="{}">{}</a></h3>{}{}</li>\n'
TEXT: Final = '<p class="meta dots">{}{}{}{}</p>{}<p class="snippet"{}>{}</p>'


def draw_groups(groups: Sequence[Group], script: str, *, grouped: bool) -> SafeString:
    """Return the items of the list: one for each group, its title above its texts. No queries.

    `script` is the one the reader wants texts in, empty for each text's own.
    """
    words = {"unknown": _("unknown author"), "opening": _("opening text"), "quotes": _("quotes")}
    return format_html_join("", "{}", ((_group(group, words, script, grouped=grouped),) for group in groups))


def _group(group: Group, words: dict[str, str], script: str, *, grouped: bool) -> SafeString:
    first = group.found[0]
    texts = format_html_join("", "{}", ((_text(found, words, script),) for found in group.found))
    title = in_script(first.title_html, script)
    more = _more(group.more) if grouped else ""
    return format_html(ITEM, _lang(script or first.title_lang), first.url, title, texts, more)


def _text(found: Found, words: dict[str, str], script: str) -> SafeString:
    if found.author_url:
        author = format_html('<a href="{}">{}</a>', found.author_url, found.author)
    else:
        author = format_html("<span>{}</span>", words["unknown"])
    if found.place:
        place = format_html('<a href="{}">#{}</a>', found.url, found.place)
    else:
        place = format_html("<span>{}</span>", words["opening"])
    return format_html(
        TEXT,
        author,
        format_html("<time>{}</time>", found.day.isoformat()) if found.day else "",
        place,
        format_html("<span>{}</span>", found.answers) if found.answers else "",
        format_html('<p class="snippet quotes">{} <q>{}</q></p>', words["quotes"], in_script(found.quoted_html, script))
        if found.quoted_html
        else "",
        _lang(script or found.lang),
        in_script(found.snippet_html, script),
    )


def _lang(script: str) -> SafeString | str:
    return format_html(' lang="{}"', script) if script else ""


def _more(count: int) -> SafeString | str:
    if not count:
        return ""
    words = ngettext("and %d more text in this thread", "and %d more texts in this thread", count) % count
    return format_html('<p class="meta">{}</p>', words)
