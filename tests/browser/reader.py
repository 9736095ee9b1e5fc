"""A reader: one page in the browser, with a record of all that it asked for and all that it complained about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, ViewportSize

    from tests.browser.serving import Site

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
ZOOMED: ViewportSize = {"width": 320, "height": 256}
"""A window of 1280 by 1024 at 400 %."""

WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(entry.value);
}).observe({ type: "layout-shift", buffered: true });
"""
SETTLE = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


class Setup(NamedTuple):
    """How a reader's browser is set up."""

    size: str = "desktop"
    scheme: str = "light"
    scripts: bool = True
    touch: bool = False
    still: bool = False
    """Asks for reduced motion."""
    checked: bool = False
    """Lets the test bring its own scripts in, past the site's policy."""
    languages: str = "en"

    def __str__(self) -> str:
        return f"{self.size}, {'scripts' if self.scripts else 'no scripts'}"


SIZES = {"desktop": DESKTOP, "phone": PHONE, "zoomed": ZOOMED}


def new_context(browser: Browser, setup: Setup) -> BrowserContext:
    """Return a fresh context: no cookies, nothing remembered."""
    options: dict[str, Any] = {
        "viewport": SIZES[setup.size],
        "color_scheme": setup.scheme,
        "java_script_enabled": setup.scripts,
        "has_touch": setup.touch,
        "reduced_motion": "reduce" if setup.still else "no-preference",
        "bypass_csp": setup.checked,
        "locale": setup.languages,
    }
    context = browser.new_context(**options)
    context.set_default_timeout(10_000)
    if setup.scripts:
        context.add_init_script(WATCH_SHIFTS)
    return context


@dataclass
class Reader:
    """A page, and what it did since it was opened."""

    page: Page
    site: Site
    scripts: bool = True
    asked: list[str] = field(default_factory=list)
    """The address of every request."""
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings in the console, errors of scripts, requests that failed."""

    def __post_init__(self) -> None:
        """Listen to what the page does."""
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))

    def heard(self, message: ConsoleMessage) -> None:
        """Keep what the console says, but for the browser's own word that the page asked for is an error page."""
        of_page = message.text.startswith("Failed to load resource") and message.location["url"] == self.page.url
        if message.type in {"error", "warning"} and not of_page:
            self.complaints.append(message.text)

    def begin(self, setup: Setup) -> Reader:
        """Forget what was; a page that is kept for many tests begins each of them like a new one."""
        self.page.set_viewport_size(SIZES[setup.size])
        self.show(setup.scheme)
        self.page.goto("about:blank")
        self.asked.clear()
        self.complaints.clear()
        return self

    def show(self, scheme: str) -> None:
        """Change the colours that the device asks for."""
        self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", media="screen")

    def open(self, path: str) -> Response:
        """Go to a path of the site and wait until it is drawn."""
        response = self.page.goto(self.site.at(path))
        assert response is not None
        self.settle()
        return response

    def settle(self) -> None:
        """Wait for two frames: what was to move has moved. Without scripts there are no frames to wait for."""
        if self.scripts:
            self.page.evaluate(SETTLE)

    def ask(self, question: str, argument: object = None) -> Any:
        """Evaluate a function in the page."""
        return self.page.evaluate(question, argument)

    def strangers(self) -> list[str]:
        """Return the requests that went to another host."""
        own = (self.site.url + "/", "data:")
        return [url for url in self.asked if not url.startswith(own)]

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return int(self.ask("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))
