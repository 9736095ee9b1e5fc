"""What every page's frame needs: the site's name, the reader's choices, the address to come back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from threads import preferences

if TYPE_CHECKING:
    from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Return the frame's values. No queries."""
    return {
        "site_name": settings.SITE_NAME,
        "site_description": settings.SITE_DESCRIPTION,
        "site_contact": settings.SITE_CONTACT,
        "preferences": preferences.read(request),
        "here": request.get_full_path(),
    }
