"""What every page's frame needs: the site's name, the reader's choices, the address to come back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from threads.text import detect_script
from threads.web import preferences

if TYPE_CHECKING:
    from django.http import HttpRequest


def navigation() -> list[tuple[str, str, str]]:
    """Return name, address and label of the main pages."""
    return [
        ("threads", reverse("threads:home"), _("Threads")),
        ("authors", reverse("threads:authors"), _("Authors")),
        ("tags", reverse("threads:tags"), _("Tags")),
        ("dates", reverse("threads:dates"), _("Dates")),
        ("search", reverse("threads:search"), _("Search")),
    ]


def script_choices() -> list[tuple[str, str]]:
    """Return the scripts to choose from, with their names."""
    return [("", _("As it was written")), ("zh-Hans", _("Simplified")), ("zh-Hant", _("Traditional"))]


def theme_choices() -> list[tuple[str, str]]:
    """Return the colours to choose from, with their names."""
    return [("", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))]


def site_script() -> str:
    """Return the script of what the archive says of itself, empty where there is no telling."""
    return detect_script(settings.SITE_DESCRIPTION)


def site(request: HttpRequest) -> dict[str, object]:
    """Return the frame's values. No queries."""
    return {
        "navigation": navigation,
        "script_choices": script_choices,
        "theme_choices": theme_choices,
        "release": settings.RELEASE,
        "site_name": str(settings.SITE_NAME),
        "site_description": settings.SITE_DESCRIPTION,
        "site_script": site_script,
        "site_contact": settings.SITE_CONTACT,
        "preferences": preferences.read(request),
        "here": request.get_full_path(),
    }
