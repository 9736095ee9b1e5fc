"""URLs of the site: the archive and Django admin."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("threads.urls")),
]

handler400 = "threads.views.errors.bad_request"
handler403 = "threads.views.errors.permission_denied"
handler404 = "threads.views.errors.not_found"
handler500 = "threads.views.errors.server_error"
