"""The bar that leads from a match to the next one: `{% result_bar %}` in the thread page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from threads.search.neighbours import neighbours
from threads.search.places import BEST, SORTS

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.template import Context

register = template.Library()

LONGEST = 18
"""Digits of a number that a database can hold."""


@register.inclusion_tag("threads/_result_bar.html", takes_context=True)
def result_bar(context: Context) -> dict[str, Any]:
    """Show where a reader who came from a search stands in it. No query for others; about six for them."""
    request: HttpRequest = context["request"]
    text, number = request.GET.get("q", ""), request.GET.get("r", "")
    if not text or not number.isdecimal() or len(number) > LONGEST:
        return {"shown": False}
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else BEST
    grouped = request.GET.get("by") == "thread"
    around = neighbours(text, sort, int(number), grouped=grouped)
    asked = {"q": text, "sort": sort} | ({"by": "thread"} if grouped else {})
    back = f"{reverse('threads:search')}?{urlencode(asked)}"
    return {"shown": True, "text": text[:80], "back": back, "around": around}
