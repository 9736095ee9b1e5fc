"""The addresses of the public pages."""

from django.urls import path

from threads import feeds, sitemaps
from threads.views import authors, citing, comment, dates, home, preferences, reporting, search, site, tags, thread

app_name = "threads"
urlpatterns = [
    path("", home.home, name="home"),
    path("t/<path:key>/", thread.thread, name="thread"),
    path("c/<str:key>/", comment.comment, name="comment"),
    path("c/<str:key>/card/", comment.card, name="card"),
    path("authors/", authors.authors, name="authors"),
    path("authors/<str:slug>/", authors.author, name="author"),
    path("tags/", tags.tags, name="tags"),
    path("tags/<str:slug>/", tags.tag, name="tag"),
    path("dates/", dates.dates, name="dates"),
    path("dates/<int:year>/", dates.year, name="year"),
    path("dates/<int:year>/<int:month>/", dates.month, name="month"),
    path("dates/<int:year>/<int:month>/<int:day>/", dates.day, name="day"),
    path("search/", search.search, name="search"),
    path("search/suggest", search.suggest, name="suggest"),
    path("feeds/search/", search.search_feed, name="search_feed"),
    path("cite/thread/<path:key>/", citing.cite_thread, name="cite_thread"),
    path("cite/comment/<str:key>/", citing.cite_comment, name="cite_comment"),
    path("feeds/threads/", feeds.ThreadFeed(), name="feed_threads"),
    path("feeds/comments/", feeds.CommentFeed(), name="feed_comments"),
    path("feeds/author/<str:slug>/", feeds.AuthorFeed(), name="feed_author"),
    path("feeds/author/<str:slug>/comments/", feeds.AuthorCommentFeed(), name="feed_author_comments"),
    path("feeds/tag/<str:slug>/", feeds.TagFeed(), name="feed_tag"),
    path("feeds/thread/<path:key>/", feeds.ThreadCommentFeed(), name="feed_thread"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemaps/<str:section>-<int:number>.xml", sitemaps.page, name="sitemap_page"),
    path("about/", home.about, name="about"),
    path("report/", reporting.report, name="report"),
    path("report/thanks/", reporting.reported, name="reported"),
    path("preferences/", preferences.choose, name="preferences"),
    path("robots.txt", site.robots, name="robots"),
    path("healthz", site.healthz, name="healthz"),
]
