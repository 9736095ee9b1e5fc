"""The addresses of the public pages."""

from django.urls import path, register_converter
from django.urls.converters import PathConverter, StringConverter

from threads import feeds, sitemaps
from threads.views import authors, citing, comment, dates, home, preferences, reporting, search, site, tags, thread


class NameConverter(StringConverter):
    """A slug or a comment's key. Nothing is called by a name with NUL, and PostgreSQL refuses to look for it."""

    regex = r"[^/\0]+"


class KeyConverter(PathConverter):
    """An article's key, which has slashes."""

    regex = r"[^\0]+"


register_converter(NameConverter, "name")
register_converter(KeyConverter, "key")

app_name = "threads"
urlpatterns = [
    path("", home.home, name="home"),
    path("t/<key:key>/", thread.thread, name="thread"),
    path("c/<name:key>/", comment.comment, name="comment"),
    path("c/<name:key>/card/", comment.card, name="card"),
    path("authors/", authors.authors, name="authors"),
    path("authors/<name:slug>/", authors.author, name="author"),
    path("tags/", tags.tags, name="tags"),
    path("tags/<name:slug>/", tags.tag, name="tag"),
    path("dates/", dates.dates, name="dates"),
    path("dates/<int:year>/", dates.year, name="year"),
    path("dates/<int:year>/<int:month>/", dates.month, name="month"),
    path("dates/<int:year>/<int:month>/<int:day>/", dates.day, name="day"),
    path("search/", search.search, name="search"),
    path("search/suggest", search.suggest, name="suggest"),
    path("feeds/search/", search.search_feed, name="search_feed"),
    path("cite/thread/<key:key>/", citing.cite_thread, name="cite_thread"),
    path("cite/comment/<name:key>/", citing.cite_comment, name="cite_comment"),
    path("feeds/threads/", feeds.ThreadFeed(), name="feed_threads"),
    path("feeds/comments/", feeds.CommentFeed(), name="feed_comments"),
    path("feeds/author/<name:slug>/", feeds.AuthorFeed(), name="feed_author"),
    path("feeds/author/<name:slug>/comments/", feeds.AuthorCommentFeed(), name="feed_author_comments"),
    path("feeds/tag/<name:slug>/", feeds.TagFeed(), name="feed_tag"),
    path("feeds/thread/<key:key>/", feeds.ThreadCommentFeed(), name="feed_thread"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemaps/<str:section>-<int:number>.xml", sitemaps.page, name="sitemap_page"),
    path("about/", home.about, name="about"),
    path("report/", reporting.report, name="report"),
    path("report/thanks/", reporting.reported, name="reported"),
    path("preferences/", preferences.choose, name="preferences"),
    path("robots.txt", site.robots, name="robots"),
    path("healthz", site.healthz, name="healthz"),
]
