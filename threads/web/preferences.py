"""Preferences of a reader: interface language, script of the text, color theme, shortcuts. Stored in cookies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

SCRIPT_COOKIE: Final = "script"
THEME_COOKIE: Final = "theme"
SHORTCUTS_COOKIE: Final = "keys"
SCRIPTS: Final = ("", "zh-Hans", "zh-Hant")
THEMES: Final = ("", "light", "dark")
SHORTCUTS: Final = ("", "off")
COOKIE_SECONDS: Final = 365 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Preferences:
    """A reader's preferences. Empty: the script of the text itself, the theme of the device, shortcuts on."""

    script: str = ""
    theme: str = ""
    shortcuts: str = ""


def read_preferences(request: HttpRequest) -> Preferences:
    """Read the cookies of a request. An unknown value counts as empty."""
    script = request.COOKIES.get(SCRIPT_COOKIE, "")
    theme = request.COOKIES.get(THEME_COOKIE, "")
    shortcuts = request.COOKIES.get(SHORTCUTS_COOKIE, "")
    return Preferences(
        script if script in SCRIPTS else "",
        theme if theme in THEMES else "",
        shortcuts if shortcuts in SHORTCUTS else "",
    )


@require_POST
@never_cache
@csrf_exempt  # a token would make each cached page personal, and a forged request can only change a preference
def save_preferences(request: HttpRequest) -> HttpResponseRedirect:
    """Save the submitted preferences and redirect to the page with the form. No queries."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse("threads:home")
    response = HttpResponseRedirect(target)
    languages = [code for code, _name in settings.LANGUAGES]
    save_cookie(response, settings.LANGUAGE_COOKIE_NAME, request.POST.get("language"), languages)
    save_cookie(response, SCRIPT_COOKIE, request.POST.get("script"), SCRIPTS)
    save_cookie(response, THEME_COOKIE, request.POST.get("theme"), THEMES)
    save_cookie(response, SHORTCUTS_COOKIE, request.POST.get("keys"), SHORTCUTS)
    return response


def save_cookie(response: HttpResponseRedirect, name: str, value: str | None, allowed: Sequence[str]) -> None:
    """Set a cookie, or delete it if the value is empty. A value that is not allowed changes nothing."""
    if value is None or value not in allowed:
        return
    if value:
        # The script of the page reads the theme.
        httponly = name != THEME_COOKIE
        response.set_cookie(
            name, value, max_age=COOKIE_SECONDS, samesite="Lax", secure=settings.HTTPS, httponly=httponly
        )
    else:
        response.delete_cookie(name, samesite="Lax")
