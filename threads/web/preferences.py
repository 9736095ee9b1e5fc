"""Preferences of a reader: interface language, script of the text, color theme, shortcuts. Stored in cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.conf import settings
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.http import HttpRequest

CHOICES: Final = {
    "script": {"": _("Original"), "zh-Hans": _("Simplified"), "zh-Hant": _("Traditional")},
    "theme": {"": _("System default"), "light": _("Light"), "dark": _("Dark")},
    # Single-key shortcuts (WCAG 2.1.4).
    "keys": {"": _("On"), "off": _("Off")},
}
"""Values of each cookie, with their labels."""
COOKIE_SECONDS: Final = 365 * 24 * 60 * 60


def cookie_name(name: str) -> str:
    """Return the name of a cookie. With TLS, browsers accept `__Host-` from this host only, not from subdomains."""
    return f"__Host-{name}" if settings.HTTPS else name


class Preferences(NamedTuple):
    """A reader's preferences. Empty: the script of the text itself, the theme of the device, shortcuts on."""

    script: str
    theme: str
    shortcuts: str


def read_preferences(request: HttpRequest) -> Preferences:
    """Read the cookies of a request. An unknown value counts as empty."""
    values = [request.COOKIES.get(cookie_name(name), "") for name in CHOICES]
    return Preferences(*(value if value in CHOICES[name] else "" for name, value in zip(CHOICES, values, strict=True)))


@require_POST
@never_cache
@csrf_exempt  # a token would make each cached page personal, and a forged request can only change a preference
def save_preferences(request: HttpRequest) -> HttpResponseRedirect:
    """Save the submitted preferences and redirect to the page with the form. No queries."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse("threads:home")
    response = HttpResponseRedirect(target)
    save_cookie(response, settings.LANGUAGE_COOKIE_NAME, request.POST.get("language"), dict(settings.LANGUAGES))
    for name, labels in CHOICES.items():
        save_cookie(response, cookie_name(name), request.POST.get(name), labels)
    return response


def save_cookie(response: HttpResponseRedirect, name: str, value: str | None, allowed: Collection[str]) -> None:
    """Set a cookie, or delete it if the value is empty. A value that is not allowed changes nothing."""
    if value and value in allowed:
        response.set_cookie(
            name, value, max_age=COOKIE_SECONDS, samesite="Lax", secure=settings.HTTPS,
            httponly=name != cookie_name("theme"),  # the script of the page reads the theme
        )  # fmt: skip
    elif value in allowed:
        response.delete_cookie(name, samesite="Lax")
