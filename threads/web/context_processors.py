"""Template context of all pages: site name, navigation, preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from threads.text import detect_script
from threads.web.preferences import read_preferences

if TYPE_CHECKING:
    from django.http import HttpRequest


class NavigationLink(NamedTuple):
    """A link of the main navigation."""

    section: str
    url: str
    label: str


class Option(NamedTuple):
    """A value of a preference with its label."""

    value: str
    label: str


def list_navigation_links() -> list[NavigationLink]:
    """Return the links of the main navigation."""
    return [
        NavigationLink("threads", reverse("threads:home"), _("Threads")),
        NavigationLink("authors", reverse("threads:authors"), _("Authors")),
        NavigationLink("tags", reverse("threads:tags"), _("Tags")),
        NavigationLink("dates", reverse("threads:dates"), _("Dates")),
        NavigationLink("search", reverse("threads:search"), _("Search")),
    ]


def list_script_options() -> list[Option]:
    """Return the scripts to choose from."""
    return [Option("", _("Original")), Option("zh-Hans", _("Simplified")), Option("zh-Hant", _("Traditional"))]


def list_theme_options() -> list[Option]:
    """Return the color themes to choose from."""
    return [Option("", _("System default")), Option("light", _("Light")), Option("dark", _("Dark"))]


def list_shortcut_options() -> list[Option]:
    """Return the choices for single-key shortcuts (WCAG 2.1.4)."""
    return [Option("", _("On")), Option("off", _("Off"))]


def find_description_script() -> str:
    """Return the script of the site description; empty if unknown."""
    return detect_script(settings.SITE_DESCRIPTION)


def add_site_context(request: HttpRequest) -> dict[str, object]:
    """Return the context of all pages. Functions run only if a template uses them. No queries."""
    return {
        "navigation": list_navigation_links,
        "script_options": list_script_options,
        "theme_options": list_theme_options,
        "shortcut_options": list_shortcut_options,
        "release": settings.RELEASE,
        "site_name": str(settings.SITE_NAME),
        "site_description": settings.SITE_DESCRIPTION,
        "site_script": find_description_script,
        "site_contact": settings.SITE_CONTACT,
        "preferences": read_preferences(request),
        "here": request.get_full_path(),
    }
