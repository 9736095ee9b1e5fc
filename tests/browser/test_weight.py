"""What a page costs to load: its frame and its scripts, as they go over the wire."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from tests.browser.reader import Reader, Setup

if TYPE_CHECKING:
    from collections.abc import Callable

    Visit = Callable[[Setup], Reader]

PAGE_BUDGET = 60 * 1024
SCRIPT_BUDGET = 15 * 1024


def weight(url: str) -> int:
    """Return the bytes of an answer, compressed as a browser gets it."""
    with urlopen(Request(url, headers={"Accept-Encoding": "gzip"})) as answer:
        assert answer.headers["Content-Encoding"] == "gzip", f"{url} is not compressed"
        return len(answer.read())


def test_fifty_comments_weigh_little_more_than_their_words(visit: Visit) -> None:
    reader = visit(Setup())
    reader.open("{long}?page=2")
    assert reader.page.locator(".discussion article").count() == 50
    words = "\n".join(reader.page.locator(".discussion .t").all_inner_texts())
    assert len(words) > 1000
    loaded = {url for url in reader.asked if not url.startswith("data:")}
    total = sum(weight(url) for url in loaded)
    frame = total - len(gzip.compress(words.encode(), compresslevel=6))
    assert frame <= PAGE_BUDGET


def test_scripts_of_all_pages_together_are_small(visit: Visit) -> None:
    scripts: set[str] = set()
    for path in ("/", "{long}", "/search/?q=tea", "/report/?c={answered}"):
        reader = visit(Setup())
        reader.open(path)
        scripts |= {url for url in reader.asked if url.endswith(".js")}
    assert len(scripts) >= 4
    assert sum(weight(url) for url in scripts) < SCRIPT_BUDGET


def test_files_that_pages_load_may_be_kept_for_ever(visit: Visit) -> None:
    reader = visit(Setup())
    reader.open("{long}")
    files = [url for url in reader.asked if "/static/" in url]
    assert files
    for url in files:
        with urlopen(url) as answer:
            assert "immutable" in answer.headers["Cache-Control"], url
