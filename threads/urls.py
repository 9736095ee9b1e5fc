"""The addresses of the public pages."""

from django.urls import path

from threads.views import authors, dates, home, preferences, site, tags, thread

app_name = "threads"
urlpatterns = [
    path("", home.home, name="home"),
    path("t/<path:key>/", thread.thread, name="thread"),
    path("c/<str:key>/", thread.comment, name="comment"),
    path("c/<str:key>/card/", thread.card, name="card"),
    path("authors/", authors.authors, name="authors"),
    path("authors/<str:slug>/", authors.author, name="author"),
    path("tags/", tags.tags, name="tags"),
    path("tags/<str:slug>/", tags.tag, name="tag"),
    path("dates/", dates.dates, name="dates"),
    path("dates/<int:year>/", dates.year, name="year"),
    path("dates/<int:year>/<int:month>/", dates.month, name="month"),
    path("dates/<int:year>/<int:month>/<int:day>/", dates.day, name="day"),
    path("about/", home.about, name="about"),
    path("preferences/", preferences.choose, name="preferences"),
    path("robots.txt", site.robots, name="robots"),
    path("healthz", site.healthz, name="healthz"),
]
