"""What the templates of the search page show: results and facets as labels and URLs."""

from __future__ import annotations

from html import escape, unescape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote_plus, urlencode

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from threads.models import address
from threads.rendering import convert_script
from threads.search.query import MAX_QUERY_LENGTH, MAX_QUERY_WORDS, format_operator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.utils.safestring import SafeString

    from threads.search.facets import FacetChoice
    from threads.search.highlighting import TextPiece
    from threads.search.query import Query
    from threads.search.results import ResultGroup, ResultPage, ResultRow, SearchResult


class ResultView(NamedTuple):
    """A result, shown below the title of its thread."""

    author: str
    author_url: str
    day: str
    url: str
    number: int | None
    replies: str
    snippet: SafeString
    lang: str
    quoted: SafeString


class ResultGroupView(NamedTuple):
    """An item of the list: the title of a thread and its first results."""

    title: SafeString
    title_lang: str
    url: str
    results: Sequence[ResultView]
    more: str
    more_url: str


class FacetLink(NamedTuple):
    """A choice of a facet, with the URL of the narrower search."""

    label: str
    url: str
    result_count: int


def present_results(page: ResultPage, script: str, *, grouped: bool) -> list[ResultGroupView]:
    """Return the items of a page of results. `script` is the script the reader chose, if any. No queries."""
    return [_present_group(page, group, script, grouped=grouped) for group in page.groups]


def _present_group(page: ResultPage, group: ResultGroup, script: str, *, grouped: bool) -> ResultGroupView:
    first = group.results[0]
    remaining = group.match_count - len(group.results) if grouped else 0
    more = ngettext("%d more result in this thread", "%d more results in this thread", remaining) % remaining
    return ResultGroupView(
        title=_highlight_pieces(first.title, script),
        title_lang=script or first.row.title_lang,
        url=first.url,
        results=[_present_result(result, script) for result in group.results],
        more=more if remaining else "",
        more_url=_thread_search_url(page.query, page.sort, first.row.thread_key) if remaining else "",
    )


def _present_result(result: SearchResult, script: str) -> ResultView:
    row = result.row
    return ResultView(
        author=row.author or "",
        author_url=address("author", row.author_slug) if row.author_slug else "",
        day=row.day.isoformat() if row.day else "",
        url=result.url,
        number=row.number,
        replies=_count_label(row),
        snippet=_highlight_pieces(result.snippet, script),
        lang=script or row.lang,
        quoted=_highlight_pieces(result.quoted, script),
    )


def _count_label(row: ResultRow) -> str:
    count = row.reply_count
    if not count:
        return ""
    if row.number is None:
        return ngettext("%d comment", "%d comments", count) % count
    return ngettext("%d reply", "%d replies", count) % count


def _highlight_pieces(pieces: Sequence[TextPiece], script: str) -> SafeString:
    """Return pieces as escaped HTML with `mark` elements, in a script. In a template it takes five times as long."""
    # `convert_script` takes HTML, so the text is escaped for it.
    texts = (
        (unescape(convert_script(escape(text), script)) if script else text, is_match) for text, is_match in pieces
    )
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", text) if is_match else text,) for text, is_match in texts)
    )


def present_facets(page: ResultPage, parameters: Mapping[str, str]) -> dict[str, list[FacetLink]]:
    """Return the facets of a page of results, by name. `parameters` are those of the list, such as `sort`."""
    query, facets = page.query, page.facets
    return {
        _("Years"): _present_choices(query, facets.years, parameters, words=0),
        _("Tags"): _present_choices(query, facets.tags, parameters, words=1),
        _("Authors"): _present_choices(query, facets.authors, parameters, words=1),
    }


def _present_choices(
    query: Query, choices: Sequence[FacetChoice], parameters: Mapping[str, str], *, words: int
) -> list[FacetLink]:
    """Return links to the search with each operator added, which counts as `words` words.

    Choices are left out if the longer query would be cut.
    """
    if query.word_count + words > MAX_QUERY_WORDS:
        return []
    start = urlencode({"q": f"{query.complete_text} "})
    end = f"&{urlencode(parameters)}" if parameters else ""
    max_length = MAX_QUERY_LENGTH - len(query.complete_text) - 1
    return [
        FacetLink(choice.label, f"?{start}{quote_plus(choice.operator)}{end}", choice.match_count)
        for choice in choices
        if len(choice.operator) <= max_length
    ]


def _thread_search_url(query: Query, sort: str, thread_key: str) -> str:
    """Return the URL of the same search in one thread, or an empty string if the longer query would be cut."""
    text = f"{query.complete_text} {format_operator('thread', thread_key)}"
    if query.word_count >= MAX_QUERY_WORDS or len(text) > MAX_QUERY_LENGTH:
        return ""
    return f"?{urlencode({'q': text, 'sort': sort})}"
