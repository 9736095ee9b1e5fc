"""Every kind of page, with an address of it and the status it answers with."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote


class Kind(NamedTuple):
    """A kind of page; `{name}` in its path stands for one of the site's places."""

    name: str
    path: str
    status: int = 200


def search(words: str, more: str = "") -> str:
    """Return the path of a search."""
    return f"/search/?q={quote(words)}{more}"


KINDS = [
    Kind("home", "/"),
    Kind("home, continued", "{continued}"),
    Kind("thread", "{hans}"),
    Kind("thread in English", "{english}"),
    Kind("thread, flat", "{hant}?view=flat"),
    Kind("thread, newest first", "{hans}?order=newest"),
    Kind("thread, oldest first", "{hans}?order=oldest"),
    Kind("thread with a removed comment", "{placeholder_thread}"),
    Kind("thread with a missing target", "{lost_thread}"),
    Kind("long thread, first page", "{long}"),
    Kind("long thread, middle page", "{long}?page={across_page}"),
    Kind("long thread, last page", "{long}?page={long_pages}"),
    Kind("long thread, flat, second page", "{long}?view=flat&page=2"),
    Kind("long thread, newest first, last page", "{long}?order=newest&page={long_pages}"),
    Kind("people of a thread", "{long}?view=people"),
    Kind("chain of answers", "{chain}?page=6"),
    Kind("permalink", "/c/{deep}/"),
    Kind("authors", "/authors/"),
    Kind("author", "{author}"),
    Kind("tags", "/tags/"),
    Kind("tag", "{tag}"),
    Kind("dates", "/dates/"),
    Kind("year", "{year}"),
    Kind("month", "{month}"),
    Kind("day", "{day}"),
    Kind("search form", "/search/"),
    Kind("search with results", search("茶")),
    Kind("search by thread, newest first", search("tea", "&by=thread&sort=date")),
    Kind("search without results", search("qqqzzz 不存在的字句")),
    Kind("search that cannot be read", search('"unbalanced -( author:nobody')),
    Kind("report", "/report/?c={answered}"),
    Kind("report of a thread", "/report/?t={long_key}"),
    Kind("report sent", "/report/thanks/"),
    Kind("citation of a thread", "/cite/thread/{long_key}/"),
    Kind("citation of a comment", "/cite/comment/{deep}/"),
    Kind("about", "/about/"),
    Kind("not there", "/nowhere/", 404),
    Kind("page number that is not there", "{long}?page=999", 404),
    Kind("author who is not there", "/authors/nobody-of-this-name/", 404),
    Kind("tag that is not there", "/tags/nothing-of-this-name/", 404),
    Kind("thread that was not imported", "/t/forum.example/article/424242/", 404),
    Kind("gone", "/c/{gone}/", 410),
    Kind("cannot be read", "{long}?page=x", 404),
]
"""The last one may be answered with 400 or 404."""
