"""Links from a result to the previous and next one: `{% result_bar %}` in the thread page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from threads.search.limits import SearchRefusedError
from threads.search.results import SORT_BY_RELEVANCE, SORTS, Neighbours, find_result_neighbours
from threads.text import drop_direction_signs

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.template import Context

register = template.Library()

MAX_ID_DIGITS: Final = 18
MAX_QUERY_SHOWN: Final = 80


@register.inclusion_tag("threads/_result_bar.html", takes_context=True)
def result_bar(context: Context) -> dict[str, Any]:
    """Show links if the reader came from a search. No queries otherwise, about six if so.

    If this search is refused, only the link back is shown.
    """
    request: HttpRequest = context["request"]
    text, entry_id = request.GET.get("q", ""), request.GET.get("r", "")
    if not text or not entry_id.isdecimal() or len(entry_id) > MAX_ID_DIGITS:
        return {"shown": False}
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else SORT_BY_RELEVANCE
    grouped = request.GET.get("by") == "thread"
    try:
        neighbours = find_result_neighbours(text, sort, int(entry_id), grouped=grouped)
    except SearchRefusedError:
        neighbours = Neighbours()
    parameters = {"q": text, "sort": sort} | ({"by": "thread"} if grouped else {})
    back = f"{reverse('threads:search')}?{urlencode(parameters)}"
    return {"shown": True, "text": drop_direction_signs(text)[:MAX_QUERY_SHOWN], "back": back, "neighbours": neighbours}
