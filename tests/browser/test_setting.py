"""How pages are set: edges that line up, words that can be read and links that can be tapped, whatever the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.kinds import search
from tests.browser.reader import PHONE, Reader, Setup

if TYPE_CHECKING:
    from collections.abc import Callable

    Visit = Callable[[Setup], Reader]

LISTS = ["/", "{author}", "{day}", search("茶")]
LEAST_TARGET = 24
"""CSS pixels."""
LEAST_FOR_A_FINGER = 44
"""CSS pixels, where the device has nothing finer than a finger."""
LEAST_CONTRAST = 7

LINE_STARTS = """() => [...document.querySelectorAll(".dots")].flatMap((line) => {
  const edge = line.getBoundingClientRect().left;
  const rows = new Map();
  for (const item of line.children) {
    const words = document.createRange();
    words.selectNodeContents(item);
    const box = words.getClientRects()[0];
    const top = item.getBoundingClientRect().top;
    const row = [...rows.keys()].find((other) => Math.abs(other - top) < 8) ?? top;
    rows.set(row, Math.min(rows.get(row) ?? Infinity, box.left));
  }
  return [...rows.values()].slice(1).map((left) => left - edge);
})"""
CONTRAST = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((n) => n / 255)
      .map((n) => (n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const field = document.querySelector("input[placeholder]");
  const words = light(getComputedStyle(field, "::placeholder").color);
  const paper = light(getComputedStyle(field).backgroundColor);
  return (Math.max(words, paper) + 0.05) / (Math.min(words, paper) + 0.05);
}"""
LOW_LINKS = """(least) => [...document.querySelectorAll(".by a, .head a, .re a, .replies a, .contents a, .grid a")]
  .filter((link) => link.getBoundingClientRect().height < least - 0.5).map((link) => link.outerHTML)"""

LOW_CONTROLS = """(least) => [...document.querySelectorAll(
    ".name, .top nav a, .top summary, .bar a, .pager a, .foot a, .index a, .aside .entry a, .grid a, .cal a, " +
    "button:not(.fold), .find input"
  )].filter((part) => part.offsetParent && part.getBoundingClientRect().height < least - 0.5)
    .map((part) => `${part.outerHTML} ${part.getBoundingClientRect().height}`)"""
REACH = """(selector) => [...document.querySelectorAll(selector)].map((part) => {
  part.scrollIntoView({ block: "center" });
  const box = part.getBoundingClientRect();
  const hit = (y) => part === document.elementFromPoint(box.left + box.width / 2, y);
  let [top, foot] = [box.top, box.bottom];
  while (hit(top - 1)) top -= 1;
  while (hit(foot)) foot += 1;
  return foot - top;
})"""

CUT_QUOTES = """() => [...document.querySelectorAll(".re a")]
  .filter((link) => link.scrollWidth > link.clientWidth + 1).length"""


def top(reader: Reader, selector: str) -> float:
    """Return how far down the page the first of its kind begins."""
    box = reader.page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return box["y"]


def test_every_line_of_small_print_begins_at_its_edge(visit: Visit) -> None:
    reader = visit(Setup("phone"))
    begun: list[float] = []
    for path in LISTS:
        reader.open(path)
        begun += reader.ask(LINE_STARTS)
    assert begun, "nothing was long enough for a second line"
    assert max(begun) < 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/search/", "/nowhere/"])
def test_what_a_field_asks_for_can_be_read(path: str, scheme: str, visit: Visit) -> None:
    reader = visit(Setup("phone", scheme=scheme))
    reader.open(path)
    assert reader.ask(CONTRAST) >= LEAST_CONTRAST


@pytest.mark.parametrize("path", ["/", "{hans}", "{english}", "{author}", "{day}", "{year}"])
def test_links_that_are_used_most_are_high_enough_to_tap(path: str, visit: Visit) -> None:
    reader = visit(Setup("phone", touch=True))
    reader.open(path)
    assert reader.ask(LOW_LINKS, LEAST_TARGET) == []


