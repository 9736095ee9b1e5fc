"""What a reader asked for: script of the text and colours of the page, kept in cookies on their own device.

Called by the views, the context processor and the page cache, which keeps one copy of a page for each combination.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.http import HttpRequest

SCRIPT_COOKIE: Final = "script"
THEME_COOKIE: Final = "theme"
SCRIPTS: Final = ("", "zh-Hans", "zh-Hant")
THEMES: Final = ("", "light", "dark")


@dataclass(frozen=True, slots=True)
class Preferences:
    """A reader's choices; empty means: the text's own script, the device's own colours."""

    script: str = ""
    theme: str = ""


def read(request: HttpRequest) -> Preferences:
    """Read the choices from the cookies; anything unknown counts as no choice."""
    script = request.COOKIES.get(SCRIPT_COOKIE, "")
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return Preferences(script if script in SCRIPTS else "", theme if theme in THEMES else "")
