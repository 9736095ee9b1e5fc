"""URLs of the site: the archive and Django admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import admin
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path

from threads.admin.login import log_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseRedirect


def redirect_to_icon(_request: HttpRequest) -> HttpResponseRedirect:
    """Redirect to the icon of the site."""
    return redirect(static("icon.svg"))


urlpatterns = [
    path(f"{settings.ADMIN_PATH}/login/", log_in),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    # Browsers ask for it on pages that name no icon, and for admin.
    path("favicon.ico", redirect_to_icon),
    path("", include("threads.urls")),
]

handler400 = "threads.views.errors.bad_request"
handler403 = "threads.views.errors.permission_denied"
handler404 = "threads.views.errors.not_found"
handler500 = "threads.views.errors.server_error"
