"""What every page's frame needs: the site's name, the reader's choices, the address to come back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from threads import preferences

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


def site(request: HttpRequest) -> dict[str, object]:
    """Return the frame's values. No queries."""
    return {
        "navigation": navigation(),
        "script_choices": [
            ("", _("As it was written")),
            ("zh-Hans", _("Simplified")),
            ("zh-Hant", _("Traditional")),
        ],
        "theme_choices": [("", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))],
        "site_name": settings.SITE_NAME,
        "site_description": settings.SITE_DESCRIPTION,
        "site_contact": settings.SITE_CONTACT,
        "preferences": preferences.read(request),
        "here": request.get_full_path(),
    }
