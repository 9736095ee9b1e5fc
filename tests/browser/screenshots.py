"""Draw the pictures of the README from the sample archive: `make screenshots`.

Serves the sample from a database of its own, so that nobody's archive is in the pictures.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from playwright.sync_api import sync_playwright

from tests.browser.reader import SIZES, Reader, Setup, new_context
from tests.browser.serving import PROJECT, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.serving import Site

FOLDER = PROJECT / "docs" / "images"
LARGEST = 300_000
"""Bytes of one picture: a README is read over slow lines too."""
THREAD = "/t/forum.example/article/1733/"


EDGE = 20
"""Rows at the foot of the window that are left out: Chromium may draw its own colour there."""


class Picture(NamedTuple):
    """One picture: file name, what it shows, and how."""

    name: str
    path: str
    setup: Setup
    comments: bool = False
    """Begins with the comments."""


PICTURES = [
    Picture("home-light", "/", Setup()),
    Picture("home-dark", "/", Setup(scheme="dark")),
    Picture("thread-light", THREAD, Setup()),
    Picture("thread-dark", THREAD, Setup(scheme="dark"), comments=True),
    Picture("thread-phone", THREAD, Setup("phone"), comments=True),
    Picture("search-light", "/search/?q=%E5%9C%96%E6%9B%B8%E9%A4%A8", Setup()),
]


def draw(browser: Browser, site: Site, picture: Picture, folder: Path) -> int:
    """Write one picture; return its size in bytes."""
    context = new_context(browser, picture.setup._replace(still=True))
    reader = Reader(context.new_page(), site)
    response = reader.open(picture.path)
    if not response.ok:
        sys.exit(f"{picture.path} answered {response.status}.")
    if picture.comments:
        reader.ask("() => scrollTo(0, document.querySelector('.bar').getBoundingClientRect().top + scrollY)")
        reader.settle()
    file = folder / f"{picture.name}.png"
    size = SIZES[picture.setup.size]
    reader.page.screenshot(path=file, clip={"x": 0, "y": 0, "width": size["width"], "height": size["height"] - EDGE})
    context.close()
    return file.stat().st_size


def main() -> None:
    """Draw all pictures; end with exit code 1 where one is too large."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("No Chromium here (Debian: apt-get install chromium fonts-noto-cjk).")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, running(Path(folder), staged=False) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        sizes = {picture.name: draw(browser, site, picture, FOLDER) for picture in PICTURES}
        browser.close()
    for name, size in sizes.items():
        sys.stdout.write(f"docs/images/{name}.png  {size // 1000} kB\n")
    if max(sizes.values()) > LARGEST:
        sys.exit(f"A picture is larger than {LARGEST // 1000} kB.")


if __name__ == "__main__":
    main()