@pytest.mark.parametrize(
    "path", ["/", "{long}?page=2", "/authors/", "/tags/", "{year}", "{month}", search("tea"), "/nowhere/", "{author}"]
)
def test_what_a_page_is_used_by_is_high_enough_for_a_finger(path: str, visit: Visit) -> None:
    reader = visit(Setup("phone", touch=True))
    reader.open(path)
    assert reader.ask(LOW_CONTROLS, LEAST_FOR_A_FINGER) == []
    assert reader.overflow() == 0
    reader = visit(Setup("desktop"))
    reader.open(path)
    assert reader.ask(LOW_CONTROLS, LEAST_FOR_A_FINGER) != [], "a mouse needs no such room, and a desk page is denser"


@pytest.mark.parametrize("selector", [".fold", ".actions a"])
def test_small_links_of_a_comment_answer_to_a_finger_beside_them(selector: str, visit: Visit) -> None:
    reader = visit(Setup("phone", touch=True, still=True))
    reader.open("{hans}")
    reaches = reader.ask(REACH, selector)
    assert reaches
    assert min(reaches) >= LEAST_FOR_A_FINGER - 8


def test_results_are_narrowed_from_their_top_where_the_choices_stand_below_them(visit: Visit) -> None:
    reader = visit(Setup("phone", still=True))
    reader.open(search("茶"))
    years = reader.page.locator("#narrow h2").first
    expect(years).not_to_be_in_viewport()
    reader.page.locator(".choices .narrow a").click()
    expect(years).to_be_in_viewport()
    reader = visit(Setup("desktop"))
    reader.open(search("茶"))
    expect(reader.page.locator("#narrow h2").first).to_be_in_viewport()
    expect(reader.page.locator(".choices .narrow")).to_be_hidden()


def test_help_for_searching_has_room_on_a_phone(visit: Visit) -> None:
    reader = visit(Setup("phone"))
    reader.open("/search/")
    widths = reader.page.locator(".operators dd").evaluate_all("(all) => all.map((one) => one.clientWidth)")
    assert min(widths) > PHONE["width"] * 0.8


def test_days_of_a_month_stand_above_its_threads_on_a_phone_and_beside_them_on_a_desk(visit: Visit) -> None:
    reader = visit(Setup("phone"))
    reader.open("{month}")
    assert top(reader, ".cal") < top(reader, "#new-threads")
    reader = visit(Setup("desktop"))
    reader.open("{month}")
    assert abs(top(reader, ".cal") - top(reader, "#new-threads")) < LEAST_TARGET


def test_pages_are_turned_back_and_on_from_one_row_on_a_phone(visit: Visit) -> None:
    reader = visit(Setup("phone"))
    reader.open("{long}?page=2")
    assert top(reader, ".pager [rel=prev]") == top(reader, ".pager [rel=next]")
    assert top(reader, ".pager [rel=next]") <= top(reader, ".pager form")


def test_quoted_words_are_whole_on_paper(visit: Visit) -> None:
    reader = visit(Setup("phone"))
    reader.open("{hans}")
    assert reader.ask(CUT_QUOTES) > 0, "this thread has no quote that is too long for a line"
    reader.page.emulate_media(media="print")
    assert reader.ask(CUT_QUOTES) == 0


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_mark_of_a_comment_stands_outside_its_words(size: str, visit: Visit) -> None:
    reader = visit(Setup(size, still=True))
    reader.open("/c/{answered}/")
    shadow = "() => getComputedStyle(document.querySelector('.c:target, .c:focus')).boxShadow"
    assert "inset" not in reader.ask(shadow)
    reader.open("{hans}")
    reader.page.keyboard.press("j")
    reader.settle()
    assert "inset" not in reader.ask(shadow)
    assert reader.overflow() == 0
