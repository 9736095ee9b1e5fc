"""URLs of the site: the archive and Django admin."""

from django.contrib import admin
from django.urls import include, path

from threads.admin.login import log_in

urlpatterns = [
    path("admin/login/", log_in),
    path("admin/", admin.site.urls),
    path("", include("threads.urls")),
]

handler400 = "threads.views.errors.bad_request"
handler403 = "threads.views.errors.permission_denied"
handler404 = "threads.views.errors.not_found"
handler500 = "threads.views.errors.server_error"
