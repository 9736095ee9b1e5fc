"""Root URLs: the archive, Django admin and the language switch."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("threads.urls")),
]

handler400 = "threads.views.errors.bad_request"
handler403 = "threads.views.errors.forbidden"
handler404 = "threads.views.errors.not_found"
handler500 = "threads.views.errors.server_error"
