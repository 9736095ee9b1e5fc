"""The reader's choices of language, script and colours: kept in cookies, without scripts or sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from threads.web.preferences import SCRIPT_COOKIE, SCRIPTS, THEME_COOKIE, THEMES

if TYPE_CHECKING:
    from django.http import HttpRequest

YEAR = 365 * 24 * 60 * 60


@require_POST
@never_cache
@csrf_exempt  # a token would make every cached page personal; all that a forged request can change is a colour
def choose(request: HttpRequest) -> HttpResponseRedirect:
    """Remember the choices that were sent and go back to the page they were made on. No queries."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("threads:home")
    response = HttpResponseRedirect(back)
    allowed = {
        "language": (settings.LANGUAGE_COOKIE_NAME, [code for code, _ in settings.LANGUAGES]),
        "script": (SCRIPT_COOKIE, SCRIPTS),
        "theme": (THEME_COOKIE, THEMES),
    }
    for field, (cookie, values) in allowed.items():
        if (value := request.POST.get(field)) in values:
            keep(response, cookie, value)
    return response


def keep(response: HttpResponseRedirect, cookie: str, value: str | None) -> None:
    """Set a cookie for a year; an empty choice needs none."""
    if value:
        response.set_cookie(
            cookie, value, max_age=YEAR, samesite="Lax", secure=settings.HTTPS, httponly=cookie != THEME_COOKIE
        )
    else:
        response.delete_cookie(cookie, samesite="Lax")
