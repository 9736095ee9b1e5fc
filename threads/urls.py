"""The addresses of the public pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import path, register_converter
from django.urls.converters import IntConverter, PathConverter, StringConverter
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from threads.views import (
    authors,
    cite,
    comment,
    dates,
    feeds,
    home,
    preferences,
    report,
    search,
    site,
    sitemaps,
    tags,
    thread,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.urls import URLPattern


class NameConverter(StringConverter):
    """A slug or a comment's key. Nothing is called by a name with NUL, and PostgreSQL refuses to look for it."""

    regex = r"[^/\0]+"


class KeyConverter(PathConverter):
    """An article's key, which has slashes."""

    regex = r"[^\0]+"


class NumberConverter(IntConverter):
    """A year, a month or a day. A number may be written in endless ways with noughts before it: not so here."""

    regex = r"[0-9]{1,4}"


register_converter(NumberConverter, "number")
register_converter(NameConverter, "name")
register_converter(KeyConverter, "key")


def reading(route: str, view: Callable[..., Any], name: str) -> URLPattern:
    """Return the address of a page that is only read: 405 for anything but GET and HEAD, whoever asks."""
    return path(route, csrf_exempt(require_safe(view)), name=name)


app_name = "threads"
urlpatterns = [
    reading("", home.home, name="home"),
    reading("t/<key:key>/", thread.thread, name="thread"),
    reading("c/<name:key>/", comment.comment, name="comment"),
    reading("c/<name:key>/card/", comment.card, name="card"),
    reading("authors/", authors.authors, name="authors"),
    reading("authors/<name:slug>/", authors.author, name="author"),
    reading("tags/", tags.tags, name="tags"),
    reading("tags/<name:slug>/", tags.tag, name="tag"),
    reading("dates/", dates.dates, name="dates"),
    reading("dates/<number:year>/", dates.year, name="year"),
    reading("dates/<number:year>/<number:month>/", dates.month, name="month"),
    reading("dates/<number:year>/<number:month>/<number:day>/", dates.day, name="day"),
    reading("search/", search.search, name="search"),
    reading("search/suggest", search.suggest, name="suggest"),
    reading("feeds/search/", search.search_feed, name="search_feed"),
    reading("cite/thread/<key:key>/", cite.cite_thread, name="cite_thread"),
    reading("cite/comment/<name:key>/", cite.cite_comment, name="cite_comment"),
    reading("feeds/threads/", feeds.ThreadFeed(), name="feed_threads"),
    reading("feeds/comments/", feeds.CommentFeed(), name="feed_comments"),
    reading("feeds/author/<name:slug>/", feeds.AuthorFeed(), name="feed_author"),
    reading("feeds/author/<name:slug>/comments/", feeds.AuthorCommentFeed(), name="feed_author_comments"),
    reading("feeds/tag/<name:slug>/", feeds.TagFeed(), name="feed_tag"),
    reading("feeds/thread/<key:key>/", feeds.ThreadCommentFeed(), name="feed_thread"),
    reading("sitemap.xml", sitemaps.index, name="sitemap"),
    reading("sitemaps/<str:section>-<number:number>.xml", sitemaps.page, name="sitemap_page"),
    reading("about/", home.about, name="about"),
    path("report/", report.report, name="report"),
    reading("report/thanks/", report.reported, name="reported"),
    path("preferences/", preferences.choose, name="preferences"),
    reading("robots.txt", site.robots, name="robots"),
    reading("healthz", site.healthz, name="healthz"),
]
