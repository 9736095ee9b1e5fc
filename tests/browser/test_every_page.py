"""Every kind of page, on a phone and on a desk, in light and dark, with and without scripts."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.browser.kinds import KINDS, Kind
from tests.browser.reader import DESKTOP, ZOOMED, Reader, Setup

if TYPE_CHECKING:
    from collections.abc import Callable

    Visit = Callable[[Setup], Reader]

SETUPS = [Setup(size, scripts=scripts) for size, scripts in product(("phone", "desktop"), (True, False))]
DEEPEST = 256
LEAST_SHIFT = 0.005

STRUCTURE = """() => {
  const depth = (node) => { let n = 0; for (; node; node = node.parentElement) n += 1; return n; };
  const ids = [...document.querySelectorAll("[id]")].map((part) => part.id);
  const anchors = [...document.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute("href").slice(1));
  return {
    depth: Math.max(...[...document.querySelectorAll("*")].map(depth)),
    repeated: ids.filter((id, place) => ids.indexOf(id) !== place),
    dangling: anchors.filter((anchor) => !document.getElementById(decodeURIComponent(anchor))),
    headings: document.querySelectorAll("h1").length,
    title: document.title,
    lang: document.documentElement.lang,
    inline: document.querySelectorAll("[style], style, [onclick], script:not([src]):not([type$=json])").length,
    };
}"""


def paper(reader: Reader, scheme: str) -> int:
    """Return how bright the page is, from 0 to 255, where the device asks for a scheme."""
    reader.show(scheme)
    return int(reader.ask("() => Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"))


@pytest.mark.parametrize("setup", SETUPS, ids=str)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_page_is_whole_and_quiet(kind: Kind, setup: Setup, visit: Visit) -> None:
    reader = visit(setup)
    response = reader.open(kind.path)
    assert response.status == kind.status
    assert reader.strangers() == []
    assert reader.complaints == []
    assert reader.overflow() == 0
    found = reader.ask(STRUCTURE)
    assert found["depth"] <= DEEPEST
    assert found["repeated"] == []
    assert found["dangling"] == []
    assert found["headings"] == 1
    assert found["title"].strip(" –") != "Discussion Archive" or kind.path == "/"
    assert found["lang"] == "en"
    assert found["inline"] == 0
    if setup.scripts:
        assert sum(reader.ask("() => window.shifts")) < LEAST_SHIFT
    light, dark = (paper(reader, scheme) for scheme in ("light", "dark"))
    assert light > 200
    assert dark < 60
    assert reader.overflow() == 0
    assert reader.complaints == []


STICKING = """() => [...document.querySelectorAll("body *")]
  .filter((part) => ["sticky", "fixed"].includes(getComputedStyle(part).position))
  .reduce((sum, part) => sum + part.getBoundingClientRect().height, 0) / innerHeight"""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_page_can_be_zoomed_to_400_percent_and_its_text_to_200(kind: Kind, visit: Visit) -> None:
    reader = visit(Setup())
    reader.open(kind.path)
    reader.page.set_viewport_size(ZOOMED)
    assert reader.overflow() == 0
    assert reader.ask(STICKING) < 0.34, "what sticks leaves no room to read"
    reader.page.set_viewport_size(DESKTOP)
    reader.ask("() => { document.documentElement.style.fontSize = '200%'; }")
    assert reader.overflow() == 0


def test_images_of_other_sites_are_named_and_not_fetched(visit: Visit) -> None:
    reader = visit(Setup())
    reader.open("{pictures}")
    picture = reader.page.locator("a.picture").first
    assert "://" in (picture.get_attribute("href") or "")
    assert {"noreferrer", "nofollow"} <= set((picture.get_attribute("rel") or "").split())
    host = (picture.get_attribute("href") or "").split("/")[2]
    assert host in picture.inner_text()
    assert reader.page.locator("img").count() == 0
    assert reader.strangers() == []


def test_error_pages_speak_the_readers_language(visit: Visit) -> None:
    reader = visit(Setup(languages="zh-Hant-TW"))
    assert reader.open("/nowhere/").status == 404
    assert reader.page.locator("html").get_attribute("lang") == "zh-hant"
    assert reader.page.get_by_role("search").is_visible()
    assert "Page not found" not in reader.page.locator("main").inner_text()


WITHOUT_SVG = """() => {
  const copy = (node) => {
    const other = document.createElementNS("urn:not-svg", node.localName);
    for (const { name, value } of node.attributes) other.setAttribute(name, value);
    for (const child of node.childNodes) other.append(child.nodeType === 1 ? copy(child) : child.cloneNode());
    return other;
  };
  const painted = [];
  for (const svg of document.querySelectorAll("svg")) {
    const before = svg.getBoundingClientRect();
    const other = copy(svg);
    if (svg.parentElement.closest("svg")) continue;
    svg.replaceWith(other);
    const box = other.getBoundingClientRect();
    if (box.height > before.height + 1 || box.width > before.width + 1) painted.push(`${box.width}x${box.height}`);
    if (other.textContent.trim() && getComputedStyle(other).overflow !== "hidden") painted.push("overflow");
    for (const node of [other, ...other.querySelectorAll("*")])
      if (node.textContent.trim() && getComputedStyle(node).color !== "rgba(0, 0, 0, 0)") painted.push(node.localName);
  }
  return [document.querySelectorAll("figure.chart > svg").length, painted];
}"""


def test_charts_without_svg_show_no_text_and_cover_nothing(visit: Visit) -> None:
    """The safest level of Tor Browser shows the elements of SVG as elements without a meaning."""
    reader = visit(Setup())
    reader.open("/")
    count, painted = reader.ask(WITHOUT_SVG)
    assert count >= 1
    assert painted == []
