"""URLs of the public pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import path, register_converter
from django.urls.converters import IntConverter, PathConverter, StringConverter
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from threads.views import authors, citations, comment, dates, feeds, home, report, search, sitemaps, tags, thread
from threads.web.health import check_health, check_readiness
from threads.web.metrics import show_metrics
from threads.web.preferences import save_preferences

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.urls import URLPattern


class NameConverter(StringConverter):
    """A slug or a comment's key. PostgreSQL rejects null characters, so such an address is 404."""

    regex = r"[^/\0]+"


class KeyConverter(PathConverter):
    """A thread's key, which contains slashes."""

    regex = r"[^\0]+"


class NumberConverter(IntConverter):
    """A year, month, day or page. The limit of digits excludes endless variants with leading zeros."""

    regex = r"[0-9]{1,4}"


register_converter(NumberConverter, "number")
register_converter(NameConverter, "name")
register_converter(KeyConverter, "key")


def read_only(route: str, view: Callable[..., Any], name: str) -> URLPattern:
    """Return a URL that allows GET and HEAD. Other methods are 405, also without a CSRF token."""
    return path(route, csrf_exempt(require_safe(view)), name=name)


app_name = "threads"
urlpatterns = [
    read_only("", home.home_page, name="home"),
    read_only("t/<key:key>/", thread.thread_page, name="thread"),
    read_only("c/<name:key>/", comment.comment_permalink, name="comment"),
    read_only("c/<name:key>/card/", comment.comment_card, name="card"),
    read_only("c/<name:key>/text/", comment.comment_text, name="comment_text"),
    read_only("authors/", authors.author_list, name="authors"),
    read_only("authors/<name:slug>/", authors.author_page, name="author"),
    read_only("tags/", tags.tag_list, name="tags"),
    read_only("tags/<name:slug>/", tags.tag_page, name="tag"),
    read_only("dates/", dates.year_list, name="dates"),
    read_only("dates/<number:year>/", dates.year_page, name="year"),
    read_only("dates/<number:year>/<number:month>/", dates.month_page, name="month"),
    read_only("dates/<number:year>/<number:month>/<number:day>/", dates.day_page, name="day"),
    read_only("search/", search.search, name="search"),
    read_only("search/suggest", search.suggest, name="suggest"),
    read_only("feeds/search/", search.search_feed, name="search_feed"),
    read_only("cite/thread/<key:key>/", citations.thread_citation, name="cite_thread"),
    read_only("cite/comment/<name:key>/", citations.comment_citation, name="cite_comment"),
    read_only("feeds/threads/", feeds.thread_feed, name="feed_threads"),
    read_only("feeds/comments/", feeds.comment_feed, name="feed_comments"),
    read_only("feeds/author/<name:slug>/", feeds.author_feed, name="feed_author"),
    read_only("feeds/author/<name:slug>/comments/", feeds.author_comment_feed, name="feed_author_comments"),
    read_only("feeds/tag/<name:slug>/", feeds.tag_feed, name="feed_tag"),
    read_only("feeds/thread/<key:key>/", feeds.thread_comment_feed, name="feed_thread"),
    read_only("sitemap.xml", sitemaps.sitemap_index, name="sitemap"),
    read_only("sitemaps/<str:section>-<number:number>.xml", sitemaps.sitemap_page, name="sitemap_page"),
    read_only("about/", TemplateView.as_view(template_name="threads/about.html"), name="about"),
    path("report/", report.report_page, name="report"),
    read_only("report/thanks/", TemplateView.as_view(template_name="threads/report_received.html"), name="reported"),
    path("preferences/", save_preferences, name="preferences"),
    read_only("robots.txt", sitemaps.robots_txt, name="robots"),
    read_only("healthz", check_health, name="healthz"),
    read_only("readyz", check_readiness, name="readyz"),
    read_only("metrics", show_metrics, name="metrics"),
]
