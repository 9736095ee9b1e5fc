"""Template context of all pages: site name, navigation, preferences."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from threads.text import detect_script
from threads.web.canonical_urls import canonical_url, is_indexed
from threads.web.preferences import CHOICES, cookie_name, read_preferences

if TYPE_CHECKING:
    from django.http import HttpRequest

NAVIGATION: Final = (
    ("threads", "threads:home", _("Threads")),
    ("authors", "threads:authors", _("Authors")),
    ("tags", "threads:tags", _("Tags")),
    ("dates", "threads:dates", _("Dates")),
    ("search", "threads:search", _("Search")),
)
"""Section, view and label of the links of the main navigation."""


def add_site_context(request: HttpRequest) -> dict[str, object]:
    """Return the context of all pages. No queries."""
    return {
        "navigation": NAVIGATION,
        "choices": CHOICES,
        "release": settings.RELEASE,
        "site_name": str(settings.SITE_NAME),
        "site_description": settings.SITE_DESCRIPTION,
        # Runs only if a template uses it.
        "site_script": partial(detect_script, settings.SITE_DESCRIPTION),
        "site_contact": settings.SITE_CONTACT,
        "theme_cookie": cookie_name("theme"),
        "preferences": read_preferences(request),
        # Not for error pages: the host of the request may be invalid.
        "canonical": partial(canonical_url, request),
        "is_indexed": is_indexed(request),
        "here": request.get_full_path(),
    }
