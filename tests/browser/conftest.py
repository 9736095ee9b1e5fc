"""One server and one browser for the whole run; a context for each way a reader's browser can be set up."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.reader import Reader, Setup, new_context
from tests.browser.serving import Site, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample archive, served; at the end of the run, its log must tell of no server error."""
    with running(tmp_path_factory.mktemp("site")) as served:
        with urlopen(served.at("/")) as home:
            further = re.search(r'href="(\?after=[^"]+)"', home.read().decode())
        assert further, "the sample archive has no second page of threads"
        served.places["continued"] = "/" + further[1].replace("&amp;", "&")
        yield served
        assert "Internal Server Error" not in served.log.read_text()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium fonts-noto-cjk)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def readers(site: Site, browser: Browser) -> Iterator[dict[Setup, Reader]]:
    """One page for each way to set a browser up, kept for the run."""
    kept: dict[Setup, Reader] = {}
    yield kept
    for reader in kept.values():
        reader.page.context.close()


@pytest.fixture
def visit(site: Site, browser: Browser, readers: dict[Setup, Reader]) -> Callable[[Setup], Reader]:
    """Return a page that remembers nothing, for tests that leave nothing behind."""

    def reader(setup: Setup) -> Reader:
        if setup not in readers:
            context = new_context(browser, setup)
            context.add_init_script("if (location.protocol !== 'about:') localStorage.clear()")
            readers[setup] = Reader(context.new_page(), site, setup.scripts)
        return readers[setup].begin(setup)

    return reader


@pytest.fixture
def newcomer(site: Site, browser: Browser) -> Iterator[Callable[[Setup], Reader]]:
    """Return a new page in a context of its own: a reader whose device remembers nothing yet."""
    opened: list[BrowserContext] = []

    def reader(setup: Setup) -> Reader:
        opened.append(new_context(browser, setup))
        return Reader(opened[-1].new_page(), site, setup.scripts)

    yield reader
    for context in opened:
        context.close()
