"""A Django site with one bare view, the reference H of `pages.py` and `search.py`."""

from __future__ import annotations

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="bare", MIDDLEWARE=[])


def bare(_request: HttpRequest) -> HttpResponse:
    """Return a line of text."""
    return HttpResponse("bare\n", content_type="text/plain")


urlpatterns = [path("", bare)]
application = get_wsgi_application()
