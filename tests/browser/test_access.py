"""Access for everyone: the rules of axe for WCAG 2.2 A and AA, and what a keyboard alone can reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.kinds import KINDS, Kind
from tests.browser.reader import Reader, Setup

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Visit = Callable[[Setup], Reader]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
STOPS = 40

FOCUSED = """() => {
  const at = document.activeElement;
  const box = at.getClientRects()[0] ?? at.getBoundingClientRect();
  const style = getComputedStyle(at);
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, 20) / 2);
  return {
    name: `${at.tagName} ${at.id || at.className} ${at.textContent.trim().slice(0, 30)}`,
    seen: box.width > 0 && box.height > 0 && style.visibility === "visible" && Number(style.opacity) > 0,
    marked: style.outlineStyle !== "none" || style.boxShadow !== "none",
    clear: at === top || at.contains(top) || top?.contains(at) || box.height > innerHeight,
    body: at === document.body,
  };
}"""


def violations(page: Page, only: list[str] | None = None) -> list[str]:
    """Return what axe finds by all rules or by some, a line for each thing: rule, place, what is wrong."""
    chosen = {"type": "rule", "values": only} if only else {"type": "tag", "values": RULES}
    found = Axe().run(page, options={"runOnly": chosen, "resultTypes": ["violations"]})
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("size", ["phone", "desktop"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_axe_finds_no_violation_in_light_and_dark(kind: Kind, size: str, visit: Visit) -> None:
    reader = visit(Setup(size, checked=True, still=True))
    reader.open(kind.path)
    assert violations(reader.page) == []
    reader.show("dark")
    assert violations(reader.page, ["color-contrast"]) == []


def test_axe_finds_no_violation_in_what_opens(visit: Visit) -> None:
    reader = visit(Setup(checked=True, still=True))
    reader.open("{guess_thread}")
    reader.page.locator("details.menu > summary").click()
    assert violations(reader.page) == []
    reader.page.keyboard.press("Escape")
    reader.page.locator(".re a[data-c]").first.focus()
    reader.page.keyboard.press("Shift+Tab")
    reader.page.keyboard.press("Tab")
    expect(reader.page.locator(".preview")).to_be_visible()
    assert violations(reader.page) == []
    reader.page.keyboard.press("Escape")
    reader.page.keyboard.press("?")
    expect(reader.page.locator("dialog")).to_be_visible()
    assert violations(reader.page) == []


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_first_stop_of_the_keyboard_skips_to_the_content(scripts: bool, visit: Visit) -> None:
    reader = visit(Setup(scripts=scripts))
    reader.open("{hans}")
    reader.page.keyboard.press("Tab")
    skip = reader.page.locator(":focus")
    expect(skip).to_have_attribute("href", "#main")
    expect(skip).to_be_in_viewport()
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator("main")).to_be_focused()
    reader.page.keyboard.press("Tab")
    assert reader.ask("() => document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("size", ["phone", "desktop"])
@pytest.mark.parametrize(
    "path", ["/", "{hans}", "{long}?page=3", "/search/?q=tea", "/authors/", "/report/?c={answered}"]
)
def test_each_stop_of_the_keyboard_is_seen_and_marked(path: str, size: str, visit: Visit) -> None:
    reader = visit(Setup(size, still=True))
    reader.open(path)
    for _ in range(STOPS):
        reader.page.keyboard.press("Tab")
        reader.settle()
        stop = reader.ask(FOCUSED)
        if stop["body"]:
            break
        assert stop["seen"], stop["name"]
        assert stop["marked"], stop["name"]
        assert stop["clear"], f"{stop['name']} is covered"


def test_menu_opens_and_closes_by_keyboard_and_gives_the_focus_back(visit: Visit) -> None:
    reader = visit(Setup())
    reader.open("/")
    summary = reader.page.locator("details.menu > summary")
    summary.focus()
    reader.page.keyboard.press("Enter")
    expect(reader.page.get_by_role("radio").first).to_be_visible()
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Escape")
    expect(reader.page.get_by_role("radio").first).to_be_hidden()
    expect(summary).to_be_focused()


def test_nothing_moves_for_those_who_ask_for_it(visit: Visit) -> None:
    moving = """() => [...document.querySelectorAll("*")].filter((part) => {
      const style = getComputedStyle(part);
      return style.scrollBehavior === "smooth" || style.animationName !== "none"
        || style.transitionDuration.split(",").some((time) => parseFloat(time) > 0);
    }).length"""
    calm, lively = visit(Setup(still=True)), visit(Setup())
    for reader in (calm, lively):
        reader.open("{hans}")
    assert calm.ask(moving) == 0
    assert lively.ask(moving) > 0, "this test would not see motion"
