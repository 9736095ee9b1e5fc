"""URLs of the site: the archive and Django admin."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from threads.admin.login import log_in

urlpatterns = [
    path(f"{settings.ADMIN_PATH}/login/", log_in),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    path("", include("threads.urls")),
]

handler400 = "threads.views.errors.bad_request"
handler403 = "threads.views.errors.permission_denied"
handler404 = "threads.views.errors.not_found"
handler500 = "threads.views.errors.server_error"
